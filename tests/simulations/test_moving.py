"""A session that is on another node, or goes there: what the Python client and its bots do with close code 4016."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Closing, encode
from tickroom.protocol.version import SUBPROTOCOL
from tickroom.simulations.bots import bot as bot_module
from tickroom.simulations.bots.bot import BehaviourName, Bot, backoff_s, make_behaviour
from tickroom.simulations.client import Client
from tickroom.simulations.errors import CannotConnect, ConnectionClosed
from tickroom.simulations.session import Session

NOBODY = "ws://127.0.0.1:1/ws/AAAAAA"  # nothing listens on port 1


class WrongNode:
    """A node that has no session and says where each is. ``asked``: how often it was."""

    def __init__(self, says: str) -> None:
        self.says = says
        self.asked = 0
        self.url = ""

    async def answer(self, socket: ServerConnection) -> None:
        self.asked += 1
        await socket.recv()
        await socket.send(encode(Closing(CloseCode.MOVED, "moved", True, self.says)))
        await socket.close(CloseCode.MOVED, "moved")


@asynccontextmanager
async def wrong_node(says: str) -> AsyncIterator[WrongNode]:
    node = WrongNode(says)
    async with serve(node.answer, "127.0.0.1", 0, subprotocols=[SUBPROTOCOL]) as server:  # type: ignore[list-item]
        node.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws/AAAAAA"
        yield node


def come_by(client: Client, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this be the client's own address for WebSockets; HTTP stays where it is."""
    monkeypatch.setattr(client, "_websocket_url", lambda _: url)


def move(client: Client, session: Session, url: str) -> None:
    """What a node tells whose session goes elsewhere."""
    session.receive(encode(Closing(CloseCode.MOVED, "moved", True, url)))
    client.drop(session)


async def test_a_wrong_node_is_believed_once(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        home = client.address(ann)
        async with wrong_node(home) as wrong:
            come_by(client, wrong.url, monkeypatch)
            bob = await client.join(ann.code, "Bob")
            assert (wrong.asked, bob.seat, client.address(bob)) == (1, 1, home)
            assert (await client.watch(ann.code)).is_watching


async def test_two_wrong_nodes_send_nobody_round_in_circles(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        async with wrong_node("") as one, wrong_node("") as other:
            one.says, other.says = other.url, one.url
            come_by(client, one.url, monkeypatch)
            with pytest.raises(ConnectionClosed) as closed:
                await client.join(ann.code, "Bob")
            assert (one.asked, other.asked) == (1, 1)
            assert (closed.value.code, closed.value.moved_to, closed.value.retryable) == (4016, one.url, True)


async def test_a_player_follows_a_session_to_where_it_went(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        come_by(client, NOBODY, monkeypatch)
        home = client.address(ann)
        move(client, ann, home)
        closed = await ann.wait_closed()
        assert (closed.code, closed.url) == (CloseCode.MOVED, home)
        again = await client.resume(ann, "Ann")
        assert (again.player, again.seat, client.address(again)) == (ann.player, ann.seat, home)


async def test_where_nobody_answers_one_goes_back_to_ones_own_address(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        for there in (NOBODY, "nonsense"):
            home = client.address(ann)
            move(client, ann, there)
            await ann.wait_closed()
            ann = await client.resume(ann, "Ann")
            assert client.address(ann) == home


async def test_where_it_moved_on_again_one_goes_back_to_ones_own_address(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        async with wrong_node(NOBODY) as wrong:
            move(client, ann, wrong.url)
            await ann.wait_closed()
            assert (await client.resume(ann, "Ann")).seat == ann.seat
            assert wrong.asked == 1


async def test_a_refusal_there_is_final(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        home = client.address(ann)
        move(client, ann, home)
        await ann.wait_closed()
        with pytest.raises(ConnectionClosed) as refused:
            await client.join(ann.code, token="not-a-token", moved_to=home)
        assert refused.value.code == CloseCode.NOT_AUTHENTICATED


async def test_a_bot_follows_without_waiting(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def cannot_wait(failures: int, chance: float) -> float:
        raise AssertionError("it waits")

    monkeypatch.setattr(bot_module, "backoff_s", cannot_wait)
    async with Client(server_url) as client:
        watcher = await client.create(seats=2)
        bot = Bot(client, watcher.code, "Bot", make_behaviour(BehaviourName.IDLE, 3))
        playing = asyncio.create_task(bot.run())
        await watcher.until(lambda it: bot.session is not None and bot.session.is_in_step)
        first = bot.session
        assert first is not None
        move(client, first, client.address(first))
        await watcher.until(lambda it: bot.report.rejoins == 1)
        assert bot.session is not None
        assert (bot.session.player, bot.session.seat) == (first.player, first.seat)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_bot_leaves_a_server_that_has_fallen_silent(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with Client(server_url) as client:
        watcher = await client.create(seats=2)
        bot = Bot(client, watcher.code, "Bot", make_behaviour(BehaviourName.IDLE, 3))
        playing = asyncio.create_task(bot.run())
        await watcher.until(lambda it: bot.session is not None and bot.session.is_in_step)
        assert bot.session is not None
        monkeypatch.setattr(client._links[bot.session], "on_message", lambda payload: None)
        await watcher.until(lambda it: bot.report.rejoins == 1, timeout_s=20)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


def test_bots_wait_little_at_first_and_more_when_it_lasts() -> None:
    longest = [backoff_s(failures, 1.0) for failures in range(1, bot_module.RETRIES + 1)]
    assert longest[:3] == [0.5, 0.75, 0.75]
    assert sum(longest[: bot_module.SOON_RETRIES]) / 2 >= 3, "a takeover has that long, by chance"
    assert longest[-1] == 5.0
    assert backoff_s(5, 0.0) == 0.0


async def test_nobody_at_the_address_where_it_should_be_and_none_at_ours() -> None:
    async with Client("http://127.0.0.1:1") as client:
        with pytest.raises(CannotConnect):
            await client.join("AAAAAA", moved_to=NOBODY)
