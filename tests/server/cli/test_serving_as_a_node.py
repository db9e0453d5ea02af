"""`tickroom serve --redis`: two nodes, each a process, a real Redis, and what signals do to their sessions."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.server.cli.supervised import LIMIT_S, until
from tests.server.process import ServerProcess, tickroom_process
from tests.server.shell.cluster.redis_server import RedisServer, free_port, redis_running

KEY = "k3y-of-the-tests-0123456789-abcdefghij-XYZ"


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_running(tmp_path) as server:
        yield server


@pytest.fixture
def nodes(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[ServerProcess, ServerProcess]]:
    monkeypatch.setenv("TICKROOM_SECRET_KEY", KEY)
    monkeypatch.setenv("TICKROOM_REDIS", redis.url)
    with tickroom_process("serve", "--node-name", "one") as one, tickroom_process("serve", "--node-name", "two") as two:
        yield one, two


def cluster(*words: str) -> int:
    """Run `tickroom cluster`; its exit code."""
    return subprocess.run([sys.executable, "-m", "tickroom", "cluster", *words], timeout=30, check=False).returncode


def call(url: str, body: bytes | None = None) -> Any:
    """What is answered. A 503 says that one should ask again: that is done, as often as the limit allows.

    A machine that stands still for a second or two costs a node its lease; until it has a new one it answers so.
    """
    deadline_s = time.monotonic() + LIMIT_S
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body), timeout=5) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                if error.code != 503 or time.monotonic() > deadline_s:
                    raise
        time.sleep(0.1)


def place_of(code: str, url: str) -> str:
    """The URL of the node that has a session, as another says."""
    socket: str = call(f"{url}/api/sessions/{code}")["websocket"]
    return socket.replace("ws", "http", 1).removesuffix(f"/ws/{code}")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_sessions_of_a_node_that_is_told_to_stop_go_on_at_the_other(
    nodes: tuple[ServerProcess, ServerProcess], number: signal.Signals
) -> None:
    staying, leaving = nodes
    code = call(f"{leaving.url}/api/sessions", b"{}")["code"]
    until(lambda: cluster("move", code, "two") == 0, "two knows of one, and one of two")
    assert place_of(code, staying.url) == place_of(code, leaving.url) == leaving.url
    leaving.process.send_signal(number)
    _, log = leaving.process.communicate(timeout=20)
    assert leaving.process.returncode == 0
    assert ("0 sessions left in the store" if number == signal.SIGTERM else "1 session left in the store") in log
    until(lambda: place_of(code, staying.url) == staying.url, "the other has it")
    assert "Traceback" not in log


@pytest.mark.slow
def test_a_node_that_is_drained_serves_on_without_sessions(nodes: tuple[ServerProcess, ServerProcess]) -> None:
    staying, drained = nodes
    code = call(f"{drained.url}/api/sessions", b"{}")["code"]
    until(lambda: cluster("move", code, "two") == 0, "two knows of one, and one of two")
    until(lambda: cluster("drain", "two") == 0, "drained")
    assert place_of(code, drained.url) == staying.url
    assert place_of(call(f"{drained.url}/api/sessions", b"{}")["code"], staying.url) == staying.url


def test_a_store_that_is_not_there_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TICKROOM_SECRET_KEY", KEY)
    command = [sys.executable, "-m", "tickroom", "serve", "--port", "0"]
    place = f"127.0.0.1:{free_port()}"
    command += ["--redis", f"redis://:s3cret@{place}"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 1
    (line,) = said.stderr.splitlines()
    words = f"tickroom: the server did not start: the store at redis://{place} (--redis, or TICKROOM_REDIS) "
    assert line.startswith(f"{words}does not answer: ")
    assert "s3cret" not in line


def test_a_fault_of_ours_at_the_start_is_logged_with_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = "import tickroom.server.shell.node as node\n"
    broken += "def start(self): raise RuntimeError('ours')\n"
    broken += "node.Node.start = start\n"
    broken += "from tickroom.server.cli import main\nmain()\n"
    command = [sys.executable, "-c", broken, "serve", "--port", "0"]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert said.returncode == 1
    assert "RuntimeError: ours" in said.stderr
    assert said.stderr.splitlines()[-1] == "tickroom: the server did not start; the log says why"
