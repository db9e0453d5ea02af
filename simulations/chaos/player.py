"""One bot at play in a cluster: moves, collects, talks, comes back, and writes down everything that it is told."""

from __future__ import annotations

import asyncio
import contextlib
import time
import zlib
from collections.abc import Sequence
from random import Random
from urllib.parse import urlsplit

import numpy as np

from tickroom.game.arena.schema import ITEMS, PLAYERS
from tickroom.protocol.messages import History, Said, ServerFact
from tickroom.protocol.session_tables import Status
from tickroom.simulations.bots.behaviour import towards
from tickroom.simulations.bots.bot import SILENCE_S, backoff_s
from tickroom.simulations.chaos.records import Answer, Line, PlayerRecord, SessionRecord, Silence, Stay
from tickroom.simulations.client import Client
from tickroom.simulations.errors import CannotConnect, ClientError, ConnectionClosed, RequestRefused, RequestTimedOut
from tickroom.simulations.session import Session

LOOK_S = 0.2
TALK_S = 4.0  # between two lines of one bot, on the average
GAP_S = 0.4  # a server says something every 0.25 s
REACH = 3072  # subunits; docs/games/arena.md
LITTLE = np.dtype("<i4")


def checksum_of(session: Session) -> int:
    """CRC-32 of the public values, without the rates: those begin anew where a session goes on elsewhere."""
    return zlib.crc32(session.replica.values.astype(LITTLE, copy=False).data)


