"""What a game is to the server: tables, inputs, and one vectorised step for all of its sessions.

All arrays have a leading session axis: a *pool* holds many sessions of one game, a session a row of every array.
Rules for every implementation, each checked by tests/game/conformance:

- integers only; the same bits on every machine;
- a session's next state depends on its own row, its inputs, its calls, its tick and its seed, on nothing else:
  a pool of n sessions gives exactly what n pools of one give;
- rows of sessions that are not live may be stepped, but must raise nothing and report nothing;
- no clock, no generator: random choices come from ``randomness.draw(seed, tick, purpose, index)``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from tickroom.protocol.schema import Schema
from tickroom.protocol.tables import BoolArray, Int32Array, PublicTables

Int64Array = NDArray[np.int64]


class Call(NamedTuple):
    """One action that a player requested for this tick; arguments are within the ranges that the schema declares."""

    row: int
    seat: int
    action: str
    arguments: tuple[int, ...]


class StepResult(NamedTuple):
    """What a step had to say.

    ``events``: (events, 2 + most fields of any event) int32, columns row, kind, fields, padded with 0; ordered by row.
    ``outcomes``: for each call in order, None for done, else one of ``schema.refusals``.
    """

    events: Int32Array
    outcomes: list[str | None]


class Rank(NamedTuple):
    """One line of a ranking. Equal scores share a place; the place after two firsts is 3."""

    seat: int
    place: int
    score: int


class StepContext(NamedTuple):
    """What a step is told of its n sessions besides the world.

    ticks: (n,) int64, the tick that this step leads to. status: (n,) int32, a ``Status``.
    live: (n,) bool, rows in use. seated: (n, seats) bool. inputs: (n, seats, input fields) int32, held since applied.
    tick_hz: one rate for the whole pool.
    """

    ticks: Int64Array
    status: Int32Array
    live: BoolArray
    seated: BoolArray
    inputs: Int32Array
    tick_hz: int

    def of_row(self, row: int) -> StepContext:
        """The context of one session alone."""
        only = slice(row, row + 1)
        return StepContext(
            self.ticks[only], self.status[only], self.live[only], self.seated[only], self.inputs[only], self.tick_hz
        )


World = TypeVar("World")
World_contra = TypeVar("World_contra", contravariant=True)


class Game(Protocol[World]):
    """The rules of one game. Stateless: everything that changes lives in the world."""

    schema: Schema

    def assets(self) -> Mapping[str, object]:
        """What clients need besides the schema, as JSON (the arena's maps); served by ``GET /api/games/{name}``."""
        ...

    def effective_settings(self, settings: Mapping[str, int], seats: int) -> dict[str, int]:
        """The settings that a session with so many seats plays by: "as many as suit" and the like made definite."""
        ...

    def table_rows(self, seats: int) -> tuple[int, ...]:
        """Row count of each of the game's tables for sessions with so many seats."""
        ...

    def allocate(self, tables: PublicTables, seats: int, tick_hz: int) -> World:
        """A world of zeros for ``tables.cells.shape[0]`` sessions: a dataclass of arrays, session axis first.

        Public columns are views on ``tables``; everything else in it is hidden state.
        """
        ...

    def open(self, world: World, row: int, seed: int, settings: Mapping[str, int]) -> None:
        """Make ``row`` a fresh session. ``seed``: 0 to 2**32 - 1. ``settings``: a value for each of the schema's."""
        ...

    def seat(self, world: World, row: int, seat: int, tick: int) -> None:
        """A player takes a seat: public row filled, placed on the map."""
        ...

    def unseat(self, world: World, row: int, seat: int) -> None:
        """A seat becomes empty: its public row is zeros again."""
        ...

    def start_round(self, world: World, row: int, tick: int) -> None:
        """Scores to zero, everything to its place. Called in the tick in which the status becomes active."""
        ...

    def step(self, world: World, context: StepContext, calls: Sequence[Call]) -> StepResult:
        """Advance the first n sessions by one tick, in place."""
        ...

    def ranking(self, world: World, row: int, seats: Sequence[int]) -> list[Rank]:
        """The ranking of these seats, best first."""
        ...


@runtime_checkable
class PlaysBots(Protocol[World_contra]):
    """A game that can play seats itself, where the host of a session wants bots. Offer it or leave it."""

    def bot_inputs(self, world: World_contra, context: StepContext, bots: BoolArray) -> Int32Array:
        """What its own players hold in this step.

        Like ``step``: a function of a session's own row, its tick and seed; the world and the context stay as they are.

        Args:
            world, context: as ``step`` is given them right after; ``context.inputs`` is what they held till now.
            bots: (n, seats) bool, the seats that the game plays.
        Returns:
            (n, seats, input fields) int32; only what stands at ``bots`` counts.
        """
        ...


def head(world: World, count: int) -> World:
    """The same world cut to its first ``count`` sessions: views, no copies. Nested dataclasses are cut as well."""
    return cut(world, slice(0, count))


def export_row(world: object, row: int) -> list[NDArray[np.generic]]:
    """Copies of all arrays of one session in field order: everything that the game keeps of it."""
    return [array[row].copy() for array in arrays_of(world)]


def import_row(world: object, row: int, saved: Sequence[NDArray[np.generic]]) -> None:
    """Put what ``export_row`` gave into a row. Raises ValueError when shapes differ."""
    for array, value in zip(arrays_of(world), saved, strict=True):
        if array[row].shape != value.shape:
            raise ValueError(f"saved shape {value.shape} is not {array[row].shape}")
        array[row] = value


def cut(value: World, rows: slice) -> World:
    """The same world cut to some of its sessions: views, no copies."""
    part: dict[str, object] = {}
    for field in fields(value):  # type: ignore[arg-type]
        item: Any = getattr(value, field.name)
        if isinstance(item, np.ndarray):
            part[field.name] = item[rows]
        elif is_dataclass(item):
            part[field.name] = cut(item, rows)
        else:
            part[field.name] = item
    return type(value)(**part)


def arrays_of(value: object) -> list[NDArray[np.generic]]:
    """All arrays of a world, nested dataclasses included, in field order."""
    found: list[NDArray[np.generic]] = []
    for field in fields(value):  # type: ignore[arg-type]
        item = getattr(value, field.name)
        if isinstance(item, np.ndarray):
            found.append(item)
        elif is_dataclass(item):
            found.extend(arrays_of(item))
    return found
