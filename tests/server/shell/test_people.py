"""What people do to each other, over real sockets: chat, passwords, bans, sitting and standing, a delayed spectator."""

from __future__ import annotations

from typing import Any

from tests.server.shell.running import Running
from tests.server.shell.talking import FINGERPRINT, KEYFRAME, REPLY, WELCOME, Talker
from tickroom.protocol.codes import ErrorCode

SAID, REVISED, TYPING, HISTORY, PONG = 15, 16, 17, 19, 11


def toy(server: Running, **settings: object) -> str:
    return server.create(**({"game": "toy", "auto_start": False} | settings))


async def enter(talker: Talker, name: str, *, watch: bool = False, password: str | None = None) -> None:
    await talker.say(0, FINGERPRINT, name, None, False, watch, password)


async def test_people_talk(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as bob:
        await ann.hello("Ann")
        assert (await ann.hear(HISTORY))[1:] == [[], []]
        await bob.hello("Bob")
        await bob.hear(HISTORY)
        await ann.say(7, 0, True)
        assert (await bob.hear(TYPING))[1:] == [1, 0, True]
        await ann.say(6, 5, 0, "  he\u202ello\n there ")
        line: list[Any] = (await bob.hear(SAID))[1]
        assert line[:5] == [1, 1, "Ann", 0, "hello there"]
        assert line[6] > 1_700_000_000_000, "unix milliseconds"
        assert (await ann.hear(REPLY))[1:4] == [5, 0, "ok"]
        await ann.say(9, 6, 1, None)
        assert (await bob.hear(REVISED))[1:4] == [1, "", True]
        await ann.say(6, 7, 0, "\u200b \u202e")
        assert (await ann.hear(REPLY))[1:4] == [6, 0, "ok"]
        assert (await ann.hear(REPLY))[1:4] == [7, ErrorCode.EMPTY_TEXT, "empty_text"]
        assert not [message for message in ann.heard if message[0] == TYPING], "not echoed"


async def test_a_password_is_asked_at_the_door(server: Running) -> None:
    code = toy(server, password="sesame")
    assert "sesame" not in str(server.get(f"/api/sessions/{code}"))
    async with Talker(server.websocket_url, code) as eve:
        await enter(eve, "Eve", password="Sesame")
        assert await eve.closed() == (4015, "wrong_password")
    async with Talker(server.websocket_url, code) as ann:
        await enter(ann, "Ann", password="sesame")
        await ann.hear(KEYFRAME)


async def test_the_banned_and_the_late_at_a_locked_door_are_told_so(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello("Ann")
        await ann.say(2, 1, "lock", [1])
        await ann.hear(REPLY)
        async with Talker(server.websocket_url, code) as bob:
            await enter(bob, "Bob")
            assert await bob.closed() == (4003, "locked")
        await ann.say(2, 2, "lock", [0])
        await ann.hear(REPLY)
        async with Talker(server.websocket_url, code) as bob:
            await bob.hello("Bob")
            await ann.say(2, 3, "ban", [2])
            assert await bob.closed() == (4003, "banned")
        async with Talker(server.websocket_url, code) as bob:
            await enter(bob, "Rob")
            assert await bob.closed() == (4003, "banned")


async def test_a_spectator_sits_and_stands_on_one_socket(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello("Ann")
        await enter(eve, "Eve", watch=True)
        assert (await eve.hear(WELCOME))[2:4] == [2, -1]
        await eve.say(2, 1, "sit", [])
        welcome = await eve.hear(WELCOME)
        assert welcome[2:4] == [2, 1]
        assert welcome[4]
        assert (await eve.hear(REPLY))[1:3] == [1, 0]
        await eve.hear(KEYFRAME)
        await eve.say(2, 2, "poke", [5])
        assert (await eve.hear(REPLY))[1:3] == [2, 0]
        await eve.say(2, 3, "stand", [])
        assert (await eve.hear(WELCOME))[2:5] == [2, -1, ""]
        await eve.say(6, 4, 1, "psst")
        assert (await eve.hear(SAID))[1][3:5] == [1, "psst"]


async def test_a_delayed_spectator_sees_and_hears_late(server: Running) -> None:
    delay = 30
    code = toy(server, tick_hz=60, spectator_delay_ticks=delay)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello("Ann")
        await enter(eve, "Eve", watch=True)
        welcome = await eve.hear(WELCOME)
        await eve.hear(KEYFRAME)
        await ann.say(6, 1, 0, "now")
        said_at = (await ann.hear(SAID))[1][5]
        await eve.say(6, 2, 1, "in the spectators' channel at once")
        first = await eve.hear(SAID)
        second = await eve.hear(SAID)
        assert [first[1][3], second[1][3]] == [1, 0]
        await eve.say(3, 1)
        assert (await eve.hear(PONG))[2] >= said_at, "its clock is that of what it sees"
        now = server.ask(lambda node: node.sessions[code].tick)
        assert now >= said_at + delay
        assert welcome[5] <= now - delay
