"""A stage whose ticks are kept as records, and what is compared of two sessions that ought to be one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from tests.server.core.stage import Stage
from tickroom.game.interface import Game
from tickroom.server.core.checkpoint import Checkpoint, decode_checkpoint, encode_checkpoint, take_checkpoint
from tickroom.server.core.commands import Command
from tickroom.server.core.effects import Effect
from tickroom.server.core.records import decode_record, encode_record, pool_record
from tickroom.server.core.replay import Replay
from tickroom.server.core.session import Session


class RecordedStage(Stage):
    """``records``: of each tick, as bytes; the first has the sequence 1."""

    def __init__(self, game: Game[Any] | None = None, **settings: Any) -> None:
        super().__init__(game, **settings)
        self.records: list[bytes] = []

    def tick(self, *commands: Command) -> list[Effect]:
        effects = super().tick(*commands)
        given = [(self.session, command) for command in commands]
        self.records.append(encode_record([pool_record(self.pool, given, self.output)]))
        return effects

    def checkpoint(self, session: Session | None = None) -> Checkpoint:
        """Of the session on stage or another one, once to bytes and back."""
        return passed_on(take_checkpoint(session or self.session, "one", len(self.records)))

    def replay(self, *checkpoints: Checkpoint, till: int | None = None) -> Replay:
        """All records, or the first so many, done once more."""
        return replay_all(self.pool.game, checkpoints, self.records[:till])


def passed_on(checkpoint: Checkpoint) -> Checkpoint:
    return decode_checkpoint(encode_checkpoint(checkpoint))


def replay_all(game: Game[Any], checkpoints: Iterable[Checkpoint], records: list[bytes]) -> Replay:
    replay = Replay({game.schema.game: game}, checkpoints)
    for sequence, record in enumerate(records, 1):
        replay.advance(sequence, decode_record(record))
    return replay


def life_of(session: Session) -> tuple[Checkpoint, int]:
    """All that two sessions that are one have in common, wherever they are; with what clients compare."""
    return replace(take_checkpoint(session, "", 0), pool=0, row=0, beat=0), session.pool.checksum(session)
