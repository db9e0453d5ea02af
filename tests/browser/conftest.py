"""Stories: what happens in a real Chromium is told by a .mjs file beside the test, and judged by the test."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest


class Tell(Protocol):
    """Run a story to its end; the JSON that it printed."""

    def __call__(self, story: str, wishes: Mapping[str, object] | None = None, *, timeout_s: float = 100) -> str: ...


@pytest.fixture(scope="session")
def reports(repository: Path) -> Path:
    """Where figures and screenshots are left."""
    folder = repository / "reports" / "browser"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def tell(repository: Path, with_node: str, chromium_path: str, reports: Path) -> Tell:
    """Runs ``tests/browser/NAME.mjs``. Whatever a story starts ends with it: they are one group of processes."""
    for built in ("page/index.html", "sdk/client.js"):
        assert (repository / "server" / "shell" / built).exists(), f"{built} is not built: make setup"

    def run(story: str, wishes: Mapping[str, object] | None = None, *, timeout_s: float = 100) -> str:
        places = {"python": sys.executable, "chromium": chromium_path, "reports": str(reports)}
        script = Path(__file__).with_name(f"{story}.mjs")
        with subprocess.Popen(
            [with_node, "node", str(script), json.dumps(places | dict(wishes or {}))],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                printed, complaints = process.communicate(timeout=timeout_s)
            finally:
                with contextlib.suppress(ProcessLookupError):  # all of the group have ended by themselves
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0, complaints
        return printed

    return run
