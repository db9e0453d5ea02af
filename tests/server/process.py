"""A server as its own process, as people run it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class ServerProcess:
    """``tickroom ...`` that serves; ``lines`` is what it printed up to its URL."""

    process: subprocess.Popen[str]
    url: str
    lines: list[str]


@contextlib.contextmanager
def tickroom_process(*arguments: str, port: int = 0) -> Iterator[ServerProcess]:
    """Run ``tickroom`` with arguments that make it serve, until the end of the block.

    ``port``: 0 takes a free one; another for a server that comes back where it was.
    """
    command = [sys.executable, "-m", "tickroom", *arguments, "--port", str(port)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            lines: list[str] = []
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.strip())
                if line.startswith("Tickroom serves "):
                    yield ServerProcess(process, line.split()[-1], lines)
                    break
            else:
                raise AssertionError(f"it did not serve: {lines} {process.communicate()[1]}")
        finally:
            if process.poll() is None:
                process.kill()
            if process.stderr is not None and not process.stderr.closed:
                sys.stderr.write(process.stderr.read())  # shown by pytest when the test fails
