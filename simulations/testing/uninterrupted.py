"""A session's whole life in one pool, from its first checkpoint through the journals of all who had it.

What each owner did on its own is done here once more without a break: the same commands and inputs at the same ticks.
The states must be those that clients were told, whoever told them.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np

from tickroom.game.arena.game import ARENA
from tickroom.game.interface import Game
from tickroom.protocol.messages import Reply
from tickroom.server.core.checkpoint import Checkpoint, decode_checkpoint, restore_session
from tickroom.server.core.effects import Tell
from tickroom.server.core.pool import Pool
from tickroom.server.core.records import PoolRecord, decode_record, unpack_inputs
from tickroom.server.core.session import Session

LITTLE = np.dtype("<i4")


class RecordRead(Protocol):
    """One record of a journal."""

    sequence: int
    read_s: float
    content: bytes


class OwnerSeen(Protocol):
    """A session at one incarnation."""

    incarnation: str
    checkpoints: list[bytes]


class JournalsRead(Protocol):
    """All that was read of the journals, by incarnation, and who had each session, by code, in order."""

    @property
    def owners(self) -> Mapping[str, Sequence[OwnerSeen]]:
        """By code, in order."""
        ...

    @property
    def records(self) -> Mapping[str, Sequence[RecordRead]]:
        """By incarnation, in order."""
        ...


@dataclass
class ReplayedLife:
    """What came of it. ``missing``: ticks that stand in no journal, where it went on from a checkpoint."""

    code: str
    checksums: dict[int, int] = field(default_factory=dict)
    replies: Counter[tuple[int, int]] = field(default_factory=Counter)
    gaps: list[range] = field(default_factory=list)
    owners: list[str] = field(default_factory=list)

    @property
    def missing(self) -> tuple[range, ...]:
        """Ticks that stand in no journal."""
        return tuple(self.gaps)


class _Chapter(NamedTuple):
    """A session at one incarnation, from its first record there on. ``first_tick``: None where nobody saw it."""

    incarnation: str
    sequence: int
    beat: int
    pool: int
    row: int
    read_s: float
    first_tick: int | None
    checkpoint: Checkpoint | None


class _Decoded(NamedTuple):
    sequence: int
    read_s: float
    parts: dict[int, PoolRecord]


def replay_lives(
    journals: JournalsRead, advance: Callable[[float], None] = lambda _: None, game: Game[Any] = ARENA
) -> dict[str, ReplayedLife]:
    """The life of every session, by its code. ``advance`` is told how many are done.

    Raises CheckpointUnreadable, RecordUnreadable, and whatever the game raises.
    """
    decoded = {
        incarnation: [
            _Decoded(record.sequence, record.read_s, {part.pool: part for part in decode_record(record.content)})
            for record in records
        ]
        for incarnation, records in journals.records.items()
    }
    lives = {}
    for number, (code, owners) in enumerate(journals.owners.items(), 1):
        if owners:
            lives[code] = _replay(code, owners, decoded, game)
        advance(number)
    return lives


def _replay(
    code: str, owners: Sequence[OwnerSeen], decoded: Mapping[str, Sequence[_Decoded]], game: Game[Any]
) -> ReplayedLife:
    checkpoints = [decode_checkpoint(blob) for owner in owners for blob in owner.checkpoints]
    life = ReplayedLife(code)
    first = checkpoints[0]
    chapters = list(_chapters(code, checkpoints, decoded))
    scene = _Scene(game, first, life)
    for chapter, following in zip(chapters, [*chapters[1:], None], strict=True):
        if chapter is not chapters[0]:
            scene.begin(chapter)
        life.owners.append(chapter.incarnation)
        until = following.first_tick if following is not None else None
        scene.play(chapter, decoded[chapter.incarnation], None if until is None else until - 1)
    return life


def _chapters(
    code: str, checkpoints: Sequence[Checkpoint], decoded: Mapping[str, Sequence[_Decoded]]
) -> Iterator[_Chapter]:
    """Each incarnation that ever ticked the session, in the order in which that was read.

    The first begins with the first checkpoint: the records before it may be gone.
    """
    first = checkpoints[0]
    yield _from_checkpoint(first, 0.0)
    found = []
    for incarnation, records in decoded.items():
        own = [one for one in checkpoints if one.incarnation == incarnation]
        came = [
            (record, part, row, newcomer)
            for record in records
            for part in record.parts.values()
            for row, newcomer in part.newcomers
        ]
        for record, part, row, newcomer in came:
            is_first = (incarnation, part.pool, row) == (first.incarnation, first.pool, first.row)
            if newcomer == code and not (is_first and part.beat <= first.beat + 1):
                next_in_row = [its.beat for _, its, at, _ in came if (its.pool, at) == (part.pool, row)]
                ends = min((beat for beat in next_in_row if beat > part.beat), default=None)
                found.append(_chapter(incarnation, record, part, row, own, ends))
    begun = {first.incarnation, *(chapter.incarnation for chapter in found)}
    for checkpoint in checkpoints:  # a node that lost its lease goes on under another name, and nobody is new there
        if checkpoint.incarnation not in begun:
            begun.add(checkpoint.incarnation)
            later = (one for one in decoded.get(checkpoint.incarnation, ()) if one.sequence > checkpoint.sequence)
            following = next(later, None)
            if following is not None:
                found.append(_from_checkpoint(checkpoint, following.read_s))
    yield from sorted(found, key=lambda chapter: chapter.read_s)


def _from_checkpoint(one: Checkpoint, read_s: float) -> _Chapter:
    return _Chapter(one.incarnation, one.sequence + 1, one.beat + 1, one.pool, one.row, read_s, one.tick + 1, one)


def _chapter(
    incarnation: str, record: _Decoded, part: PoolRecord, row: int, own: Sequence[Checkpoint], ends: int | None
) -> _Chapter:
    # The first checkpoint of this stay, which is as early as the beat before its first: a session may go and come back
    # to the same row of the same incarnation. ``ends``: the beat at which somebody is new there again.
    fitting = [
        one
        for one in own
        if (one.pool, one.row) == (part.pool, row)
        and part.beat - 1 <= one.beat
        and (ends is None or one.beat < ends - 1)
    ]
    checkpoint = min(fitting, key=lambda one: one.beat, default=None)
    first_tick = None if checkpoint is None else checkpoint.tick - (checkpoint.beat - part.beat)
    return _Chapter(incarnation, record.sequence, part.beat, part.pool, row, record.read_s, first_tick, checkpoint)


class _Scene:
    """The one pool, with the session alone in it."""

    def __init__(self, game: Game[Any], first: Checkpoint, life: ReplayedLife) -> None:
        self._game = game
        self._life = life
        self._session = self._restore(first)

    def begin(self, chapter: _Chapter) -> None:
        """See that what was done so far is all that came before; else go on from the checkpoint, and note the gap."""
        expected, checkpoint = chapter.first_tick, chapter.checkpoint
        if expected is None or checkpoint is None or expected == self._session.tick + 1:
            return
        self._life.gaps.append(range(self._session.tick + 1, checkpoint.tick + 1))
        self._session = self._restore(checkpoint)

    def play(self, chapter: _Chapter, records: Sequence[_Decoded], last_tick: int | None) -> None:
        """Everything that this incarnation did with the session, at most up to a tick."""
        beat = chapter.beat - 1
        behind = 0 if chapter.first_tick is None else self._session.tick - (chapter.first_tick - 1)
        for record in records:
            part = record.parts.get(chapter.pool)
            if record.sequence < chapter.sequence or part is None:
                continue
            if part.beat != beat + 1 or self._session.ended or self._session.tick == last_tick:
                return
            if beat >= chapter.beat and any(row == chapter.row for row, _ in part.newcomers):
                return  # another session has the row from now on
            beat = part.beat
            if behind > 0:
                behind -= 1  # the checkpoint has it already
                continue
            self._advance(chapter.row, part)

    def _restore(self, checkpoint: Checkpoint) -> Session:
        self._pool = Pool(self._game, checkpoint.seat_rows, checkpoint.settings.tick_hz, capacity=1)
        return restore_session(self._pool, checkpoint)

    def _advance(self, row: int, part: PoolRecord) -> None:
        pool, session = self._pool, self._session
        places, entries = unpack_inputs(part, len(self._game.schema.inputs))
        rows, seats = np.divmod(places, pool.seat_rows)
        own = rows == row
        if own.any():
            places, entries = session.row * pool.seat_rows + seats[own], entries[own].copy()
            entries[:, 0] += pool.ticks_of(places) + 1
            pool.inputs.put_all(places, entries, pool.beat + 1)
        output = pool.advance([(session, command) for its_row, command in part.commands if its_row == row])
        for told in output.sessions:
            for effect in told.effects:
                if isinstance(effect, Tell) and isinstance(effect.fact, Reply) and effect.fact.code == 0:
                    self._life.replies[effect.fact.tick, effect.fact.id] += 1
        if not session.ended:
            cells = pool.tables.cells[session.row]
            self._life.checksums[session.tick] = zlib.crc32(np.ascontiguousarray(cells, LITTLE).data)
