"""Sessions whose tick failed by a fault of ours, and went back to their journal: how often, and how far apart."""

from __future__ import annotations

from tickroom.server.core.session import Session

FAILED_TICKS_MOST = 3  # of a session, before it is the session that ends and not the tick that is done again
FAILED_TICKS_KEPT_S = 60  # one that failed so long ago does not count
POOLS_OF_FAILED = {1: 16}  # sessions, after a first failure: a pool for each would cost 40 times the CPU; then 1


class FailedTicks:
    """Which session is at fault nobody knows: those of one tick get smaller and smaller pools, until each is alone."""

    def __init__(self) -> None:
        self._counted: dict[str, tuple[int, int]] = {}  # by code: how many, and the tick of the last

    def may_go_back(self, session: Session) -> bool:
        """A tick of it failed. Whether it goes on from its journal; else it has failed too often, and ends."""
        count, last = self._counted.get(session.code, (0, session.tick))
        is_old = session.tick - last > FAILED_TICKS_KEPT_S * session.settings.tick_hz
        count = 1 if is_old else count + 1
        self._counted[session.code] = (count, session.tick)
        return count <= FAILED_TICKS_MOST

    def pool_capacity(self, code: str) -> int | None:
        """How many sessions there may be in this one's next pool; None: as usual."""
        counted = self._counted.get(code)
        return None if counted is None else POOLS_OF_FAILED.get(counted[0], 1)

    def forget(self, code: str) -> None:
        """It has ended, or is another node's."""
        self._counted.pop(code, None)
