"""One connection through the network: two sockets, and a pipe in each direction.

    client's End ──> up: Pipe (Lane, sender task) ──> server's End
    client's End <── down: Pipe                   <── server's End

The end of a stream (FIN) and its breaking off (RST) take the pipe like bytes: the other side learns of them with the
network's delay, and not during a stall.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable

from tickroom.simulations.network.conditions import Lane
from tickroom.simulations.network.counts import Counts, WayCounts

PIPE_MAX_BYTES = 1 << 20  # on the way in one direction; more is not read, so that TCP holds the sender back
LOOPBACK = "127.0.0.1"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close sends RST
_END_OF_STREAM = b""

Clock = Callable[[], int]


class End(asyncio.Protocol):
    """One socket: what it reads goes into ``pipe``."""

    def __init__(self, pipe: Pipe) -> None:
        self.transport: asyncio.Transport | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self._pipe = pipe
        self._stream_ended = False
        self._reset_at_once = False  # asked for before the socket was handed over

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._reset_at_once:
            self.reset()

    def data_received(self, data: bytes) -> None:
        """Into the pipe; not on, while that is full."""
        self._pipe.feed(data)
        if self._pipe.full and self.transport is not None:
            self.transport.pause_reading()

    def eof_received(self) -> bool:
        """The peer sends no more, but may still read."""
        self._stream_ended = True
        self._pipe.feed(_END_OF_STREAM)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        """The peer is gone; unless its stream had ended, or the socket was closed here, it broke off."""
        self.writable.set()
        if not self._stream_ended or error is not None:
            self._pipe.break_off()

    def pause_writing(self) -> None:
        """See asyncio.Protocol."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """See asyncio.Protocol."""
        self.writable.set()

    def go_on_reading(self) -> None:
        """There is room again."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Write, if anybody is there."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def end_stream(self) -> None:
        """Send no more (FIN)."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write_eof()

    def close(self) -> None:
        """Close after what was written."""
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        """Break off (RST)."""
        if self.transport is None:
            self._reset_at_once = True
        elif not self.transport.is_closing():
            raw = self.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.transport.abort()


class Pipe:
    """One direction of one connection."""

    def __init__(self, lane: Lane, clock: Clock, counts: Counts, way_counts: WayCounts) -> None:
        self._lane = lane
        self._clock = clock
        self._counts = counts
        self._way_counts = way_counts
        self.ended = asyncio.Event()  # the end of the stream has been delivered
        self._filled = asyncio.Event()
        self._broken_off = False

    @property
    def full(self) -> bool:
        """Whether the source should read no more."""
        return self._lane.queued_bytes > PIPE_MAX_BYTES

    def feed(self, chunk: bytes) -> None:
        """A chunk, or the stream's end, enters the network."""
        self._lane.arrive(chunk, self._clock())
        self._filled.set()

    def break_off(self) -> None:
        """The source broke off; the sink will, when that has crossed."""
        self._broken_off = True
        self.feed(_END_OF_STREAM)

    async def send_to(self, source: End, sink: End) -> None:
        """Deliver until a break has been delivered; after the end of the stream that alone can still come."""
        while True:
            due_us = self._lane.due_us()
            if due_us is None:
                self._filled.clear()
                await self._filled.wait()
                continue
            now_us = self._clock()
            if due_us > now_us:
                # Conditions that change meanwhile can only make it later: what comes out is asked again after this.
                await asyncio.sleep((due_us - now_us) / 1_000_000)
                continue
            was_full = self.full
            for delivery in self._lane.take(now_us):
                if delivery.chunk:
                    self._counts.record(self._way_counts, delivery, now_us)
                    sink.write(delivery.chunk)
                elif self._broken_off:
                    sink.reset()
                    return
                else:
                    sink.end_stream()
                    self.ended.set()
            if was_full and not self.full:
                source.go_on_reading()
            await sink.writable.wait()


class Crossing:
    """One client's connection, from its being accepted on."""

    def __init__(self, up: Pipe, down: Pipe) -> None:
        self.client = End(up)
        self._server = End(down)
        self._up = up
        self._down = down

    async def run(self, port: int) -> None:
        """Connect to the server and carry both streams until both have ended. Raises OSError: no server there."""
        await asyncio.get_running_loop().create_connection(lambda: self._server, LOOPBACK, port)
        tasks = [
            asyncio.create_task(self._up.send_to(self.client, self._server)),
            asyncio.create_task(self._down.send_to(self._server, self.client)),
            asyncio.create_task(self._until_both_ended()),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self.client.close()
        self._server.close()

    async def _until_both_ended(self) -> None:
        await self._up.ended.wait()
        await self._down.ended.wait()

    def reset(self) -> None:
        """Break off both sides."""
        self.client.reset()
        self._server.reset()