class Player:
    """A bot. ``clients``: one for each node; it comes by any of them. ``is_playing``: it got a state just now."""

    def __init__(
        self, number: int, seed: int, clients: Sequence[Client], record: PlayerRecord, session_record: SessionRecord
    ) -> None:
        self._number = number
        self._clients = clients
        self._record = record
        self._shared = session_record
        self._random = Random(f"{seed}/{number}")
        self._entry = number % len(clients)
        self._last_state_s = 0.0
        self._said = 0
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def is_playing(self) -> bool:
        """Whether it got a state just now."""
        return time.monotonic() - self._last_state_s < 2 * GAP_S

    async def run(self) -> None:
        """Play until cancelled, or until it may not come back."""
        token: str | None = None
        moved_to = ""
        failures = refused = 0
        while True:
            client = self._clients[self._entry]
            try:
                going_to, moved_to = moved_to, ""
                session = await client.join(
                    self._record.code, f"Bot {self._number}", token=token, bot=True, moved_to=going_to
                )
            except (ClientError, TimeoutError) as error:
                self._note_refusal(error)
                if isinstance(error, ClientError) and not error.retryable:
                    self._record.gave_up = str(error)
                    return
                self._entry = (self._entry + 1) % len(self._clients)
                refused = refused + 1 if isinstance(error, CannotConnect) else 0
                if refused % len(self._clients):
                    continue  # a load balancer passes a node by that is gone, at once
                failures += 1
                await asyncio.sleep(backoff_s(failures, self._random.random()))
                continue
            token, failures, refused = session.token, 0, 0
            closed = await self._stay(client, session)
            if urlsplit(self._clients[self._entry].api.url).netloc == self._record.stays[-1].node:
                self._entry = (self._entry + 1) % len(self._clients)  # whatever is wrong there, it may last
            moved_to = closed.moved_to
            if not closed.retryable:
                self._record.gave_up = str(closed)
                return
            if not moved_to:
                await asyncio.sleep(backoff_s(1, self._random.random()))

    # --- one stay ----------------------------------------------------------------------------------------------------

    async def _stay(self, client: Client, session: Session) -> ConnectionClosed:
        stay = Stay(
            node=urlsplit(client.address(session)).netloc,
            player=session.player,
            seat=session.seat,
            welcomed_s=time.monotonic(),
        )
        if session.lines:  # they came together with the welcome
            stay.history = [(line.id, line.text) for line in session.lines.values()]
        self._record.stays.append(stay)
        session.on_fact(lambda fact: self._note_fact(stay, fact))
        session.on_state(lambda: self._note_state(session, stay))
        if session.is_in_step:  # the keyframe came together with the welcome
            self._note_state(session, stay)
        try:
            await self._play(client, session)
        finally:
            for asking in self._asking:
                asking.cancel()
            stay.ended_s = time.monotonic()
            stay.close_code = session.closed.code if session.closed is not None else 0
        assert session.closed is not None
        return session.closed

    async def _play(self, client: Client, session: Session) -> None:
        talk_at_s = time.monotonic() + self._random.random() * TALK_S
        began_s = time.monotonic()
        while session.closed is None:
            now_s = time.monotonic()
            if session.is_in_step:
                self._move(session)
            if now_s >= talk_at_s:
                talk_at_s = now_s + TALK_S * (0.5 + self._random.random())
                self._ask(self._say(session))
            if now_s - max(began_s, self._last_state_s) > SILENCE_S:
                client.drop(session)
            with contextlib.suppress(TimeoutError):
                await session.wait_closed(LOOK_S)

    def _move(self, session: Session) -> None:
        me = session.table("players")[session.seat]
        items = session.table("items")
        here = np.flatnonzero(items[:, ITEMS.index("kind")])
        if not here.size or session.status is not Status.ACTIVE or self._random.random() < 0.3:
            session.set_input(*towards(self._random.randint(-9, 9), self._random.randint(-9, 9)), 0)
            return
        away_x = items[here, ITEMS.index("x")].astype(np.int64) - int(me[PLAYERS.index("x")])
        away_y = items[here, ITEMS.index("y")].astype(np.int64) - int(me[PLAYERS.index("y")])
        squares = away_x**2 + away_y**2
        nearest = int(squares.argmin())
        dash = int(self._random.random() < 0.2)
        session.set_input(*towards(int(away_x[nearest]), int(away_y[nearest])), dash)
        if squares[nearest] <= REACH**2:
            self._ask(self._collect(session, int(here[nearest])))

    # --- requests ----------------------------------------------------------------------------------------------------

    def _ask(self, asking: object) -> None:
        task = asyncio.ensure_future(asking)  # type: ignore[call-overload]
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _collect(self, session: Session, item: int) -> None:
        try:
            reply = await session.request("collect", item)
        except (RequestRefused, RequestTimedOut, ConnectionClosed):
            return  # somebody was faster; or nobody knows, which is as good as no
        self._record.answers.append(Answer(reply.tick, reply.id, "collect"))

    async def _say(self, session: Session) -> None:
        self._said += 1
        line = Line(f"line {self._said} of bot {self._number}", time.monotonic())
        self._record.lines.append(line)
        try:
            reply = await session.say(line.text)
        except RequestRefused as refused:
            line.code, line.answered_s = refused.code, time.monotonic()
        except (RequestTimedOut, ConnectionClosed):
            return  # it stays unknown
        else:
            line.code, line.answered_s = 0, time.monotonic()
            self._record.answers.append(Answer(reply.tick, reply.id, "say"))

    # --- what is told ------------------------------------------------------------------------------------------------

    def _note_fact(self, stay: Stay, fact: ServerFact) -> None:
        if isinstance(fact, History):
            stay.history = [(line.id, line.text) for line in fact.messages]
        elif isinstance(fact, Said):
            self._record.heard.append((fact.message.id, fact.message.text))

    def _note_state(self, session: Session, stay: Stay) -> None:
        now_s, tick = time.monotonic(), session.tick
        if self._last_state_s and now_s - self._last_state_s > GAP_S:
            self._record.silences.append(Silence(self._last_state_s, now_s))
        if stay.first_tick < 0:
            stay.first_tick, stay.first_state_s = tick, now_s
        stay.last_tick, stay.last_state_s = tick, now_s
        self._last_state_s = now_s
        self._shared.see(tick, checksum_of(session))

    def _note_refusal(self, error: BaseException) -> None:
        name = f"closed {error.code}" if isinstance(error, ConnectionClosed) else type(error).__name__
        self._record.refusals[name] = self._record.refusals.get(name, 0) + 1
