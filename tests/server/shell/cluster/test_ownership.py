"""Sessions that a node makes sure of in the store, and what becomes of them while it does."""

from __future__ import annotations

import asyncio

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on
from tests.server.shell.cluster.town import Host, fail_one_tick, town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.commands import End
from tickroom.server.core.session import Session


async def hold(host: Host, code: str, until_call: str) -> tuple[asyncio.Task[None], asyncio.Event]:
    """Make sure of a session, as when a checkpoint was refused, until this call; it is made when the event is set."""
    delaying = asyncio.create_task(host.line.delay(until_call))
    await asyncio.sleep(0)
    holding = asyncio.create_task(host.cluster._hold(host.cluster._membership.life, host.session(code)))
    return holding, await delaying


async def test_who_ends_while_it_is_put_back_is_removed_after_that(backend: Backend) -> None:
    async with town(backend, "a") as one:
        a = one["a"]
        code = await a.create()
        directory = (await backend.store()).directory
        await directory.remove(code, a.cluster.incarnation)  # the store has lost it
        holding, may_go_on = await hold(a, code, "reclaim")
        a.node.queue(a.session(code), End(CloseCode.SESSION_ENDED))
        await until(lambda: code not in a.node.sessions)
        await asyncio.sleep(0.1)  # it could be removed by now
        may_go_on.set()
        await holding
        await until(lambda: not a.cluster._removals)
        assert await directory.owner_of(code) is None


async def test_who_has_ended_is_not_held_again(backend: Backend) -> None:
    """The store was away in the middle, so that it is tried anew."""
    async with town(backend, "a") as one:
        a = one["a"]
        code = await a.create()
        a.line.loses_answers["owner_of"] = 1
        holding, may_go_on = await hold(a, code, "owner_of")
        a.node.queue(a.session(code), End(CloseCode.SESSION_ENDED))
        await until(lambda: code not in a.node.sessions)
        may_go_on.set()
        await holding
        await until(lambda: not a.cluster._removals)
        assert code not in a.cluster._membership.life.outbox._kept, "it would keep the journal for ever"
        assert await a.cluster.store.directory.owner_of(code) is None


async def test_a_tick_that_fails_while_its_session_is_held_loses_nothing(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with town(backend, "a", checkpoint_every_s=600) as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        holding, may_go_on = await hold(a, code, "checkpoint")
        fail_one_tick(monkeypatch, code)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await asyncio.sleep(0.2)  # several looks: that it does not go on before is what is shown
        assert code not in a.node.sessions, "what is held would undo its new checkpoint"
        may_go_on.set()
        await holding
        await until(lambda: code in a.node.sessions)
        await assert_goes_on(a, code, token)
        assert await a.cluster.store.directory.owner_of(code) == a.cluster.incarnation


async def test_one_session_that_cannot_be_held_does_not_keep_what_others_wait_for(
    backend: Backend, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """After records were lost nothing is told before all sessions are held: all but the broken one."""
    async with town(backend, "a", checkpoint_every_s=600) as one:
        a = one["a"]
        (bad, _, bad_token), (good, ann, _) = await a_session(a), await a_session(a)
        broken, take_checkpoint = a.session(bad), a.node.checkpoint_of

        def checkpoint_of(session: Session) -> bytes:
            if session is broken:
                raise OverflowError("ours")
            return take_checkpoint(session)

        outbox = a.node.outbox
        assert outbox is not None
        await until(lambda: outbox.sequence > 20)
        monkeypatch.setattr(a.node, "checkpoint_of", checkpoint_of)
        await outbox.flushed()  # else there may be nothing to lose yet
        await backend.lose_records(a.cluster.incarnation, outbox.sequence - 3)
        await ann.poke()
        assert f"{bad} cannot be held" in caplog.text
        await until(lambda: a.node.sessions.get(bad) not in (None, broken))
        await assert_goes_on(a, bad, bad_token)
        assert good in a.node.sessions
