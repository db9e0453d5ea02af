"""Talking, sitting and standing with the Python client."""

from __future__ import annotations

import pytest

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.simulations.client import Client
from tickroom.simulations.errors import ConnectionClosed, RequestRefused


async def test_people_talk(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2, auto_start=False)
        await ann.say("hello")
        bob = await client.join(ann.code, "Bob")
        await bob.say("  hi  there ")
        await bob.until(lambda it: len(it.lines) == 2)
        assert [line.text for line in bob.lines.values()] == ["hello", "hi there"]
        await bob.revise(2, "hi")
        await ann.revise(1, None)
        await ann.until(lambda it: [(line.text, line.edited) for line in it.lines.values()] == [("hi", True)])
        with pytest.raises(RequestRefused) as refusal:
            await bob.revise(1, "hello")
        assert refusal.value.code == ErrorCode.NO_SUCH_MESSAGE


async def test_a_spectator_sits_plays_and_stands(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2, auto_start=False)
        eve = await client.watch(ann.code, "Eve")
        await ann.until(lambda it: it.watchers == {eve.player: "Eve"})
        await eve.request("sit")
        assert (eve.is_watching, eve.seat, bool(eve.token)) == (False, 1, True)
        eve.set_input(127, 0, 0)
        await eve.until(lambda it: it.table("seats")[1, 0] > 0)
        await eve.request("stand")
        assert (eve.is_watching, eve.token) == (True, "")
        await ann.until(lambda it: list(it.roster) == [ann.player])


async def test_a_password_is_needed(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", auto_start=False, password="sesame")
        with pytest.raises(ConnectionClosed) as closed:
            await client.join(ann.code, "Eve")
        assert closed.value.code == CloseCode.WRONG_PASSWORD
        assert (await client.watch(ann.code, password="sesame")).is_watching


async def test_the_host_plays_with_bots(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2, auto_start=False, countdown_s=0)
        await ann.request("add_bot")
        await ann.until(lambda it: len(it.roster) == 2)
        (bot,) = [member for member in ann.roster.values() if member.bot]
        x, y = ann.table("players")[bot.seat, :2].tolist()
        await ann.until(lambda it: it.table("players")[bot.seat, :2].tolist() != [x, y])
        await ann.request("remove_bot", bot.player)
        await ann.until(lambda it: list(it.roster) == [ann.player])
