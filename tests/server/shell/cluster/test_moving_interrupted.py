"""Moves in the middle of something else: the lease is lost, the store is away for a moment, the node stops."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on
from tests.server.shell.cluster.town import Host, Town, town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.session import Session
from tickroom.server.shell.cluster.handover import NotMoved
from tickroom.server.shell.cluster.life import leaving_name
from tickroom.server.shell.cluster.moving import AT_ONCE
from tickroom.server.shell.node import NodeFull


class Refusing:
    """A node that takes nothing, and says so when it is let."""

    def __init__(self, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked = 0
        self.says_so = asyncio.Event()
        monkeypatch.setattr(host.cluster, "adopt_from", self._refuse)

    async def _refuse(self, code: str, held_by: str) -> None:
        self.asked += 1
        await self.says_so.wait()
        raise NodeFull("no room")


async def lose_lease(town: Town, host: Host) -> None:
    """The host's lease runs out, it finds out, and lives again. Nobody takes anything over from it meanwhile."""
    before = host.cluster.incarnation
    await town.backend.lapse(before)
    await town.backend.pass_ms(2)
    host.cluster._membership.note_fenced()
    await until(lambda: host.cluster.incarnation != before and host.cluster.is_active)


def move_all(host: Host) -> asyncio.Task[None]:
    """As on SIGTERM: it is none of the life's own tasks, and nothing is taken over any more."""
    host.cluster._membership.is_draining = True
    moving = host.cluster._moving
    assert moving is not None
    return asyncio.create_task(moving.move_all(list(host.node.sessions.values())))


async def test_a_move_that_outlives_its_lease_takes_nothing_back(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600, ask_timeout_s=9.0) as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)
        refusing = Refusing(b, monkeypatch)
        moving = move_all(a)
        await until(lambda: refusing.asked == 1)
        b.cluster._membership.is_draining = True  # it does not look for lapsed nodes
        await lose_lease(two, a)
        refusing.says_so.set()
        await moving
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        assert two.homes(code) == []
        b.cluster._membership.is_draining = False
        assert await two.home(code) is b
        await assert_goes_on(b, code, token)
        assert await b.cluster.store.directory.owner_of(code) == b.cluster.incarnation


async def test_sessions_that_waited_to_be_moved_belong_to_the_next_life(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", "b", ask_timeout_s=9.0) as two:
        a, b = two["a"], two["b"]
        for _ in range(AT_ONCE + 2):
            await a.create()
        refusing = Refusing(b, monkeypatch)
        moving = move_all(a)
        await until(lambda: refusing.asked == AT_ONCE)
        b.cluster._membership.is_draining = True
        waited = dict(a.node.sessions)
        await lose_lease(two, a)
        refusing.says_so.set()
        await moving
        assert len(waited) == 2
        assert a.node.sessions == waited, "the same, and nobody has parted from them"
        directory = a.cluster.store.directory
        assert await directory.sessions_of(a.cluster.incarnation) == sorted(waited)


async def test_a_store_that_is_away_for_a_moment_does_not_end_a_drain(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        codes = [await a.create() for _ in range(3)]
        a.line.loses_answers = {"register": 1, "checkpoint": 1, "claim": 1}
        assert await a.cluster.drain() == 0
        assert all(two.homes(code) == [two["b"]] for code in codes)


async def test_a_node_whose_drain_fails_leaves_all_the_same(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with town(backend, "a", "b") as two:
        a, b = two["a"], two["b"]
        code, ann, token = await a_session(a)

        async def fail() -> int:
            raise RuntimeError("ours")

        monkeypatch.setattr(a.cluster, "drain", fail)
        await a.cluster.stop(is_draining=True)
        a.is_dead = True  # for who looks for the session
        assert await ann.hear_close() == CloseCode.SHUTTING_DOWN
        assert "draining failed" in caplog.text
        assert await two.home(code) is b
        await assert_goes_on(b, code, token)
        a.is_dead = False


async def test_a_session_is_not_parted_from_while_it_is_being_held(backend: Backend) -> None:
    """Both write its checkpoint, and of the two the one that parts must be the last."""
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        code, _, token = await a_session(a)
        session, life = a.session(code), a.cluster._membership.life
        await life.make_known(leaving_name(life.incarnation))
        a.line.before["owner_of"] = a.line.open.clear
        holding = asyncio.create_task(a.cluster._hold(life, session))
        await until(lambda: not a.line.open.is_set())
        moving = asyncio.create_task(a.cluster._moving.move(session, "b"))  # type: ignore[union-attr]
        await asyncio.sleep(0.1)  # that nothing happens is what is shown
        assert a.node.sessions.get(code) is session
        a.line.before.clear()
        a.line.open.set()
        await asyncio.gather(holding, moving)
        assert await two.home(code) is b
        await assert_goes_on(b, code, token)


async def test_a_session_that_was_let_go_meanwhile_is_not_moved(backend: Backend) -> None:
    async with town(backend, "a", "b") as two:
        a = two["a"]
        code, _, _ = await a_session(a)
        session = a.session(code)
        a.node.let_go(session, CloseCode.TRY_AGAIN_LATER)
        with pytest.raises(NotMoved, match="has ended"):
            await a.cluster._moving.move(session, "b")  # type: ignore[union-attr]


def no_checkpoint_of(host: Host, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on: as when a game does something wrong."""
    broken, take_checkpoint = host.session(code), host.node.checkpoint_of

    def checkpoint_of(session: Session) -> bytes:
        if session is broken:
            raise OverflowError("the game's")
        return take_checkpoint(session)

    monkeypatch.setattr(host.node, "checkpoint_of", checkpoint_of)


async def test_a_session_of_which_no_checkpoint_can_be_made_keeps_no_other_from_leaving(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        (bad, _, bad_token), (good, _, good_token) = await a_session(a), await a_session(a)
        no_checkpoint_of(a, bad, monkeypatch)
        await move_all(a)
        assert f"{bad} cannot be moved" in caplog.text
        await assert_goes_on(b, good, good_token)
        await assert_goes_on(await two.home(bad), bad, bad_token)


async def test_a_session_of_which_no_checkpoint_can_be_made_is_left_as_the_store_has_it(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with town(backend, "a", "b", checkpoint_every_s=600) as two:
        a, b = two["a"], two["b"]
        (bad, _, bad_token), (good, _, good_token) = await a_session(a), await a_session(a)
        no_checkpoint_of(a, bad, monkeypatch)
        await a.leave()
        a.is_dead = True
        assert f"{bad} is left as the store has it" in caplog.text
        for code, token in ((bad, bad_token), (good, good_token)):
            assert await two.home(code) is b
            await assert_goes_on(b, code, token)
