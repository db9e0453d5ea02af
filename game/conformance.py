"""What every game must pass: ``check_game`` plays random sessions and raises ``NonConformance`` at the first breach.

The rules are those of interface.py. A game's tests call ``check_game`` with a few seat counts and tick rates; it draws
joins, leaves, rounds, inputs and requests by hash, so that a breach comes back with the same arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tickroom.game.interface import Call, Game, PlaysBots, StepContext, arrays_of, export_row, import_row
from tickroom.game.randomness import draw
from tickroom.protocol.schema import Field
from tickroom.protocol.session_tables import Status
from tickroom.protocol.tables import PublicTables

AnyGame = Game[Any]

_COIN, _VALUE, _ACTION, _SETTING = 1, 2, 3, 4  # purposes of draws; a game's seed is another one


class NonConformance(Exception):
    """A game breaks a rule of interface.py."""


@dataclass(frozen=True)
class Script:
    """One session to be played: everything that will happen to it follows from these."""

    seed: int
    first_tick: int
    settings: Mapping[str, int]


class Snapshot(NamedTuple):
    """One session after one tick: all its arrays, its events without their row, the outcomes of its calls."""

    arrays: list[NDArray[np.generic]]
    events: list[list[int]]
    outcomes: list[str | None]

    def same(self, other: Snapshot) -> bool:
        """Whether all of it is equal, to the bit."""
        pairs = zip(self.arrays, other.arrays, strict=True)
        return self[1:] == other[1:] and all(np.array_equal(mine, its) for mine, its in pairs)


def check_game(game: AnyGame, *, seats: int, tick_hz: int, ticks: int = 120, sessions: int = 5, seed: int = 1) -> None:
    """Play ``sessions`` random sessions of so many ticks, in one pool with dead rows between them, and each alone.

    Raises:
        NonConformance: with the rule that is broken.
    """
    _check_specs(game, seats, tick_hz)
    scripts = [_script(game, seed, number) for number in range(sessions)]
    pool: list[Script | None] = [None]
    for script in scripts:
        pool += [script, None] if script.seed % 3 == 0 else [script]
    together = [told for told in play(game, pool, seats=seats, tick_hz=tick_hz, ticks=ticks) if told]
    again = [told for told in play(game, pool, seats=seats, tick_hz=tick_hz, ticks=ticks) if told]
    alone = [play(game, [script], seats=seats, tick_hz=tick_hz, ticks=ticks)[0] for script in scripts]
    moved = [
        play(game, [None, script], seats=seats, tick_hz=tick_hz, ticks=ticks, move_after=ticks // 2)[1]
        for script in scripts
    ]
    _compare(together, again, "the same commands and seed gave two different states")
    _compare(together, alone, "a pool of n differs from n pools of one")
    _compare(together, moved, "a session that was exported and imported into another world went on differently")
    _check_opening_again(game, scripts, seats, tick_hz, ticks)


def play(
    game: AnyGame,
    scripts: Sequence[Script | None],
    *,
    seats: int,
    tick_hz: int,
    ticks: int,
    move_after: int | None = None,
) -> list[list[Snapshot]]:
    """Play scripts in one pool, a row each (None: a row that is not live); snapshots of each row after every tick.

    ``move_after``: after so many ticks all rows go on in a fresh world, through ``export_row`` and ``import_row``.
    """
    stage = _Stage(game, scripts, seats, tick_hz)
    for number in range(ticks):
        if number == move_after:
            stage.change_worlds()
        stage.advance(number)
    return stage.told


class _Stage:
    """A pool that is being played, with what its sessions' commands have led to."""

    def __init__(self, game: AnyGame, scripts: Sequence[Script | None], seats: int, tick_hz: int) -> None:
        self.game, self.scripts, self.seats, self.tick_hz = game, scripts, seats, tick_hz
        count = len(scripts)
        self.live = np.array([script is not None for script in scripts])
        self.seated = np.zeros((count, seats), dtype=np.bool_)
        self.status = np.full(count, Status.WAITING, dtype=np.int32)
        self.ticks = np.array([script.first_tick if script else 0 for script in scripts], dtype=np.int64)
        self.inputs = np.zeros((count, seats, len(game.schema.inputs)), dtype=np.int32)
        self.told: list[list[Snapshot]] = [[] for _ in scripts]
        self.world = self._new_world()
        for row, script in enumerate(scripts):
            if script:
                game.open(self.world, row, script.seed, script.settings)

    def _new_world(self) -> object:
        self.tables = PublicTables(
            self.game.schema.layout(self.seats, self.game.table_rows(self.seats)), len(self.scripts)
        )
        return self.game.allocate(self.tables, self.seats, self.tick_hz)

    def change_worlds(self) -> None:
        old, old_cells = self.world, self.tables.cells
        self.world = self._new_world()
        self.tables.cells[:] = old_cells
        for row, script in enumerate(self.scripts):
            if script:
                import_row(self.world, row, export_row(old, row))

    def advance(self, number: int) -> None:
        calls: list[Call] = []
        for row, script in enumerate(self.scripts):
            if script:
                self._command(row, script, number)
                calls += self._calls(row, script, number)
        context = StepContext(self.ticks, self.status, self.live, self.seated, self.inputs, self.tick_hz)
        if isinstance(self.game, PlaysBots):
            self._let_bots_hold(self.game, context)
        arrays: list[NDArray[Any]] = [context.ticks, context.status, context.live, context.seated, context.inputs]
        given = [array.copy() for array in arrays]
        result = self.game.step(self.world, context, calls)
        if not all(np.array_equal(before, after) for before, after in zip(given, arrays, strict=True)):
            raise NonConformance("a step changed its context")
        self._check_result(result.events, result.outcomes, calls)
        for row, script in enumerate(self.scripts):
            if script:
                events = [event[1:] for event in result.events.tolist() if event[0] == row]
                outcomes = [outcome for call, outcome in zip(calls, result.outcomes, strict=True) if call.row == row]
                arrays = [self.tables.cells[row].copy(), *export_row(self.world, row)]
                self.told[row].append(Snapshot(arrays, events, outcomes))
        self.ticks = self.ticks + 1

    def _let_bots_hold(self, game: PlaysBots[Any], context: StepContext) -> None:
        """Every second seat of every second session is a bot's."""
        bots = self.seated.copy()
        bots[:, ::2] = False
        bots[[script is None or script.seed % 2 == 0 for script in self.scripts]] = False
        before = [array.copy() for array in (*arrays_of(self.world), self.tables.cells, self.inputs)]
        wanted = game.bot_inputs(self.world, context, bots)
        after = [*arrays_of(self.world), self.tables.cells, self.inputs]
        if not all(np.array_equal(one, other) for one, other in zip(before, after, strict=True)):
            raise NonConformance("bot_inputs changed the world or its context")
        if wanted.shape != self.inputs.shape or wanted.dtype != np.int32:
            raise NonConformance(
                f"bot_inputs gave {wanted.dtype} of shape {wanted.shape}, not int32 {self.inputs.shape}"
            )
        for position, field in enumerate(self.game.schema.inputs):
            held = wanted[bots][:, position]
            if held.size and not field.minimum <= held.min() <= held.max() <= field.maximum:
                raise NonConformance(f"bot_inputs is out of the range of {field.name}")
        self.inputs[bots] = wanted[bots]

    def _command(self, row: int, script: Script, number: int) -> None:
        """Joins, leaves, rounds and inputs of one session before its next step."""
        tick = int(self.ticks[row])
        coins = draw(script.seed, number, _COIN, np.arange(2 * self.seats + 1)).tolist()
        for seat in range(self.seats):
            if coins[seat] % 50 == 0 or (number == 0 and coins[seat] % 4):
                if self.seated[row, seat]:
                    self.game.unseat(self.world, row, seat)
                else:
                    self.game.seat(self.world, row, seat, tick)
                self.seated[row, seat] ^= True
                self.inputs[row, seat] = 0
            if coins[self.seats + seat] % 8 == 0:
                self.inputs[row, seat] = [
                    _value(field, script.seed, number, seat * 16 + position)
                    for position, field in enumerate(self.game.schema.inputs)
                ]
        if number == 4 or coins[-1] % 60 == 0:
            self.status[row] = Status.FINISHED if self.status[row] == Status.ACTIVE else Status.ACTIVE
            if self.status[row] == Status.ACTIVE:
                self.game.start_round(self.world, row, tick)

    def _calls(self, row: int, script: Script, number: int) -> list[Call]:
        calls = []
        for attempt in range(4 if self.game.schema.actions else 0):
            coin, which, seat = draw(script.seed, number, _ACTION, attempt * 3 + np.arange(3)).tolist()
            if coin % 4 == 0:
                action = self.game.schema.actions[which % len(self.game.schema.actions)]
                index = 5000 + attempt * 16
                arguments = tuple(
                    _value(field, script.seed, number, index + position)
                    for position, field in enumerate(action.arguments)
                )
                calls.append(Call(row, seat % self.seats, action.name, arguments))
        return calls

    def _check_result(self, events: NDArray[np.generic], outcomes: list[str | None], calls: list[Call]) -> None:
        schema = self.game.schema
        width = 2 + max((len(event.fields) for event in schema.events), default=0)
        if events.dtype != np.int32 or events.ndim != 2 or events.shape[1] != width:
            raise NonConformance(f"events are {events.dtype} {events.shape}, not int32 (events, {width})")
        rows = events[:, 0]
        if (np.diff(rows.astype(np.int64)) < 0).any():
            raise NonConformance("events are not ordered by row")
        if not all(0 <= row < self.live.size and self.live[row] for row in rows.tolist()):
            raise NonConformance("an event of a row that is not live")
        if not all(0 <= kind < len(schema.events) for kind in events[:, 1].tolist()):
            raise NonConformance("an event of a kind that the schema does not have")
        if len(outcomes) != len(calls) or not set(outcomes) <= {None, *schema.refusals}:
            raise NonConformance(f"outcomes {outcomes} do not answer {len(calls)} calls with the schema's refusals")


