"""What a session did, tick by tick, and the same once more."""

from __future__ import annotations

from typing import Any, NamedTuple

from tickroom.game.interface import Game
from tickroom.server.core.commands import LoggedCommand
from tickroom.server.core.effects import Effect, Seated
from tickroom.server.core.placement import seat_rows
from tickroom.server.core.pool import Pool, TickOutput
from tickroom.server.core.replay import advance_logged
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings, game_options
from tickroom.simulations.testing.errors import ReplayDiffers

CODE = "TESTED"


class TickRecord(NamedTuple):
    """The commands of a tick and what came of them. ``checksum``: None in the tick in which the session ended."""

    commands: list[LoggedCommand]
    effects: list[object]
    state: bytes | None
    checksum: int | None


def open_session(game: Game[Any], settings: SessionSettings) -> Session:
    """A session alone in a pool of its own. Raises SettingsInvalid for options that the game does not have."""
    pool = Pool(game, seat_rows(settings.seats), settings.tick_hz, capacity=1, keep_log=True)
    return pool.open(CODE, settings, settings.seed or 0, game_options(game.schema, settings.options))


def record_of(session: Session, output: TickOutput) -> TickRecord:
    """What a tick did to its only session."""
    part = next(iter(output.sessions), None)
    effects = [_shape(effect) for effect in part.effects] if part is not None else []
    checksum = None if session.ended else session.pool.checksum(session)
    return TickRecord(output.log.get(session, []), effects, part.state if part is not None else None, checksum)


def replay(game: Game[Any], settings: SessionSettings, records: list[TickRecord]) -> None:
    """Do the same in a fresh session. Raises ReplayDiffers at the first tick that is another one."""
    session = open_session(game, settings)
    for tick, before in enumerate(records, 1):
        again = record_of(session, advance_logged(session.pool, {session: before.commands}))
        for what in ("checksum", "effects", "state"):
            if getattr(again, what) != getattr(before, what):
                raise ReplayDiffers(
                    f"tick {tick}: the same commands give another {what}: does the game draw by itself?"
                )


def _shape(effect: Effect) -> object:
    """The effect, but for the seat object, which is another one in each session."""
    if isinstance(effect, Seated):
        return Seated, effect.connection, effect.seat.index, effect.seat.player
    return effect
