"""The usual way, for comparison: Starlette on uvicorn, one asyncio task a session, one ``send_bytes`` for each player.

No game but positions that add up; every state holds all players, encoded once for a session and tick. What it leaves
out is in its favour: no walls, no items, no seats, no limits.

    python -m tickroom.simulations.loadtest.plain 20        prints "Plain serves http://127.0.0.1:PORT"
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import AsyncIterator

import msgpack
import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

STATE_KIND = 2


class Room:
    """A session's players and the task that tells them where everybody is."""

    def __init__(self, tick_hz: int) -> None:
        self.sockets: dict[int, WebSocket] = {}
        self.players: dict[int, list[int]] = {}  # last input's tick, x, y, direction x, direction y
        self._interval_s = 1 / tick_hz
        self._tick = 256

    async def run(self) -> None:
        """Tick until cancelled; a tick that is late is made up for at once."""
        due_s = time.monotonic()
        while True:
            due_s += self._interval_s
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            self._tick += 1
            for player in self.players.values():
                player[1] += player[3]
                player[2] += player[4]
            positions = [player[:3] for player in self.players.values()]
            payload = msgpack.packb([STATE_KIND, self._tick, positions])
            for seat, websocket in list(self.sockets.items()):
                try:
                    await websocket.send_bytes(payload)
                except WebSocketDisconnect:
                    self.remove(seat)

    def remove(self, seat: int) -> None:
        """Somebody has gone."""
        self.sockets.pop(seat, None)
        self.players.pop(seat, None)


def build_app(tick_hz: int) -> Starlette:
    """The application: ``/ws/{room}/{seat}``."""
    rooms: dict[str, Room] = {}
    tasks: set[asyncio.Task[None]] = set()

    async def play(websocket: WebSocket) -> None:
        await websocket.accept()
        room = rooms.get(websocket.path_params["room"])
        if room is None:
            room = rooms[websocket.path_params["room"]] = Room(tick_hz)
            tasks.add(asyncio.create_task(room.run()))
        seat = int(websocket.path_params["seat"])
        room.sockets[seat] = websocket
        player = room.players[seat] = [0, 0, 0, 0, 0]
        try:
            async for message in websocket.iter_bytes():
                _, tick, values = msgpack.unpackb(message)
                player[0], player[3], player[4] = tick, values[0], values[1]
        finally:
            room.remove(seat)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        for task in tasks:
            task.cancel()

    return Starlette(routes=[WebSocketRoute("/ws/{room}/{seat}", play)], lifespan=lifespan)


def main() -> None:
    """Serve on a free port of the loopback until a signal says stop."""
    tick_hz = int(sys.argv[1])
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(2048)
        print(f"Plain serves http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(
            build_app(tick_hz), log_level="critical", access_log=False, timeout_graceful_shutdown=1, backlog=2048
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
