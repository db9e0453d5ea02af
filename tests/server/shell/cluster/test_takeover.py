"""Takeover: what was told is kept, each session goes on at exactly one node, whoever dies when."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.town import HISTORY, Host, Person, fail_one_tick, town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.commands import End
from tickroom.server.shell.cluster.interface import NodeEntry, NodeLoad, NodeView
from tickroom.server.shell.cluster.life import acting_for, leaving_name
from tickroom.server.shell.cluster.rendezvous import is_first


async def a_session(host: Host, **settings: object) -> tuple[str, Person, str]:
    """A session with somebody who has done something in it; its code, who, and the token to come back with."""
    code = await host.create(**settings)
    ann = await host.come(code)
    token = (await ann.hear(0))[4]
    await ann.chat("before")
    await ann.poke()
    return code, ann, token


def pokes(host: Host, code: str, seat: int = 0) -> int:
    session = host.session(code)
    return int(session.pool.world.pokes[session.row, seat])


async def assert_goes_on(where: Host, code: str, token: str, did: int = 1) -> None:
    """Ann is back in her seat with all that she was told, and plays."""
    ann = Person(where, code)
    welcome = await ann.hello(token=token)
    assert welcome[2:4] == [1, 0]
    history = await ann.hear(HISTORY)
    assert "before" in str(history)
    assert pokes(where, code) == did
    await ann.poke()
    assert pokes(where, code) == did + 1


async def test_the_sessions_of_a_dead_node_go_on_at_the_other(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, ann, token = await a_session(two["a"])
        told = await ann.poke()
        await two["a"].die()
        home = await two.home(code)
        assert home is two["b"]
        assert home.session(code).tick >= told
        await assert_goes_on(home, code, token, 2)
        await until(lambda: home.cluster.sessions_taken_over == 1)


async def test_what_was_told_since_the_newest_checkpoint_is_replayed(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        code, ann, token = await a_session(two["a"])
        for _ in range(20):
            await ann.poke()
        await two["a"].die()
        await assert_goes_on(await two.home(code), code, token, 21)


async def test_two_survivors_share_the_sessions_and_each_goes_to_one(backend: Backend) -> None:
    async with town(backend, "a", "b", "c") as three:
        codes = [await three["a"].create() for _ in range(24)]
        await three["a"].die()
        await until(lambda: sum(host.cluster.sessions_taken_over for host in three.hosts) == 24)
        homes = [three.homes(code) for code in codes]
        assert all(len(home) == 1 for home in homes)
        for host in (three["b"], three["c"]):
            assert host.cluster.sessions_taken_over == sum(home == [host] for home in homes) > 0
            assert sorted(await host.cluster.store.directory.sessions_of(host.cluster.incarnation)) == sorted(
                code for code, home in zip(codes, homes, strict=True) if home == [host]
            )


async def test_all_at_once_and_still_each_goes_to_one(backend: Backend) -> None:
    async with town(backend, "a", "b", "c", "d", step_in_after_s=0.02) as four:
        codes = [await four["a"].create() for _ in range(24)]
        await four["a"].die()
        await until(lambda: all(four.homes(code) for code in codes))
        assert [len(four.homes(code)) for code in codes] == [1] * 24


async def test_who_claims_and_dies_is_taken_over_from_with_the_dead_nodes_journal(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        code, _, token = await a_session(a)
        journal = b.line
        journal.before["checkpoint"] = journal.open.clear  # b claims, adopts, and never gets to its own checkpoint
        await a.die()
        await until(lambda: not journal.open.is_set())
        directory = (await backend.store()).directory
        assert await directory.owner_of(code) == b.cluster.incarnation
        assert code not in b.node.sessions, "nobody may come in before the node's own checkpoint"
        c = await two.build("c")
        await b.die()
        assert await two.home(code) is c
        await assert_goes_on(c, code, token)


async def test_a_chain_of_deaths(backend: Backend) -> None:
    async with town(backend, "a", "b", "c", "d") as four:
        code, _, token = await a_session(four["a"])
        home, did = four["a"], 1
        for _ in range(3):
            await home.die()
            home = await four.home(code)
            await assert_goes_on(home, code, token, did)
            did += 1
            token = await new_token(home, code)


async def new_token(home: Host, code: str) -> str:
    """The token that Ann was given when she came back."""
    (connection,) = home.node.publisher.connections_of(home.session(code))
    person = connection._socket
    assert isinstance(person, Person)
    token: str = (await person.hear(0))[4]
    return token


async def test_a_node_that_starts_again_takes_its_own_sessions_over(backend: Backend) -> None:
    async with town(backend, "a") as one:
        code, _, token = await a_session(one["a"])
        await one["a"].die()
        again = await one.build("a")
        assert await one.home(code) is again
        await assert_goes_on(again, code, token)


async def test_sessions_of_a_tick_that_failed_go_on_from_the_journal(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fault of ours in the middle of a tick: what was told stands, and nothing that a successor would not know."""
    async with town(backend, "a") as one:
        code, ann, token = await a_session(one["a"])
        told, broken = await ann.poke(), one["a"].session(code)
        fail_one_tick(monkeypatch, code)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: one["a"].node.sessions.get(code) not in (None, broken))
        assert one["a"].session(code).tick >= told
        await assert_goes_on(one["a"], code, token, 2)


