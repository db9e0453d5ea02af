"""What one connection may send: at first a word, then the door; and the others do not notice."""

import asyncio
import contextlib
import random
from collections.abc import Iterator

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.hostile import Attacker, Server
from tests.server.shell.running import Running, running
from tests.server.shell.talking import ERROR, REPLY, Talker
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.settings import ServerSettings

RATE_LIMITED = 20
PONG = 11


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    limits = Limits(requests_per_second=5, other_messages_per_second=5, breaches_allowed=10)
    with running(ServerSettings(limits=limits, fast_path=request.param), {"toy": ToyGame()}) as one:
        yield one


def limited(server: Running) -> dict[str, int]:
    return server.ask(lambda node: dict(node.statistics.limited))


def errors(talker: Talker) -> list[list[object]]:
    return [message for message in talker.heard if message[0] == ERROR]


async def test_pings_beyond_the_budget_get_a_word_and_pass_again_when_it_says(server: Running) -> None:
    async with Talker(server.websocket_url, server.create(game="toy")) as ann:
        await ann.hello("Ann")  # one of the ten at once
        for echo in range(9):
            await ann.say(3, echo)
            await ann.hear(PONG)
        await ann.say(3, 99)
        word = await ann.hear(ERROR)
        assert word[:3] == [ERROR, RATE_LIMITED, "rate_limited"]
        assert 0 < word[3] <= 200
        await asyncio.sleep(word[3] / 1000)  # exactly what it was told to do
        await ann.say(3, 100)
        assert (await ann.hear(PONG))[1] == 100
    assert limited(server) == {"other_messages": 1}


async def test_each_request_beyond_the_budget_is_answered(server: Running) -> None:
    async with Talker(server.websocket_url, server.create(game="toy", tick_hz=60)) as ann:
        await ann.hello("Ann")
        for number in range(14):
            await ann.say(2, number, "nonsense", [])
        replies = [await ann.hear(REPLY) for _ in range(14)]
        assert sorted(reply[1] for reply in replies) == list(range(14))
        late = [reply for reply in replies if reply[2] == RATE_LIMITED]
        assert [reply[1] for reply in late] == [10, 11, 12, 13]
        assert all(reply[5] > 0 for reply in late)
        await ann.say(3, 5)
        await ann.hear(PONG)  # other messages have a budget of their own


async def test_who_goes_on_is_closed_and_others_play(server: Running) -> None:
    code = server.create(game="toy")
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as eve:
        await ann.hello("Ann")
        await eve.hello("Eve")
        for echo in range(9 + 12):
            await eve.say(3, echo)
        assert await eve.closed() == (4029, "rate_limited")
        assert len(errors(eve)) == 1, "told once a second, not at each"
        await ann.say(3, 1)
        await ann.hear(PONG)
        assert not errors(ann)
    assert limited(server)["other_messages"] == 11


async def test_a_flood_of_inputs(server: Running) -> None:
    async with Talker(server.websocket_url, server.create(game="toy", tick_hz=20)) as eve:
        welcome = await eve.hello("Eve")
        burst = 2 * 2 * 20
        for _ in range(3 * burst):  # at most 2 bursts and what passes meanwhile; the rest is more than ten breaches
            await eve.say(1, welcome[5] + 2, [1])
        assert await eve.closed() == (4029, "rate_limited")
        assert [error[2] for error in errors(eve)].count("rate_limited") == 1
    assert limited(server)["inputs"] == 11


async def test_an_input_a_tick_for_longer_than_the_burst_is_never_refused(server: Running) -> None:
    async with Talker(server.websocket_url, server.create(game="toy", tick_hz=60)) as ann:
        await ann.hello("Ann")
        first = server.ask(lambda node: next(iter(node.sessions.values())).tick)
        tick, sent = first, 0
        while tick < first + 300:  # a burst is 240
            now = server.ask(lambda node: next(iter(node.sessions.values())).tick)
            for named in range(tick, now):
                await ann.say(1, named + 3, [1])
                sent += 1
            tick = max(tick, now)
        await ann.say(3, 1)
        await ann.hear(PONG)
        assert sent >= 300
    assert limited(server) == {}


async def test_a_flood_that_goes_on_after_the_close_is_cut_off_at_once() -> None:
    """Not after the three seconds that a peer has for its own Close: so long to be parsed is what it is after."""
    with running(ServerSettings(), {"toy": ToyGame()}) as server:
        place = Server(server.url, (server.create(game="toy"),), ToyGame.schema.fingerprint)
        with contextlib.suppress(OSError):  # the reset
            async with asyncio.timeout(2):
                await Attacker(place, 0, random.Random(1)).flood()
        assert server.ask(lambda node: node.connection_count) == 0
        closes = server.get("/api/stats")[1]["closes"]
        assert closes in ({"rate_limited": 1}, {"bad_messages": 1})
