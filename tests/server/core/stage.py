"""A pool with one session on a stage: tests give commands by tick and read what the tick asked for."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.server.core.toy_game import ToyGame
from tickroom.game.interface import Game
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Input, ServerFact
from tickroom.server.core.commands import Command, Join
from tickroom.server.core.effects import Close, Effect, Tell, TellAll
from tickroom.server.core.inputs import AppliedInputs
from tickroom.server.core.pool import Pool, TickOutput
from tickroom.server.core.session import Session
from tickroom.server.core.settings import SessionSettings

TOY_OPTIONS = {"start": 7}


class Stage:
    """One session of the toy game, 10 ticks a second, and the effects of its newest tick."""

    def __init__(self, game: Game[Any] | None = None, *, keep_log: bool = False, **settings: Any) -> None:
        chosen: dict[str, Any] = {
            "game": "toy",
            "tick_hz": 10,
            "countdown_s": 1,
            "round_s": 5,
            "grace_s": 3,
            "rematch_after_s": 0,
        }
        self.settings = SessionSettings(**(chosen | settings))
        self.pool = Pool(game or ToyGame(), 4, self.settings.tick_hz, keep_log=keep_log)
        self.session = self.open("STAGED")
        self.effects: list[Effect] = []
        self.state: bytes | None = None
        self.output = TickOutput([], [], AppliedInputs(np.zeros(0, np.intp), np.zeros((0, 1), np.int32)), {})

    def open(self, code: str) -> Session:
        return self.pool.open(code, self.settings, 1, dict(TOY_OPTIONS))

    def tick(self, *commands: Command) -> list[Effect]:
        """Advance by one tick; the session's effects."""
        self.output = self.pool.advance([(self.session, command) for command in commands])
        self.effects, self.state = [], None
        for part in self.output.sessions:
            if part.session is self.session:
                self.effects, self.state = part.effects, part.state
        return self.effects

    def ticks(self, count: int) -> list[Effect]:
        """Advance by many ticks; all effects."""
        return [effect for _ in range(count) for effect in self.tick()]

    def join(self, connection: int, nickname: str = "Ann") -> list[Effect]:
        return self.tick(Join(connection, nickname, f"token-{connection}"))

    def hold(self, seat: int, tick: int, x: int) -> object:
        """Send an input as the player of a seat; what it was refused for."""
        taken = self.session.seats[seat]
        assert taken is not None
        return self.pool.receive_input(taken, Input(tick, (x,)))

    def x(self, seat: int) -> int:
        return int(self.pool.tables.column("players", "x")[self.session.row, seat])


def facts(effects: list[Effect], kind: type[ServerFact]) -> list[ServerFact]:
    """The facts of one kind, whoever they are for."""
    return [effect.fact for effect in effects if isinstance(effect, Tell | TellAll) and isinstance(effect.fact, kind)]


def closes(effects: list[Effect]) -> list[tuple[int, CloseCode]]:
    return [(effect.connection, effect.code) for effect in effects if isinstance(effect, Close)]
