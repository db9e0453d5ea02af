"""A client for tests that says exactly what it is told: `websockets` and `msgpack`, not our own client."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import msgpack
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.server.core.toy_game import ToyGame
from tickroom.protocol.version import SUBPROTOCOL

FINGERPRINT = ToyGame.schema.fingerprint
WELCOME, KEYFRAME, REPLY, ERROR, CLOSING = 0, 1, 5, 6, 13


class Talker:
    """One socket to a session of the toy game."""

    def __init__(self, websocket_url: str, code: str, subprotocol: str | None = SUBPROTOCOL) -> None:
        offered = None if subprotocol is None else [subprotocol]
        self._connecting = connect(f"{websocket_url}/ws/{code}", subprotocols=offered, compression=None)  # type: ignore[arg-type]
        self.heard: list[list[Any]] = []

    async def __aenter__(self) -> Self:
        self.socket: ClientConnection = await self._connecting
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def say(self, *message: Any) -> None:
        await self.socket.send(msgpack.packb(message))

    async def say_raw(self, payload: bytes | str) -> None:
        await self.socket.send(payload)

    async def hello(self, nickname: str = "Ann", token: str | None = None) -> list[Any]:
        """Say hello; the welcome."""
        await self.say(0, FINGERPRINT, nickname, token)
        return await self.hear(WELCOME)

    async def hear(self, kind: int) -> list[Any]:
        """The next message of a kind; others are kept in ``heard``."""
        while True:
            message: list[Any] = msgpack.unpackb(await self.socket.recv())
            self.heard.append(message)
            if message[0] == kind:
                return message

    async def closed(self) -> tuple[int, str]:
        """Read until the server closes: code and reason."""
        try:
            while True:
                self.heard.append(msgpack.unpackb(await self.socket.recv()))
        except ConnectionClosed:
            assert self.socket.close_code is not None
            return self.socket.close_code, self.socket.close_reason or ""
