"""How long to wait before something that died is started again."""

from __future__ import annotations

from tickroom.server.shell.workers.settings import Patience


class Backoff:
    """Twice as long after each death, up to a limit; from the beginning again after a good long life."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._deaths = 0

    def after(self, lived_s: float) -> float:
        """Seconds to wait after a life of so many seconds."""
        if lived_s >= self._patience.good_after_s:
            self._deaths = 0
        wait_s = self._patience.backoff_first_s * 2.0 ** min(self._deaths, 32)
        self._deaths += 1
        return min(wait_s, self._patience.backoff_most_s)
