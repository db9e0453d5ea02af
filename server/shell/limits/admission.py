"""Who is let in: by address, and by what the process has left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import NamedTuple

from tickroom.server.shell.limits.bucket import NS
from tickroom.server.shell.limits.memory import MemoryMark
from tickroom.server.shell.limits.settings import ResolvedLimits
from tickroom.server.shell.limits.sliding import SlidingBudgets
from tickroom.server.shell.limits.turns import Turns

MINUTE_NS = 60 * NS
REFUSALS_ANSWERED = 20
"""Refusals by address in a minute that are told why. After that its connections are dropped before a byte is read: to
answer costs a handshake (about 0.4 ms), which is what a flood of connections is after."""
TURNED_AWAY_IN_WORDS = 60
"""Sockets by address in a minute that are opened to be told why they are closed. Each waits some seconds for the peer's
Close and is in no other budget; beyond that the handshake is refused with 403, which a page cannot read."""
FULL_RETRY_S = 5  # a guess: rounds end, and people leave, within seconds to minutes


class Reason(Enum):
    """Why somebody was not let in; the value is told to them and counted under in ``/api/stats``."""

    CONNECTIONS_PER_MINUTE = "connections_per_minute"
    CONNECTIONS_AT_ONCE = "connections_at_once"
    UNKNOWN_CODES = "unknown_codes"
    CREATES = "creates"
    API_REQUESTS = "api_requests"
    MEMORY = "memory"
    SERVER_FULL = "server_full"
    KEYS = "keys_unavailable"  # accounts cannot be judged now


class Refusal(NamedTuple):
    """``retry_after_ms``: when it can work again, at the earliest."""

    reason: Reason
    retry_after_ms: int

    @property
    def retry_after_s(self) -> int:
        """As the header ``Retry-After`` has it: whole seconds, at least one."""
        return max(1, -(-self.retry_after_ms // 1000))

    @property
    def is_ours(self) -> bool:
        """Whether there is no room for anybody (503, close 1013); else this address asked too much (429, 4029)."""
        return self.reason in (Reason.MEMORY, Reason.SERVER_FULL, Reason.KEYS)


FULL = Refusal(Reason.SERVER_FULL, FULL_RETRY_S * 1000)


class Admission:
    """The budgets of one server. Addresses are given as :func:`~.addresses.address_key` makes them."""

    def __init__(self, limits: ResolvedLimits, clock_ns: Callable[[], int], resident: Callable[[], int]) -> None:
        self._clock_ns = clock_ns
        self._memory = MemoryMark(limits.max_memory_bytes, resident)
        self._at_once = limits.connections_per_address
        self._open: dict[str, int] = {}  # sockets by address
        self._connections = SlidingBudgets(limits.connections_per_minute, MINUTE_NS)
        self._unknown_codes = SlidingBudgets(limits.unknown_codes_per_minute, MINUTE_NS)
        self._look_ups = Turns()
        self._creates = SlidingBudgets(limits.creates_per_minute, MINUTE_NS)
        self._refusals = SlidingBudgets(REFUSALS_ANSWERED, MINUTE_NS)
        self._turned_away = SlidingBudgets(TURNED_AWAY_IN_WORDS, MINUTE_NS)
        self._requests = SlidingBudgets(limits.api_requests_per_minute, MINUTE_NS)

    def open(self, address: str) -> Refusal | None:
        """A socket opens, and counts until :meth:`close`; or a refusal, and it counts for nothing."""
        now_ns = self._clock_ns()
        if self._memory.is_full(now_ns):
            return Refusal(Reason.MEMORY, FULL_RETRY_S * 1000)
        count = self._open.get(address, 0)
        if self._at_once and count >= self._at_once:
            refusal: Refusal | None = Refusal(Reason.CONNECTIONS_AT_ONCE, FULL_RETRY_S * 1000)
        else:
            refusal = _refused(Reason.CONNECTIONS_PER_MINUTE, self._connections.take(address, now_ns))
        if refusal is None:
            self._open[address] = count + 1
        else:
            self._refusals.take(address, now_ns)
        return refusal

    def is_shunned(self, address: str) -> bool:
        """Whether an address was refused so often in the last minute that it is not even told any more."""
        return self._refusals.wait_ns(address, self._clock_ns()) > 0

    def may_be_told(self, address: str) -> bool:
        """Count a socket that is turned away; whether to open it first, so that it hears why."""
        return not self._turned_away.take(address, self._clock_ns())

    def give_back(self, address: str) -> None:
        """A socket was sent on to another node, or asked to come again: through no fault of theirs it counts for none.

        Not more often than anybody is turned away in words: a household comes back after a takeover, a flood does not.
        """
        if self.may_be_told(address):
            self._connections.give_back(address)

    def close(self, address: str) -> None:
        """A socket that was let in is gone."""
        count = self._open.pop(address) - 1
        if count:
            self._open[address] = count

    def may_look_up(self, address: str) -> Refusal | None:
        """Whether to tell if there is a session with some code: not to who named many that do not exist."""
        return _refused(Reason.UNKNOWN_CODES, self._unknown_codes.wait_ns(address, self._clock_ns()))

    def count_unknown_code(self, address: str) -> None:
        """Somebody named a code that no session has."""
        self._unknown_codes.take(address, self._clock_ns())

    def turn_to_look_up(self, address: str) -> AbstractAsyncContextManager[None]:
        """Where a look-up waits for others' word: one at a time by address, or a hundred at once count for none."""
        return self._look_ups.take(address)

    def may_create(self, address: str) -> Refusal | None:
        """Count the making of a session; or a refusal."""
        now_ns = self._clock_ns()
        if self._memory.is_full(now_ns):
            return Refusal(Reason.MEMORY, FULL_RETRY_S * 1000)
        return _refused(Reason.CREATES, self._creates.take(address, now_ns))

    def may_ask(self, address: str) -> Refusal | None:
        """Count a request to ``/api``; or a refusal."""
        now_ns = self._clock_ns()
        refusal = _refused(Reason.API_REQUESTS, self._requests.take(address, now_ns))
        if refusal is not None:
            self._refusals.take(address, now_ns)
        return refusal


def _refused(reason: Reason, wait_ns: int) -> Refusal | None:
    return Refusal(reason, -(-wait_ns // 1_000_000)) if wait_ns else None
