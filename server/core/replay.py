"""Replay: the same commands and inputs at the same ticks give the same session, tick for tick."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from tickroom.game.interface import Game
from tickroom.server.core.checkpoint import (
    Checkpoint,
    CheckpointUnreadable,
    check_fits,
    restore_session,
    take_checkpoint,
)
from tickroom.server.core.commands import Hold, LoggedCommand
from tickroom.server.core.pool import Pool, TickOutput
from tickroom.server.core.records import PoolRecord, RecordUnreadable, unpack_inputs
from tickroom.server.core.session import Session

_AFTER_ALL = 2**62  # a sequence: no record is for such a session any more


def advance_logged(pool: Pool, logged: Mapping[Session, Sequence[LoggedCommand]]) -> TickOutput:
    """One tick of a pool with commands from a log instead of from players.

    Raises ValueError when an input is logged for a seat that nobody has: the log does not belong to the session.
    """
    commands = []
    for session, entries in logged.items():
        for entry in entries:
            if not isinstance(entry, Hold):
                commands.append((session, entry))
                continue
            seat = session.seats[entry.seat]
            if seat is None:
                raise ValueError(f"tick {session.tick + 1}: an input for seat {entry.seat}, which is free")
            pool.inputs.put(seat.place, entry.stamp, entry.values, pool.beat + 1)
    return pool.advance(commands)


class Replay:
    """Many sessions of one incarnation that is no more, brought from their checkpoints to the end of its journal.

    Each of its pools is stepped as one again, so that the whole costs about what it cost there. ``ended``: codes of the
    sessions that end on the way, ``failures``: of those whose game raised, with what; ``unreadable``: why others of
    those given are not among what ``finish`` returns. After RecordUnreadable, each session is at a tick that it had.
    """

    def __init__(self, games: Mapping[str, Game[Any]], checkpoints: Iterable[Checkpoint]) -> None:
        self.ended: list[str] = []
        self.failures: list[tuple[str, Exception]] = []
        self.unreadable: dict[str, CheckpointUnreadable] = {}
        self._sequence: int | None = None
        self._pools: dict[int, _ReplayedPool] = {}
        by_pool: dict[int, list[Checkpoint]] = {}
        for checkpoint in checkpoints:
            by_pool.setdefault(checkpoint.pool, []).append(checkpoint)
        for number, members in by_pool.items():
            game = games.get(members[0].game)
            if game is None:
                faults = {one.code: CheckpointUnreadable(f"{one.code}: no game {one.game!r} here") for one in members}
                self.unreadable.update(faults)
            else:
                self._pools[number] = _ReplayedPool(self, game, members)

    def advance(self, record_sequence: int, parts: list[PoolRecord]) -> None:
        """Do what one record says. It touches no session whose checkpoint has it already.

        Raises RecordUnreadable when it is not the one that follows what went before, or belongs to other sessions.
        """
        if self._sequence is not None and record_sequence != self._sequence + 1 and any(self.sessions):
            raise RecordUnreadable(f"record {record_sequence} after {self._sequence}")
        self._sequence = record_sequence
        for part in parts:
            if (pool := self._pools.get(part.pool)) is not None:
                pool.advance(record_sequence, part)

    @property
    def sessions(self) -> list[Session]:
        """Those that have begun to go on and are alive, at their newest tick."""
        return [session for pool in self._pools.values() for session in pool.sessions]

    def finish(self) -> list[Session]:
        """All that are alive, each at its last tick: to be taken with ``take_checkpoint`` and restored elsewhere."""
        for pool in self._pools.values():
            pool.restore_due(_AFTER_ALL + 1)
        return self.sessions


class _ReplayedPool:
    """One pool of the journal, with those of its sessions that are replayed: here in rows of their own."""

    def __init__(self, replay: Replay, game: Game[Any], checkpoints: list[Checkpoint]) -> None:
        self._replay = replay
        first = checkpoints[0]
        self._pool = Pool(game, first.seat_rows, first.settings.tick_hz, len(checkpoints), number=first.pool)
        self._beat = 0  # the newest there
        self._here: dict[int, Session] = {}  # by the row there
        self._due: deque[Checkpoint] = deque()  # to be restored, by sequence
        self._row_here = np.zeros(0, dtype=np.intp)  # by the row there; -1 for none
        for checkpoint in sorted(checkpoints, key=lambda one: one.sequence):
            try:
                check_fits(self._pool, checkpoint)
                self._due.append(checkpoint)
            except CheckpointUnreadable as error:
                replay.unreadable[checkpoint.code] = error

    @property
    def sessions(self) -> list[Session]:
        return list(self._pool.sessions.values())

    def advance(self, sequence: int, part: PoolRecord) -> None:
        if self._here and part.beat != self._beat + 1:
            raise RecordUnreadable(f"pool {part.pool}: beat {part.beat} after {self._beat}")
        self._beat = part.beat
        newcomers = dict(part.newcomers)
        for row in newcomers:
            self._part_from(row)
        self.restore_due(sequence, part.beat, newcomers)
        if not self._here:
            return
        self._put_inputs(part)
        commands = [(self._here[row], command) for row, command in part.commands if row in self._here]
        output = self._pool.advance(commands)
        self._replay.failures += [(session.code, error) for session, error in output.failures]
        ended = [row for row, session in self._here.items() if session.ended]
        for row in ended:
            self._replay.ended.append(self._here.pop(row).code)
        if ended:
            self._number_rows()

    def restore_due(self, before: int, beat: int | None = None, newcomers: Mapping[int, str] | None = None) -> None:
        """Bring in the sessions whose checkpoints are of an earlier record than ``before``.

        ``beat``: the one that comes now, if any does. ``newcomers``: who has which row from now on.
        """
        if not self._due or self._due[0].sequence >= before:
            return
        while self._due and self._due[0].sequence < before:
            checkpoint = self._due[0]
            if beat is not None and (newcomers or {}).get(checkpoint.row, checkpoint.code) != checkpoint.code:
                self._due.popleft()
                self._set_aside(checkpoint)  # it went from there before this record
                continue
            if beat is not None and checkpoint.beat + 1 != beat:
                raise RecordUnreadable(f"{checkpoint.code}: beat {beat} after a checkpoint of {checkpoint.beat}")
            self._due.popleft()
            try:
                session = restore_session(self._pool, checkpoint)
            except CheckpointUnreadable as error:
                self._replay.unreadable[checkpoint.code] = error
                continue
            if beat is not None:
                self._part_from(checkpoint.row)
                self._here[checkpoint.row] = session
        self._number_rows()

    def _part_from(self, row: int) -> None:
        """Another session has this row from now on: the one before went elsewhere, and no record is for it."""
        session = self._here.pop(row, None)
        if session is not None:
            self._set_aside(take_checkpoint(session, "", _AFTER_ALL))
            self._pool.close(session)
            self._number_rows()

    def _set_aside(self, checkpoint: Checkpoint) -> None:
        self._due.append(replace(checkpoint, sequence=_AFTER_ALL))

    def _number_rows(self) -> None:
        self._row_here = np.full(1 + max(self._here, default=0), -1, dtype=np.intp)
        for row, session in self._here.items():
            self._row_here[row] = session.row

    def _put_inputs(self, part: PoolRecord) -> None:
        pool = self._pool
        places, entries = unpack_inputs(part, len(pool.game.schema.inputs))
        rows, seats = np.divmod(places, pool.seat_rows)
        known = (rows >= 0) & (rows < self._row_here.size)
        known[known] = self._row_here[rows[known]] >= 0
        if not known.any():
            return
        rows, seats, entries = self._row_here[rows[known]], seats[known], entries[known]
        if not pool.players[rows, seats].all():
            raise RecordUnreadable(f"pool {part.pool}: an input for a seat that nobody has")
        places = rows * pool.seat_rows + seats
        entries[:, 0] += pool.ticks_of(places) + 1  # they were written in the tick that comes now
        if not (entries[:, 0] > 0).all():
            raise RecordUnreadable(f"pool {part.pool}: an input that names no tick")
        pool.inputs.put_all(places, entries, pool.beat + 1)
