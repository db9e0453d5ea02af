"""One seat in one session, as its player sees it: the public state, inputs, requests, facts.

Knows no socket: bytes come in through ``receive``, bytes go out through the function it is given. So a test can move
messages between a session and a server's codec by hand.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import numpy as np
from msgspec.structs import replace

from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.errors import OutOfStep
from tickroom.protocol.messages import (
    WATCHING_SEAT,
    ChatMessage,
    ClientMessage,
    Closing,
    Dropped,
    Error,
    History,
    Joined,
    Keyframe,
    Leave,
    Left,
    Member,
    Pong,
    Read,
    Reply,
    Request,
    Resumed,
    Resync,
    Revise,
    Revised,
    Said,
    Say,
    ServerFact,
    Settings,
    Typing,
    WatchingFact,
    Welcome,
)
from tickroom.protocol.replica import NO_TICK, Replica
from tickroom.protocol.session_tables import SEATS, SESSION, Status
from tickroom.protocol.tables import Int32Array, Layout
from tickroom.simulations.clock import ServerClock
from tickroom.simulations.errors import ConnectionClosed, RequestRefused, RequestTimedOut, explain_close
from tickroom.simulations.facts import FactFeed
from tickroom.simulations.input_sender import InputSender
from tickroom.simulations.pinger import Pinger
from tickroom.simulations.wire import Delta, decode, encode

# docs/protocol.md, section 3: the server ignores a second one within one second, by its own clock and on arrival. Two
# sent exactly a second apart may arrive a little closer, and then the second is lost and the copy stays void longer.
RESYNC_INTERVAL_S = 1.1
LINES_KEPT = 200  # as many as a server tells at most
PATIENCE_S = 5.0  # for a reply, a state, a close


class Session:
    """A seat, or a place to watch from, from its welcome to the close of its socket. Made by ``Client``.

    ``replica`` is the public state at ``tick``, exactly as the server had it; ``roster`` the members by player id,
    ``watchers`` the spectators' nicknames by their id; ``lines`` the newest lines of chat by id, oldest first;
    ``closed`` says why the socket ended. ``frames``, ``keyframes``, ``resyncs`` count what happened.
    """

    def __init__(self, welcome: Welcome, layout: Layout, fields: int, send: Callable[[bytes], bool]) -> None:
        self.code = welcome.code
        self.player = welcome.player
        self.seat = welcome.seat
        self.token = welcome.token
        self.tick_hz = welcome.tick_hz
        self.game = welcome.game
        self.settings = welcome.settings
        self.roster = {member.player: member for member in welcome.roster}
        self.watchers = dict(welcome.watchers)
        self.lines: dict[int, ChatMessage] = {}
        self.replica = Replica(layout)
        self.closed: ConnectionClosed | None = None
        self.frames = self.keyframes = self.resyncs = 0
        self.clock = ServerClock(welcome.tick_hz)
        self.clock.assume(welcome.tick, time.monotonic())
        self.inputs = InputSender(self.clock, fields, welcome.max_lead_ticks, self._send)
        self._send_bytes = send
        self._pinger = Pinger(self.clock, self._send)
        self._feed = FactFeed()
        self._last_resync_s = float("-inf")
        self._closing: Closing | None = None
        self._requests: dict[int, asyncio.Future[Reply]] = {}
        self._last_request = 0
        self._state_waiters: list[asyncio.Future[None]] = []
        self._on_state: list[Callable[[], None]] = []
        self._closed_event = asyncio.Event()
        self._beats: list[asyncio.Task[None]] = []

    # --- the state ---

    @property
    def tick(self) -> int:
        """The tick of ``replica``; -1 before the first keyframe and while the copy is out of step."""
        return self.replica.tick

    @property
    def is_in_step(self) -> bool:
        """Whether ``replica`` is the server's state; False until a keyframe came, and after a fault until the next."""
        return self.tick != NO_TICK

    @property
    def server_tick(self) -> int:
        """The newest tick of the session by this client's estimate."""
        return int(self.clock.tick_at(time.monotonic()))

    @property
    def status(self) -> Status:
        """The session's status in the newest state received."""
        return Status(int(self.table(SESSION.name)[0, SESSION.index("status")]))

    @property
    def host(self) -> int:
        """The player id of the session's host in the newest state received; 0 for none."""
        return int(self.table(SESSION.name)[0, SESSION.index("host")])

    @property
    def is_watching(self) -> bool:
        """Whether this is no seat, but a spectator's place."""
        return self.seat == WATCHING_SEAT

    def table(self, name: str) -> Int32Array:
        """A (rows, columns) int32 view on one table of ``replica``. Raises KeyError for an unknown name."""
        return self.replica.table(name)

    def forecast(self, name: str) -> Int32Array:
        """A copy of a table glided on to ``server_tick``: what it is by now, if nothing surprising happened since."""
        first, rows, width = self.replica.layout.span(name)
        span = slice(first, first + rows * width)
        ahead = min(max(0, self.server_tick - self.tick), self.tick_hz) if self.is_in_step else 0
        return (self.replica.values[span] + self.replica.rates[span] * np.int32(ahead)).reshape(rows, width)

    async def next_state(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait for the next keyframe or delta and return its tick. Raises ConnectionClosed or TimeoutError."""
        self._raise_if_closed()
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._state_waiters.append(waiter)
        async with asyncio.timeout(timeout_s):
            await waiter
        return self.tick

    async def until(self, condition: Callable[[Session], bool], timeout_s: float = PATIENCE_S) -> None:
        """Wait until a state fulfils ``condition``. Raises ConnectionClosed or TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not self.is_in_step or not condition(self):
                await self.next_state(timeout_s)

    # --- what the player does ---

    def set_input(self, *values: int) -> None:
        """Hold these values, the game's input fields, from now on: sent on change and once a second.

        Raises ValueError for a spectator, who holds nothing.
        """
        if self.is_watching:
            raise ValueError("a spectator holds no inputs")
        self.inputs.hold(values)

    async def request(self, action: str, *arguments: int, timeout_s: float = PATIENCE_S) -> Reply:
        """Do something once and wait for the answer. Raises RequestRefused, RequestTimedOut or ConnectionClosed."""
        return await self._ask(action, lambda number: Request(number, action, list(arguments)), timeout_s)

    async def _ask(self, action: str, message: Callable[[int], ClientMessage], timeout_s: float) -> Reply:
        self._raise_if_closed()
        self._last_request += 1
        number = self._last_request
        answer: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._requests[number] = answer
        try:
            self._send(message(number))
            async with asyncio.timeout(timeout_s):
                reply = await answer
        except TimeoutError:
            raise RequestTimedOut(f"no reply to {action} within {timeout_s:g} s") from None
        finally:
            self._requests.pop(number, None)
        if reply.code:
            raise RequestRefused(action, reply.code, reply.reason, reply.tick)
        return reply

    async def ready(self, is_ready: bool = True) -> None:
        """Be ready for the next round, or no longer; the last one's starts the countdown. Raises as ``request``."""
        await self.request("ready", int(is_ready))

    async def kick(self, player: int) -> None:
        """As the host, take another player's seat away. Raises as ``request``."""
        await self.request("kick", player)

    async def configure(self, setting: int, value: int) -> None:
        """As the host, change a setting of the game by its index, or ROUND_S_SETTING. Raises as ``request``."""
        await self.request("configure", setting, value)

    async def say(self, text: str, channel: int = 0, timeout_s: float = PATIENCE_S) -> Reply:
        """Say a line to all, or in channel 1 to the other spectators. Raises as ``request``."""
        return await self._ask("say", lambda number: Say(number, channel, text), timeout_s)

    async def revise(self, message: int, text: str | None, timeout_s: float = PATIENCE_S) -> None:
        """Give a line of one's own another text, or with None delete it. Raises as ``request``."""
        await self._ask("revise", lambda number: Revise(number, message, text), timeout_s)

    def set_typing(self, is_typing: bool, channel: int = 0) -> None:
        """Let the others see that one is writing; it expires after five seconds unless it is said again."""
        self._send(Typing(channel, is_typing))

    def mark_read(self, message: int) -> None:
        """Let the others see that one has read everything up to a line."""
        self._send(Read(message))

    async def leave(self, timeout_s: float = PATIENCE_S) -> ConnectionClosed:
        """Give the seat up and wait for the close. Does nothing more when the socket is closed already."""
        if self.closed is None:
            self._send(Leave())
        return await self.wait_closed(timeout_s)

    async def wait_closed(self, timeout_s: float | None = PATIENCE_S) -> ConnectionClosed:
        """Wait for the end of the socket and say why it ended. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._closed_event.wait()
        return self.closed or ConnectionClosed(1005, "")

    def on_fact(self, callback: Callable[[ServerFact], None]) -> None:
        """Call ``callback`` with every fact from now on, but for replies and pongs, which the session takes itself."""
        self._feed.call(callback)

    def on_state(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after every keyframe and delta from now on, each while ``replica`` is at its tick."""
        self._on_state.append(callback)

    def facts(self) -> AsyncIterator[ServerFact]:
        """The same facts, from this call on until the socket is closed. A reader 1,024 behind loses the oldest."""
        return self._feed.read()

    # --- what the socket does ---

    def start(self) -> None:
        """Begin the heartbeat and the clock; in a running event loop."""
        self._beats = [asyncio.create_task(self._pinger.beat())]
        if not self.is_watching:
            self._beats.append(asyncio.create_task(self.inputs.beat()))

    def receive(self, payload: bytes) -> None:
        """Take one message from the server. Raises ServerFault for one that is none."""
        message = decode(payload)
        if not isinstance(message, Keyframe | list):
            self._receive_fact(message)
            return
        self.frames += 1
        try:
            self._receive_state(message)
        except OutOfStep as fault:
            self._ask_for_keyframe(fault)
            return
        if self.is_watching:
            self.clock.note_tick(self.tick)
        else:
            self.inputs.note_state(self.tick, int(self.table(SEATS.name)[self.seat, SEATS.index("stamp")]))
        for callback in self._on_state:
            callback()
        waiters, self._state_waiters = self._state_waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def end(self, closed: ConnectionClosed) -> None:
        """The socket is closed: whoever waits hears of it."""
        if self.closed is not None:
            return
        closed = self.closed = explain_close(closed, self._closing)
        for beat in self._beats:
            beat.cancel()
        for answer in self._requests.values():
            if not answer.done():
                answer.set_exception(closed)
        for waiter in self._state_waiters:
            if not waiter.done():
                waiter.set_exception(closed)
        self._state_waiters.clear()
        self._feed.end()
        self._closed_event.set()

    def _receive_state(self, message: Keyframe | Delta) -> None:
        if isinstance(message, Keyframe):
            self.replica.load_keyframe(message.tick, message.values, message.rates)
            self.keyframes += 1
        else:
            self.replica.apply_delta(message)

    def _ask_for_keyframe(self, fault: OutOfStep) -> None:
        now_s = time.monotonic()
        if now_s - self._last_resync_s >= RESYNC_INTERVAL_S:
            self._last_resync_s = now_s
            self.resyncs += 1
            self._send(Resync(fault.tick, fault.checksum))

    def _receive_fact(self, fact: ServerFact) -> None:
        match fact:
            case Pong():
                self._pinger.receive(fact)
                return
            case Reply(number):
                answer = self._requests.get(number)
                if answer is not None and not answer.done():
                    answer.set_result(fact)
                return
            case Joined(member):
                self.roster[member.player] = member
            case Left(player):
                self.roster.pop(player, None)
            case Dropped(player):
                self._set_connected(player, False)
            case Resumed(player):
                self._set_connected(player, True)
            case WatchingFact(person, nickname, True):
                self.watchers[person] = nickname
            case WatchingFact(person):
                self.watchers.pop(person, None)
            case Welcome():
                self._be_welcomed(fact)
            case History() | Said() | Revised():
                self._note_lines(fact)
            case Settings(settings):
                self.settings = settings
            case Closing():
                self._closing = fact
            case Error(ErrorCode.INPUT_TOO_EARLY):
                self.inputs.note_too_early()
            case _:
                pass  # events, other errors and results are for whoever listens
        self._feed.publish(fact)

    def _be_welcomed(self, welcome: Welcome) -> None:
        """After ``sit`` and ``stand``: the same person, in a seat or without."""
        self.seat, self.token = welcome.seat, welcome.token
        self.roster = {member.player: member for member in welcome.roster}
        self.watchers = dict(welcome.watchers)
        if self._beats and len(self._beats) == 1 and not self.is_watching:
            self._beats.append(asyncio.create_task(self.inputs.beat()))

    def _note_lines(self, fact: History | Said | Revised) -> None:
        match fact:
            case History(messages):
                self.lines = {line.id: line for line in messages}
            case Said(line):
                self.lines[line.id] = line
                if len(self.lines) > LINES_KEPT:
                    del self.lines[next(iter(self.lines))]
            case Revised(message, _, True):
                self.lines.pop(message, None)
            case Revised(message, text) if message in self.lines:
                self.lines[message] = replace(self.lines[message], text=text, edited=True)

    def _set_connected(self, player: int, connected: bool) -> None:
        member = self.roster.get(player)
        if member is not None:
            self.roster[player] = Member(member.player, member.seat, member.nickname, member.bot, connected)

    def _send(self, message: ClientMessage) -> None:
        self._send_bytes(encode(message))

    def _raise_if_closed(self) -> None:
        if self.closed is not None:
            raise self.closed