def _check_specs(game: AnyGame, seats: int, tick_hz: int) -> None:
    rows = game.table_rows(seats)
    if len(rows) != len(game.schema.tables):
        raise NonConformance(f"{len(rows)} row counts for {len(game.schema.tables)} tables")
    for capacity in (1, 3):
        tables = PublicTables(game.schema.layout(seats, rows), capacity)
        arrays = arrays_of(game.allocate(tables, seats, tick_hz))
        for array in arrays:
            if not (np.issubdtype(array.dtype, np.integer) or array.dtype == np.bool_):
                raise NonConformance(f"the world holds {array.dtype}; integers and truth values only")
            if not array.ndim or array.shape[0] != capacity:
                raise NonConformance(f"an array of shape {array.shape} does not lead with {capacity} sessions")
            if array.any():
                raise NonConformance("a fresh world is not all zeros")
        if not any(np.shares_memory(array, tables.cells) for array in arrays):
            raise NonConformance("the world has no view on its public tables")


def _check_opening_again(game: AnyGame, scripts: Sequence[Script], seats: int, tick_hz: int, ticks: int) -> None:
    """A host's change of settings opens a row that was played in: nothing of before may be left in it."""
    played = _Stage(game, scripts, seats, tick_hz)
    for number in range(ticks):
        played.advance(number)
    for row, script in enumerate((*scripts[1:], scripts[0])):
        played.tables.cells[row] = 0
        game.open(played.world, row, script.seed, script.settings)
        fresh = _Stage(game, [script], seats, tick_hz)
        both = zip(export_row(played.world, row), export_row(fresh.world, 0), strict=True)
        if not all(np.array_equal(again, first) for again, first in both):
            raise NonConformance("a row that was played in and opened again is not a fresh one")


def _script(game: AnyGame, seed: int, number: int) -> Script:
    own = int(draw(seed, number, _SETTING, 0)[()])
    settings = {
        field.name: _value(field, own, 0, 9000 + position) for position, field in enumerate(game.schema.settings)
    }
    return Script(own, 1 + own % 100_000, settings)


def _value(field: Field, seed: int, number: int, index: int) -> int:
    """Within the field's range: an end of it, a value near its lower end, or any."""
    form, value = (int(drawn) for drawn in draw(seed, number, _VALUE, index * 2 + np.arange(2)))
    if form % 3 == 0:
        return (field.minimum, field.maximum)[value % 2]
    span = field.maximum - field.minimum + 1
    return field.minimum + value % (min(span, 64) if form % 3 == 1 else span)


def _compare(expected: list[list[Snapshot]], found: list[list[Snapshot]], rule: str) -> None:
    for session, (one, other) in enumerate(zip(expected, found, strict=True)):
        for tick, (mine, its) in enumerate(zip(one, other, strict=True)):
            if not mine.same(its):
                raise NonConformance(f"{rule}: session {session}, step {tick}")
