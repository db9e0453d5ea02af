"""A behaviour at play: looks ten times a second, comes back after a drop, stops when the session ends."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from tickroom.game.arena.schema import PLAYERS
from tickroom.protocol.session_tables import SESSION, Status
from tickroom.simulations.bots.behaviour import Behaviour, Intent, View
from tickroom.simulations.bots.floor_plan import FloorPlan
from tickroom.simulations.bots.greedy import Greedy
from tickroom.simulations.bots.idle import Idle
from tickroom.simulations.bots.wander import Wander
from tickroom.simulations.client import Client
from tickroom.simulations.errors import ClientError, ConnectionClosed, RequestRefused, RequestTimedOut, ServerFault
from tickroom.simulations.session import Session

LOOKS_HZ = 10
SUBUNITS = 48  # a unit, as game/arena/schema.py has it
RETRIES = 18  # half a minute by chance, a minute at most
BACKOFF_FIRST_S = 0.25
SOON_CAP_S = 0.75
SOON_RETRIES = 10  # 4 s by chance: a node that died is replaced about 2 s later
BACKOFF_CAP_S = 5.0
SILENCE_S = 2.0  # a server says something four times a second, whatever happens: eight words that did not come
TRUSTED_S = 5.0  # a stay that ended sooner is one more failure: a server may welcome and close, again and again


class BehaviourName(StrEnum):
    """The behaviours that the command line knows."""

    WANDER = "wander"
    GREEDY = "greedy"
    IDLE = "idle"


def make_behaviour(name: BehaviourName, seed: int) -> Behaviour:
    """A fresh behaviour; ``seed`` matters to the one that is random."""
    match name:
        case BehaviourName.WANDER:
            return Wander(seed)
        case BehaviourName.GREEDY:
            return Greedy()
        case BehaviourName.IDLE:
            return Idle()


@dataclass(slots=True)
class BotReport:
    """What a bot did: looks taken, times it came back, and what ended its latest stay."""

    looks: int = 0
    rejoins: int = 0
    ended: ClientError | None = None


class Bot:
    """One bot in one session. ``session`` is its present seat, None before ``run`` and while it is coming back."""

    def __init__(self, client: Client, code: str, nickname: str, behaviour: Behaviour, seed: int = 0) -> None:
        self.report = BotReport()
        self.session: Session | None = None
        self._client = client
        self._code = code
        self.nickname = nickname
        self._behaviour = behaviour
        self._jitter = Random(seed)
        self._asking: asyncio.Task[None] | None = None

    @property
    def score(self) -> int:
        """Its score in the newest state, 0 while it has no seat."""
        if self.session is None or not self.session.is_in_step:
            return 0
        return int(self.session.table("players")[self.session.seat, PLAYERS.index("score")])

    async def run(self) -> BotReport:
        """Play until the session ends or refuses the bot, or until cancelled; then the seat is given up."""
        token: str | None = None
        moved_to = ""
        failures = 0
        clock = asyncio.get_running_loop().time
        while True:
            seated_s: float | None = None
            try:
                going_to, moved_to = moved_to, ""
                session = await self._client.join(self._code, self.nickname, token=token, bot=True, moved_to=going_to)
                self.report.rejoins += token is not None
                self.session, token, seated_s = session, session.token, clock()
                await self._play(session)
            except asyncio.CancelledError:
                await self._leave()
                raise
            except (ClientError, TimeoutError) as error:
                self.session = None
                has_lived = seated_s is not None and clock() - seated_s >= TRUSTED_S
                failures = 1 if has_lived else failures + 1
                self.report.ended = error if isinstance(error, ClientError) else ServerFault("the server fell silent")
                if failures > RETRIES or not (isinstance(error, TimeoutError) or self.report.ended.retryable):
                    return self.report
                if seated_s is not None and isinstance(error, ConnectionClosed):
                    moved_to = error.moved_to
            if not moved_to or failures > 1:
                await asyncio.sleep(backoff_s(failures, self._jitter.random()))

    async def _play(self, session: Session) -> None:
        plan = await self._floor_plan(session)
        clock = asyncio.get_running_loop().time
        frames, heard_s = session.frames, clock()
        while session.closed is None:
            if session.is_in_step:
                self._act(session, self._behaviour.decide(look(session, plan)))
            if session.frames != frames:
                frames, heard_s = session.frames, clock()
            elif clock() - heard_s > SILENCE_S:
                self._client.drop(session)
            with contextlib.suppress(TimeoutError):
                await session.wait_closed(1 / LOOKS_HZ)
        raise session.closed

    def _act(self, session: Session, intent: Intent) -> None:
        self.report.looks += 1
        session.set_input(intent.x, intent.y, intent.buttons)
        if intent.collect is not None and (self._asking is None or self._asking.done()):
            self._asking = asyncio.create_task(self._collect(session, intent.collect))

    async def _collect(self, session: Session, item: int) -> None:
        try:
            await session.request("collect", item)
        except (RequestRefused, RequestTimedOut, ConnectionClosed):
            return  # somebody was faster, or the session is over, which the bot sees by itself

    async def _leave(self) -> None:
        if self.session is not None and self.session.closed is None:
            await self.session.leave()

    async def _floor_plan(self, session: Session) -> FloorPlan:
        game = await self._client.game(session.game)
        index = session.settings.get("map", 0)
        if not 0 <= index < len(game.maps):
            raise ServerFault(f"the game has no map {index}")
        return FloorPlan(game.maps[index].rows, game.maps[index].tile * SUBUNITS)


def backoff_s(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row; ``chance``: 0 to 1.

    Full jitter: many bots that were dropped together do not come back together.
    """
    cap_s = SOON_CAP_S if failures <= SOON_RETRIES else BACKOFF_CAP_S
    return chance * min(cap_s, BACKOFF_FIRST_S * 2.0**failures)


def look(session: Session, plan: FloorPlan) -> View:
    """What a bot sees right now."""
    tick = max(session.tick, session.server_tick)
    status = Status(int(session.table(SESSION.name)[0, SESSION.index("status")]))
    return View(
        tick=tick,
        tick_hz=session.tick_hz,
        seat=session.seat,
        status=status,
        seats=session.table("seats"),
        players=session.forecast("players"),
        items=session.table("items"),
        plan=plan,
    )
