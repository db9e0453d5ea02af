"""Several nodes on one machine: deaths, hangs, rolling restarts and the end. Real processes and a real Redis."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.cli.supervised import Supervised, is_running, supervised, until
from tickroom.server.shell.settings import ServerSettings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc"),
]


def shows(running: Supervised, code: str) -> bool:
    return (running.call(f"/api/sessions/{code}") or {}).get("code") == code


def create(running: Supervised) -> str:
    code: str = running.ask("/api/sessions", {})["code"]
    return code


def owner_of_the_only_session(running: Supervised) -> tuple[str, str]:
    """Its name, and its incarnation."""
    found: list[tuple[str, str]] = []

    def is_told() -> bool:
        found[:] = [(name, incarnation) for name, (incarnation, sessions) in running.nodes().items() if sessions]
        return bool(found)

    until(is_told, "somebody has it")
    return found[0]


def test_the_line_about_the_nodes_is_a_command_that_works(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "1") as running:
        (command,) = [line.partition(": ")[2] for line in running.lines if "tickroom cluster status" in line]
        words = shlex.split(command)
        assert words[0] == "tickroom"
        said = subprocess.run(
            [sys.executable, "-m", *words, "--json"], capture_output=True, text=True, timeout=30, check=False
        )
        assert (said.returncode, running.workers[0] in said.stdout) == (0, True), said.stderr


def test_workers_serve_on_when_nobody_reads_what_they_tell(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "1") as running:
        assert running.process.stdout is not None
        running.process.stdout.close()
        pid = running.programs[running.workers[0]][0]
        os.kill(pid, signal.SIGKILL)
        until(lambda: "nobody reads any more" in running.log, "it tried to tell")
        assert running.ask("/readyz") == {"ready": True}
        assert running.stop() == 0


def test_two_workers_share_one_address_and_all_sessions(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2") as running:
        assert len(running.workers) == 2
        codes = {create(running) for _ in range(4)}
        for name in running.workers:  # each answers at its own address for all, wherever they are
            url = running.programs[name][1]
            assert all(running.ask(f"/api/sessions/{code}", url=url)["code"] == code for code in codes)
        places = {running.ask(f"/api/sessions/{code}")["websocket"].rpartition("/ws/")[0] for code in codes}
        assert places <= {running.programs[name][1].replace("http", "ws", 1) for name in running.workers}
        assert running.stop() == 0
        assert not any(map(is_running, running.note_pids()))
        assert "Traceback" not in running.log


def test_a_killed_worker_comes_back_as_another_incarnation_and_its_session_lives(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2") as running:
        code = create(running)
        owner, before = owner_of_the_only_session(running)
        os.kill(running.programs[owner][0], signal.SIGKILL)
        until(lambda: shows(running, code) and owner in running.nodes(), "the session is found, and the worker back")
        until(lambda: running.nodes().get(owner, (before,))[0] != before, "another incarnation")
        assert f"{owner}: pid {running.programs[owner][0]}" in running.log
        assert "was killed by SIGKILL: starting it again in 0.5 s" in running.log
        assert running.stop() == 0


def test_a_hung_worker_is_killed_and_replaced(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2", "--hung-after-s", "1.5") as running:
        name = running.workers[0]
        pid = running.programs[name][0]
        os.kill(pid, signal.SIGSTOP)
        until(lambda: f"pid {pid}" in running.log and "does not answer for 1.5 s: killing it" in running.log, "killed")
        until(lambda: not is_running(pid), "gone")
        until(lambda: len(running.nodes()) == 2, "two nodes again")
        assert running.stop(signal.SIGINT) == 0


def test_a_killed_redis_comes_back_and_the_sessions_go_on(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2") as running:
        code = create(running)
        os.kill(running.programs["redis"][0], signal.SIGKILL)
        until(lambda: "redis: pid" in running.log.rpartition("starting it again")[2], "another Redis")
        until(lambda: sum(sessions for _, sessions in running.nodes().values()) == 1, "the store knows of it again")
        until(lambda: shows(running, code), "the session is found")
        assert running.stop() == 0


def test_a_rolling_restart_replaces_every_worker_and_keeps_the_sessions(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2", "--lease-s", "20") as running:
        codes = {create(running) for _ in range(3)}
        before = {incarnation for incarnation, _ in running.nodes().values()}
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "all 2 workers are new" in running.log, "rolled over")
        assert not any(is_running(running.programs[name][0]) for name in running.workers)
        after = running.nodes()
        assert sorted(after) == running.workers
        assert not before & {incarnation for incarnation, _ in after.values()}
        until(lambda: all(shows(running, code) for code in codes), "all are found")
        assert running.log.count("0 sessions left in the store") == 2, "all were moved, none was taken over"
        assert running.stop() == 0


def test_the_only_worker_hands_its_sessions_to_its_successor(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "1", "--lease-s", "20") as running:
        code = create(running)
        running.process.send_signal(signal.SIGHUP)
        until(lambda: "all 1 workers are new" in running.log, "rolled over")
        until(lambda: shows(running, code), "it is found")
        assert "0 sessions left in the store" in running.log
        assert running.stop() == 0


def test_workers_on_given_ports_take_two_in_turn(tmp_path: Path) -> None:
    first = next(port for port in range(20_000, 32_000, 2) if all(map(is_free, (port, port + 1))))
    with supervised(tmp_path, "--workers", "1", "--worker-port", str(first)) as running:
        (name,) = running.workers
        assert running.programs[name][1] == f"http://127.0.0.1:{first}"
        for port in (first + 1, first):
            running.process.send_signal(signal.SIGHUP)
            until(lambda port=port: running.call("/healthz", url=f"http://127.0.0.1:{port}"), f"port {port}")  # type: ignore[misc]
            until(lambda port=port: is_free(port ^ 1), "the other is free again")  # type: ignore[misc]
        assert running.stop() == 0


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError:
            return False
    return True


def test_nothing_outlives_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    with supervised(tmp_path, "--workers", "2") as running:
        stopped = running.programs[running.workers[0]][0]
        os.kill(stopped, signal.SIGSTOP)  # not even one that hears nothing
        running.process.kill()
        pids = running.note_pids()
        assert len(pids) == 3
        until(lambda: not any(map(is_running, pids)), "all are gone")


def test_sessions_and_tokens_outlive_everything_where_data_is_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with supervised(tmp_path, "--workers", "1", "--data", str(data)) as running:
        code = create(running)
        assert running.stop() == 0
    key = (data / "tickroom.key").read_bytes()
    with supervised(tmp_path, "--workers", "1", "--data", str(data)) as running:
        until(lambda: shows(running, code), "the session goes on")
        assert running.stop() == 0
    assert (data / "tickroom.key").read_bytes() == key


def test_workers_get_the_key_without_showing_it_and_share_the_memory(tmp_path: Path) -> None:
    key = "k3y-of-the-tests-0123456789-abcdefghij-XYZ"
    with supervised(tmp_path, "--workers", "2", environment={"TICKROOM_SECRET_KEY": key}) as running:
        for pid in (running.process.pid, *running.note_pids()):
            assert key.encode() not in Path(f"/proc/{pid}/cmdline").read_bytes()
        alone_bytes = ServerSettings().resolved_limits.max_memory_bytes
        for name in running.workers:
            environment = dict(
                variable.partition("=")[::2]
                for variable in Path(f"/proc/{running.programs[name][0]}/environ").read_text().split("\0")
            )
            assert environment["TICKROOM_SECRET_KEY"] == key
            assert environment["TICKROOM_MAX_MEMORY_MB"] == str(alone_bytes // 1_000_000 // 2)
        assert running.stop() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--public-url", "https://game.example.org"], "write {port} or {node}"),
        (["--game", "no_such_module:GAME"], "No module named"),
    ],
)
def test_what_no_worker_could_do_is_said_at_once(arguments: list[str], words: str) -> None:
    command = [sys.executable, "-m", "tickroom", "serve", "--workers", "2", "--port", "0", *arguments]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 1
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        command = [sys.executable, "-m", "tickroom", "serve", "--workers", "2", "--port", str(taken.getsockname()[1])]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 1
    assert "choose another with --port" in said.stderr
