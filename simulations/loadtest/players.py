"""The clients of a load test: as little work a frame as will do, so that many fit into one generator.

``TickroomPlayer`` reads its own stamp out of every frame; ``CountingPlayer``, for floor and plain, reads nothing.
Both take an input from the same motion, so that every target gets the same bytes at the same times.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import cast

import msgpack
import msgspec
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tickroom.protocol.delta import TICK_MASK
from tickroom.protocol.errors import OutOfStep
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, Closing, Error, Keyframe, Pong, Welcome
from tickroom.protocol.replica import Replica
from tickroom.simulations.clock import ServerClock
from tickroom.simulations.http_api import GameDescription
from tickroom.simulations.loadtest.motion import Motion
from tickroom.simulations.loadtest.recorder import Recorder
from tickroom.simulations.loadtest.stamps import stamp_change, stamp_in_keyframe

INPUT_KIND, PING_KIND, RESYNC_KIND = 1, 3, 4
LEAD_S = 0.002  # an input that would come less than this before its step names the tick after it
INPUTS_IN_FLIGHT = 256  # more without an answer: the oldest are forgotten, and show as unanswered

_pack = msgpack.packb
_unpack = msgpack.unpackb


class Player(WSListener):
    """What all players have in common: a socket, a motion, and a recorder for the window."""

    def __init__(self, recorder: Recorder, motion: Motion) -> None:
        self.recorder = recorder
        self.motion = motion
        self.seated: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.lost_because: str | None = None
        self.is_leaving = False
        self.transport: WSTransport | None = None
        self.last_state_s = 0.0

    def on_ws_connected(self, transport: WSTransport) -> None:  # noqa: D102  (picows' name)
        self.transport = transport

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: D102
        self.transport = None
        if self.is_leaving:
            return
        received = getattr(transport.close_handshake, "recv", None)
        self.lost_because = self.lost_because or (received.reason if received is not None else "connection lost")
        if not self.seated.done():
            self.seated.set_exception(ConnectionError(self.lost_because))
            return
        counters = self.recorder.counters
        counters.dropped += 1
        counters.drop_reasons[self.lost_because] = counters.drop_reasons.get(self.lost_because, 0) + 1

    def send_input(self, now_s: float) -> None:
        """Send what the motion holds at this time, for the first tick that it can reach."""
        raise NotImplementedError

    def begin_window(self) -> None:
        """The window begins."""
        self.last_state_s = 0.0

    def end_window(self, now_s: float) -> None:
        """The window ends: add what is known only now to the recorder."""
        raise NotImplementedError

    def leave(self) -> None:
        """Close the socket; what comes after is not counted."""
        self.is_leaving = True
        if self.transport is not None:
            self.transport.disconnect()

    def _send(self, payload: bytes) -> None:
        if self.transport is not None:
            counters = self.recorder.counters
            counters.inputs += 1
            counters.bytes_out += len(payload)
            self.transport.send(WSMsgType.BINARY, payload)

    def _note_state(self, now_s: float) -> None:
        recorder = self.recorder
        recorder.counters.state_frames += 1
        if self.last_state_s:
            recorder.interval_s.append(now_s - self.last_state_s)
        self.last_state_s = now_s


class CountingPlayer(Player):
    """Counts frames. One frame stands for one tick: neither floor nor plain ever leaves one out."""

    def __init__(self, recorder: Recorder, motion: Motion) -> None:
        super().__init__(recorder, motion)
        self._tick = 256  # as long on the wire as Tickroom's after the warm-up

    def on_ws_connected(self, transport: WSTransport) -> None:  # noqa: D102
        super().on_ws_connected(transport)
        self.seated.set_result(None)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: D102
        if frame.msg_type == WSMsgType.BINARY:
            counters = self.recorder.counters
            counters.frames += 1
            counters.client_ticks += 1
            counters.bytes_in += frame.payload_size
            self._note_state(time.monotonic())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.disconnect()

    def send_input(self, now_s: float) -> None:
        """As ``Player`` has it; the tick only counts up."""
        if self.motion.is_due(now_s):
            self._tick += 1
            self._send(_pack((INPUT_KIND, self._tick, self.motion.values)))

    def end_window(self, now_s: float) -> None:
        """Nothing that was not counted already."""
        del now_s


class TickroomPlayer(Player):
    """Keeps its tick and its stamp, and with ``game`` a full copy of the state that checks every checksum."""

    def __init__(self, recorder: Recorder, motion: Motion, tick_hz: int, game: GameDescription | None) -> None:
        super().__init__(recorder, motion)
        self.clock = ServerClock(tick_hz)
        self._game = game
        self._replica: Replica | None = None
        self._seat = 0
        self._tick = 0
        self._first_tick = 0
        self._stamp = 0
        self._last_named = 0
        self._flight: deque[tuple[int, float]] = deque(maxlen=INPUTS_IN_FLIGHT)  # tick named, sent at
        self._ping_sent_s = 0.0

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: D102
        if frame.msg_type != WSMsgType.BINARY:
            if frame.msg_type == WSMsgType.CLOSE:
                transport.disconnect()
            return
        now_s = time.monotonic()
        counters = self.recorder.counters
        counters.frames += 1
        counters.bytes_in += frame.payload_size
        message = _unpack(frame.get_payload_as_memoryview())
        kind = message[0]
        if kind in (DELTA_KIND, CHECKED_DELTA_KIND):
            self._note_state(now_s)
            self._tick += (message[1] - self._tick) & TICK_MASK
            change = stamp_change(message, self._seat)
            if change:
                self._stamp += change
                self._acknowledge(now_s)
            if self._replica is not None:
                self._verify(message)
        else:
            self._receive_rest(message, now_s)

    def send_input(self, now_s: float) -> None:
        """As ``Player`` has it; never twice for one tick.

        Naming the tick after it instead would stick: a client that once sent a little late would stay a tick ahead.
        """
        named = int(self.clock.tick_at(now_s + LEAD_S)) + 1
        if named <= self._last_named or not self.motion.is_due(now_s):
            return
        self._last_named = named
        self._flight.append((named, now_s))
        self._send(_pack((INPUT_KIND, named, self.motion.values)))

    def ping(self, now_s: float) -> None:
        """Ask for the server's clock."""
        self._ping_sent_s = now_s
        if self.transport is not None:
            self.transport.send(WSMsgType.BINARY, _pack((PING_KIND, 0)))

    def begin_window(self) -> None:
        """As ``Player`` has it."""
        super().begin_window()
        self._first_tick = self._tick

    def end_window(self, now_s: float) -> None:
        """As ``Player`` has it."""
        counters = self.recorder.counters
        counters.client_ticks += self._tick - self._first_tick
        counters.unanswered_inputs += sum(now_s - sent_s > 1 for _, sent_s in self._flight)

    def _acknowledge(self, now_s: float) -> None:
        flight = self._flight
        while flight and flight[0][0] <= self._stamp:
            self.recorder.ack_s.append(now_s - flight.popleft()[1])

    def _receive_rest(self, message: list[object], now_s: float) -> None:
        kind = message[0]
        if kind == Keyframe.__struct_config__.tag:
            self._receive_keyframe(msgspec.convert(message, Keyframe), now_s)
        elif kind == Pong.__struct_config__.tag:
            pong = msgspec.convert(message, Pong)
            self.clock.observe(pong.tick, pong.age_us, self._ping_sent_s, now_s)
        elif kind == Welcome.__struct_config__.tag:
            self._receive_welcome(msgspec.convert(message, Welcome), now_s)
        elif kind == Error.__struct_config__.tag:
            self.recorder.counters.errors += 1
        elif kind == Closing.__struct_config__.tag:
            self.lost_because = msgspec.convert(message, Closing).reason

    def _receive_welcome(self, welcome: Welcome, now_s: float) -> None:
        self._seat = welcome.seat
        self._tick = welcome.tick
        self.clock.assume(welcome.tick, now_s)
        if self._game is not None:
            self._replica = Replica(self._game.layout(welcome.rows))

    def _receive_keyframe(self, keyframe: Keyframe, now_s: float) -> None:
        self._note_state(now_s)
        if not self.seated.done():
            self.seated.set_result(None)
        self._tick = keyframe.tick
        self._stamp = stamp_in_keyframe(keyframe.values, self._seat)
        self._acknowledge(now_s)
        if self._replica is not None:
            self._replica.load_keyframe(keyframe.tick, keyframe.values, keyframe.rates)

    def _verify(self, message: list[int]) -> None:
        replica = cast(Replica, self._replica)
        try:
            replica.apply_delta(message)
        except OutOfStep as fault:
            self.recorder.counters.mismatches += 1
            if self.transport is not None:
                self.transport.send(WSMsgType.BINARY, _pack((RESYNC_KIND, fault.tick, fault.checksum)))
            return
        self.recorder.counters.checksums += message[0] == CHECKED_DELTA_KIND
        stamp = int(replica.values[self._seat * len(replica.layout.tables[0].columns)])
        if (replica.tick, stamp) != (self._tick, self._stamp):  # the short way of reading and the whole one disagree
            self.recorder.counters.mismatches += 1
