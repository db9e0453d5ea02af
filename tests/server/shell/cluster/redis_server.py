"""A real redis-server for a test: on a free port of the loopback, with nothing kept on disk unless asked for."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tickroom.server.shell.cluster.redis_program import find_redis_server

START_TIMEOUT_S = 10
SETTLE_TIMEOUT_S = 30


class RedisServer:
    """One process. ``folder``: where it runs; ``options``: further words of its command line."""

    def __init__(self, folder: Path, *options: str, port: int | None = None, is_sentinel: bool = False) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._options = options
        self._is_sentinel = is_sentinel
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `open_store`."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """Of the process that runs."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Run it, on the same port as before, and wait until it answers."""
        assert self._process is None, "it runs already"
        own = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", ""]
        words = [*self._options, "--sentinel"] if self._is_sentinel else [*own, *self._options]
        with (self.folder / f"redis-{self.port}.log").open("ab") as log:
            self._process = subprocess.Popen([find_redis_server(), *words], stdin=subprocess.DEVNULL, stdout=log)
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert self._process.poll() is None, f"redis-server ended with {self._process.returncode}"
            assert time.monotonic() < deadline_s, "redis-server does not answer"
            time.sleep(0.01)  # a process starts: there is nothing to wait on but its port

    def _answers(self) -> bool:
        try:
            return self.say("PING").startswith(b"+PONG")
        except OSError:
            return False

    def say(self, *words: str) -> bytes:
        """Ask it something on a connection made for that; the raw answer's beginning."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(" ".join(words).encode() + b"\r\n")
            return connection.recv(65536)

    def until(self, is_so: Callable[[bytes], bool], *words: str) -> None:
        """Ask it until the answer is as it should be."""
        deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
        while not is_so(answer := self.say(*words)):
            assert time.monotonic() < deadline_s, f"{' '.join(words)}: {answer!r}"
            time.sleep(0.02)  # another process settles something: it can only be asked

    def stop(self) -> None:
        """End it in good order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)  # one that is paused would not hear SIGTERM
            self._process.wait(timeout=10)
            self._process = None

    def pause(self) -> None:
        """Let it hang: it takes connections (the kernel does), and answers nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def restart_empty(self) -> None:
        """Kill it, and start it with nothing in it."""
        self.kill()
        self.start()


def free_port() -> int:
    """A port of the loopback that nobody has now, low enough for a cluster's second one, which lies 10,000 above."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port + 10_000 <= 65_535:
            return port


@contextmanager
def redis_running(
    folder: Path, *options: str, port: int | None = None, is_sentinel: bool = False
) -> Iterator[RedisServer]:
    """A redis-server that runs; ended afterwards whatever state it is in."""
    server = RedisServer(folder, *options, port=port, is_sentinel=is_sentinel)
    try:
        server.start()
        yield server
    finally:
        server.kill()
