"""The fast path: frames parsed and written by picows, the rest of RFC 6455 done here clause by clause.

    OPEN ----- close() -----> CLOSING ---- peer's Close, or CLOSE_DEADLINE_S ---> ENDING --> GONE
      |                          |
      |--- peer's Close: echo ---|-----------------------------------------------> ENDING --> GONE
      '--- peer's fault ---------'-----> LINGERING ---- peer's FIN, or LINGER_S --> GONE

Any state goes to GONE when TCP is lost. What is sent: data in OPEN alone (5.5.1: no data after a Close), pongs in OPEN
and CLOSING (5.5.2: every Ping until the peer's Close).
"""

import asyncio
import enum
import logging
import socket as system_socket
import struct
from collections.abc import Callable
from typing import Final, cast

from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tickroom.server.shell.sockets import limits, rfc6455
from tickroom.server.shell.sockets.deadlines import Deadlines
from tickroom.server.shell.sockets.frame import BINARY, HEADROOM_BYTES, Frame
from tickroom.server.shell.sockets.interface import DirectWrite, Receiver
from tickroom.server.shell.sockets.lingering import Discard
from tickroom.server.shell.sockets.picows_parser import attach_parser, feed
from tickroom.server.shell.sockets.rfc6455 import Assembly, PeerFault

logger = logging.getLogger(__name__)

try:
    from websockets.speedups import apply_mask
except ImportError:  # a platform without its compiled part
    from websockets.utils import apply_mask

_WHOLE_BINARY: Final = 0x82
_MASKED: Final = 0x80
_SMALL_HEADER_BYTES: Final = 6  # two bytes and the mask: the header of a client's frame with up to 125 bytes
_SMALL_BYTES: Final = 125


class _State(enum.Enum):
    OPEN = 0
    CLOSING = 1
    LINGERING = 2
    ENDING = 3
    GONE = 4


