"""A server under test as a child process, alone on its core from its first instruction on."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, cast

from tickroom.simulations.loadtest.parameters import LoadTestFailed
from tickroom.simulations.loadtest.redis_process import RedisProcess

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 15.0
_SERVES = re.compile(r"\bserves (http://\S+)")


class ServerProcess:
    """A running server: its process id, the URL that it printed, and the Redis that it journals to, if it does."""

    def __init__(self, pid: int, url: str, redis: RedisProcess | None = None) -> None:
        self.pid = pid
        self.url = url
        self.redis = redis


@contextmanager
def server_process(
    command: Sequence[str], cpus: Sequence[int] | None, redis: RedisProcess | None = None
) -> Iterator[ServerProcess]:
    """Start a server that prints ``... serves http://...`` once it listens; end it with SIGTERM.

    ``cpus``: the cores that it may use; None for all. ``redis``: what it journals to; it gets a key of its own then.
    Raises LoadTestFailed with what it said when it does not start.
    """
    environment = dict(os.environ)
    if redis is not None:
        environment |= {"TICKROOM_REDIS": redis.url, "TICKROOM_SECRET_KEY": secrets.token_urlsafe(32)}
    with tempfile.TemporaryFile() as complaints:
        with _alone_on(cpus):
            child = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=complaints, stdin=subprocess.DEVNULL, env=environment
            )
        output = cast(IO[bytes], child.stdout)  # a pipe, as asked for
        # Whatever it says after its URL must not fill the pipe and stop it.
        drain = threading.Thread(target=output.read, daemon=True)
        try:
            url = _read_url(child, output, complaints)
            drain.start()
            yield ServerProcess(child.pid, url, redis)
        finally:
            _stop(child)
            if drain.is_alive():
                drain.join()
            output.close()


def _read_url(child: subprocess.Popen[bytes], output: IO[bytes], complaints: IO[bytes]) -> str:
    timer = threading.Timer(START_TIMEOUT_S, child.kill)
    timer.start()
    try:
        for line in output:
            found = _SERVES.search(line.decode(errors="replace"))
            if found:
                return found.group(1)
    finally:
        timer.cancel()
    complaints.seek(0)
    said = complaints.read().decode(errors="replace").strip().splitlines()
    raise LoadTestFailed(f"the server did not start: {said[-1] if said else 'it said nothing'}")


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@contextmanager
def _alone_on(cpus: Sequence[int] | None) -> Iterator[None]:
    """A child inherits the cores of its parent: set ours, start it, take ours back. So no thread of it is missed."""
    if cpus is None:
        yield
        return
    ours = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ours)
