"""The lobby over real sockets: the public sessions as they come, change and go, for whoever subscribes."""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import msgpack
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import CLOSING, ERROR, FINGERPRINT, Talker
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.version import SUBPROTOCOL
from tickroom.server.core.commands import End
from tickroom.server.shell.identity.accounts import AuthMode, AuthSettings
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.lobby import LOOK_EVERY_S
from tickroom.server.shell.node import Node
from tickroom.server.shell.public_list import MOST_LISTED
from tickroom.server.shell.settings import ServerSettings

PONG, LISTED, CHANGED = 11, 21, 22
CODE, STATUS, SEATS, PLAYERS, CONNECTED, WATCHERS, SETTINGS = 0, 2, 3, 4, 5, 6, 8


def toy(server: Running, **settings: object) -> str:
    return server.create(**({"game": "toy", "auto_start": False} | settings))


def subscribe(server: Running) -> Talker:
    return Talker(server.websocket_url, "lobby")


async def change_of(talker: Talker, code: str, item: int, value: object) -> list[Any]:
    """The next listing of a session that says so."""
    while True:
        message = await talker.hear(CHANGED)
        for listing in message[1]:
            if listing[0] == code and listing[item] == value:
                found: list[Any] = listing
                return found


async def until_gone(talker: Talker, code: str) -> None:
    while code not in (await talker.hear(CHANGED))[2]:
        pass


def end(node: Node, code: str) -> None:
    node.queue(node.sessions[code], End(CloseCode.SESSION_ENDED))


async def test_all_public_sessions_come_at_once_and_newest_first(server: Running) -> None:
    hidden = toy(server, public=False)
    first, second = toy(server, seats=3), toy(server, seats=2, tick_hz=20, password="x")
    async with subscribe(server) as talker:
        sessions = (await talker.hear(LISTED))[1]
        codes = [listing[CODE] for listing in sessions]
        assert codes[:2] == [second, first]
        assert hidden not in codes
        assert sessions[0][:8] == [second, "toy", 0, 2, 0, 0, 0, 20]
        assert sessions[0][SETTINGS] == server.ask(lambda node: node.sessions[second].told_settings)
        assert sessions[0][SETTINGS]["password"] == 1


async def test_a_session_appears_fills_plays_and_vanishes(server: Running) -> None:
    async with subscribe(server) as talker:
        await talker.hear(LISTED)
        code = toy(server, seats=2, countdown_s=0)
        assert (await change_of(talker, code, PLAYERS, 0))[SEATS] == 2
        async with Talker(server.websocket_url, code) as ann:
            await ann.hello("Ann")
            await change_of(talker, code, PLAYERS, 1)
            async with Talker(server.websocket_url, code) as eve:
                await eve.say(0, FINGERPRINT, "Eve", None, False, True)
                await change_of(talker, code, WATCHERS, 1)
                await ann.say(2, 1, "configure", [0, 42])
                while (await change_of(talker, code, PLAYERS, 1))[SETTINGS]["start"] != 42:
                    pass
                await ann.say(2, 2, "lock", [1])
                while (await change_of(talker, code, PLAYERS, 1))[SETTINGS]["locked"] != 1:
                    pass
                await ann.say(2, 3, "start", [])
                await change_of(talker, code, STATUS, 1)
        await change_of(talker, code, CONNECTED, 0)
        server.ask(lambda node: end(node, code))
        await until_gone(talker, code)


async def test_only_what_changed_is_told(server: Running) -> None:
    still, busy = toy(server), toy(server)
    async with subscribe(server) as talker:
        await talker.hear(LISTED)
        for _ in range(3):
            async with Talker(server.websocket_url, busy) as ann:
                await ann.hello()
                await change_of(talker, busy, CONNECTED, 1)
                await ann.say(5)
                await ann.closed()
            await change_of(talker, busy, PLAYERS, 0)
        told = [listing[CODE] for message in talker.heard if message[0] == CHANGED for listing in message[1]]
        assert busy in told
        assert still not in told


async def test_changes_come_at_most_four_times_a_second(server: Running) -> None:
    async with subscribe(server) as talker:
        await talker.hear(LISTED)
        began = time.monotonic()
        made = set()
        for _ in range(3):
            made |= {toy(server) for _ in range(5)}  # of many that come between two looks
            await talker.hear(CHANGED)
        changes = [message for message in talker.heard if message[0] == CHANGED]
        assert len(changes) == 3
        assert time.monotonic() - began > 2 * LOOK_EVERY_S - 0.05
        assert any(len(message[1]) > 1 for message in changes), "changes are told together"


async def test_all_subscribers_get_the_same_bytes(server: Running) -> None:
    """Encoded once: what is written to each socket is one object."""
    async with AsyncExitStack() as stack:
        talkers = [await stack.enter_async_context(subscribe(server)) for _ in range(10)]
        for talker in talkers:
            await talker.hear(LISTED)
        written = server.ask(_record)
        code = toy(server)
        for talker in talkers:
            await change_of(talker, code, PLAYERS, 0)
        frames = server.ask(lambda _node: list(written))
        assert len(frames) >= 10
        assert len(frames) == 10 * len({id(frame) for frame in frames})


