"""What the nodes of a cluster share: a directory, journals, and inboxes; each with a memory and a Redis backend.

An *incarnation* is one life of a node, with a name of its own. It acts while it holds its *lease*; a lease that ran out
never comes back, so whatever an incarnation writes after that is refused: it is *fenced*. A session is owned by one
incarnation; its *checkpoint* says in whose journal, and after which record of it, its life goes on.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import NamedTuple, Protocol

from msgspec import Struct


class Fenced(Exception):
    """Ours: this incarnation's lease ran out. It tells nobody anything any more."""


class StoreAway(Exception):
    """The store does not answer, or takes no writes. What was asked may have been done, or not."""


class JournalGap(Exception):
    """The store has lost records that it had taken. No record is good before all sessions are checkpointed again."""


class NoAnswer(Exception):
    """Another node did not answer in time. What it was asked may have been done, or not."""


class NodeEntry(Struct, array_like=True, frozen=True):
    """What a node says of itself when it joins.

    ``name``: stays from one incarnation to the next. ``url``: where clients reach this very node. ``format``: of the
    checkpoints and records that it reads and writes. ``games``: the fingerprint of each game's schema by its name.
    """

    incarnation: str
    name: str
    url: str
    version: str
    format: int
    games: dict[str, int]


class NodeLoad(Struct, array_like=True, frozen=True):
    """How full a node is. ``seats_left``: how many more it takes; ``cpu_permille``: of one core, lately."""

    sessions: int = 0
    players: int = 0
    connections: int = 0
    seats_left: int = 0
    cpu_permille: int = 0
    tick_lateness_p99_us: int = 0
    is_draining: bool = False


class NodeView(NamedTuple):
    """A node that holds its lease, as it last described itself."""

    entry: NodeEntry
    load: NodeLoad


class Directory(Protocol):
    """Who is there, and who has what. Every method raises StoreAway."""

    async def register(self, entry: NodeEntry, lease_ms: int) -> None:
        """A new incarnation, with a lease of so long. Raises ValueError when it was there before."""
        ...

    async def renew(self, incarnation: str, load: NodeLoad, lease_ms: int) -> None:
        """Have the lease for so long from now on. Raises Fenced when it ran out before."""
        ...

    async def retire(self, incarnation: str) -> None:
        """Give the lease up at once. What sessions it still owns may be claimed from now on."""
        ...

    async def forget(self, incarnation: str) -> bool:
        """Remove what is left of a lapsed incarnation that owns no session any more; whether that is so."""
        ...

    async def nodes(self) -> list[NodeView]:
        """Those that hold their lease, by name."""
        ...

    async def holds_lease(self, incarnation: str) -> bool:
        """Whether it may act, whatever it is that it does."""
        ...

    async def lapsed(self) -> list[str]:
        """Incarnations whose lease ran out and that are not forgotten."""
        ...

    async def reserve(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """A new session with its first checkpoint, owned by ``incarnation``; False when the code is taken."""
        ...

    async def owner_of(self, code: str) -> str | None:
        """The incarnation that owns a session, alive or not; None where there is no such session."""
        ...

    async def sessions_of(self, incarnation: str) -> list[str]:
        """Codes of the sessions that it may own: each must still be claimed, one by one."""
        ...

    async def claim(self, code: str, held_by: str, by: str) -> bytes | None:
        """Take a session over from ``held_by``, which has lapsed or agreed; its checkpoint.

        None, and nothing changed, when ``held_by`` does not own it (any more). One of many who claim at once gets it.
        """
        ...

    async def reclaim(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """Own a session of which the store knows nothing, for it was emptied; False when somebody owns it by now."""
        ...

    async def remove(self, code: str, incarnation: str) -> None:
        """A session has ended. Nothing happens when another incarnation owns it."""
        ...

    async def post_listings(self, incarnation: str, listings: bytes, lease_ms: int) -> None:
        """The public sessions of a node, for the others; gone when they are not posted again for so long."""
        ...

    async def listings(self) -> dict[str, bytes]:
        """What each incarnation posted."""
        ...


class Journal(Protocol):
    """The journal of one incarnation, and the checkpoints of the sessions that it owns."""

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        """Keep a record, and have the lease anew for as long as it was granted or renewed last.

        ``sequence`` counts from 1 without gaps; the same again keeps nothing twice.

        Raises:
            Fenced, StoreAway.
            JournalGap: the record before is not there; ``is_after_gap`` says that this is known and mended.
        """
        ...

    def append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:
        """Begin to append without waiting for anything; whether that could be done. Most of the time it can.

        ``answered`` is called once, later: with True as soon as the record is kept, with False when that is not known.
        Then, and when it could not be begun, ``append`` finds out. Until then nothing else may be appended.
        """
        ...

    def look(self) -> None:
        """Take an answer that is there already: for callers in the middle of much else, who would hold it up."""
        ...

    async def checkpoint(self, code: str, checkpoint: bytes) -> bool:
        """Keep a session's checkpoint in place of the one before; False when it is not ours any more.

        Raises StoreAway.
        """
        ...

    async def checkpoint_all(self, checkpoints: Mapping[str, bytes]) -> list[str]:
        """The same for several, by code; those that are not ours any more.

        Raises StoreAway; then some of them may be kept.
        """
        ...

    async def trim(self, below: int) -> None:
        """Forget records with a lesser sequence: every checkpoint is newer. Raises StoreAway.

        Nothing happens when our lease ran out: others may read them, for sessions that we think to be no longer ours.
        """
        ...

    def read(self, incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """Any incarnation's records with a greater sequence, in order. Raises StoreAway."""
        ...


Answer = Callable[[bytes], Awaitable[bytes]]


class Inbox(Protocol):
    """Questions from node to node. Each is answered once or not at all."""

    async def ask(self, incarnation: str, question: bytes, timeout_s: float) -> bytes:
        """Ask another node. Raises NoAnswer, StoreAway."""
        ...

    async def serve(self, incarnation: str, answer: Answer) -> None:
        """Answer questions, several at once, until cancelled; goes on by itself after the store was away."""
        ...


class Store(NamedTuple):
    """The three together, as a node uses them."""

    directory: Directory
    journal: Callable[[str], Journal]  # of an incarnation
    inbox: Inbox
    close: Callable[[], Awaitable[None]]
