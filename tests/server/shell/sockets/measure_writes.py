"""CPU of the ways to write a prebuilt frame: the figures of docs/decisions/0003. Linux; ends by itself.

    .venv/bin/python tests/server/shell/sockets/measure_writes.py [clients] [payload bytes] [rounds]

A real uvloop server, pinned to one core, with real loopback clients that a child process on the other cores drains.
Each round runs every way once, in turn, so that a neighbour's noise hits them alike: compare within a run only.
"""

import asyncio
import os
import selectors
import signal
import socket
import statistics
import sys
import time
from collections.abc import Callable
from typing import cast

import uvloop
from picows import WSFrame, WSListener, WSMsgType, WSTransport

from tickroom.server.shell.sockets.frame import HEADROOM_BYTES, build_frame
from tickroom.server.shell.sockets.picows_parser import attach_parser

REPEATS = 5


class Listener(WSListener):
    def __init__(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.descriptor: int = transport.get_extra_info("socket").fileno()
        self.parser = attach_parser(transport, self, max_frame_bytes=4096, peer_failed=lambda code, text: None)
        transport.set_write_buffer_limits(high=0)

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.ws = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        raise AssertionError("the clients are silent")

    def pause_writing(self) -> None:
        raise AssertionError("a client did not keep up: the figures would mean nothing")


class Accepting(asyncio.Protocol):
    def __init__(self, listeners: "asyncio.Queue[Listener]") -> None:
        self._listeners = listeners

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._listeners.put_nowait(Listener(cast(asyncio.Transport, transport)))


def drain(port: int, clients: int) -> None:
    """Read and throw away, until the server is gone."""
    selector = selectors.DefaultSelector()
    for _ in range(clients):
        client = socket.create_connection(("127.0.0.1", port))
        client.setblocking(False)
        selector.register(client, selectors.EVENT_READ, client)
    while True:
        for key, _ in selector.select():
            if not key.data.recv(65536):
                return


def ways(listeners: list[Listener], payload: bytes) -> dict[str, Callable[[], None]]:
    frame = build_frame(payload)
    wire, buffer = frame.wire, frame.buffer
    assert buffer is not None
    both = wire + wire
    direct = [it.transport.write for it in listeners]
    reuse = [it.ws.send_reuse_external_bytearray for it in listeners]
    copy = [it.ws.send for it in listeners]
    descriptors = [it.descriptor for it in listeners]

    def loop_alone() -> None:
        for _ in direct:
            pass

    def transport_write() -> None:
        for write in direct:
            write(wire)

    def picows_reuse() -> None:
        for send in reuse:
            send(WSMsgType.BINARY, buffer, HEADROOM_BYTES)

    def picows_copy() -> None:
        for send in copy:
            send(WSMsgType.BINARY, payload)

    def os_write() -> None:
        for descriptor in descriptors:
            os.write(descriptor, wire)

    def two_transport_writes() -> None:
        for write in direct:
            write(wire)
            write(wire)

    def two_picows_reuse() -> None:
        for send in reuse:
            send(WSMsgType.BINARY, buffer, HEADROOM_BYTES)
            send(WSMsgType.BINARY, buffer, HEADROOM_BYTES)

    def joined_transport_write() -> None:
        for write in direct:
            write(both)

    return {
        way.__name__: way
        for way in (
            loop_alone,
            transport_write,
            picows_reuse,
            picows_copy,
            os_write,
            two_transport_writes,
            two_picows_reuse,
            joined_transport_write,
        )
    }


async def measure(clients: int, payload_bytes: int, rounds: int) -> None:
    accepted: asyncio.Queue[Listener] = asyncio.Queue()
    server = await asyncio.get_running_loop().create_server(lambda: Accepting(accepted), "127.0.0.1", 0)
    cores = sorted(os.sched_getaffinity(0))
    child = os.fork()
    if child == 0:
        os.sched_setaffinity(0, cores[1:] or cores)
        drain(server.sockets[0].getsockname()[1], clients)
        os._exit(0)
    os.sched_setaffinity(0, cores[:1])
    try:
        listeners = [await asyncio.wait_for(accepted.get(), 10) for _ in range(clients)]
        spent: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, way in ways(listeners, os.urandom(payload_bytes)).items():
                start = time.process_time()
                for _ in range(REPEATS):
                    way()
                    await asyncio.sleep(0)
                spent.setdefault(name, []).append((time.process_time() - start) / REPEATS / clients * 1e6)
                await asyncio.sleep(0.01)  # let the child catch up
    finally:
        os.kill(child, signal.SIGKILL)
    print(f"{clients} clients, payload {payload_bytes} bytes, {rounds} rounds; CPU microseconds a client")
    for name, values in spent.items():
        against = statistics.median(a - b for a, b in zip(values, spent["transport_write"], strict=True))
        print(f"  {name:24} median {statistics.median(values):6.2f}   against transport_write {against:+6.2f}")


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    uvloop.run(measure(*(given + [400, 60, 100][len(given) :])))