def _record(node: Node) -> list[Any]:
    written: list[Any] = []
    for subscriber in node.lobby._subscribers:
        tell = subscriber.tell

        def recording(frame: Any, tell: Any = tell) -> None:
            written.append(frame)
            tell(frame)

        subscriber.tell = recording  # type: ignore[method-assign]
    return written


async def test_who_comes_later_misses_nothing_and_gets_nothing_twice(server: Running) -> None:
    async with subscribe(server) as early:
        await early.hear(LISTED)
        code = toy(server)
        async with subscribe(server) as late:
            listed = [listing[CODE] for listing in (await late.hear(LISTED))[1]]
            if code in listed:
                other = toy(server)
                await change_of(late, other, PLAYERS, 0)
                told = [listing[CODE] for message in late.heard if message[0] == CHANGED for listing in message[1]]
                assert code not in told
            else:
                await change_of(late, code, PLAYERS, 0)


async def test_nothing_is_looked_at_when_nobody_subscribes(server: Running) -> None:
    assert server.ask(lambda node: (len(node.lobby), node.lobby.is_looking)) == (0, False)
    async with subscribe(server) as one, subscribe(server) as other:
        await one.hear(LISTED)
        await other.hear(LISTED)
        assert server.ask(lambda node: (len(node.lobby), node.lobby.is_looking)) == (2, True)
        await one.socket.close()
        code = toy(server)
        await change_of(other, code, PLAYERS, 0)
    for _ in range(200):  # the server hears of the close a moment later
        if server.ask(lambda node: len(node.lobby)) == 0:
            break
    assert server.ask(lambda node: (len(node.lobby), node.lobby.is_looking)) == (0, False)
    async with subscribe(server) as again:
        assert code in [listing[CODE] for listing in (await again.hear(LISTED))[1]]


async def test_ping_is_answered_and_nothing_else_is_understood(server: Running) -> None:
    async with subscribe(server) as talker:
        await talker.hear(LISTED)
        await talker.say(3, 4_000_000_000)
        assert await talker.hear(PONG) == [PONG, 4_000_000_000, 0, 0]
        for message in ([0, FINGERPRINT, "Ann"], [1, 5, [1]], [2, 1, "start", []], [6, 1, 0, "hi"], [3, -1], [99]):
            await talker.say(*message)
            assert (await talker.hear(ERROR))[1] == ErrorCode.MALFORMED
        for _ in range(4):
            await talker.say_raw(b"\xc1")
        assert await talker.closed() == (4008, "bad_messages")


async def test_text_is_1003_and_an_oversized_message_1009(server: Running) -> None:
    async with subscribe(server) as talker:
        await talker.say_raw("hello")
        assert (await talker.closed())[0] == 1003
    async with subscribe(server) as talker:
        await talker.say_raw(b"\x00" * 4097)
        assert (await talker.closed())[0] == 1009


@pytest.mark.parametrize("subprotocol", ["tickroom.2", None])
async def test_another_protocol_version_is_4006(server: Running, subprotocol: str | None) -> None:
    async with Talker(server.websocket_url, "lobby", subprotocol) as stranger:
        assert await stranger.closed() == (4006, "version_mismatch")
        assert stranger.heard == [[CLOSING, 4006, "version_mismatch", False, ""]]


async def test_a_page_of_another_origin_is_turned_away(server: Running) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    async with connect(
        f"{server.websocket_url}/ws/lobby", subprotocols=[Subprotocol(SUBPROTOCOL)], additional_headers=headers
    ) as socket:
        assert msgpack.unpackb(await socket.recv())[:3] == [CLOSING, 4003, "not_allowed"]


class _Full:
    """A socket that takes nothing: what a full kernel buffer looks like."""

    writable = False

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    def write(self, frame: Any) -> None:
        raise AssertionError("something was written to a socket that takes nothing")

    def close(self, code: int, reason: str = "") -> None:
        self.socket.close(code, reason)


def _fill(node: Node) -> None:
    for subscriber in node.lobby._subscribers:
        subscriber._socket = _Full(subscriber._socket)  # type: ignore[assignment]


async def test_who_reads_late_gets_all_that_waited_in_order(server: Running) -> None:
    async with subscribe(server) as slow:
        await slow.hear(LISTED)
        server.ask(_fill)
        async with subscribe(server) as quick:
            await quick.hear(LISTED)
            codes = []
            for _ in range(2):
                codes.append(toy(server))
                await change_of(quick, codes[-1], PLAYERS, 0)
            server.ask(_drain)
            told: list[str] = []
            while len(told) < 2:
                told += [listing[CODE] for listing in (await slow.hear(CHANGED))[1] if listing[CODE] in codes]
            assert told == codes