async def test_a_session_that_ended_does_not_come_back(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        code = await a.create()
        other, _, _ = await a_session(a)
        a.line.before["remove"] = a.line.open.clear  # it ends, and is told, and is not removed yet
        session = a.session(code)
        a.node.queue(session, End(CloseCode.SESSION_ENDED))
        await until(lambda: not a.line.open.is_set())
        await a.die()
        await two.home(other)
        directory = (await backend.store()).directory
        async with asyncio.timeout(10):
            while await directory.owner_of(code) is not None:  # noqa: ASYNC110 - the store sets no event
                await asyncio.sleep(0.01)
        assert two.homes(code) == []


async def test_a_claim_whose_answer_is_lost_is_found_again(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        code, _, token = await a_session(two["a"])
        two["b"].line.loses_answers["claim"] = 1
        await two["a"].die()
        await assert_goes_on(await two.home(code), code, token)


async def test_a_store_that_goes_away_in_the_middle(backend: Backend) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        b = two["b"]
        code, _, token = await a_session(two["a"])

        def cut() -> None:
            b.line.before.clear()
            b.line.is_cut = True
            asyncio.get_running_loop().call_later(0.3, setattr, b.line, "is_cut", False)

        b.line.before["checkpoint"] = cut
        await two["a"].die()
        await assert_goes_on(await two.home(code), code, token)


async def test_a_node_without_the_game_leaves_the_session_to_one_that_has_it(
    backend: Backend, caplog: pytest.LogCaptureFixture
) -> None:
    async with town(backend, "a", "b") as two:
        code, _, token = await a_session(two["a"])
        games = two["b"].node.games
        two["b"].node.games = {}
        await two["a"].die()
        await until(lambda: "left to another node" in caplog.text)
        await asyncio.sleep(0.3)  # several looks more: that none says it again is what is shown
        assert caplog.text.count("left to another node") == 1
        assert two.homes(code) == []
        two["b"].node.games = games  # it goes on saying no: that is another's, who has just come
        c = await two.build("c")
        assert await two.home(code) is c
        await assert_goes_on(c, code, token)


async def test_a_full_node_leaves_the_session_until_there_is_room(backend: Backend) -> None:
    async with town(backend, "a", "b", server={"max_sessions": 1}) as two:
        code, _, token = await a_session(two["a"])
        own = await two["b"].create()
        await two["a"].die()
        await until(lambda: two["b"].cluster.taken_over.given_back > 0)
        assert two.homes(code) == []
        two["b"].node.queue(two["b"].session(own), End(CloseCode.SESSION_ENDED))
        await assert_goes_on(await two.home(code), code, token)


async def test_a_missing_record_ends_the_replay_and_is_said(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a = two["a"]
        code, ann, token = await a_session(a)
        sequence = a.cluster.node.outbox.sequence if a.cluster.node.outbox is not None else 0
        await asyncio.sleep(0.2)  # some ticks, and with them the records of which one will be missing
        await ann.poke()
        await backend.lose_records(a.cluster.incarnation, sequence + 2)
        journal = (await backend.store()).journal(a.cluster.incarnation)
        await a._vanish()
        await journal.append(sequence + 9, b"what came after", is_after_gap=True)
        await backend.lapse(a.cluster.incarnation)
        home = await two.home(code)
        assert f"has no record {sequence + 3}" in caplog.text
        await assert_goes_on(home, code, token, 1)


async def test_nobody_comes_in_before_the_own_checkpoint(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        b = two["b"]
        code, _, _ = await a_session(two["a"])
        b.line.before["checkpoint"] = b.line.open.clear
        await two["a"].die()
        await until(lambda: not b.line.open.is_set())
        assert code not in b.node.sessions
        b.line.before.clear()
        b.line.open.set()
        assert await two.home(code) is b


def test_each_session_has_one_node_that_goes_first_and_all_nodes_say_the_same() -> None:
    def view(name: str, **load: object) -> NodeView:
        return NodeView(NodeEntry(name, name, "", "", 1, {}), NodeLoad(**{"seats_left": 9} | load))  # type: ignore[arg-type]

    nodes = [view("x"), view("y"), view("z"), view("gone", is_draining=True), view("full", seats_left=0)]
    first = {
        code: [one.entry.incarnation for one in nodes[:3] if is_first(code, one.entry, nodes)]
        for code in (f"CODE{number}" for number in range(300))
    }
    assert all(len(names) == 1 for names in first.values())
    counts = [sum(names == [name] for names in first.values()) for name in "xyz"]
    assert min(counts) > 60
    assert acting_for(leaving_name("x")) == "x" == acting_for("x")


async def test_what_is_left_of_a_dead_node_is_forgotten_in_the_end(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        moved, _, _ = await a_session(a)
        code, _, token = await a_session(a)
        await a.cluster.move(moved, "b")
        await a.die()
        await two.home(code)
        directory = b.cluster.store.directory
        left = {a.cluster.incarnation, leaving_name(a.cluster.incarnation)}
        assert set(await directory.lapsed()) == left, "its journal may still be needed"
        monkeypatch.setattr("tickroom.server.shell.cluster.takeover.FORGET_AFTER_S", 0.1)
        async with asyncio.timeout(10):
            while await directory.lapsed():  # noqa: ASYNC110 - the store sets no event
                await asyncio.sleep(0.01)
        await assert_goes_on(b, code, token)