class FastSocket(WSListener):
    """A :class:`~.interface.Socket` over picows; picows' listener at the same time, to be one object fewer."""

    __slots__ = (
        "_assembly",
        "_at_ease",
        "_between_frames",
        "_deadlines",
        "_ended",
        "_gone",
        "_late_bytes",
        "_max_message_bytes",
        "_open",
        "_outcome",
        "_parser",
        "_ping_interval_s",
        "_ping_sent",
        "_ping_timeout_s",
        "_pong_owed",
        "_receiver",
        "_reported",
        "_send",
        "_state",
        "_transport",
        "_ws",
        "deadline",
        "reading",
        "writable",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        receiver: Receiver,
        deadlines: Deadlines,
        *,
        max_message_bytes: int,
        ping_interval_s: float | None,
        ping_timeout_s: float | None,
        gone: Callable[[], None],
    ) -> None:
        """Take ``transport`` over from the protocol that did the opening handshake.

        ``gone`` is called once, when TCP is closed. Pings are sent when both times are set.
        """
        self.deadline: int | None = None
        self.reading = True
        self._transport = transport
        self._receiver = receiver
        self._deadlines = deadlines
        self._max_message_bytes = max_message_bytes
        self._ping_interval_s = ping_interval_s if ping_timeout_s else None
        self._ping_timeout_s = ping_timeout_s
        self._gone = gone
        self._ended = asyncio.Event()
        self._assembly: Assembly | None = None
        self._ping_sent: bytes | None = None
        self._pong_owed: bytes | None = None
        self._outcome: tuple[int, str] | None = None
        self._reported = False
        self._late_bytes = 0
        self._state = _State.OPEN
        self._open = True
        self._between_frames = True
        self._at_ease = max_message_bytes >= _SMALL_BYTES
        self._parser = attach_parser(
            transport, self, max_frame_bytes=max_message_bytes, peer_failed=self._parser_failed
        )
        transport.set_protocol(cast(asyncio.Protocol, self))
        self.writable = not transport.get_write_buffer_size()
        _bound_kernel_buffer(transport)
        # From here on pause_writing comes with the first byte that the kernel refuses. Through TLS the transport takes
        # "high" for "at least", so that 0 would mean always paused.
        over_tls = transport.get_extra_info("ssl_object") is not None
        transport.set_write_buffer_limits(high=1 if over_tls else 0, low=0)
        if self._ping_interval_s:
            deadlines.set(self, deadlines.spread(self._ping_interval_s))

    # ---- Socket: what the gateway calls

    def write(self, frame: Frame) -> None:
        """See :meth:`~.interface.Socket.write`. Which way is cheapest: docs/decisions/0003."""
        if self._open:
            buffer = frame.buffer
            if buffer is not None:
                self._send(BINARY, buffer, HEADROOM_BYTES)  # type: ignore[arg-type]  # an int does
            else:
                self._transport.write(frame.wire)

    @property
    def direct_write(self) -> DirectWrite | None:
        """See :meth:`~.interface.Socket.direct_write`."""
        return cast(DirectWrite, self._send)

    def buffered_bytes(self) -> int:
        """See :meth:`~.interface.Socket.buffered_bytes`."""
        return 0 if self._state is _State.GONE else self._transport.get_write_buffer_size()

    def close(self, code: int, reason: str = "") -> None:
        """See :meth:`~.interface.Socket.close`."""
        if not rfc6455.may_be_sent(code):
            raise ValueError(f"close code {code} may not be sent")
        self._close(code, reason, limits.CLOSE_DEADLINE_S)

    def pause_reading(self) -> None:
        """See :meth:`~.interface.Socket.pause_reading`."""
        if self._open and self.reading:
            self.reading = False
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """See :meth:`~.interface.Socket.resume_reading`."""
        if not self.reading:
            self.reading = True
            if self._state is not _State.GONE:
                self._transport.resume_reading()

    async def wait_closed(self) -> None:
        """See :meth:`~.interface.Socket.wait_closed`."""
        await self._ended.wait()

    # ---- what the protocol class calls

    def shut_down(self) -> None:
        """The server goes down: 1012, and less patience."""
        self._close(rfc6455.SERVICE_RESTART, "", limits.SHUTDOWN_DEADLINE_S)
        if self._state is not _State.GONE:
            self._deadlines.set(self, limits.SHUTDOWN_DEADLINE_S)

    # ---- asyncio.Protocol: what the event loop calls

    def data_received(self, data: bytes) -> None:
        """Take what one read brought: nearly always one small frame, whole. That one is read here, the rest by picows.

        It touches a fraction of the memory that a parser with a buffer does, which is what counts with thousands of
        sockets: nothing of a socket is in a cache when its turn comes (docs/decisions/0003).
        """
        size = len(data) - _SMALL_HEADER_BYTES
        if (
            self._at_ease
            and 0 <= size <= _SMALL_BYTES
            and data[0] == _WHOLE_BINARY  # 5.2: FIN, no reserved bit, binary
            and data[1] == _MASKED | size  # 5.1: masked; 5.2: the length is the rest, and in its shortest form
        ):
            try:
                self._receiver.message_received(apply_mask(data[_SMALL_HEADER_BYTES:], data[2:_SMALL_HEADER_BYTES]))
            except Exception:  # as in _tell
                logger.exception("receiver failed on a message")
                self._close(rfc6455.INTERNAL_ERROR, "", limits.CLOSE_DEADLINE_S)
        else:
            self.feed(data)

    def feed(self, received: bytes) -> None:
        """Have picows read bytes: frames that are large, in pieces, several at once, or anything but binary."""
        if self._state is _State.CLOSING:
            self._late_bytes += len(received)
            if self._late_bytes > limits.CLOSING_BYTES:
                self._give_up()
                return
        rest = memoryview(received)
        while rest and (self._open or self._state is _State.CLOSING):
            self._between_frames = self._at_ease = False  # unless on_ws_frame finds nothing behind the last frame
            rest = rest[feed(self._parser, rest) :]
        # At ease: open, between two frames and (5.4) between two messages, so that a small whole frame is a message.
        small_fits = self._max_message_bytes >= _SMALL_BYTES
        self._at_ease = self._open and self._between_frames and self._assembly is None and small_fits

    def eof_received(self) -> None:
        """The peer will send no more: the transport closes itself."""

    def connection_lost(self, exc: Exception | None) -> None:
        """TCP is closed; picows has to know as well, for it owns the sending."""
        self._parser.connection_lost(exc)

    # ---- Waiter: what the deadlines call

    def deadline_reached(self) -> None:
        """Ping, or give the peer up, by the state."""
        if self._state is _State.OPEN and self._ping_interval_s:
            if self._ping_sent is None:
                self._ping()
                return
            if not self.reading:
                # Its pong may well lie in the kernel, where we chose not to look.
                self._deadlines.set(self, self._ping_interval_s)
                return
        # OPEN: a dead peer (5.5.2 gives Ping as keep-alive). CLOSING, ENDING, LINGERING: it had its time.
        self._give_up()

    def _give_up(self) -> None:
        if self._state is not _State.GONE:
            self._report_end()
            self._state = _State.ENDING
            self._open = self._at_ease = self.writable = False
            self._transport.abort()

    def _ping(self) -> None:
        assert self._ping_timeout_s is not None
        # Any payload not sent before will do: the count of bytes and the slot are as good as chance here.
        self._ping_sent = struct.pack("!I", self._deadlines.turn & 0xFFFFFFFF)
        # At most one ping is in the buffer at a time: without its pong there is no next.
        self._transport.write(rfc6455.encode_control(rfc6455.PING, self._ping_sent))
        self._deadlines.set(self, self._ping_timeout_s)

    # ---- WSListener: what picows calls

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Within :func:`attach_parser`."""
        self._ws = transport
        self._send = transport.send_reuse_external_bytearray

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:  # noqa: ARG002 - picows' signature
        """Take one frame, unmasked.

        Checked by picows: opcode known, masked (5.1), length minimal and in bounds (5.2), control frames short and
        whole (5.5).
        """
        self._between_frames = not frame.tail_size
        if self._open or self._state is _State.CLOSING:
            try:
                self._receive(frame)
            except PeerFault as fault:
                self._fail(fault.code, str(fault))
        # Else 7.1.7 and 5.5.1: after a fault or the peer's Close, nothing more is looked at.

    def on_ws_disconnected(self, transport: WSTransport) -> None:  # noqa: ARG002 - picows' signature
        """Within :meth:`connection_lost`."""
        self.lost()

    def pause_writing(self) -> None:
        """The kernel refused a byte."""
        if self.writable:
            self.writable = False
            self._tell(self._receiver.stalled)

    def resume_writing(self) -> None:
        """Every byte has left."""
        if self._pong_owed is not None:
            pong, self._pong_owed = self._pong_owed, None
            self._transport.write(rfc6455.encode_control(rfc6455.PONG, pong))
            if self._transport.get_write_buffer_size():
                return
        if self._open:
            self.writable = True
            self._tell(self._receiver.drained)

    # ---- receiving

    def _receive(self, frame: WSFrame) -> None:
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            # 5.2: MUST be 0 unless an extension is negotiated, and none is; else MUST fail the connection.
            raise PeerFault(rfc6455.PROTOCOL_ERROR, "reserved bit set")
        payload = frame.get_payload_as_bytes()
        match frame.msg_type:
            case WSMsgType.PING:
                self._pong(payload)
            case WSMsgType.PONG:
                self._pong_received(payload)
            case WSMsgType.CLOSE:
                self._close_received(payload)
            case kind if self._open:
                self._data_received(kind, bool(frame.fin), payload)
            # Else data after our own Close: 1.4, the peer had not seen it yet; thrown away.

    def _data_received(self, kind: WSMsgType, fin: bool, payload: bytes) -> None:
        assembly = self._assembly
        if kind is WSMsgType.CONTINUATION:
            if assembly is None:
                # 5.4: a continuation continues something.
                raise PeerFault(rfc6455.PROTOCOL_ERROR, "continuation of nothing")
            assembly.append(payload)
        elif assembly is not None:
            # 5.4: "The fragments of one message MUST NOT be interleaved between the fragments of another message".
            raise PeerFault(rfc6455.PROTOCOL_ERROR, "new message inside a fragmented one")
        else:
            assembly = Assembly(payload, is_text=kind is WSMsgType.TEXT, max_bytes=self._max_message_bytes)
        self._assembly = None if fin else assembly
        if fin:
            self._message_received(assembly)

    def _message_received(self, message: Assembly) -> None:
        data = message.join()
        if message.is_text:
            rfc6455.check_text(data)
            self._tell(self._receiver.text_received)
        else:
            self._tell(lambda: self._receiver.message_received(data))

    def _pong(self, payload: bytes) -> None:
        if not self._transport.get_write_buffer_size():
            self._transport.write(rfc6455.encode_control(rfc6455.PONG, payload))
        else:
            # 5.5.3: only the most recent Ping need be answered, so a flood from a peer that does not read stays small.
            self._pong_owed = payload

    def _pong_received(self, payload: bytes) -> None:
        # 5.5.3: a Pong may come unasked, and "a response to an unsolicited Pong frame is not expected".
        if payload == self._ping_sent and self._open and self._ping_interval_s:
            self._ping_sent = None
            self._deadlines.set(self, self._ping_interval_s)

    # ---- ending

    def _close(self, code: int, reason: str, deadline_s: float) -> None:
        if self._open:
            self._state = _State.CLOSING
            self._open = self._at_ease = self.writable = False
            self._send_close(code, rfc6455.cut_reason(reason))
            self.resume_reading()  # the peer's Close must be read
            self._deadlines.set(self, deadline_s)

    def _send_close(self, code: int, reason: str) -> None:
        self._outcome = (code, reason)
        # Through picows, which sends no Close of its own after this one. Its signature wants its enum, which lacks the
        # application's codes (3000-4999); its code takes any int.
        self._ws.send_close(code, reason)  # type: ignore[arg-type]

    def _close_received(self, payload: bytes) -> None:
        code, reason = rfc6455.parse_close(payload)
        if self._open:
            # 5.5.1: MUST answer with a Close, "typically echos the status code". 1000 answers a Close without a code,
            # because picows cannot send an empty one.
            self._send_close(1000 if code == rfc6455.NO_CODE else code, "")
            self._outcome = (code, reason)
        self._state = _State.ENDING
        self._open = self._at_ease = self.writable = False
        self._report_end()
        # 7.1.1: both Close frames are on their way; the server closes TCP first. What is buffered goes out before.
        self._deadlines.set(self, limits.CLOSE_DEADLINE_S)
        self._transport.close()

    def _parser_failed(self, code: int, text: str) -> None:
        """Answer a malformed frame.

        picows parses one frame ahead. If a Close came right before the garbage, it is parsed but not delivered yet, and
        it counts: 1.4, "after receiving a control frame indicating the connection should be closed, a peer discards any
        further data received". (A data frame right before the garbage is lost with it, as it is in uvicorn's class.)
        """
        received = getattr(self._ws.close_handshake, "recv", None)  # both are None until a Close
        if received is None or not (self._open or self._state is _State.CLOSING):
            self._fail(code, text)
            return
        received_code = int(received.code)
        payload = struct.pack("!H", received_code) + (received.reason or "").encode() if received_code else b""
        try:
            self._close_received(payload)
        except PeerFault as fault:
            self._fail(fault.code, str(fault))

    def _fail(self, code: int, text: str) -> None:
        """7.1.7, Fail the WebSocket Connection: Close with the reason, and look at nothing more."""
        if self._open:
            self._send_close(code, rfc6455.cut_reason(text))
        elif self._state is not _State.CLOSING:  # CLOSING: our Close is out, and no second may follow (5.5.1)
            return
        logger.debug("peer failed: %d %s", code, text)
        self._state = _State.LINGERING
        self._open = self._at_ease = self.writable = False
        self._assembly = None
        self._report_end()
        # 7.1.1: half-close, then read until the peer's end, so that no RST overtakes our Close frame.
        self._deadlines.set(self, limits.LINGER_S)
        self._transport.set_protocol(Discard(flooded=self._give_up, lost=self.lost))
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self.resume_reading()
        else:
            self._transport.close()

    def lost(self) -> None:
        """TCP is closed, for whatever reason."""
        if self._state is not _State.GONE:
            self._state = _State.GONE
            self._open = self._at_ease = self.writable = False
            self._deadlines.clear(self)
            self._report_end()
            self._ended.set()
            self._gone()

    def _report_end(self) -> None:
        if not self._reported:
            self._reported = True
            code, reason = self._outcome or (rfc6455.LOST, "")
            try:
                self._receiver.closed(code, reason)
            except Exception:  # ours: what follows the end of a socket is done all the same
                logger.exception("receiver failed on the end of its socket")

    def _tell(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # ours: it ends this socket, and none of the others that the event loop serves
            logger.exception("receiver failed")
            self._close(rfc6455.INTERNAL_ERROR, "", limits.CLOSE_DEADLINE_S)


def _bound_kernel_buffer(transport: asyncio.Transport) -> None:
    """See :data:`~.limits.SEND_BUFFER_BYTES`. (TCP_NODELAY is set by picows.)"""
    sock = transport.get_extra_info("socket")
    sock.setsockopt(system_socket.SOL_SOCKET, system_socket.SO_SNDBUF, limits.SEND_BUFFER_BYTES)
    if hasattr(system_socket, "TCP_QUICKACK"):
        # picows turns it on: an acknowledgement for each input at once, instead of on the back of the next state.
        sock.setsockopt(system_socket.IPPROTO_TCP, system_socket.TCP_QUICKACK, 0)
