"""Bots in a real session."""

import asyncio

import pytest

from tickroom.game.arena.schema import PLAYERS
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import Hello
from tickroom.protocol.session_tables import Status
from tickroom.simulations.bots import bot as bot_module
from tickroom.simulations.bots.bot import RETRIES, BehaviourName, Bot, make_behaviour
from tickroom.simulations.client import Client
from tickroom.simulations.errors import ApiRefused, ConnectionClosed
from tickroom.simulations.session import Session


class DroppedAtOnce(Client):
    """A way to a server that welcomes and then cuts the socket, each time."""

    async def _enter(self, code: str, hello: Hello, moved_to: str = "") -> Session:
        session = await super()._enter(code, hello, moved_to)
        if hello.bot:
            self.drop(session)
            await session.wait_closed()
        return session


async def test_greedy_bots_collect(server_url: str) -> None:
    async with Client(server_url) as client:
        watcher = await client.create("Watcher", seats=3, countdown_s=0)
        bots = [
            Bot(client, watcher.code, f"Bot {number}", make_behaviour(BehaviourName.GREEDY, 0)) for number in (1, 2)
        ]
        playing = [asyncio.create_task(bot.run()) for bot in bots]
        scores = PLAYERS.index("score")
        # Both in the same state: the watcher may hold one that has not reached the bots' own sockets yet.
        await watcher.until(
            lambda it: bool(it.table("players")[:, scores].sum() >= 30) and max(bot.score for bot in bots) > 0,
            timeout_s=60,
        )
        assert [member.bot for member in watcher.roster.values()] == [False, True, True]
        for task in playing:
            task.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
        await watcher.until(lambda it: len(it.roster) == 1)


async def test_a_dropped_bot_comes_back_to_its_seat(server_url: str) -> None:
    async with Client(server_url) as client:
        watcher = await client.create(seats=2)
        bot = Bot(client, watcher.code, "Bot", make_behaviour(BehaviourName.WANDER, 3), seed=3)
        playing = asyncio.create_task(bot.run())
        await watcher.until(lambda it: len(it.roster) == 2)
        await watcher.until(lambda it: bot.session is not None and bot.session.is_in_step)
        first = bot.session
        assert first is not None
        client.drop(first)
        await watcher.until(lambda it: bot.report.rejoins == 1, timeout_s=10)
        assert bot.session is not None
        assert (bot.session.player, bot.session.seat) == (first.player, first.seat)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_bot_stops_when_it_may_not_come_back(server_url: str) -> None:
    async with Client(server_url) as client:
        lonely = await client.create(seats=1)
        report = await Bot(client, lonely.code, "Bot", make_behaviour(BehaviourName.IDLE, 0)).run()
        assert isinstance(report.ended, ConnectionClosed)
        assert report.ended.code == CloseCode.SESSION_FULL
        report = await Bot(client, "AAAAAA", "Bot", make_behaviour(BehaviourName.IDLE, 0)).run()
        assert isinstance(report.ended, ApiRefused)
        assert report.rejoins == 0


@pytest.mark.parametrize("name", [*BehaviourName])
async def test_every_behaviour_plays(server_url: str, name: BehaviourName) -> None:
    async with Client(server_url) as client:
        watcher = await client.create(seats=2, countdown_s=0)
        bot = Bot(client, watcher.code, "Bot", make_behaviour(name, 1))
        playing = asyncio.create_task(bot.run())
        await watcher.until(lambda it: bot.report.looks >= 5 and it.status is Status.ACTIVE, timeout_s=10)
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)


async def test_a_bot_gives_up_on_a_server_that_welcomes_and_closes(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_module, "BACKOFF_FIRST_S", 0.0)
    async with DroppedAtOnce(server_url) as client:
        watcher = await client.create(seats=2)
        async with asyncio.timeout(20):
            report = await Bot(client, watcher.code, "Bot", make_behaviour(BehaviourName.IDLE, 0)).run()
        assert report.rejoins == RETRIES
        assert isinstance(report.ended, ConnectionClosed)
        assert report.ended.code == 1006


async def test_a_stay_that_lasted_starts_the_count_of_retries_anew(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bot_module, "BACKOFF_FIRST_S", 0.0)
    monkeypatch.setattr(bot_module, "TRUSTED_S", 0.0)
    async with DroppedAtOnce(server_url) as client:
        watcher = await client.create(seats=2)
        bot = Bot(client, watcher.code, "Bot", make_behaviour(BehaviourName.IDLE, 0))
        playing = asyncio.create_task(bot.run())
        await watcher.until(lambda it: bot.report.rejoins > RETRIES + 1, timeout_s=20)
        assert not playing.done()
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
