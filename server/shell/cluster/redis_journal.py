"""The journal of one incarnation in Redis: a stream, fenced by the lease that lies beside it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping

from tickroom.server.shell.cluster import keys, redis_scripts
from tickroom.server.shell.cluster.interface import Fenced, JournalGap
from tickroom.server.shell.cluster.redis_line import PackedScript
from tickroom.server.shell.cluster.redis_link import RedisLink

PAGE_RECORDS = 32  # at 60 KB each 2 MB: well within a call's time-out on any network that would do
_KEPT = b"%d" % keys.JOURNAL_KEPT_MS


class RedisJournal:
    """A Journal. ``now_us``: the monotonic clock by which this incarnation's checkpoints are told old from new."""

    def __init__(self, link: RedisLink, incarnation: str, now_us: Callable[[], int]) -> None:
        self._link = link
        self._incarnation = incarnation
        self._now_us = now_us
        self._append_keys = [keys.lease(incarnation), keys.journal(incarnation)]
        self._append = PackedScript(redis_scripts.APPEND, self._append_keys, argument_count=4)
        self._turn = asyncio.Lock()  # where there is no line: calls on several connections would overtake each other

    async def append(self, sequence: int, record: bytes, *, is_after_gap: bool = False) -> None:
        """Keep a record; see Journal. One script: fence, order and record at once."""
        arguments = _append_arguments(sequence, record, is_after_gap)
        line = self._link.line
        if line is not None:
            outcome = await line.run(self._append, *arguments)
        else:
            async with self._turn:
                outcome = await self._link.run(redis_scripts.APPEND, self._append_keys, *arguments)
        if outcome == 0:
            raise Fenced(f"{self._incarnation} has lost its lease")
        if outcome < 0:
            raise JournalGap(f"{self._incarnation}: the record before {sequence} is not there")

    def append_now(self, sequence: int, record: bytes, answered: Callable[[bool], None]) -> bool:
        """Begin to append; see Journal."""
        line = self._link.line
        if line is None:
            return False
        arguments = _append_arguments(sequence, record)
        return line.begin(self._append, *arguments, answered=lambda outcome: answered(outcome == 1))

    def look(self) -> None:
        """Take an answer that is there; see Journal."""
        if self._link.line is not None:
            self._link.line.look()

    async def checkpoint(self, code: str, checkpoint: bytes) -> bool:
        """Keep a session's checkpoint; see Journal.

        The code goes into our set each time: a shard that failed over may have lost it, and who is not in the set is
        not looked for after we die.
        """
        listed = ("SADD", keys.sessions(self._incarnation), code)
        arguments = (self._incarnation, self._now_us(), keys.SESSION_KEPT_MS, checkpoint)
        place = [keys.session(code)]
        return bool(await self._link.call_then_run(listed, redis_scripts.CHECKPOINT, place, *arguments))

    async def checkpoint_all(self, checkpoints: Mapping[str, bytes]) -> list[str]:
        """Keep several; see Journal. One way to Redis and back, which is most of what a checkpoint costs."""
        codes = list(checkpoints)
        listed = ("SADD", keys.sessions(self._incarnation), *codes)
        head = (self._incarnation, self._now_us(), keys.SESSION_KEPT_MS)
        calls = [(keys.session(code), (*head, checkpoint)) for code, checkpoint in checkpoints.items()]
        kept = await self._link.call_then_run_all(listed, redis_scripts.CHECKPOINT, calls)
        return [code for code, is_kept in zip(codes, kept, strict=True) if not is_kept]

    async def trim(self, below: int) -> None:
        """Forget older records; see Journal."""
        await self._link.run(redis_scripts.TRIM, self._append_keys, f"{below}-0")

    async def read(self, incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
        """Records in order, a page at a time; see Journal."""
        while True:
            page = await self._link.call(
                "XRANGE", keys.journal(incarnation), f"{after + 1}-0", "+", "COUNT", PAGE_RECORDS
            )
            for record_id, fields in page:
                after = int(record_id.partition(b"-")[0])
                yield after, fields[b"r"]
            if len(page) < PAGE_RECORDS:
                return


def _append_arguments(sequence: int, record: bytes, is_after_gap: bool = False) -> tuple[bytes, bytes, bytes, bytes]:
    return b"%d" % sequence, b"1" if is_after_gap else b"0", _KEPT, record
