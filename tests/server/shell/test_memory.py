"""A connection that is gone leaves nothing for the garbage collector: full collections are rare in a game server."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import KEYFRAME, Talker
from tickroom.server.core.seats import Seat
from tickroom.server.core.session import Session
from tickroom.server.shell.connection import Connection
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.sockets.fast_socket import FastSocket

KINDS = (Connection, FastSocket, Seat, Session)


@pytest.fixture
def server() -> Iterator[Running]:
    with running(ServerSettings(), {"toy": ToyGame()}) as one:
        yield one


def alive() -> dict[str, int]:
    objects = gc.get_objects()
    return {kind.__name__: sum(type(thing) is kind for thing in objects) for kind in KINDS}


async def test_what_is_closed_is_freed_without_a_collection(server: Running) -> None:
    gc.collect()
    before = alive()
    gc.disable()
    try:
        for ending in ("leave", "drop", "abort"):
            code = server.create(game="toy", grace_s=0)
            async with Talker(server.websocket_url, code) as ann:
                await ann.hello()
                await ann.hear(KEYFRAME)
                if ending == "leave":
                    await ann.say(5)
                    await ann.closed()
                elif ending == "abort":
                    ann.socket.transport.abort()
        async with asyncio.timeout(15):
            while (await asyncio.to_thread(server.get, "/api/stats"))[1]["sessions"]:
                pass
        assert alive() == before
    finally:
        gc.enable()
