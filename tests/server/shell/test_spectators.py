"""Watching over real sockets: the same facts and states as the players get, and nothing that touches them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.shell.running import Running
from tests.server.shell.talking import CLOSING, ERROR, FINGERPRINT, KEYFRAME, REPLY, WELCOME, Talker
from tickroom.protocol.codes import ErrorCode
from tickroom.protocol.replica import Replica
from tickroom.server.shell.node import Node

EVENTS, JOINED, LEFT, DROPPED, PONG, SETTINGS, WATCHING = 4, 7, 8, 9, 11, 14, 20


def toy(server: Running, **settings: object) -> str:
    return server.create(**({"game": "toy", "auto_start": False} | settings))


async def watch(talker: Talker) -> list[Any]:
    """Say hello as a spectator; the welcome."""
    await talker.say(0, FINGERPRINT, "Watcher", None, False, True)
    return await talker.hear(WELCOME)


def states(talker: Talker) -> list[list[Any]]:
    return [message for message in talker.heard if message[0] in (1, 2, 3)]


async def test_a_spectator_of_a_full_session_holds_the_state_of_a_player(server: Running) -> None:
    code = toy(server, seats=1)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello()
        welcome = await watch(eve)
        assert welcome[1:5] == [code, 2, -1, ""]
        assert [member[2] for member in welcome[12]] == ["Ann"]
        assert (await eve.hear(KEYFRAME))[1] == welcome[5]
        await ann.say(1, welcome[5] + 5, [3])
        await ann.say(2, 1, "poke", [5])
        assert (await eve.hear(EVENTS))[2] == [[0, 0, 5]]
        await eve.hear(3)
        copy = Replica(server.ask(lambda node: node.sessions[code].pool.layout))
        for message in states(eve):
            if message[0] == KEYFRAME:
                copy.load_keyframe(*message[1:])
            else:
                copy.apply_delta(message)  # raises where the checksum is another one
        assert copy.table("players")[0, 1] == 1
        assert [message for message in eve.heard if message[0] == REPLY] == []


@pytest.mark.parametrize("message", [[1, 5, [1]], [2, 7, "poke", [5]], [2, 7, "ready", [1]], [2, 7, "start", []]])
async def test_what_players_do_is_refused(server: Running, message: list[Any]) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello()
        await watch(eve)
        await eve.say(*message)
        if message[0] == 1:
            assert (await eve.hear(ERROR))[1] == ErrorCode.NOT_SEATED
        else:
            assert (await eve.hear(REPLY))[1:4] == [7, ErrorCode.NOT_SEATED, "not_seated"]
        await eve.say(3, 9)
        assert (await eve.hear(PONG))[1] == 9
        await eve.say(0, FINGERPRINT, "Player")
        assert (await eve.hear(ERROR))[1] == ErrorCode.ALREADY_SEATED


async def test_a_spectator_s_resync_brings_a_keyframe(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as eve:
        first = (await watch(eve))[5]
        await eve.hear(KEYFRAME)
        await eve.hear(2)
        await eve.say(4, 1, 0)
        assert (await eve.hear(KEYFRAME))[1] > first


async def test_coming_dropping_and_leaving_is_told_and_no_more(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello()
        await ann.hear(KEYFRAME)
        before = len(ann.heard)
        async with Talker(server.websocket_url, code) as eve:
            await watch(eve)
            await eve.say(5)
            assert await eve.closed() == (4000, "left")
            assert eve.heard[-1] == [CLOSING, 4000, "left", False, ""]
        async with Talker(server.websocket_url, code) as bob:
            await watch(bob)
        for number in range(20):  # some ticks, so that a drop had its time to be told
            await ann.say(2, number, "poke", [5])
            await ann.hear(REPLY)
        assert {message[0] for message in ann.heard[before:]} <= {2, 3, EVENTS, REPLY, WATCHING}
        told = [message[1:] for message in ann.heard[before:] if message[0] == WATCHING]
        assert told == [[2, "Watcher", True], [2, "Watcher", False], [3, "Watcher", True], [3, "Watcher", False]]
        assert server.ask(lambda node: node.sessions[code].spectators) == 0


async def test_places_to_watch_are_counted_and_come_back(server: Running) -> None:
    code = toy(server, spectators=1)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello()
        async with Talker(server.websocket_url, code) as eve:
            await watch(eve)
            async with Talker(server.websocket_url, code) as late:
                await late.say(0, FINGERPRINT, "Late", None, False, True)
                assert await late.closed() == (4005, "session_full")
            await eve.say(5)
            assert await eve.closed() == (4000, "left")
        async with Talker(server.websocket_url, code) as again:
            await watch(again)


async def test_a_spectator_hears_who_comes_and_who_is_kicked_and_other_settings(server: Running) -> None:
    code = toy(server)
    async with (
        Talker(server.websocket_url, code) as ann,
        Talker(server.websocket_url, code) as eve,
        Talker(server.websocket_url, code) as bob,
    ):
        await ann.hello("Ann")
        await watch(eve)
        await bob.hello("Bob")
        assert (await eve.hear(JOINED))[1][2] == "Bob"
        await ann.say(2, 1, "configure", [0, 42])
        assert (await eve.hear(SETTINGS))[1]["start"] == 42
        assert (await bob.hear(SETTINGS))[1]["start"] == 42
        await ann.say(2, 2, "kick", [3])
        assert (await eve.hear(LEFT))[1:] == [3, 1, "kicked"]
        assert await bob.closed() == (4013, "kicked")
        assert [LEFT, 3, 1, "kicked"] in bob.heard
        assert bob.heard[-1] == [CLOSING, 4013, "kicked", False, ""]


async def test_spectators_are_closed_with_the_session(server: Running) -> None:
    code = toy(server, tick_hz=60, grace_s=0)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello()
        await watch(eve)
        await ann.say(5)
        assert await eve.closed() == (4011, "session_ended")
    assert server.ask(lambda node: code in node.sessions) is False


async def test_another_fingerprint_watches_nothing(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as old:
        await old.say(0, FINGERPRINT ^ 1, "Eve", None, False, True)
        assert (await old.closed())[0] == 4006


async def test_a_spectator_who_does_not_read_is_skipped_and_holds_nobody_up(server: Running) -> None:
    code = toy(server, tick_hz=60)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello()
        await watch(eve)
        await eve.hear(KEYFRAME)
        server.ask(lambda node: _hold(node, code))
        skipped = server.get("/api/stats")[1]["states_skipped"]
        for _ in range(5):
            await ann.hear(2)
        assert server.get("/api/stats")[1]["states_skipped"] > skipped


def _hold(node: Node, code: str) -> None:
    connections = node.publisher.connections.values()
    connection = next(one for one in connections if one.is_watching and one.session.code == code)
    connection.stalled()
