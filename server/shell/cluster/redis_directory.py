"""The directory in Redis: leases that expire by themselves, owners that change by comparison, and a list of nodes.

What takes two steps, for its keys lie on two shards, is ordered so that a crash in between does no harm: a session is
in its new owner's set before it is its own, and leaves the old set after; a code too much in a set is claimed in vain.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from weakref import WeakValueDictionary

import msgspec

from tickroom.server.shell.cluster import keys, redis_scripts
from tickroom.server.shell.cluster.interface import Fenced, NodeEntry, NodeLoad, NodeView
from tickroom.server.shell.cluster.redis_link import RedisLink

logger = logging.getLogger("tickroom.cluster")

_REGISTRY = [keys.ENTRIES, keys.LOADS, keys.DUE]


class RedisDirectory:
    """A Directory. ``now_us``: the same clock as the journals'."""

    def __init__(self, link: RedisLink, now_us: Callable[[], int]) -> None:
        self._link = link
        self._now_us = now_us
        self._entries: dict[str, bytes] = {}  # of who registered here: written again with each renewal
        self._not_understood: set[str] = set()  # incarnations that were warned of
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def register(self, entry: NodeEntry, lease_ms: int) -> None:
        """A new incarnation; see Directory. The lease first: who is on the list without one has lapsed."""
        name = entry.incarnation
        if await self._link.call("HEXISTS", keys.ENTRIES, name) or not await self._link.run(
            redis_scripts.GRANT, [keys.lease(name), keys.journal(name), keys.sessions(name)], lease_ms
        ):
            raise ValueError(f"there was an incarnation {name} before")
        self._entries[name] = msgspec.msgpack.encode(entry)
        await self._note(name, NodeLoad(), lease_ms)

    async def renew(self, incarnation: str, load: NodeLoad, lease_ms: int) -> None:
        """Have the lease for so long from now on; see Directory."""
        beside = [keys.lease(incarnation), keys.journal(incarnation), keys.sessions(incarnation)]
        if not await self._link.run(redis_scripts.RENEW, beside, lease_ms, keys.JOURNAL_KEPT_MS):
            self._entries.pop(incarnation, None)
            raise Fenced(f"{incarnation} has lost its lease")
        await self._note(incarnation, load, lease_ms)

    async def _note(self, incarnation: str, load: NodeLoad, lease_ms: int) -> None:
        entry = self._entries.get(incarnation, b"")
        arguments = (incarnation, entry, msgspec.msgpack.encode(load), lease_ms, keys.JOURNAL_KEPT_MS)
        await self._link.run(redis_scripts.NOTE, _REGISTRY, *arguments)

    async def retire(self, incarnation: str) -> None:
        """Give the lease up; see Directory."""
        self._entries.pop(incarnation, None)
        await self._link.call("DEL", keys.lease(incarnation))
        await self._link.call("ZADD", keys.DUE, "XX", 0, incarnation)

    async def forget(self, incarnation: str) -> bool:
        """Remove what is left of it; see Directory. From the list at last: until then it is tried again."""
        if await self._holds_lease([incarnation]):
            return False
        codes = await self.sessions_of(incarnation)
        owners = await self._link.call_all([("HGET", keys.session(code), "owner") for code in codes])
        if incarnation.encode() in owners:
            return False
        beside = [
            keys.lease(incarnation),
            keys.journal(incarnation),
            keys.sessions(incarnation),
            keys.listings(incarnation),
            keys.inbox(incarnation),
        ]
        if not await self._link.run(redis_scripts.FORGET, beside):
            return False
        await self._link.run(redis_scripts.STRIKE, _REGISTRY, incarnation)
        return True

    async def nodes(self) -> list[NodeView]:
        """Those that hold their lease, by name; see Directory."""
        entries, loads = await self._link.call_all([("HGETALL", keys.ENTRIES), ("HGETALL", keys.LOADS)])
        held = await self._holds_lease([name.decode() for name in entries])
        views = []
        for name, entry in entries.items():
            if name.decode() in held and (view := self._view(name.decode(), entry, loads.get(name))) is not None:
                views.append(view)
        return sorted(views, key=lambda view: (view.entry.name, view.entry.incarnation))

    def _view(self, name: str, entry: bytes, load: bytes | None) -> NodeView | None:
        """A node as it described itself; None when that is not understood: it must not be all nodes' fault."""
        try:
            known = msgspec.msgpack.decode(entry, type=NodeEntry)
            return NodeView(known, NodeLoad() if load is None else msgspec.msgpack.decode(load, type=NodeLoad))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            if name not in self._not_understood:
                self._not_understood.add(name)
                logger.warning("how the node %s describes itself is not understood: %s", name, error)
            return None

    async def holds_lease(self, incarnation: str) -> bool:
        """Whether it may act; see Directory."""
        return bool(await self._holds_lease([incarnation]))

    async def lapsed(self) -> list[str]:
        """Those without a lease; see Directory. The list says who might be; usually it is empty, and that is all."""
        overdue = [name.decode() for name in await self._link.run(redis_scripts.OVERDUE, [keys.DUE])]
        held = await self._holds_lease(overdue)
        return [name for name in overdue if name not in held]

    async def _holds_lease(self, incarnations: list[str]) -> set[str]:
        held = await self._link.call_all([("EXISTS", keys.lease(name)) for name in incarnations])
        return {name for name, is_held in zip(incarnations, held, strict=True) if is_held}

    async def reserve(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """A new session; see Directory."""
        return await self._reserve(code, incarnation, checkpoint) == ""

    async def reclaim(self, code: str, incarnation: str, checkpoint: bytes) -> bool:
        """Own a session that the store lost; see Directory. True also when it had been done already."""
        return await self._reserve(code, incarnation, checkpoint) in ("", incarnation)

    async def _reserve(self, code: str, incarnation: str, checkpoint: bytes) -> str:
        async with self._turn(code):
            await self._link.call("SADD", keys.sessions(incarnation), code)
            arguments = (incarnation, self._now_us(), keys.SESSION_KEPT_MS, checkpoint)
            owner: bytes = await self._link.run(redis_scripts.RESERVE, [keys.session(code)], *arguments)
            if owner not in (b"", incarnation.encode()):
                await self._link.call("SREM", keys.sessions(incarnation), code)
            return owner.decode()

    async def claim(self, code: str, held_by: str, by: str) -> bytes | None:
        """Take a session over; see Directory."""
        async with self._turn(code):
            await self._link.call("SADD", keys.sessions(by), code)
            arguments = (held_by, by, self._now_us(), keys.SESSION_KEPT_MS)
            owner, *taken = await self._link.run(redis_scripts.CLAIM, [keys.session(code)], *arguments)
            no_owners = {held_by, by} - {owner.decode()}
            await self._link.call_all([("SREM", keys.sessions(name), code) for name in no_owners])
            checkpoint: bytes | None = taken[0] if taken else None
            return checkpoint

    async def remove(self, code: str, incarnation: str) -> None:
        """A session has ended; see Directory."""
        async with self._turn(code):
            await self._link.run(redis_scripts.REMOVE, [keys.session(code)], incarnation)
            await self._link.call("SREM", keys.sessions(incarnation), code)

    def _turn(self, code: str) -> asyncio.Lock:
        """One after the other for each code: else one's late SREM undoes what the next has just put into the set."""
        return self._turns.setdefault(code, asyncio.Lock())

    async def owner_of(self, code: str) -> str | None:
        """Who owns a session; see Directory."""
        owner: bytes | None = await self._link.call("HGET", keys.session(code), "owner")
        return None if owner is None else owner.decode()

    async def sessions_of(self, incarnation: str) -> list[str]:
        """What it may own; see Directory."""
        return sorted(code.decode() for code in await self._link.call("SMEMBERS", keys.sessions(incarnation)))

    async def post_listings(self, incarnation: str, listings: bytes, lease_ms: int) -> None:
        """The public sessions of a node; see Directory."""
        await self._link.call("SET", keys.listings(incarnation), listings, "PX", lease_ms)

    async def listings(self) -> dict[str, bytes]:
        """What each posted; see Directory."""
        names = [name.decode() for name in await self._link.call("HKEYS", keys.ENTRIES)]
        posted = await self._link.call_all([("GET", keys.listings(name)) for name in names])
        return {name: listings for name, listings in zip(names, posted, strict=True) if listings is not None}
