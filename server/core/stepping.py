"""One vectorised step for a whole pool, and who pays when a game's code raises: the session at fault, alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tickroom.game.interface import Call, Game, PlaysBots, StepContext, StepResult, arrays_of, cut
from tickroom.protocol.tables import BoolArray, Int32Array


class Stepper:
    """Steps the first n rows of a game's world. Keeps a copy of them while it does, to go back to when the game raises.

    The copy costs a few microseconds a pool; without it, a step that failed half-way could be neither kept nor undone.
    """

    def __init__(self, game: Game[Any], world: Any, cells: Int32Array) -> None:
        self.game = game
        self.world = world
        self.cells = cells
        self._count = -1
        self._head: Any = None
        self._kept: list[np.ndarray[Any, Any]] = []

    def step(self, context: StepContext, calls: Sequence[Call]) -> tuple[StepResult, dict[int, Exception]]:
        """Step all rows of the context; also the exception of each row whose step raised (that row is as before)."""
        count = context.ticks.size
        if count != self._count:
            self._cut_head(count)
        before = [array.copy() for array in self._kept]
        try:
            return self._checked(self.game.step(self._head, context, calls), calls, context), {}
        except Exception:  # noqa: BLE001 - a game's code may raise anything
            # Not swallowed: each session runs again by itself, and what its own step raises is reported with its row.
            self._restore(before)
            return self._step_one_by_one(context, calls)

    def drive(self, context: StepContext, driven: BoolArray) -> dict[int, Exception]:
        """Let the game's own players hold what they want, in the context's inputs; what it raised, by row."""
        if not isinstance(self.game, PlaysBots):
            return {}
        if context.ticks.size != self._count:
            self._cut_head(context.ticks.size)
        try:
            wanted = self._within_ranges(self.game.bot_inputs(self._head, context, driven), context)
        except Exception:  # noqa: BLE001 - as in step: each session is asked again by itself
            return self._drive_one_by_one(context, driven)
        context.inputs[driven] = wanted[driven]
        return {}

    def _drive_one_by_one(self, context: StepContext, driven: BoolArray) -> dict[int, Exception]:
        failures: dict[int, Exception] = {}
        for row in np.flatnonzero(driven.any(axis=1)).tolist():
            only, alone = slice(row, row + 1), context.of_row(row)
            try:
                game: PlaysBots[Any] = self.game  # type: ignore[assignment]
                wanted = self._within_ranges(game.bot_inputs(cut(self.world, only), alone, driven[only]), alone)
            except Exception as error:  # noqa: BLE001 - a game's code may raise anything
                failures[row] = error
                continue
            context.inputs[row, driven[row]] = wanted[0, driven[row]]
        return failures

    def _within_ranges(self, wanted: Int32Array, context: StepContext) -> Int32Array:
        if wanted.shape != context.inputs.shape:
            raise ValueError(f"bots' inputs have the shape {wanted.shape}, not {context.inputs.shape}")
        fields = self.game.schema.inputs
        lowest, highest = [field.minimum for field in fields], [field.maximum for field in fields]
        return np.clip(wanted, lowest, highest).astype(np.int32)

    def _checked(self, result: StepResult, calls: Sequence[Call], context: StepContext) -> StepResult:
        """The result, if it is one that can be told. Raises ValueError: a game's fault, like any other exception."""
        if len(result.outcomes) != len(calls):
            raise ValueError(f"{len(calls)} calls got {len(result.outcomes)} outcomes")
        kinds = result.events[:, 1]
        if kinds.size and not (kinds.min() >= 0 and kinds.max() < len(self.game.schema.events)):
            raise ValueError("an event of a kind that the schema does not have")
        rows = result.events[:, 0]
        if rows.size and not (rows.min() >= 0 and rows.max() < context.live.size and context.live[rows].all()):
            raise ValueError("an event of a row that has no session")
        return result

    def _cut_head(self, count: int) -> None:
        self._count = count
        self._head = cut(self.world, slice(0, count))
        hidden = [array for array in arrays_of(self._head) if array.base is not self.cells]
        self._kept = [self.cells[:count], *hidden]

    def _restore(self, before: Sequence[np.ndarray[Any, Any]]) -> None:
        for array, value in zip(self._kept, before, strict=True):
            array[...] = value

    def _step_one_by_one(self, context: StepContext, calls: Sequence[Call]) -> tuple[StepResult, dict[int, Exception]]:
        failures: dict[int, Exception] = {}
        outcomes: list[str | None] = [None] * len(calls)
        events: list[Int32Array] = []
        for row in np.flatnonzero(context.live).tolist():
            only = slice(row, row + 1)
            mine = [index for index, call in enumerate(calls) if call.row == row]
            kept = [array[only].copy() for array in self._kept]
            try:
                own = [calls[index]._replace(row=0) for index in mine]
                alone = context.of_row(row)
                result = self._checked(self.game.step(cut(self.world, only), alone, own), own, alone)
            except Exception as error:  # noqa: BLE001 - as above
                failures[row] = error
                for array, value in zip(self._kept, kept, strict=True):
                    array[only] = value
                continue
            for index, outcome in zip(mine, result.outcomes, strict=True):
                outcomes[index] = outcome
            moved = result.events.copy()
            moved[:, 0] = row
            events.append(moved)
        width = 2 + max((len(event.fields) for event in self.game.schema.events), default=0)
        joined = np.concatenate(events) if events else np.zeros((0, width), dtype=np.int32)
        return StepResult(joined, outcomes), failures
