"""Programs that end when the one that started them ends, even by ``kill -9``.

Linux sends a signal of one's choice when the parent dies (prctl(2), PR_SET_PDEATHSIG; it outlives execve). Elsewhere a
shell waits for the end of a pipe that only the parent holds the other end of, and then kills.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Protocol

PR_SET_PDEATHSIG = 1  # linux/prctl.h
_WATCH = 'cat > /dev/null; kill -9 "$1"'


class Tether(Protocol):
    """What a program is bound to its parent with."""

    @property
    def in_child(self) -> Callable[[], None] | None:
        """To be called in the child before it becomes the program; None: nothing."""
        ...

    def watch(self, pid: int) -> subprocess.Popen[bytes] | None:
        """Watch over a program that runs; what watches must be killed when the program has ended. None: nothing."""
        ...

    def close(self) -> None:
        """No program is bound any more."""
        ...


class KernelTether:
    """Linux. The parent is the *thread* that starts the program, so that must be one that lasts: the main thread."""

    def __init__(self) -> None:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        parent = os.getpid()

        def bind() -> None:
            if prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
                raise OSError(ctypes.get_errno(), "prctl")
            if os.getppid() != parent:  # it died before we asked
                os._exit(1)

        self.in_child: Callable[[], None] | None = bind

    def watch(self, pid: int) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""


class PipeTether:
    """Any POSIX system: one small shell a program."""

    def __init__(self) -> None:
        self.in_child: Callable[[], None] | None = None
        self._ours, self._held = os.pipe()  # neither is inherited, but where we say so

    def watch(self, pid: int) -> subprocess.Popen[bytes] | None:
        """A shell that kills ``pid`` when this process has ended."""
        # A session of its own: Ctrl-C at the terminal must not end it before the program.
        return subprocess.Popen(["/bin/sh", "-c", _WATCH, "sh", str(pid)], stdin=self._ours, start_new_session=True)

    def close(self) -> None:
        """Let go; whatever is still watched over is killed."""
        os.close(self._ours)
        os.close(self._held)


def best_tether() -> Tether:
    """What this system can do."""
    return KernelTether() if sys.platform == "linux" else PipeTether()
