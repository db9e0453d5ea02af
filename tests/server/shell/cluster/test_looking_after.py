"""What the store says is a living node's goes on at that node, however it came that it is not there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on, new_token
from tests.server.shell.cluster.town import Host, fail_one_tick, town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.commands import End
from tickroom.server.shell.cluster import takeover
from tickroom.server.shell.cluster.handover import Handover
from tickroom.server.shell.cluster.life import Life, leaving_name


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to wait for seconds."""
    monkeypatch.setattr(takeover, "COMPARE_EVERY_S", 0.1)


def life_of(host: Host) -> Life:
    return host.cluster._membership.life


async def test_sessions_of_a_tick_that_failed_go_back_together(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is long, and is read once for all of them."""
    async with town(backend, "a", checkpoint_every_s=600) as one:
        a = one["a"]
        codes = [await a.create() for _ in range(16)]
        before = dict(a.node.sessions)
        journal, reads = life_of(a).journal, 0
        read = journal.read

        async def counted(incarnation: str, after: int) -> AsyncIterator[tuple[int, bytes]]:
            nonlocal reads
            reads += 1
            async for record in read(incarnation, after):
                yield record

        monkeypatch.setattr(journal, "read", counted)
        fail_one_tick(monkeypatch, codes[0])
        await until(lambda: a.node.sessions.keys() == before.keys() and not before.items() & a.node.sessions.items())
        assert reads == 1


async def test_a_session_that_finds_no_room_to_go_back_goes_on_as_soon_as_there_is_some(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", server={"max_sessions": 1}) as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        creating: list[asyncio.Task[str]] = []

        def create() -> None:
            if not creating:
                creating.append(asyncio.create_task(a.create()))

        a.line.before["claim"] = create  # somebody else is faster
        fail_one_tick(monkeypatch, code)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: a.cluster.taken_over.given_back > 0)
        assert list(a.node.sessions) == [await creating[0]]
        a.node.queue(a.session(await creating[0]), End(CloseCode.SESSION_ENDED))
        await until(lambda: code in a.node.sessions)
        await assert_goes_on(a, code, token)


async def test_a_session_whose_tick_fails_while_its_code_is_reserved_can_be_had(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        a.line.before["reserve"] = a.line.open.clear
        creating = asyncio.create_task(a.create())
        await until(lambda: not a.line.open.is_set())
        (pool,) = a.node.placement.all_pools()
        (session,) = pool.sessions.values()
        fail_one_tick(monkeypatch, session.code)
        await until(lambda: session.ended)
        a.line.before.clear()
        a.line.open.set()
        code = await creating
        await until(lambda: code in a.node.sessions)
        await (await a.come(code)).poke()


async def test_a_session_whose_tick_fails_while_it_is_adopted_keeps_what_was_told_since(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is adopted once more, not twice at a time: else its records are trimmed while they are needed."""
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        code, _, token = await a_session(a)
        adopting = asyncio.create_task(b.line.delay("checkpoint"))
        await a.die()
        first_may_go_on = await adopting
        fail_one_tick(monkeypatch, code)
        await until(lambda: code in life_of(b).unsure)
        await asyncio.sleep(0.2)  # several looks: that it is not adopted meanwhile is what is shown
        assert code not in b.node.sessions
        going_back = asyncio.create_task(b.line.delay("claim"))
        first_may_go_on.set()
        second_may_go_on = await going_back
        assert code in life_of(b).outbox._kept, "its records would be trimmed"
        second_may_go_on.set()
        await two.home(code)
        await assert_goes_on(b, code, token)
        token = await new_token(b, code)
        assert code in life_of(b).outbox._kept, "its records would be trimmed"
        c = await two.build("c")
        await two.meet()
        await b.die()
        assert await two.home(code) is c
        await assert_goes_on(c, code, token, 2)


async def test_a_fault_in_one_claim_keeps_no_other_session(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        codes = [await a.create() for _ in range(8)]
        faults = [AttributeError("ours")]

        def fail_once() -> None:
            if faults:
                raise faults.pop()

        b.line.before["claim"] = fail_once
        await a.die()
        await until(lambda: sorted(b.node.sessions) == sorted(codes))
        assert caplog.text.count("cannot be claimed") == 1


async def test_a_draining_node_still_looks_after_its_own(backend: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        assert await a.cluster.drain() == 1
        a.line.loses_answers["claim"] = 2
        fail_one_tick(monkeypatch, code)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: code in a.node.sessions)
        await assert_goes_on(a, code, token)


async def test_a_session_whose_move_fails_by_a_fault_of_ours_comes_back(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        code, ann, token = await a_session(a)

        async def fail(*_: object) -> str:
            assert await a.cluster.store.directory.owner_of(code) == leaving_name(a.cluster.incarnation)
            raise RuntimeError("ours")

        monkeypatch.setattr(Handover, "_ask", fail)
        with pytest.raises(RuntimeError, match="ours"):
            await a.cluster.move(code, "b")
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        assert await two.home(code) is a
        assert await a.cluster.store.directory.owner_of(code) == a.cluster.incarnation
        await assert_goes_on(a, code, token)


async def test_what_the_store_has_as_a_nodes_own_goes_on_there(backend: Backend) -> None:
    """Whoever put it there, and whyever: nobody else may take it as long as that node lives."""
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        a.line.open.clear()
        assert await (await backend.store()).directory.claim(code, a.cluster.incarnation, b.cluster.incarnation)
        await until(lambda: code in b.node.sessions)
        a.line.open.set()
        await until(lambda: code not in a.node.sessions)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await assert_goes_on(b, code, token)


async def test_a_claim_whose_answer_is_lost_of_a_session_that_cannot_be_had_is_left_to_another_node(
    backend: Backend,
) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, _, token = await a_session(a)
        b.node.games = {}
        b.line.loses_answers["claim"] = 1
        await a.die()
        await until(lambda: b.cluster.taken_over.given_back > 0)
        c = await two.build("c")
        assert await two.home(code) is c
        await assert_goes_on(c, code, token)
