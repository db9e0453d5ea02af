"""Resident memory of an idle connection, with its route's task and Starlette's objects. Linux; ends by itself.

.venv/bin/python tests/server/shell/sockets/measure_memory.py [connections]
"""

import asyncio
import gc
import multiprocessing
import os
import socket
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from tickroom.server.shell.sockets import FastProtocol, open_socket

REQUEST = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


class Silent:
    def message_received(self, data: bytes) -> None: ...
    def text_received(self) -> None: ...
    def stalled(self) -> None: ...
    def drained(self) -> None: ...
    def closed(self, code: int, reason: str) -> None: ...


async def route(websocket: WebSocket) -> None:
    socket = await open_socket(websocket, Silent(), subprotocol=None)
    await socket.wait_closed()


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def serve(path: str, control: Connection) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    app = Starlette(routes=[WebSocketRoute("/ws", route)])
    ws = FastProtocol if path == "fast" else "websockets-sansio"
    server = uvicorn.Server(uvicorn.Config(app, ws=ws, log_level="warning", lifespan="off", loop="uvloop"))

    def report() -> None:
        control.recv()
        gc.collect()
        control.send(resident_bytes())

    async def run() -> None:
        asyncio.get_running_loop().add_reader(control.fileno(), report)
        control.send(listener.getsockname()[1])
        await server.serve(sockets=[listener])

    import uvloop

    uvloop.run(run())


def measure(path: str, connections: int) -> float:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(path, theirs), daemon=True)
    process.start()
    port = ours.recv()

    def asked() -> int:
        ours.send("size")
        return int(ours.recv())

    def connect() -> socket.socket:
        client = socket.create_connection(("127.0.0.1", port))
        client.sendall(REQUEST)
        assert client.recv(4096).startswith(b"HTTP/1.1 101")
        return client

    clients = [connect() for _ in range(100)]  # warm: pools and caches are not the connections'
    before = asked()
    clients += [connect() for _ in range(connections)]
    after = asked()
    process.terminate()
    process.join()
    return (after - before) / connections / 1024


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 800
    for name in ("fast", "plain"):
        print(f"{name:6} {measure(name, count):6.1f} KiB a connection ({count} connections)")
