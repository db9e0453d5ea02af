"""How flags and environment variables become a server's settings."""

import click
import pytest
from click.testing import CliRunner

from tickroom.server.cli.options import server_options
from tickroom.server.shell.settings import ServerSettings


@pytest.mark.parametrize(
    ("arguments", "environment", "allowed"),
    [
        ([], {}, ()),
        (["--allow-origin", "https://a.example", "--allow-origin", "*"], {}, ("https://a.example", "*")),
        ([], {"TICKROOM_ALLOW_ORIGIN": "https://a.example http://b:8"}, ("https://a.example", "http://b:8")),
        (["--allow-origin", "http://c"], {"TICKROOM_ALLOW_ORIGIN": "https://a.example"}, ("http://c",)),
    ],
)
def test_allowed_origins(arguments: list[str], environment: dict[str, str], allowed: tuple[str, ...]) -> None:
    seen: list[ServerSettings] = []

    @click.command()
    @server_options
    def command(settings: ServerSettings) -> None:
        seen.append(settings)

    outcome = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    assert seen[0].allowed_origins == allowed


def test_a_wrong_origin_is_one_plain_line() -> None:
    @click.command()
    @server_options
    def command(settings: ServerSettings) -> None:
        raise AssertionError("not with these settings")

    outcome = CliRunner().invoke(command, ["--allow-origin", "game.example"])
    assert outcome.exit_code == 1
    assert "'game.example' is no origin: write scheme://host" in outcome.output
