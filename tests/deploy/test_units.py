"""The systemd units: what they run exists, and they leave time for what a stop takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.deploy.files import known_flags, known_variables
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.workers.settings import PORTS_A_WORKER

DRAIN_S = ClusterSettings("redis://localhost").drain_timeout_s


def lines_of(repository: Path, name: str) -> list[tuple[str, str]]:
    text = (repository / "deploy" / name).read_text()
    pairs = [line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#")]
    return [(key, value) for key, value in pairs]


@pytest.fixture(params=["tickroom.service", "tickroom-workers.service"])
def unit(request: pytest.FixtureRequest, repository: Path) -> list[tuple[str, str]]:
    return lines_of(repository, request.param)


def test_it_runs_what_there_is(unit: list[tuple[str, str]]) -> None:
    program, command, *flags = dict(unit)["ExecStart"].split()
    assert (Path(program).name, command) == ("tickroom", "serve")
    assert {flag for flag in flags if flag.startswith("--")} <= known_flags()
    given = {value.partition("=")[0] for key, value in unit if key == "Environment"}
    assert given <= known_variables()


def test_a_stop_has_the_time_it_needs(unit: list[tuple[str, str]]) -> None:
    assert dict(unit)["KillSignal"] == "SIGTERM"
    assert float(dict(unit)["TimeoutStopSec"]) > DRAIN_S + 15


def test_both_are_shut_in_the_same_way(repository: Path) -> None:
    shutting = re.compile("Protect|Private|Restrict[A-Z]|System|Cap|No|Lock")
    units = [lines_of(repository, name) for name in ("tickroom.service", "tickroom-workers.service")]
    shut = [{pair for pair in unit if shutting.match(pair[0])} for unit in units]
    assert shut[0] == shut[1]
    assert len(shut[0]) > 20


def test_workers_are_told_by_their_supervisor_alone_and_replaced_on_reload(repository: Path) -> None:
    settings = dict(lines_of(repository, "tickroom-workers.service"))
    assert settings["KillMode"] == "mixed"
    assert settings["ExecReload"] == "/bin/kill -HUP $MAINPID"


def test_the_workers_folder_is_one_that_they_may_write_to(repository: Path) -> None:
    unit = lines_of(repository, "tickroom-workers.service")
    variables = dict(value.split("=", 1) for key, value in unit if key == "Environment")
    assert variables["TICKROOM_DATA"] == f"%S/{dict(unit)['StateDirectory']}"


def test_the_workers_ports_are_those_that_nginx_knows(repository: Path) -> None:
    unit = lines_of(repository, "tickroom-workers.service")
    variables = dict(value.split("=", 1) for key, value in unit if key == "Environment")
    first = int(variables["TICKROOM_WORKER_PORT"])
    last = first + PORTS_A_WORKER * int(variables["TICKROOM_WORKERS"]) - 1
    nodes = (repository / "deploy" / "nginx" / "nodes-workers.conf").read_text()
    (pattern,) = re.findall(r'"~(\S+)"', nodes)
    assert re.search(pattern, str(first))
    assert re.search(pattern, str(last))
    assert f"--worker-port {first} " in nodes
