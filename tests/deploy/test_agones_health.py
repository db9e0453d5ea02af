"""The program beside a node under Agones, against an SDK server that is real HTTP, and a real node."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SCRIPT = Path("deploy", "agones", "health.py")
PATIENCE_S = 30


class SdkServer:
    """What Agones runs beside a game server, as far as it is called here: it takes every POST and keeps its path."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refusals = 0  # so many more calls are answered with 503
        self._changed = threading.Condition()
        calls = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                assert self.rfile.read(length) == b"{}"
                self.send_response(calls.take(self.path))
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Nothing: the calls are kept."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        return self.http.server_port

    def take(self, path: str) -> int:
        with self._changed:
            if self.refusals:
                self.refusals -= 1
                return 503
            self.calls.append(path)
            self._changed.notify_all()
            return 200

    def wait_for(self, path: str, times: int = 1) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.calls.count(path) >= times, PATIENCE_S), self.calls


@pytest.fixture
def sdk() -> Iterator[SdkServer]:
    server = SdkServer()
    serving = threading.Thread(target=server.http.serve_forever, args=(0.01,))
    serving.start()
    yield server
    server.http.shutdown()
    server.http.server_close()
    serving.join()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextlib.contextmanager
def health(repository: Path, sdk_port: int, *node: str, node_port: int = 0) -> Iterator[subprocess.Popen[str]]:
    """The program with a node as its child, until the end of the block."""
    environment = os.environ | {
        "AGONES_SDK_HTTP_PORT": str(sdk_port),
        "TICKROOM_PORT": str(node_port or free_port()),
        "http_proxy": "http://127.0.0.1:9",  # which must not be used
    }
    command = [sys.executable, str(repository / SCRIPT), "--every-s", "0.1", "--", *node]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.terminate()


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-c", code


def test_a_node_is_told_ready_once_then_well_and_after_sigterm_gone(repository: Path, sdk: SdkServer) -> None:
    with health(repository, sdk.port, sys.executable, "-m", "tickroom", "serve") as process:
        sdk.wait_for("/ready")
        sdk.wait_for("/health", times=3)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
    assert sdk.calls.count("/ready") == 1
    assert sdk.calls.count("/shutdown") == 1
    assert sdk.calls[-1] == "/shutdown"


def test_a_node_that_does_not_answer_is_not_called_well(repository: Path, sdk: SdkServer) -> None:
    with health(repository, sdk.port, *python("import time; time.sleep(1)")) as process:
        assert process.wait(PATIENCE_S) == 0
    assert sdk.calls == ["/shutdown"]


@pytest.mark.parametrize(
    ("end", "code"), [("raise SystemExit(3)", 3), ("import os; os.kill(os.getpid(), 9)", 128 + signal.SIGKILL)]
)
def test_a_node_that_failed_is_told_as_gone_and_its_exit_code_kept(
    repository: Path, sdk: SdkServer, end: str, code: int
) -> None:
    with health(repository, sdk.port, *python(end)) as process:
        assert process.wait(PATIENCE_S) == code
    assert sdk.calls == ["/shutdown"]


def test_an_sdk_server_that_is_late_is_told_all_the_same(repository: Path, sdk: SdkServer) -> None:
    sdk.refusals = 3
    with health(repository, sdk.port, sys.executable, "-m", "tickroom", "serve") as process:
        sdk.wait_for("/ready")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert sdk.refusals == 0
    assert errors.count("was not taken; trying on") == 1
    assert sdk.calls[-1] == "/shutdown"


def test_without_an_sdk_server_the_node_runs_and_ends_as_ever(repository: Path) -> None:
    with health(repository, free_port(), *python("import time; time.sleep(0.5)")) as process:
        _, errors = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    assert "/shutdown was not taken" in errors
