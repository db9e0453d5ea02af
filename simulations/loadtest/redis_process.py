"""A Redis for a journaled server, as a child process, and what it counts about itself."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from tickroom.server.shell.cluster.redis_program import RedisServerMissing, find_redis_server
from tickroom.simulations.loadtest.machine import cpu_seconds
from tickroom.simulations.loadtest.parameters import LoadTestFailed

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class RedisCounts:
    """What Redis has done since it began. ``used_bytes``: of memory, now."""

    commands: int
    bytes_in: int
    bytes_out: int
    used_bytes: int
    cpu_s: float


class RedisProcess:
    """A running redis-server: its process id and URL."""

    def __init__(self, pid: int, url: str) -> None:
        self.pid = pid
        self.url = url

    def counts(self) -> RedisCounts:
        """What it counts; the question is in it."""
        with redis.Redis.from_url(self.url) as client:
            said = client.info()
        assert isinstance(said, dict)  # the client is not an asynchronous one
        return RedisCounts(
            said["total_commands_processed"],
            said["total_net_input_bytes"],
            said["total_net_output_bytes"],
            said["used_memory"],
            cpu_seconds(self.pid),
        )


@contextmanager
def redis_process(cpus: list[int]) -> Iterator[RedisProcess]:
    """Start a redis-server that keeps nothing on disk, on these cores; end it on the way out. Raises LoadTestFailed."""
    try:
        program = find_redis_server()
    except RedisServerMissing as error:
        raise LoadTestFailed(str(error)) from None
    with tempfile.TemporaryDirectory(prefix="tickroom-load-") as folder:
        path = Path(folder) / "redis.sock"
        command = [str(program), "--port", "0", "--unixsocket", str(path), "--save", "", "--appendonly", "no"]
        child = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        os.sched_setaffinity(child.pid, cpus)
        try:
            server = RedisProcess(child.pid, f"unix://{path}")
            _wait_until_it_answers(server, child)
            yield server
        finally:
            child.terminate()
            try:
                child.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _wait_until_it_answers(server: RedisProcess, child: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            server.counts()
            return
        except redis.RedisError:
            if child.poll() is not None or time.monotonic() > end_s:
                raise LoadTestFailed("the redis-server did not start") from None
        time.sleep(0.02)
