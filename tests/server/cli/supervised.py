"""`tickroom serve --workers` as people run it: the supervisor, its workers and its Redis, in real processes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LIMIT_S = 30.0
_LINE = re.compile(r"(?P<name>\S+): pid (?P<pid>\d+), (?P<place>\S+)")


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that nobody has reaped yet is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: Callable[[], object], what: str, limit_s: float = LIMIT_S) -> None:
    """Wait for something in another process."""
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {limit_s} s: {what}"
        time.sleep(0.02)  # another process: it can only be looked at


class Supervised:
    """One supervisor that serves. ``programs``: pid and place of each worker and of ``redis``, as told at the start.

    ``lines``: what it told up to then.
    """

    def __init__(self, process: subprocess.Popen[str], log: Path, lines: list[str]) -> None:
        self.process = process
        self.lines = lines
        self.url = lines[-1].split()[-1]
        self.programs = {
            match["name"]: (int(match["pid"]), match["place"]) for line in lines if (match := _LINE.fullmatch(line))
        }
        self._log = log
        self.seen_pids = {pid for pid, _ in self.programs.values()}

    @property
    def log(self) -> str:
        """What supervisor and workers wrote so far."""
        return self._log.read_text()

    @property
    def workers(self) -> list[str]:
        """Their names."""
        return sorted(set(self.programs) - {"redis"})

    @property
    def redis_url(self) -> str:
        """Of the embedded one."""
        return self.programs["redis"][1]

    def call(self, path: str, body: dict[str, object] | None = None, url: str | None = None) -> Any:
        """What is answered, as JSON; a POST when there is a body. None while nobody answers."""
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(urllib.request.Request((url or self.url) + path, data), timeout=5) as answer:
                return json.loads(answer.read())
        except (urllib.error.URLError, OSError):
            return None

    def ask(self, path: str, body: dict[str, object] | None = None, url: str | None = None) -> Any:
        """The same, asked again until somebody answers: after a standstill of the machine a node has no lease."""
        answers: list[Any] = []

        def is_answered() -> bool:
            answers.append(self.call(path, body, url))
            return answers[-1] is not None

        until(is_answered, f"{path} is answered")
        return answers[-1]

    def nodes(self) -> dict[str, tuple[str, int]]:
        """Incarnation, and sessions, by the name of each node that plays, as `tickroom cluster status` says."""
        command = [sys.executable, "-m", "tickroom", "cluster", "status", "--json", "--redis", self.redis_url]
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        return {
            node["node"]: (node["incarnation"], node["sessions"])
            for node in json.loads(said.stdout)["nodes"]
            if node["state"] == "playing"
        }

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Its exit code."""
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def note_pids(self) -> set[int]:
        """All processes that it was ever said to have started, by its words and its log."""
        self.seen_pids |= {int(pid) for pid in re.findall(r": pid (\d+)", self.log)}
        return self.seen_pids


@contextlib.contextmanager
def supervised(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[Supervised]:
    """Run it until the end of the block, which nothing that it started outlives."""
    log = folder / "log"
    command = [sys.executable, "-m", "tickroom", "serve", "--port", "0", *arguments]
    with (
        log.open("w") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env={**os.environ, **(environment or {})}
        ) as process,
    ):
        try:
            lines: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.strip())
                if line.startswith("Tickroom serves "):
                    break
            else:
                raise AssertionError(f"it did not serve: {lines} {log.read_text()}")
            running = Supervised(process, log, lines)
            yield running
            pids = running.note_pids()
            running.process.kill()
            until(lambda: not any(map(is_running, pids)), f"all of {pids} are gone")
        finally:
            if process.poll() is None:
                process.kill()
