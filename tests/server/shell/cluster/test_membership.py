"""A node that loses the store or its lease: it tells nobody anything, and goes on with what is still its own."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on, pokes
from tests.server.shell.cluster.town import ERROR, KEYFRAME, Person, town, until
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.server.core.commands import End
from tickroom.server.shell.cluster.interface import Directory, StoreAway
from tickroom.server.shell.node import NodeFull


async def test_nodes_know_each_other_and_how_full_they_are(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        await two["a"].create(seats=8)
        views = {view.entry.name: view for view in await two["b"].cluster.view_nodes()}
        assert set(views) == {"a", "b"}
        assert views["a"].entry.url == "http://a.test"
        assert views["a"].entry.games == {"toy": two["a"].node.games["toy"].schema.fingerprint}
        await until(lambda: any(view.load.sessions == 1 for view in two["b"].cluster._membership.view))


async def test_a_session_is_in_the_store_before_anybody_finds_it(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        a.line.before["reserve"] = a.line.open.clear
        creating = asyncio.create_task(a.create())
        await until(lambda: not a.line.open.is_set())
        assert a.node.sessions == {}
        a.line.before.clear()
        a.line.open.set()
        code = await creating
        assert await a.cluster.store.directory.owner_of(code) == a.cluster.incarnation


async def test_a_session_whose_reservation_is_not_sure_is_none(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        a.line.loses_answers["reserve"] = 1
        with pytest.raises(StoreAway):
            await a.create()
        assert a.node.sessions == {}
        await until(lambda: not a.cluster._removals)
        assert await a.cluster.store.directory.sessions_of(a.cluster.incarnation) == []
        await a.create()


async def test_what_ended_is_removed_from_the_store_as_soon_as_it_answers(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code = await a.create()
        a.line.before["remove"] = lambda: setattr(a.line, "is_cut", True)
        a.node.queue(a.session(code), End(CloseCode.SESSION_ENDED))
        await until(lambda: a.line.is_cut)
        a.line.before.clear()
        a.line.is_cut = False
        await until(lambda: not a.cluster._removals)
        assert await a.cluster.store.directory.owner_of(code) is None


async def test_players_are_told_that_the_store_is_away_and_nothing_else_is_told(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code, ann, _ = await a_session(a)
        a.line.is_cut = True
        error = await ann.hear(ERROR)
        assert error[1] == ErrorCode.STORAGE_AWAY
        answered = ann.replies()
        ann.say(2, 77, "poke", [5])
        session = a.session(code)
        tick = session.tick
        await until(lambda: not (a.node.outbox is None or a.node.outbox.has_room))
        assert session.tick > tick, "it goes on for a while"
        tick = session.tick
        await asyncio.sleep(0.2)  # some ticks: that nothing happens is what is shown
        assert session.tick == tick, "and pauses"
        assert ann.replies() == answered
        a.line.is_cut = False
        await until(lambda: ann.replies() == answered + 1)
        assert pokes(a, code) == 2
        assert ann.closed_with is None, "the lease never ran out"


async def test_a_lease_that_ran_out_by_the_own_clock_closes_the_door_until_the_store_answers(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        incarnation = a.cluster.incarnation
        a.line.is_cut = True
        a.clock_s += 60
        assert not a.cluster.is_active, "at once, whatever runs or not"
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        with pytest.raises(StoreAway):
            await a.create()
        with pytest.raises(StoreAway):
            await a.cluster.adopt_from(code, "somebody")
        a.line.is_cut = False
        await until(lambda: a.cluster.is_active)
        assert a.cluster.incarnation == incarnation, "nobody else had it meanwhile, says the store"
        assert a.cluster.pauses == 1
        await assert_goes_on(a, code, token)


async def test_a_node_that_was_paused_and_not_missed_goes_on_in_a_new_life(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        before = a.cluster.incarnation
        a.freeze()
        await backend.lapse(before)
        a.thaw(60)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: a.cluster.is_active)
        assert a.cluster.incarnation != before
        assert await a.cluster.store.directory.owner_of(code) == a.cluster.incarnation
        await assert_goes_on(a, code, token)


async def test_a_node_that_was_paused_drops_what_another_has(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        stale = a.session(code)
        heard = len(ann.heard)
        ann.say(2, 77, "poke", [5])  # it is asked, and not told: nobody may have it done twice
        a.freeze()
        await backend.lapse(a.cluster.incarnation)
        await until(lambda: code in b.node.sessions)
        a.thaw(60)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: a.cluster.is_active)
        assert a.node.sessions == {}
        assert stale.ended
        assert [one for one in ann.heard[heard:] if one[0] != ERROR] == []
        await assert_goes_on(b, code, token, pokes(b, code))


async def test_a_node_that_comes_back_while_its_sessions_are_claimed_shares_them(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        codes = [await a.create() for _ in range(20)]
        before = a.cluster.incarnation
        a.freeze()
        await backend.lapse(before)
        b.line.before["claim"] = lambda: a.thaw(60)
        await until(lambda: a.cluster.is_active and a.cluster.incarnation != before)
        await until(lambda: all(two.homes(code) for code in codes))
        await until(lambda: not b.cluster._membership.life.busy)
        assert all(len(two.homes(code)) == 1 for code in codes)
        for code in codes:
            (home,) = two.homes(code)
            assert await b.cluster.store.directory.owner_of(code) == home.cluster.incarnation


async def test_a_session_that_ended_elsewhere_while_a_node_was_paused_stays_ended(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, _, _ = await a_session(a)
        a.freeze()
        await backend.lapse(a.cluster.incarnation)
        await until(lambda: code in b.node.sessions)
        b.node.queue(b.session(code), End(CloseCode.SESSION_ENDED))
        await until(lambda: code not in b.node.sessions and not b.cluster._removals)
        a.thaw(60)
        await until(lambda: a.cluster.is_active)
        assert two.homes(code) == []
        assert await b.cluster.store.directory.owner_of(code) is None


async def test_a_store_that_was_emptied_is_filled_again(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        (one, _, a_token), (other, _, b_token) = await a_session(a), await a_session(b)
        names = {host.cluster.incarnation for host in two.hosts}
        await backend.clear()
        await until(lambda: not names & {host.cluster.incarnation for host in two.hosts})
        await until(lambda: a.cluster.is_active and b.cluster.is_active)
        assert await a.cluster.store.directory.owner_of(one) == a.cluster.incarnation
        await assert_goes_on(a, one, a_token)
        await assert_goes_on(b, other, b_token)
        await a.die()
        assert await two.home(one) is b


async def test_a_store_that_was_away_for_long_and_came_back_empty(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        (one, _, a_token), (other, _, b_token) = await a_session(a), await a_session(b)
        for host in two.hosts:
            host.line.is_cut = True
            host.clock_s += 60
        await backend.clear()
        for host in two.hosts:
            host.line.is_cut = False
        await until(lambda: a.cluster.is_active and b.cluster.is_active)
        await assert_goes_on(a, one, a_token)
        await assert_goes_on(b, other, b_token)


async def test_records_that_the_store_lost_are_made_good_by_checkpoints(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a = two["a"]
        code, ann, token = await a_session(a)
        outbox = a.node.outbox
        assert outbox is not None
        for _ in range(3):
            await ann.poke()
        await until(lambda: outbox.sequence > 20)
        await outbox.flushed()  # else there may be nothing to lose yet
        await backend.lose_records(a.cluster.incarnation, outbox.sequence - 15)
        await ann.poke()
        await a.die()
        await assert_goes_on(await two.home(code), code, token, 5)


async def until_owned(directory: Directory, code: str) -> None:
    async with asyncio.timeout(10):
        while await directory.owner_of(code) is None:  # noqa: ASYNC110 - the store sets no event
            await asyncio.sleep(0.01)


async def test_a_session_that_the_store_lost_is_put_back(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=0.1) as two:
        a = two["a"]
        code, _, token = await a_session(a)
        directory = (await backend.store()).directory
        await directory.remove(code, a.cluster.incarnation)
        await until_owned(directory, code)
        await a.die()
        await assert_goes_on(await two.home(code), code, token)


async def test_a_session_that_another_has_by_the_stores_word_is_let_go(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=0.1) as two:
        a, b = two["a"], two["b"]
        code, ann, _ = await a_session(a)
        assert await b.cluster.store.directory.claim(code, a.cluster.incarnation, b.cluster.incarnation)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        assert code not in a.node.sessions


async def test_a_node_that_stopped_is_gone_at_once(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, ann, token = await a_session(two["a"])
        await two["a"].cluster.stop(is_draining=False)
        two["a"].is_dead = True
        assert await ann.hear_close() == CloseCode.SHUTTING_DOWN
        with pytest.raises(NodeFull):
            await two["a"].create()
        await assert_goes_on(await two.home(code), code, token)
        two["a"].is_dead = False


async def test_a_keyframe_follows_whoever_comes_back(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, _, token = await a_session(two["a"])
        await two["a"].die()
        home = await two.home(code)
        ann = Person(home, code)
        welcome = await ann.hello(token=token)
        assert (await ann.hear(KEYFRAME))[1] == welcome[5]


async def test_a_node_leaves_although_the_store_is_away(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tickroom.server.shell.cluster.cluster.LEAVE_S", 0.3)
    async with town(backend, "a") as one:
        a = one["a"]
        _, ann, _ = await a_session(a)
        a.line.is_cut = True
        async with asyncio.timeout(5):
            await a.cluster.stop()
        assert await ann.hear_close() in (CloseCode.SHUTTING_DOWN, CloseCode.TRY_AGAIN_LATER)
        assert a.node.sessions == {}


async def test_a_session_that_nobody_may_have_is_not_begun_by_halves(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        a.line.before["reserve"] = a.line.open.clear
        creating = asyncio.create_task(a.create())
        await until(lambda: not a.line.open.is_set())
        creating.cancel()
        await asyncio.gather(creating, return_exceptions=True)
        assert a.node.placement.all_pools() == [] or not any(pool.sessions for pool in a.node.placement.all_pools())
        a.line.before.clear()
        a.line.open.set()
        await until(lambda: not a.cluster._removals)
        assert await a.cluster.store.directory.sessions_of(a.cluster.incarnation) == []
