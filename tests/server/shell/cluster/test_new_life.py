"""A node that has lost its lease begins anew, whatever goes wrong, and takes nothing for done that is not."""

from __future__ import annotations

import logging

import pytest

from tests.server.shell.cluster.backends import Backend
from tests.server.shell.cluster.test_takeover import a_session, assert_goes_on
from tests.server.shell.cluster.town import town, until
from tickroom.protocol.codes import CloseCode
from tickroom.server.core.commands import End
from tickroom.server.core.session import Session
from tickroom.server.shell.cluster import background
from tickroom.server.shell.cluster.ownership import Ownership


async def test_a_fault_while_it_finds_its_own_sessions_is_survived(
    backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "AGAIN_AFTER_S", 0.05)
    async with town(backend, "a") as one:
        a = one["a"]
        code, ann, token = await a_session(a)
        before, hold_all, faults = a.cluster.incarnation, Ownership.hold_all, [RuntimeError("ours")]

        async def fail_once(self: Ownership, sessions: list[Session]) -> int:
            if faults:
                raise faults.pop()
            return await hold_all(self, sessions)

        monkeypatch.setattr(Ownership, "hold_all", fail_once)
        await backend.lapse(before)
        assert await ann.hear_close() == CloseCode.TRY_AGAIN_LATER
        await until(lambda: a.cluster.incarnation != before and a.cluster.is_active)
        await assert_goes_on(a, code, token)


async def test_an_end_that_no_record_has_has_not_happened(backend: Backend) -> None:
    """Nobody was told of it: whoever claims the session goes on with it, and so do we."""
    async with town(backend, "a", checkpoint_every_s=600) as one:
        a = one["a"]
        code, _, token = await a_session(a)
        before, ending = a.cluster.incarnation, a.session(code)
        a.line.open.clear()
        a.node.queue(ending, End(CloseCode.SESSION_ENDED))
        await until(lambda: ending.ended)
        await backend.lapse(before)
        a.line.open.set()
        await until(lambda: a.cluster.incarnation != before and a.cluster.is_active)
        await until(lambda: a.node.sessions.get(code) not in (None, ending))
        await assert_goes_on(a, code, token)


async def test_the_log_says_once_that_it_lives_again(backend: Backend, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with town(backend, "a") as one:
        a = one["a"]
        await a_session(a)
        before = a.cluster.incarnation
        a.line.is_cut = True
        a.clock_s += 60
        await until(lambda: "the store does not answer: the line is cut" in caplog.text)
        await backend.lapse(before)
        a.line.is_cut = False
        await until(lambda: a.cluster.incarnation != before and a.cluster.is_active)
        assert f"{a.cluster.incarnation} goes on with 1 of 1 session\n" in caplog.text
        assert "renewed again" not in caplog.text
