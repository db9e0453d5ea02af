"""What each command says of itself."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from tickroom.server.cli.main import group


def commands(here: click.Command, *words: str) -> Iterator[tuple[str, ...]]:
    """All that one can type before ``--help``."""
    yield words
    if isinstance(here, click.Group):
        context = click.Context(here)
        for name in here.list_commands(context):
            below = here.get_command(context, name)
            assert below is not None
            yield from commands(below, *words, name)


def is_readable(text: str) -> bool:
    """Whether it has neither click's mark for lines that stay as they are, nor the letters of one in a raw string."""
    return "\b" not in text and "\\" not in text


@pytest.mark.parametrize("words", [pytest.param(words, id=" ".join(words) or "tickroom") for words in commands(group)])
def test_help_has_no_marks_in_it(words: tuple[str, ...]) -> None:
    said = CliRunner().invoke(group, [*words, "--help"])
    assert said.exit_code == 0, said.output
    assert is_readable(said.output)


def test_a_raw_docstring_is_found() -> None:
    @click.command()
    def marked() -> None:
        r"""Columns:

        \b
        a  the first
        """

    assert not is_readable(CliRunner().invoke(marked, ["--help"]).output)


def test_columns_of_status_stay_below_each_other() -> None:
    lines = CliRunner().invoke(group, ["cluster", "status", "--help"]).output.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(("  CPU ", "  late p99 ", "  state "))] == [
        "CPU",
        "late",
        "state",
    ]
