"""The public sessions of all nodes: each posts its own, and reads the others' while somebody wants to know.

    PublicList ──> post_listings ──> Directory ──> Neighbours ──> quick play, GET /api/sessions
                                                        └──────> AllNodes ──> the lobby

A posting outlives its node for longer than a takeover takes, so that the sessions of a node that died stay listed until
somebody goes on with them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import Struct

from tickroom.protocol.messages import Listing
from tickroom.protocol.session_tables import Status
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.interface import NodeView, StoreAway
from tickroom.server.shell.description import SessionView
from tickroom.server.shell.public_list import MOST_LISTED, Entry
from tickroom.server.shell.quickplay import Offer

if TYPE_CHECKING:
    from tickroom.game.interface import Game
    from tickroom.server.shell.cluster.cluster import Cluster
    from tickroom.server.shell.node import Node

logger = logging.getLogger("tickroom.cluster")

FORMAT = 1
POST_LOOK_EVERY_S = 0.25
REPOST_EVERY_S = 1.0
READ_EVERY_S = 0.5
READ_WAIT_S = 0.5  # whoever asks waits no longer for a slow store, and gets what was known
LINGER_S = 1.5
"""A session that nobody lists any more stays in the lobby for so long: on its way from node to node it is in no list
until the new owner posted it (POST_LOOK_EVERY_S) and that was read (READ_EVERY_S)."""
NOTED_S = POST_LOOK_EVERY_S + READ_EVERY_S + READ_WAIT_S  # until a session that we had made elsewhere is surely posted


class Posted(Struct, array_like=True, frozen=True):
    """A public session: what the lobby shows of it, and what else quick play must know."""

    listing: Listing
    born_ms: int
    free_seats: int
    grace_s: int
    seed: int | None

    def offer(self) -> Offer:
        """The same, for quick play."""
        listing = self.listing
        return Offer(
            listing.code, listing.players, listing.settings, listing.tick_hz, grace_s=self.grace_s, seed=self.seed
        )

    def view(self) -> SessionView:
        """The same, for the HTTP API."""
        listing = self.listing
        return SessionView(
            code=listing.code,
            game=listing.game,
            status=Status(listing.status).name.lower(),
            seats=listing.seats,
            players=listing.players,
            connected=listing.connected,
            tick_hz=listing.tick_hz,
            public=True,
            options=listing.settings,
        )


class Posting(Struct, array_like=True, frozen=True):
    """All that a node posts, newest first. A reader ignores a ``format`` that it does not know."""

    format: int
    sessions: list[Posted]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Posting)


# --- out -------------------------------------------------------------------------------------------------------------


async def post_listings(cluster: Cluster) -> None:
    """Post this node's public sessions when they changed, and often enough that they do not expire. Until cancelled."""
    public = cluster.node.lobby.public
    lifetime_ms = listed_for_ms(cluster.settings.lease_s)
    posted, posted_s = ("", b""), -REPOST_EVERY_S
    while True:
        now_s = time.monotonic()
        what = (cluster.incarnation, encode_posting(public.look()))
        if cluster.is_active and (what != posted or now_s - posted_s >= REPOST_EVERY_S):
            try:
                await cluster.store.directory.post_listings(*what, lifetime_ms)
            except StoreAway as error:
                logger.debug(
                    "listings are not posted: %s", error
                )  # the outbox says it aloud; the next look tries again
            else:
                posted, posted_s = what, now_s
        await asyncio.sleep(POST_LOOK_EVERY_S)


def listed_for_ms(lease_s: float) -> int:
    """How long a posting lives: until a dead node's lease ran out and its sessions were taken over and posted anew."""
    return round((2 * lease_s + 2) * 1000)


def encode_posting(entries: Mapping[str, Entry]) -> bytes:
    """What a node posts of its public sessions. About 300 bytes each."""
    sessions = [
        Posted(
            entry.listing,
            entry.born_ms,
            entry.session.free_seats,
            entry.session.settings.grace_s,
            entry.session.settings.seed,
        )
        for entry in entries.values()
    ]
    return _encoder.encode(Posting(FORMAT, sessions))


# --- in --------------------------------------------------------------------------------------------------------------


class Neighbour(NamedTuple):
    """A session of another node. ``node``: None when it has lapsed, and nobody has taken the session over yet."""

    posted: Posted
    node: NodeView | None


class _Read(NamedTuple):
    blob: bytes
    sessions: list[Posted]


