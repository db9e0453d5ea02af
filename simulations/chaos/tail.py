"""Everything that the nodes write into Redis of their sessions' lives, read along while it is there.

The keys are those of docs/operations.md. Read past the nodes' own networks, so that a cut of one of them hides nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, cast

import redis.asyncio
from redis.exceptions import RedisError

READ_EVERY_S = 0.05
PAGE_RECORDS = 500
ENTRIES = "tickroom:{nodes}:entries"


@dataclass
class Owner:
    """A session at one incarnation. ``answerable_s``: when the first checkpoint of its own was there; 0: never.

    ``checkpoints``: the first ones that were seen, of its predecessor's perhaps. Times are CLOCK_MONOTONIC.
    """

    incarnation: str
    claimed_s: float
    answerable_s: float = 0.0
    checkpoints: list[bytes] = field(default_factory=list)


@dataclass
class Record:
    """One record of a journal, and when it was read."""

    sequence: int
    read_s: float
    content: bytes


@dataclass
class Journals:
    """What was read. ``owners``: of each session by code, in order; ``records``: of each incarnation."""

    owners: dict[str, list[Owner]] = field(default_factory=dict)
    records: dict[str, list[Record]] = field(default_factory=dict)
    lost: list[str] = field(default_factory=list)  # what was gone before it was read


class Tail:
    """Reads along until cancelled."""

    def __init__(self, url: str, codes: list[str]) -> None:
        self.journals = Journals({code: [] for code in codes})
        self._client = redis.asyncio.Redis.from_url(url, retry=None, socket_timeout=2.0)
        self._codes = codes
        self._turn = asyncio.Lock()
        self._at: dict[str, tuple[Any, ...]] = {}

    async def read_all(self) -> None:
        """Whatever is new by now. Raises RedisError."""
        async with self._turn:
            await self._read_owners()
            await self._read_records()

    async def run(self) -> None:
        """Read along. Redis may go and come back."""
        while True:
            with contextlib.suppress(RedisError, OSError):
                await self.read_all()
            await asyncio.sleep(READ_EVERY_S)

    def owned(self) -> Counter[str]:
        """How many sessions each incarnation has, as far as is known."""
        return Counter(owners[-1].incarnation for owners in self.journals.owners.values() if owners)

    async def close(self) -> None:
        """Give the connection back."""
        await self._client.aclose()

    async def _read_owners(self) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for code in self._codes:
            pipeline.hmget(f"tickroom:{{{code}}}", ["owner", "epoch", "at"])
        found = await pipeline.execute()
        changed = [
            code
            for code, entry in zip(self._codes, found, strict=True)
            if entry[0] is not None and self._at.get(code) != tuple(entry)
        ]
        for code in changed:
            entry = await self._hash(code)
            if entry is not None:
                self._at[code] = entry[:3]
                self._note_owner(code, entry[0].decode(), entry[3])

    async def _hash(self, code: str) -> tuple[bytes, bytes, bytes, bytes] | None:
        entry = await cast(Any, self._client.hmget(f"tickroom:{{{code}}}", ["owner", "epoch", "at", "checkpoint"]))
        return None if None in entry else tuple(entry)

    def _note_owner(self, code: str, incarnation: str, checkpoint: bytes) -> None:
        owners, now_s = self.journals.owners[code], time.monotonic()
        if not owners or owners[-1].incarnation != incarnation:
            owners.append(Owner(incarnation, now_s))
        # One of its own names it, in plain letters; the first may have come with the claim, and is its predecessor's.
        owner, is_own = owners[-1], incarnation.encode() in checkpoint
        if not owner.checkpoints or (is_own and not owner.answerable_s):
            owner.checkpoints.append(checkpoint)
        if is_own and not owner.answerable_s:
            owner.answerable_s = now_s

    async def _read_records(self) -> None:
        incarnations = [name.decode() for name in await cast(Any, self._client.hkeys(ENTRIES))]
        for incarnation in incarnations:
            self.journals.records.setdefault(incarnation, [])
        while True:
            after = {f"tickroom:{{{name}}}:journal": f"{self._newest(name)}-0" for name in incarnations}
            found = await cast(Any, self._client.xread(cast(Any, after), count=PAGE_RECORDS)) if after else []
            if not found:
                return
            for key, entries in found:
                name = key.decode().removeprefix("tickroom:{").removesuffix("}:journal")
                self._note_records(name, entries)

    def _newest(self, incarnation: str) -> int:
        records = self.journals.records[incarnation]
        return records[-1].sequence if records else 0

    def _note_records(self, incarnation: str, entries: list[tuple[bytes, dict[bytes, bytes]]]) -> None:
        now_s = time.monotonic()
        for record_id, fields in entries:
            sequence = int(record_id.partition(b"-")[0])
            newest = self._newest(incarnation)
            if newest and sequence != newest + 1:
                self.journals.lost.append(f"{incarnation}: record {sequence} after {newest}")
            self.journals.records[incarnation].append(Record(sequence, now_s, fields[b"r"]))
