"""A store in memory: several nodes in one process, for tests and for embedding. Time is passed in.

A `MemoryStore` stands for the Redis they would share; each node gets a `Store` of its own from it.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field

from tickroom.server.shell.cluster.interface import (
    Fenced,
    JournalGap,
    NodeEntry,
    NodeLoad,
    NodeView,
    Store,
    StoreAway,
)
from tickroom.server.shell.cluster.memory_inbox import MemoryInbox, Questions

_NS_PER_MS = 1_000_000


@dataclass
class _Incarnation:
    entry: NodeEntry
    lease_ms: int
    lease_until_ns: int
    load: NodeLoad = field(default_factory=NodeLoad)
    sequence: int = 0
    records: dict[int, bytes] = field(default_factory=dict)
    listings: bytes = b""
    listings_until_ns: int = 0


@dataclass
class _Session:
    owner: str
    checkpoint: bytes


class MemoryStore:
    """What the nodes share. ``now_ns``: a monotonic clock.

    ``is_away`` may be set: then everything raises StoreAway, as when Redis is gone. `clear` is a restart of an empty
    one, `lapse` and `lose_records` what a pause and a failover do.
    """

    def __init__(self, now_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self.is_away = False
        self._now_ns = now_ns
        self._incarnations: dict[str, _Incarnation] = {}
        self._sessions: dict[str, _Session] = {}
        self._questions = Questions(self.holds_lease, self.answer_or_away)

    def store(self) -> Store:
        """For one node."""

        async def close() -> None:
            return

        return Store(MemoryDirectory(self), lambda name: MemoryJournal(self, name), MemoryInbox(self._questions), close)

    def clear(self) -> None:
        """Forget everything, as a Redis that was started again empty."""
        self._incarnations.clear()
        self._sessions.clear()

    def lapse(self, incarnation: str) -> None:
        """Let its lease run out now, as if it had been paused."""
        self.answer_or_away()[incarnation].lease_until_ns = self._now_ns()

    def lose_records(self, incarnation: str, after: int) -> None:
        """Lose the records with a greater sequence, as a failover may."""
        life = self._incarnations[incarnation]
        life.sequence = min(life.sequence, after)
        life.records = {sequence: record for sequence, record in life.records.items() if sequence <= after}

    def holds_lease(self, incarnation: str) -> bool:
        """Whether it may act."""
        life = self._incarnations.get(incarnation)
        return life is not None and self._now_ns() < life.lease_until_ns

    def answer_or_away(self) -> dict[str, _Incarnation]:
        """All incarnations that are not forgotten. Raises StoreAway."""
        if self.is_away:
            raise StoreAway("the store in memory was set away")
        return self._incarnations

    def sessions_or_away(self) -> dict[str, _Session]:
        """All sessions by their code. Raises StoreAway."""
        self.answer_or_away()
        return self._sessions

    def ms_from_now(self, ms: int) -> int:
        """A time on the clock, in ns."""
        return self._now_ns() + ms * _NS_PER_MS


class MemoryDirectory:
    """A Directory."""

    def __init__(self, shared: MemoryStore) -> None:
        self._shared = shared

    async def register(self, entry: NodeEntry, lease_ms: int) -> None:
        """A new incarnation; see Directory."""
        incarnations = self._shared.answer_or_away()
        if entry.incarnation in incarnations:
            raise ValueError(f"there was an incarnation {entry.incarnation} before")
        incarnations[entry.incarnation] = _Incarnation(entry, lease_ms, self._shared.ms_from_now(lease_ms))

    async def renew(self, incarnation: str, load: NodeLoad, lease_ms: int) -> None:
        """Have the lease for so long from now on; see Directory."""
        incarnations = self._shared.answer_or_away()
        if not self._shared.holds_lease(incarnation):
            raise Fenced(f"{incarnation} has lost its lease")
        life = incarnations[incarnation]
        life.load = load
        life.lease_ms, life.lease_until_ns = lease_ms, self._shared.ms_from_now(lease_ms)

    async def retire(self, incarnation: str) -> None:
        """Give the lease up; see Directory."""
        life = self._shared.answer_or_away().get(incarnation)
        if life is not None:
            life.lease_until_ns = self._shared.ms_from_now(0)

    async def forget(self, incarnation: str) -> bool:
        """Remove what is left of it; see Directory."""
        if self._shared.holds_lease(incarnation) or await self.sessions_of(incarnation):
            return False
        self._shared.answer_or_away().pop(incarnation, None)
        return True

    async def nodes(self) -> list[NodeView]:
        """Those that hold their lease; see Directory."""
        lives = self._shared.answer_or_away().items()
        views = [NodeView(life.entry, life.load) for name, life in lives if self._shared.holds_lease(name)]
        return sorted(views, key=lambda view: (view.entry.name, view.entry.incarnation))

    async def holds_lease(self, incarnation: str) -> bool:
        """Whether it may act; see Directory."""
        self._shared.answer_or_away()
        return self._shared.holds_lease(incarnation)

    async def lapsed(self) -> list[str]:
        """Those whose lease ran out; see Directory."""
        return [name for name in self._shared.answer_or_away() if not self._shared.holds_lease(name)]

    async def reserve(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """A new session; see Directory."""
        sessions = self._shared.sessions_or_away()
        if code in sessions:
            return False
        sessions[code] = _Session(incarnation, checkpoint)
        return True

    async def reclaim(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """Own a session that the store lost; see Directory. True also when it had been done already."""
        return await self.reserve(code, incarnation, checkpoint) or await self.owner_of(code) == incarnation

    async def owner_of(self, code: str) -> str | None:
        """Who owns a session; see Directory."""
        session = self._shared.sessions_or_away().get(code)
        return None if session is None else session.owner

    async def sessions_of(self, incarnation: str) -> list[str]:
        """What it owns; see Directory."""
        sessions = self._shared.sessions_or_away().items()
        return sorted(code for code, session in sessions if session.owner == incarnation)

    async def claim(self, code: str, held_by: str, by: str) -> bytes | None:
        """Take a session over; see Directory."""
        session = self._shared.sessions_or_away().get(code)
        if session is None or session.owner != held_by:
            return None
        session.owner = by
        return session.checkpoint

    async def remove(self, code: str, incarnation: str) -> None:
        """A session has ended; see Directory."""
        if await self.owner_of(code) == incarnation:
            del self._shared.sessions_or_away()[code]

    async def post_listings(self, incarnation: str, listings: bytes, lease_ms: int) -> None:
        """The public sessions of a node; see Directory."""
        life = self._shared.answer_or_away().get(incarnation)
        if life is not None:
            life.listings = listings
            life.listings_until_ns = self._shared.ms_from_now(lease_ms)

    async def listings(self) -> dict[str, bytes]:
        """What each posted; see Directory."""
        now_ns = self._shared.ms_from_now(0)
        lives = self._shared.answer_or_away().items()
        return {name: life.listings for name, life in lives if now_ns < life.listings_until_ns}


class MemoryJournal:
    """A Journal."""

    def __init__(self, shared: MemoryStore, incarnation: str) -> None:
        self._shared = shared
        self._incarnation = incarnation

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        """Keep a record; see Journal."""
        incarnations = self._shared.answer_or_away()
        if not self._shared.holds_lease(self._incarnation):
            raise Fenced(f"{self._incarnation} has lost its lease")
        life = incarnations[self._incarnation]
        if sequence < life.sequence or (sequence > life.sequence + 1 and not is_after_gap):
            raise JournalGap(f"{self._incarnation}: the record before {sequence} is not there")
        life.lease_until_ns = self._shared.ms_from_now(life.lease_ms)
        if sequence == life.sequence:
            return
        life.records[sequence] = bytes(record)
        life.sequence = sequence

    def append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:  # noqa: ARG002
        """Nothing is gained by it here; see Journal."""
        return False

    def look(self) -> None:
        """There is never anything to see; see Journal."""

    async def checkpoint(self, code: str, checkpoint: bytes) -> bool:
        """Keep a session's checkpoint; see Journal."""
        session = self._shared.sessions_or_away().get(code)
        if session is None or session.owner != self._incarnation:
            return False
        session.checkpoint = checkpoint
        return True

    async def checkpoint_all(self, checkpoints: Mapping[str, bytes]) -> list[str]:
        """Keep several; see Journal."""
        return [code for code, checkpoint in checkpoints.items() if not await self.checkpoint(code, checkpoint)]

    async def trim(self, below: int) -> None:
        """Forget older records; see Journal."""
        life = self._shared.answer_or_away().get(self._incarnation)
        if life is not None and self._shared.holds_lease(self._incarnation):
            life.records = {sequence: record for sequence, record in life.records.items() if sequence >= below}

    async def read(self, incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """Records in order; see Journal."""
        life = self._shared.answer_or_away().get(incarnation)
        for sequence, record in list(life.records.items()) if life is not None else []:
            if sequence > after:
                self._shared.answer_or_away()
                yield sequence, record