class Neighbours:
    """The public sessions of the other nodes, as they were last read: at most READ_EVERY_S old while somebody asks."""

    def __init__(self, cluster: Cluster, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.turn = asyncio.Lock()  # to look and then to create is one step
        self._cluster = cluster
        self._clock_s = clock_s
        self._read: dict[str, _Read] = {}  # by incarnation
        self._by_code: dict[str, Neighbour] = {}
        self._noted: dict[str, tuple[Neighbour, float]] = {}  # made there for us, not posted yet; until when
        self._read_s = -READ_EVERY_S
        self._reading: asyncio.Task[None] | None = None

    def sessions(self) -> dict[str, Neighbour]:
        """All that is known, by code."""
        if self._noted:
            now_s = self._clock_s()
            self._noted = {code: noted for code, noted in self._noted.items() if noted[1] > now_s}
        return {code: noted for code, (noted, _) in self._noted.items()} | self._by_code

    def read_soon(self) -> None:
        """See to it that what is known is not old. Whoever needs it now calls ``read``."""
        if self._reading is None and self._clock_s() - self._read_s >= READ_EVERY_S:
            self._reading = asyncio.get_running_loop().create_task(self._read_once())
            self._reading.add_done_callback(self._was_read)

    async def read(self) -> dict[str, Neighbour]:
        """All sessions, not older than READ_EVERY_S; while the store is slow or away, what was known before."""
        self.read_soon()
        if self._reading is not None:
            # Several may wait for the one task, and none of them may cancel it for the others.
            await asyncio.wait([self._reading], timeout=READ_WAIT_S)
        return self.sessions()

    def note(self, view: SessionView, wishes: SessionSettings, node: NodeView) -> None:
        """A public session was made at ``node`` for us: it counts as posted there, until it is."""
        listing = Listing(
            view.code,
            view.game,
            Status.WAITING,
            view.seats,
            view.players,
            view.connected,
            0,
            view.tick_hz,
            view.options,
        )
        posted = Posted(listing, time.time_ns() // 1_000_000, view.seats, wishes.grace_s, wishes.seed)
        self._noted[view.code] = (Neighbour(posted, node), self._clock_s() + NOTED_S)

    async def _read_once(self) -> None:
        try:
            views = await self._cluster.view_nodes()
            blobs = await self._cluster.store.directory.listings()
        except StoreAway as error:
            logger.debug("listings are not read: %s", error)
            return
        own = self._cluster.incarnation
        self._read = {who: self._decoded(who, blob) for who, blob in blobs.items() if who != own}
        alive = {view.entry.incarnation: view for view in views}
        by_code = {}
        # Of two who list the same session the one who lives has taken it over.
        for who in sorted(self._read, key=lambda who: (who in alive, who)):
            for posted in self._read[who].sessions:
                by_code[posted.listing.code] = Neighbour(posted, alive.get(who))
        self._by_code = by_code

    def _decoded(self, who: str, blob: bytes) -> _Read:
        known = self._read.get(who)
        if known is not None and known.blob == blob:
            return known
        try:
            posting = _decoder.decode(blob)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            logger.warning("the listings of %s are not understood: %s", who, error)
            return _Read(blob, [])
        return _Read(blob, posting.sessions if posting.format == FORMAT else [])

    def _was_read(self, task: asyncio.Task[None]) -> None:
        self._reading, self._read_s = None, self._clock_s()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("reading the listings failed", exc_info=error)


def offers_of_all(node: Node, own: Iterable[Offer], elsewhere: Mapping[str, Neighbour], game: Game[Any]) -> list[Offer]:
    """What sessions of this node (``own``) and all others offer to whoever wants to play ``game`` as this node has it.

    Newest first, so that people who ask different nodes come together.
    """
    offers = [(node.lobby.public.born_ms(node.sessions[offer.code]), offer) for offer in own]
    schema = game.schema
    for code, (posted, owner) in elsewhere.items():
        told = posted.listing.settings
        if (
            code not in node.sessions
            and owner is not None
            and not owner.load.is_draining
            and posted.listing.game == schema.game
            and owner.entry.games.get(schema.game) == schema.fingerprint
            and posted.free_seats > 0
            and not told["password"]
            and not told["locked"]
        ):
            offers.append((posted.born_ms, posted.offer()))
    offers.sort(key=lambda one: -one[0])
    return [offer for _, offer in offers]


class _Shown(NamedTuple):
    born_ms: int
    listing: Listing
    until_s: float


class AllNodes:
    """What the lobby shows: this node's sessions and all others', with those that are on their way between two."""

    def __init__(self, neighbours: Neighbours, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._neighbours = neighbours
        self._clock_s = clock_s
        self._shown: dict[str, _Shown] = {}

    def listings(self, own: Mapping[str, Entry]) -> dict[str, Listing]:
        """The newest MOST_LISTED of all by code, newest first; ``own``: as this node's list has them now."""
        now_s = self._clock_s()
        self._neighbours.read_soon()
        until_s = now_s + LINGER_S
        shown = {code: one for code, one in self._shown.items() if one.until_s > now_s}
        for code, (posted, _) in self._neighbours.sessions().items():
            shown[code] = _Shown(posted.born_ms, posted.listing, until_s)
        for code, entry in own.items():
            shown[code] = _Shown(entry.born_ms, entry.listing, until_s)
        self._shown = shown
        newest = sorted(shown.items(), key=lambda one: (-one[1].born_ms, one[0]))
        return {code: one.listing for code, one in newest[:MOST_LISTED]}
