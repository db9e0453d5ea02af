"""SIGHUP has two meanings: an operator's "restart the workers", and "your terminal is closed"."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable


def terminal_watch() -> Callable[[], bool]:
    """Whether the terminal that this process had at its start is gone, to be asked when SIGHUP comes.

    Always False where there was none (a service), or where SIGHUP was ignored: nohup says "do not mind".
    """
    had_one = _has_terminal() and signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN
    return lambda: had_one and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
