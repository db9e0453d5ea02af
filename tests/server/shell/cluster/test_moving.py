"""Moving: a session goes on at another node; whatever goes wrong, at one node, and its people come back to it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on
from tests.server.shell.cluster.town import HISTORY, Host, Person, Town, town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.checkpoint import decode_checkpoint
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.errands import ErrandRefused, ask_drain, ask_move
from tickroom.server.shell.cluster.handover import NotMoved
from tickroom.server.shell.cluster.life import leaving_name
from tickroom.server.shell.cluster.recovery import LEFT
from tickroom.server.shell.node import NodeFull


async def owner_of(town: Town, code: str) -> str | None:
    return await (await town.backend.store()).directory.owner_of(code)


async def test_players_are_sent_on_and_go_on_where_they_were(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        told = await ann.poke()
        await a.cluster.move(code, "b")
        assert await ann.hear_close() == CloseCode.MOVED
        assert ann.closing[1:] == [CloseCode.MOVED, "moved", True, f"ws://b.test/ws/{code}"]
        assert two.homes(code) == [b]
        assert b.session(code).tick >= told
        assert await owner_of(two, code) == b.cluster.incarnation
        await assert_goes_on(b, code, token, 2)
        assert a.cluster.sessions_moved == 1
        assert b.cluster.sessions_taken_over == 0


async def test_watchers_and_chat_move_along(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        code, ann, _ = await a_session(a, spectators=2)
        eve = Person(a, code)
        await eve.hello("Eve", watch=True)
        await ann.chat("a second line")
        await a.cluster.move(code, "b")
        assert [await ann.hear_close(), await eve.hear_close()] == [CloseCode.MOVED] * 2
        again = Person(two["b"], code)
        await again.hello("Eve", watch=True)
        assert "a second line" in str(await again.hear(HISTORY))


async def test_all_that_was_asked_before_is_answered_before(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, ann, token = await a_session(two["a"])
        answered = ann.replies()
        for number in range(100, 104):
            ann.say(2, number, "poke", [5])
        await until(lambda: ann.replies() > answered)  # they are in one tick
        await two["a"].cluster.move(code, "b")
        assert await ann.hear_close() == CloseCode.MOVED
        assert ann.replies() == answered + 4
        await assert_goes_on(two["b"], code, token, 5)


async def test_a_drained_node_has_no_session_and_takes_none(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        codes = [await a.create() for _ in range(9)]
        assert await ask_drain(two["b"].cluster.store, a.cluster.incarnation) == 0
        assert all(two.homes(code) == [two["b"]] for code in codes)
        assert a.cluster.is_draining
        with pytest.raises(NodeFull):
            await a.create()
        with pytest.raises(NodeFull):
            await a.cluster.adopt_from(codes[0], two["b"].cluster.incarnation)
        await until(lambda: any(view.load.is_draining for view in two["b"].cluster._membership.view))


async def test_what_is_drained_is_spread_over_the_others(backend: Backend) -> None:
    async with town(backend, "a", "b", "c") as three:
        codes = [await three["a"].create() for _ in range(12)]
        assert await three["a"].cluster.drain() == 0
        homes = [three.homes(code) for code in codes]
        assert all(len(home) == 1 for home in homes)
        # About half each: where a renewal is heard of in the middle, what was given before it is counted by both.
        assert 4 <= sum(home == [three["b"]] for home in homes) <= 8


async def test_a_node_that_stops_moves_its_sessions_first(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, ann, token = await a_session(two["a"])
        await two["a"].cluster.stop(is_draining=True)
        assert await ann.hear_close() == CloseCode.MOVED
        await two["a"].cluster.stop()  # by now it is gone: nothing happens
        await assert_goes_on(two["b"], code, token)


async def test_what_nobody_takes_stays_in_the_store_for_who_comes_next(backend: Backend) -> None:
    async with town(backend, "a") as one:
        code, ann, token = await a_session(one["a"])
        await one["a"].cluster.stop(is_draining=True)
        assert await ann.hear_close() == CloseCode.SHUTTING_DOWN
        assert one["a"].node.sessions == {}
        next_one = await one.build("next")
        await until(lambda: code in next_one.node.sessions)
        await assert_goes_on(next_one, code, token)


async def test_it_goes_to_the_next_when_the_first_refuses(backend: Backend) -> None:
    async with town(backend, "a", "b", "c") as three:
        code, ann, token = await a_session(three["a"])

        async def refuse(code: str, held_by: str) -> None:
            raise NodeFull("no")

        first, second = sorted([three["b"], three["c"]], key=lambda host: host.name)
        first.cluster.adopt_from = refuse  # type: ignore[method-assign]
        second_is_asked: list[str] = []
        adopt = second.cluster.adopt_from

        async def note(code: str, held_by: str) -> None:
            second_is_asked.append(held_by)
            await adopt(code, held_by)

        second.cluster.adopt_from = note  # type: ignore[method-assign]
        assert await three["a"].cluster.drain() == 0
        assert await ann.hear_close() == CloseCode.MOVED
        assert second_is_asked == [leaving_name(three["a"].cluster.incarnation)]
        assert await three.home(code) is second
        await assert_goes_on(second, code, token)


async def test_a_session_that_nobody_takes_goes_on_where_it_was(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        b.node.games = {}  # it has said otherwise when it joined
        with pytest.raises(NotMoved, match="goes on here"):
            await a.cluster.move(code, "b")
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        assert two.homes(code) == [a]
        assert await owner_of(two, code) == a.cluster.incarnation
        await assert_goes_on(a, code, token)


async def test_a_target_that_does_not_answer_gets_nothing_later_either(backend: Backend) -> None:
    async with town(backend, "a", "b", ask_timeout_s=0.2) as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        hung = asyncio.Event()

        def hang() -> None:
            b.line.open.clear()
            hung.set()

        b.line.before["claim"] = hang
        with pytest.raises(NotMoved):
            await a.cluster.move(code, "b")
        assert hung.is_set(), "it was about to claim"
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        b.line.before.clear()
        b.line.open.set()  # now it claims what has been taken back
        await until(lambda: not b.cluster._membership.life.busy)
        assert two.homes(code) == [a]
        assert await owner_of(two, code) == a.cluster.incarnation
        await assert_goes_on(a, code, token)


async def test_a_target_whose_answer_comes_too_late_has_it_all_the_same(backend: Backend) -> None:
    async with town(backend, "a", "b", ask_timeout_s=0.2) as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        b.line.before["checkpoint"] = b.line.open.clear  # it has claimed by then
        await a.cluster.move(code, "b")
        assert await ann.hear_close() == CloseCode.MOVED
        assert two.homes(code) == []
        b.line.before.clear()
        b.line.open.set()
        assert await two.home(code) is b
        await assert_goes_on(b, code, token)


@pytest.mark.parametrize("moment", ["checkpoint", "claim", "ask"])
async def test_a_node_that_dies_while_it_gives_a_session_away(backend: Backend, moment: str) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        code, _ann, token = await a_session(a)
        a.line.before[moment] = a.line.open.clear
        moving = asyncio.create_task(a.cluster.move(code, "b"))
        await until(lambda: not a.line.open.is_set())
        if moment == "ask":
            assert await owner_of(two, code) == leaving_name(a.cluster.incarnation)
            await asyncio.sleep(0.2)  # several looks of the other: that it takes nothing is what is shown
            assert two.homes(code) == [], "as long as its node lives, nobody else looks after it"
        await a.die()
        assert await two.home(code) is b
        await assert_goes_on(b, code, token)
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)


async def test_a_target_that_dies_before_its_own_checkpoint(backend: Backend) -> None:
    async with town(backend, "a", "b", ask_timeout_s=0.3) as two:
        a, b = two["a"], two["b"]
        code, _ann, token = await a_session(a)
        b.line.before["checkpoint"] = b.line.open.clear
        moving = asyncio.create_task(a.cluster.move(code, "b"))
        await until(lambda: not b.line.open.is_set())
        await b.die()
        await moving  # its clients look for it at b, and find out
        assert await two.home(code) is a
        await assert_goes_on(a, code, token)


@pytest.mark.parametrize("call", ["claim", "checkpoint", "owner_of"])
async def test_answers_of_the_store_that_are_lost(backend: Backend, call: str) -> None:
    async with town(backend, "a", "b") as two:
        code, _, token = await a_session(two["a"])
        two["a"].line.loses_answers[call] = 1
        await two["a"].cluster.move(code, "b")
        assert two.homes(code) == [two["b"]]
        await assert_goes_on(two["b"], code, token)


async def test_errands(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        store, a = two["b"].cluster.store, two["a"]
        code, _, token = await a_session(a)
        with pytest.raises(ErrandRefused, match="no_such_session"):
            await ask_move(store, a.cluster.incarnation, "NOSUCH", "b")
        with pytest.raises(ErrandRefused, match="nowhere cannot take it"):
            await ask_move(store, a.cluster.incarnation, code, "nowhere")
        await ask_move(store, a.cluster.incarnation, code, "b")
        await assert_goes_on(two["b"], code, token)


async def test_another_sessions_records_in_the_same_row_are_not_its_own(backend: Backend) -> None:
    """Whose owner dies on the way is restored from its last checkpoint, not from what its row did afterwards."""
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        code, _ann, token = await a_session(a)
        a.line.before["ask"] = a.line.open.clear
        row = a.session(code).row
        moving = asyncio.create_task(a.cluster.move(code, "b"))
        await until(lambda: not a.line.open.is_set())
        leaving = leaving_name(a.cluster.incarnation)
        last = await b.cluster.store.directory.claim(code, leaving, leaving)
        assert last is not None
        assert decode_checkpoint(last).pool == LEFT
        b.line.open.clear()
        a.line.before.clear()
        a.line.open.set()
        other = await a.create()
        assert a.session(other).row == row
        bob = await a.come(other, "Bob")
        for _ in range(5):
            await bob.poke()
        await a.die()
        b.line.open.set()
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        await assert_goes_on(await two.home(code), code, token)


async def test_the_log_says_whose_it_was_and_counts_as_people_do(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, _, _ = await a_session(a)
        await a.cluster.move(code, "b")
        assert f"1 session taken over from {a.cluster.incarnation}\n" in caplog.text
        other = await a.create()
        b.node.games = {}
        assert await a.cluster.drain() == 1
        assert f"1 session not moved, for nobody took it, and it goes on here: {other}\n" in caplog.text
        await a.cluster.stop(is_draining=False)
        assert "1 session left in the store" in caplog.text
        assert "/leaving" not in caplog.text


async def test_a_session_is_moved_once_at_a_time(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, _, token = await a_session(two["a"])
        moves: list[Any] = await asyncio.gather(
            *(two["a"].cluster.move(code, "b") for _ in range(3)), return_exceptions=True
        )
        refused = [one for one in moves if one is not None]
        assert len(refused) == 2
        assert all(isinstance(one, NotMoved | LookupError) for one in refused)
        await assert_goes_on(two["b"], code, token)


async def test_settings_travel(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a: Host = two["a"]
        session = await a.cluster.create(SessionSettings("toy", auto_start=False, password="secret", public=False))
        await a.cluster.move(session.code, "b")
        there = two["b"].session(session.code)
        assert there.settings == session.settings
        assert there.password.is_set
