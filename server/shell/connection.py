"""One client's socket: what comes in, decoded and handed on; what goes out, in two lanes.

*Facts* must arrive: they wait in a bounded queue while the socket is full, and a client whose queue is full is closed
as too slow. *State* is latest-wins: a client that is behind is skipped, and gets one keyframe when its socket has
drained.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import (
    NAME_MAX_CHARACTERS,
    ClientMessage,
    Closing,
    Error,
    Hello,
    Input,
    MalformedMessage,
    Ping,
    Pong,
    Read,
    Reply,
    Request,
    Resync,
    Revise,
    Say,
    ServerFact,
    Typing,
    encode,
)
from tickroom.protocol.nickname import clean_nickname
from tickroom.protocol.text import clean_text
from tickroom.server.core import commands
from tickroom.server.core.seats import Seat
from tickroom.server.shell.audience import Audience
from tickroom.server.shell.cluster.faults import passing
from tickroom.server.shell.delayed import DelayedAudience
from tickroom.server.shell.identity.identity import Identity, KeysUnavailable, NotAuthenticated
from tickroom.server.shell.limits.messages import InputCredit, MessageBudgets, MessageClass
from tickroom.server.shell.sockets.frame import Frame, build_frame, join_frames
from tickroom.server.shell.sockets.interface import Socket

if TYPE_CHECKING:
    from tickroom.server.core.session import Session
    from tickroom.server.shell.node import Node

RESYNC_EVERY_S = 1.0
REQUESTS_A_TICK = 4  # of one player; more are refused, so that what a tick has to do is bounded
TALK_A_TICK = 32  # of one player: lines, typing, read marks; more can only come where ticks wait for the store
MESSAGES_BETWEEN_LOOKS = 32  # at what is due: about 0.3 ms of input, which must not hold ticks up


class Connection:
    """A socket to one session. ``number`` names it in commands and effects."""

    __slots__ = (
        "_audience",
        "_behind",
        "_close_with",
        "_closed",
        "_decode",
        "_delayed",
        "_facts",
        "_hello_deadline",
        "_input_credit",
        "_inputs_left",
        "_leaving",
        "_malformed",
        "_messages",
        "_receive_input",
        "_recognising",
        "_requests",
        "_resync_after",
        "_said_hello",
        "_silent_until",
        "_socket",
        "_talk",
        "_unconfirmed",
        "address",
        "identity",
        "is_watching",
        "node",
        "number",
        "seat",
        "session",
    )

    def __init__(self, node: Node, session: Session, number: int) -> None:
        self.node = node
        self.session = session
        self.number = number
        self.seat: Seat | None = None
        self.is_watching = False
        self.address = ""  # a digest of it, for bans
        self.identity: Identity | None = None
        limits = node.settings.limits
        self._input_credit = InputCredit(limits.inputs_per_tick, session.settings.tick_hz, session.tick)
        self._inputs_left = self._input_credit.at_first
        self._messages = MessageBudgets(limits)
        self._decode = node.decoder_for(session).decode
        self._receive_input = session.pool.inputs.receive
        self._audience: Audience | None = None
        self._delayed: DelayedAudience | None = None  # of a spectator who sees the session late
        self._socket: Socket | None = None
        self._close_with: tuple[CloseCode, str, str] | None = None  # as soon as it is open
        self._requests = self._talk = (0, 0)  # a tick, and how many came since it
        self._leaving = False
        self._facts: deque[Frame] = deque()
        self._behind = False
        self._said_hello = False
        self._unconfirmed = False  # it resumed a seat, and has not shown yet that the new token arrived
        self._closed = False
        self._malformed = 0
        self._resync_after = 0.0
        self._silent_until: dict[ErrorCode, int] = {}
        self._hello_deadline: asyncio.TimerHandle | None = None
        self._recognising: asyncio.Task[None] | None = None

    def opened(self, socket: Socket) -> None:
        """The socket is accepted: the client has some seconds to say hello."""
        passing("accepted")
        self._socket = socket
        if self._close_with is not None:
            self.close(*self._close_with)
        elif not self._closed and not self._said_hello:  # of a session that has just gone, all are told soon where
            loop = asyncio.get_running_loop()
            self.node.queue(self.session, commands.Reserve(self.number))
            timeout_s = self.node.settings.hello_timeout_s
            self._hello_deadline = loop.call_later(timeout_s, self.close, CloseCode.HELLO_TIMEOUT)

    # --- Receiver: what the socket calls ------------------------------------------------------------------------------

    def message_received(self, data: bytes) -> None:
        """One binary message."""
        node = self.node
        node.messages_in += 1
        if not node.messages_in % MESSAGES_BETWEEN_LOOKS:
            node.do_what_is_due()
        try:
            message = self._decode(data)
        except MalformedMessage as fault:
            self._refuse_malformed(str(fault))
            return
        if isinstance(message, Input):
            self._inputs_left -= 1
            if self._inputs_left < 0 and not self._has_more_inputs():
                return
            seat = self.seat
            error = ErrorCode.NOT_SEATED if seat is None else self._receive_input(seat, message)
            if error is not None and not self.session.ended:  # else it goes on elsewhere, which is told soon
                self._refuse(error)
        elif not self._is_within_budget(message):
            return
        elif isinstance(message, Ping):
            self._confirm()
            late = self._delayed.delay_ticks if self._delayed is not None else 0  # its clock is that of what it sees
            self.send_fact(Pong(message.echo, max(0, self.session.tick - late), self.node.age_us(self.session)))
        elif isinstance(message, Hello):
            self._receive_hello(message)
        elif self.session.ended:
            return
        elif self.seat is None and not self.is_watching:
            self._refuse(ErrorCode.NOT_SEATED)
        elif isinstance(message, Request):
            self._confirm()
            self._receive_request(message)
        elif isinstance(message, Resync):
            self._receive_resync()
        elif isinstance(message, Say | Revise):
            self._confirm()
            self._receive_line(message)
        elif isinstance(message, Typing | Read):
            self._receive_note(message)
        elif not self._leaving:  # Leave
            self._leaving = True
            self.node.queue(self.session, commands.Leave(self.number))

    def text_received(self) -> None:
        """Text is not part of the protocol."""
        self.close(CloseCode.UNSUPPORTED_DATA)

    def stalled(self) -> None:
        """The socket is full."""
        if self._audience is not None:
            self._audience.hold(self.number)

    def drained(self) -> None:
        """The socket is empty again: facts first, then the newest state if any was skipped."""
        if self._facts:
            waiting = join_frames(*self._facts)
            self._facts.clear()
            self._write(waiting)
        if self._behind:
            self.send_keyframe()
        else:
            self._release()

    def closed(self, code: int, reason: str) -> None:  # noqa: ARG002 - every end is a drop, whatever its code
        """The socket is gone."""
        self._closed = True
        self._audience = None
        self._cancel_deadline()
        self._facts.clear()
        self.node.queue(self.session, commands.Drop(self.number))  # before a hello it frees the seat kept for it
        self.node.forget(self)

    # --- out ---------------------------------------------------------------------------------------------------------

    def send_fact(self, fact: ServerFact) -> None:
        """Send a fact to this client alone."""
        self.send_fact_frame(build_frame(encode(fact)))

    def send_fact_frame(self, frame: Frame) -> None:
        """Send a fact, or let it wait its turn; close the client when too many wait."""
        self.node.statistics.facts_out += 1
        socket = self._socket
        if socket is not None and socket.writable and not self._facts:
            socket.write(frame)
        elif len(self._facts) < self.node.settings.fact_queue_messages:
            self._facts.append(frame)
        else:
            self._facts.clear()
            self.close(CloseCode.TOO_SLOW)

    def skip_state(self) -> None:
        """This tick's state is not for this client: it is behind, and gets the state whole when it has drained."""
        self._behind = True
        self.node.statistics.states_skipped += 1

    def join(self, audience: Audience, delayed: DelayedAudience | None = None) -> None:
        """Hear a session's facts from now on, and its states from the first keyframe on; with ``delayed``, late."""
        if self._audience is not None:
            self._audience.remove(self.number)  # it sat, and watches now, or the other way round
        self._audience = audience
        self._delayed = delayed
        self._behind = True
        audience.add(self)

    def send_keyframe(self, newest: Frame | None = None) -> None:
        """Send the newest state whole, now or when the socket has drained. ``newest``: it, where it is at hand."""
        self._behind = True
        if self._facts or self._socket is None or not self._socket.writable or self._closed or self.session.ended:
            return
        late = self._delayed
        frame = late.keyframe() if late is not None else newest or self.node.publisher.keyframe_for(self)
        if frame is None:
            return  # it comes with the next tick
        self._behind = False
        self.node.statistics.keyframes_out += 1
        self._write(frame)
        self._release()

    def unseat(self) -> None:
        """It speaks for nobody any more."""
        self.seat = None
        self.is_watching = False

    def close(self, code: CloseCode, reason: str = "", url: str = "") -> None:
        """Say why, then close. The first call decides.

        ``reason``: where the code's own word says too little. ``url``: where the session is now.
        """
        socket = self._socket
        if socket is None:  # still opening: it is closed, with the first code, as soon as it is open
            self._close_with = self._close_with or (code, reason, url)
            return
        if self._closed:
            return
        self._closed = True
        self.stalled()
        self._cancel_deadline()
        reason = reason or code.reason
        self.node.statistics.count_close(reason)
        if code >= 4000 and socket.writable:
            socket.write(build_frame(encode(Closing(code, reason, code.retryable, url))))
        socket.close(code, reason)

    def _release(self) -> None:
        socket, audience = self._socket, self._audience
        if audience is not None and socket is not None and socket.writable and not self._closed:
            audience.release(self.number, socket)

    def _write(self, frame: Frame) -> None:
        if self._socket is not None:
            self._socket.write(frame)

    # --- limits ------------------------------------------------------------------------------------------------------

    def _has_more_inputs(self) -> bool:
        self._inputs_left = self._input_credit.more(self.session.tick) - 1
        if self._inputs_left >= 0:
            return True
        self._inputs_left = 0
        self._breach(MessageClass.INPUT, 1000 // self.session.settings.tick_hz)
        return False

    def _is_within_budget(self, message: ClientMessage) -> bool:
        kind = MessageClass.REQUEST if isinstance(message, Request | Say | Revise) else MessageClass.OTHER
        wait_ns = self._messages.take(kind, time.monotonic_ns())
        if not wait_ns:
            return True
        wait_ms = -(-wait_ns // 1_000_000)
        if isinstance(message, Request | Say | Revise):  # whoever asks gets an answer
            code = ErrorCode.RATE_LIMITED
            self.send_fact(Reply(message.id, code, code.reason, self.session.tick, wait_ms))
        self._breach(kind, wait_ms)
        return False

    def _breach(self, kind: MessageClass, wait_ms: int) -> None:
        """A message too many is refused with a word; who goes on and on is closed."""
        self.node.statistics.count_limited(kind.value)
        if self._messages.forgive(time.monotonic_ns()):
            self._refuse(ErrorCode.RATE_LIMITED, wait_ms)
        else:
            self.close(CloseCode.RATE_LIMITED)

    # --- in ----------------------------------------------------------------------------------------------------------

    def _receive_hello(self, hello: Hello) -> None:
        if self._said_hello:
            self._refuse(ErrorCode.ALREADY_SEATED)
            return
        if hello.fingerprint != self.session.pool.game.schema.fingerprint:
            self.close(CloseCode.VERSION_MISMATCH)
            return
        self._said_hello = True
        if self.node.recognition.looks_at_tokens:  # the deadline goes on meanwhile
            self._recognising = asyncio.get_running_loop().create_task(self._recognise(hello))
        else:
            self._enter(hello)

    async def _recognise(self, hello: Hello) -> None:
        node = self.node
        try:
            self.identity = await node.recognition.of_hello(self.identity, hello.identity)
        except NotAuthenticated:
            node.statistics.not_authenticated += 1
            self.close(CloseCode.NOT_AUTHENTICATED)
        except KeysUnavailable:
            self.close(CloseCode.TRY_AGAIN_LATER)
        else:
            if not self._closed:
                self._enter(hello)

    def _enter(self, hello: Hello) -> None:
        """Ask for a seat, or for the one that a token names, or to watch."""
        self._cancel_deadline()
        token = self.node.new_token()
        account = self.identity.subject if self.identity is not None else None
        password = self.session.password.digest(hello.password) if hello.password is not None else ""
        who = (account, self.address, password)
        if hello.watch:
            self.node.queue(self.session, commands.Watch(self.number, self._shown_name(hello), *who))
        elif hello.token:
            try:
                random_token = self.node.tokens.random_token(hello.token, self.session.code)
            except NotAuthenticated:
                self.node.statistics.not_authenticated += 1
                self.close(CloseCode.NOT_AUTHENTICATED)
                return
            self._unconfirmed = True
            self.node.queue(self.session, commands.Resume(self.number, random_token, token))
        else:
            self.node.queue(self.session, commands.Join(self.number, self._shown_name(hello), token, hello.bot, *who))

    def _shown_name(self, hello: Hello) -> str:
        """The account's name, where it has one that can be shown; else what the player typed."""
        name = self.identity.name if self.identity is not None else None
        try:
            return clean_nickname(name[:NAME_MAX_CHARACTERS]) if name is not None else hello.nickname
        except MalformedMessage:
            return hello.nickname

    def _receive_note(self, message: Typing | Read) -> None:
        self._talk = self._one_more(self._talk)
        if self._talk[1] > TALK_A_TICK:
            return
        if isinstance(message, Typing):
            self.node.queue(self.session, commands.Type(self.number, message.channel, message.on))
        else:
            self.node.queue(self.session, commands.Read(self.number, message.message))

    def _one_more(self, counted: tuple[int, int]) -> tuple[int, int]:
        tick, (since, count) = self.session.tick, counted
        return (tick, count + 1 if since == tick else 1)

    def _refuse_question(self, number: int) -> None:
        code = ErrorCode.TOO_MANY_REQUESTS
        self.send_fact(Reply(number, code, code.reason, self.session.tick))

    def _receive_request(self, request: Request) -> None:
        self._requests = self._one_more(self._requests)
        if self._requests[1] > REQUESTS_A_TICK:
            self._refuse_question(request.id)
            return
        token = self.node.new_token() if request.action == "sit" else ""
        act = commands.Act(self.number, request.id, request.action, tuple(request.arguments), token)
        self.node.queue(self.session, act)

    def _receive_line(self, message: Say | Revise) -> None:
        self._talk = self._one_more(self._talk)
        if self._talk[1] > TALK_A_TICK:
            self._refuse_question(message.id)
            return
        at_ms = time.time_ns() // 1_000_000
        text = None if message.text is None else clean_text(message.text)
        if isinstance(message, Say):
            say = commands.Say(self.number, message.id, message.channel, text or "", at_ms)
            self.node.queue(self.session, say)
        else:
            self.node.queue(self.session, commands.Revise(self.number, message.id, message.message, text, at_ms))

    def _confirm(self) -> None:
        # Not at each input: that is the hot path, and every client pings soon after its welcome.
        if self._unconfirmed and self.seat is not None:
            self._unconfirmed = False
            self.node.queue(self.session, commands.Confirm(self.number))

    def _receive_resync(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._resync_after:
            return
        self._resync_after = now + RESYNC_EVERY_S
        self.node.statistics.resyncs += 1
        self.send_keyframe()

    def _refuse(self, error: ErrorCode, retry_after_ms: int = 0) -> None:
        """Count every refusal, tell each kind once a second.

        A client whose clock is wrong sends a refused input a tick; answering each would feed overload.
        """
        self.node.statistics.refused += 1
        tick = self.session.tick
        if tick >= self._silent_until.get(error, 0):
            self._silent_until[error] = tick + self.session.settings.tick_hz
            self.send_fact(Error(error, error.reason, retry_after_ms))

    def _refuse_malformed(self, detail: str) -> None:
        self.node.statistics.malformed += 1
        self._malformed += 1
        if self._malformed >= self.node.settings.malformed_allowed:
            self.close(CloseCode.BAD_MESSAGES)
        else:
            self.send_fact(Error(ErrorCode.MALFORMED, f"{ErrorCode.MALFORMED.reason}: {detail}"[:200]))

    def _cancel_deadline(self) -> None:
        if self._hello_deadline is not None:
            self._hello_deadline.cancel()
            self._hello_deadline = None
