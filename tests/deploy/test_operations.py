"""docs/operations.md against the program: its settings, its figures, its times."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import click
import pytest

from tests.deploy.files import options_of_serve, served_paths, variables_of
from tickroom.server.cli.cluster import cluster
from tickroom.server.cli.protection_options import SECRET_KEY_VARIABLE
from tickroom.server.shell import routes
from tickroom.server.shell.cluster import figures, keys
from tickroom.server.shell.cluster.errands import DRAIN_TIMEOUT_S, MOVE_TIMEOUT_S
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.simulations.chaos.command import chaos
from tickroom.simulations.cli import loadtest

Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def page(repository: Path) -> str:
    return (repository / "docs" / "operations.md").read_text(encoding="utf-8")


def table(page: str, name: str) -> list[list[str]]:
    """The rows of a marked table, without its head."""
    (inside,) = re.findall(rf"<!-- {name}: .*?-->\n(.*?)<!-- /{name} -->", page, re.DOTALL)
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in inside.strip().splitlines()]
    return rows[2:]


def row_of(option: click.Option) -> Row:
    """Flag, variables and default of an option, as the page writes them."""
    variables = ", ".join(f"`{name}`" for name in variables_of(option)) or "-"
    said = re.search(r"\[default: (.+)\]$", option.help or "")
    if said:
        default = said[1]
    elif option.is_flag:
        default = "on" if option.default is True else "off"
    elif isinstance(option.default, int | float):
        default = f"{option.default:g}" if isinstance(option.default, float) else str(option.default)
    elif isinstance(option.default, str) and option.default:
        default = option.default
    else:
        default = "-"
    return f"`{option.opts[0]}`", variables, default


def expected_rows() -> set[Row]:
    shown = [option for option in options_of_serve() if not option.hidden]
    return {row_of(option) for option in shown} | {("-", f"`{SECRET_KEY_VARIABLE}`", "-")}


def stale(rows: list[list[str]]) -> set[Row]:
    """Rows that are on one side only."""
    return {(flag, variable, default) for flag, variable, default, *_ in rows} ^ expected_rows()


def test_the_table_of_settings_is_that_of_the_command(page: str) -> None:
    rows = table(page, "settings")
    assert stale(rows) == set()
    assert all(row[3] for row in rows)
    assert len({row[0] for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("row", "broken"),
    [
        (["`--port`", "`TICKROOM_PORT`, `PORT`", "2567"], ["`--port`", "`TICKROOM_PORT`, `PORT`", "8000"]),
        (["`--lease-s`", "`TICKROOM_LEASE_S`", "1.5"], ["`--lease-s`", "`TICKROOM_LEASE`", "1.5"]),
        (["`--redis`", "`TICKROOM_REDIS`", "-"], ["`--redis-url`", "`TICKROOM_REDIS`", "-"]),
    ],
)
def test_a_stale_row_is_found(page: str, row: list[str], broken: list[str]) -> None:
    rows = [cells[:3] for cells in table(page, "settings")]
    rows[rows.index(row)] = broken
    assert stale(rows) == {tuple(row), tuple(broken)}


def test_a_missing_row_is_found(page: str) -> None:
    assert len(stale(table(page, "settings")[1:])) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [("figures", Path(figures.__file__).read_text()), ("counts", inspect.getsource(routes.statistics))],
)
def test_the_tables_of_figures_are_what_a_node_says(page: str, name: str, source: str) -> None:
    told = {name for row in table(page, name) for name in re.findall(r"`([a-z_]+)`", row[0])}
    assert told == set(re.findall(r'^\s+"([a-z_]+)": ', source, re.MULTILINE))


def test_paths_and_flags_that_it_names_are_there(page: str) -> None:
    assert {f"/{name}" for name in re.findall(r"`GET /([a-z/]+)`", page)} <= served_paths()
    flags = {flag for option in options_of_serve() for flag in (*option.opts, *option.secondary_opts)}
    commands = [*cluster.commands.values(), chaos, loadtest]
    flags |= {flag for command in commands for option in command.params for flag in option.opts}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page)) - {"--help"} <= flags


def test_the_commands_of_a_cluster_are_those_that_there_are(page: str) -> None:
    assert set(re.findall(r"tickroom cluster ([a-z]+)", page)) == set(cluster.commands)
    assert f"({DRAIN_TIMEOUT_S:g} and {MOVE_TIMEOUT_S:g} s)" in page


def test_times_in_the_text_are_those_of_the_program(page: str) -> None:
    settings = ClusterSettings("redis://localhost")
    assert f"its lease runs out ({settings.lease_s:g} s at most)" in page
    assert f"all nodes gone for more than {keys.SESSION_KEPT_MS // 3_600_000} hours" in page
    assert f"{keys.SESSION_KEPT_MS // 3_600_000} h after the last checkpoint" in page


def test_every_kind_of_key_is_named(page: str) -> None:
    assert keys.__doc__
    for kind in re.findall(r":([a-z]+)(?::N)?``", keys.__doc__):
        assert f":{kind}" in page, kind
    assert keys.session("CODE") == "tickroom:{CODE}"
    assert f"`{keys.session('CODE')}`" in page
