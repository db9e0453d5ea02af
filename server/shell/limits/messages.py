"""What one connection may send: three classes, each with a budget of its own, and an end for who goes on."""

from __future__ import annotations

from enum import Enum

from tickroom.server.shell.limits.bucket import Bucket
from tickroom.server.shell.limits.settings import Limits

BURST_S = 2  # what a stalled network holds back comes at once
UNLIMITED = 2**62


class MessageClass(Enum):
    """The value is counted under in ``/api/stats``."""

    INPUT = "inputs"
    REQUEST = "requests"
    OTHER = "other_messages"


class InputCredit:
    """How many inputs a connection has left, for holders that count down themselves and come here when they are at 0.

    So a well-behaved client's input costs a subtraction and a comparison. The clock is the session's tick. In any span
    of ``t`` ticks at most ``2 * burst + t * per_tick`` come through.
    """

    __slots__ = ("_burst", "_per_tick", "_since_tick")

    def __init__(self, per_tick: int, tick_hz: int, tick: int) -> None:
        self._per_tick = per_tick
        self._burst = BURST_S * per_tick * tick_hz
        self._since_tick = tick

    @property
    def at_first(self) -> int:
        """What a connection begins with."""
        return self._burst or UNLIMITED

    def more(self, tick: int) -> int:
        """What has come together since the last time; 0: nothing until the next tick."""
        if not self._per_tick:
            return UNLIMITED
        passed = tick - self._since_tick
        self._since_tick = tick
        return min(self._burst, passed * self._per_tick)


class MessageBudgets:
    """The other classes of one connection, and the messages beyond a limit that it is forgiven."""

    __slots__ = ("_breaches", "_others", "_requests")

    def __init__(self, limits: Limits) -> None:
        self._requests = _bucket(limits.requests_per_second)
        self._others = _bucket(limits.other_messages_per_second)
        self._breaches = Bucket(1, limits.breaches_allowed) if limits.breaches_allowed else None

    def take(self, kind: MessageClass, now_ns: int) -> int:
        """Take one message of a class: 0; or the nanoseconds until there is one. Not for inputs."""
        bucket = self._requests if kind is MessageClass.REQUEST else self._others
        return bucket.take(now_ns) if bucket is not None else 0

    def forgive(self, now_ns: int) -> bool:
        """Whether a breach is met with a word; else the connection is to be closed."""
        return self._breaches is None or not self._breaches.take(now_ns)


def _bucket(per_second: int) -> Bucket | None:
    return Bucket(per_second, BURST_S * per_second) if per_second else None