def _drain(node: Node) -> None:
    for subscriber in node.lobby._subscribers:
        if isinstance(subscriber._socket, _Full):
            subscriber._socket = subscriber._socket.socket
            subscriber.drained()


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
async def test_who_does_not_read_is_4009_and_the_others_go_on(fast: bool) -> None:
    settings = ServerSettings(fact_queue_messages=2, fast_path=fast)
    with running(settings, {"toy": ToyGame()}) as server:
        async with subscribe(server) as slow:
            await slow.hear(LISTED)
            server.ask(_fill)
            async with subscribe(server) as quick:
                await quick.hear(LISTED)
                for _ in range(3):
                    await change_of(quick, toy(server), PLAYERS, 0)
                assert await slow.closed() == (4009, "too_slow")
                await change_of(quick, toy(server), PLAYERS, 0)
        assert server.get("/api/stats")[1]["closes"] == {"too_slow": 1}


async def _open_and_never_read(server: Running) -> asyncio.StreamWriter:
    """A subscriber behind the smallest buffers there are, who stops reading after the handshake."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)  # before it connects, or the kernel keeps its own
    raw.setblocking(False)
    await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", urlsplit(server.url).port))
    reader, writer = await asyncio.open_connection(sock=raw, limit=1024)
    key = base64.b64encode(bytes(16)).decode()
    head = "GET /ws/lobby HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    head += f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
    writer.write(head.encode())
    assert b" 101 " in await reader.readuntil(b"\r\n")
    return writer


def _lock_all(node: Node) -> None:
    for session in node.sessions.values():
        session.locked = not session.locked


async def test_a_real_socket_that_is_never_read_is_closed_and_its_bytes_do_not_add_up() -> None:
    with running(ServerSettings(fact_queue_messages=2), {"toy": ToyGame()}) as server:
        for _ in range(MOST_LISTED):
            toy(server, seats=1)
        slow = await _open_and_never_read(server)
        async with subscribe(server) as quick:
            await quick.hear(LISTED)
            changes = 0
            while server.ask(lambda node: node.statistics.closes.get("too_slow", 0)) == 0:
                assert changes < 60
                server.ask(_lock_all)  # all are another now: some 40 KB for each subscriber
                assert len((await quick.hear(CHANGED))[1]) == MOST_LISTED
                changes += 1
            assert changes > 2, "what its buffers hold is not counted against it"
            assert server.ask(lambda node: len(node.lobby)) <= 2
        slow.transport.abort()


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
async def test_the_newest_are_listed_and_older_ones_take_a_place_that_became_free(fast: bool) -> None:
    settings = ServerSettings(fast_path=fast)
    with running(settings, {"toy": ToyGame()}) as server:
        codes = [toy(server, seats=1) for _ in range(MOST_LISTED + 1)]
        async with subscribe(server) as talker:
            listed = [listing[CODE] for listing in (await talker.hear(LISTED))[1]]
            assert listed == codes[:0:-1]
            server.ask(lambda node: end(node, codes[-1]))
            change = await talker.hear(CHANGED)
            assert [listing[CODE] for listing in change[1]] == [codes[0]]
            assert change[2] == [codes[-1]]


async def test_limits_count_subscribers_as_connections() -> None:
    limits = Limits(connections_per_address=2)
    with running(ServerSettings(limits=limits, max_connections=10), {"toy": ToyGame()}) as server:
        async with subscribe(server) as one, subscribe(server) as other:
            await one.hear(LISTED)
            await other.hear(LISTED)
            async with subscribe(server) as third:
                assert await third.closed() == (4029, "rate_limited")
            assert server.get("/api/stats")[1]["connections"] == 2
    with running(ServerSettings(max_connections=1), {"toy": ToyGame()}) as server:
        async with subscribe(server) as one:
            await one.hear(LISTED)
            async with subscribe(server) as other:
                assert await other.closed() == (1013, "try_again_later")


async def test_pings_beyond_the_budget_get_a_word_and_then_the_door() -> None:
    limits = Limits(other_messages_per_second=5, breaches_allowed=3)
    with running(ServerSettings(limits=limits), {"toy": ToyGame()}) as server:
        async with subscribe(server) as talker:
            await talker.hear(LISTED)
            for echo in range(40):
                await talker.say(3, echo)
            assert await talker.closed() == (4029, "rate_limited")
            assert (ERROR, ErrorCode.RATE_LIMITED) in [tuple(message[:2]) for message in talker.heard]


async def test_who_needs_an_account_for_the_list_needs_one_here() -> None:
    auth = AuthSettings(mode=AuthMode.REQUIRED, secret=b"s" * 32)
    with running(ServerSettings(auth=auth), {"toy": ToyGame()}) as server:
        assert server.get("/api/sessions")[0] == 401
        async with subscribe(server) as stranger:
            assert await stranger.closed() == (4001, "not_authenticated")
            assert [message[0] for message in stranger.heard] == [CLOSING]


async def test_a_shutdown_is_told() -> None:
    with running(ServerSettings(), {"toy": ToyGame()}) as server:
        async with subscribe(server) as talker:
            await talker.hear(LISTED)
            asyncio.run_coroutine_threadsafe(server.node.shut_down(), server.loop)
            assert await talker.closed() == (4010, "shutting_down")
            assert talker.heard[-1] == [CLOSING, 4010, "shutting_down", True, ""]
