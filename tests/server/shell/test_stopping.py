"""How a server leaves its cluster: in its own time, within a limit, at once when it is told again."""

from __future__ import annotations

import asyncio
import logging
import os
import signal

import pytest

from tests.server.core.toy_game import ToyGame
from tickroom.server.shell.listening import listen_on
from tickroom.server.shell.node import Node
from tickroom.server.shell.serve import Server, _serve
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.stopping import StopSignals, leave_cluster


class SlowLeaving:
    """A cluster whose ``stop`` ends when it is let."""

    def __init__(self, error: Exception | None = None) -> None:
        self.heard: list[bool] = []
        self.has_begun, self.may_end = asyncio.Event(), asyncio.Event()
        self.was_cancelled = False
        self._error = error

    async def stop(self, *, is_draining: bool) -> None:
        self.heard.append(is_draining)
        self.has_begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.was_cancelled = True
            raise
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize("is_draining", [True, False])
async def test_who_leaves_in_time_is_not_disturbed(is_draining: bool) -> None:
    cluster = SlowLeaving()
    leaving = asyncio.create_task(leave_cluster(cluster, StopSignals(), 30, is_draining=is_draining))
    await cluster.has_begun.wait()
    cluster.may_end.set()
    await leaving
    assert cluster.heard == [is_draining]
    assert not cluster.was_cancelled


async def test_a_limit_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    cluster = SlowLeaving()
    await leave_cluster(cluster, StopSignals(), 0.01, is_draining=True)
    assert cluster.was_cancelled
    assert "0.01 s are over" in caplog.text


async def test_a_second_signal_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    cluster, signals = SlowLeaving(), StopSignals()
    signals.hear(signal.SIGTERM)
    leaving = asyncio.create_task(leave_cluster(cluster, signals, 30, is_draining=True))
    await cluster.has_begun.wait()
    signals.hear(signal.SIGTERM)
    await leaving
    assert cluster.was_cancelled
    assert "told again" in caplog.text


async def test_an_error_is_logged_and_the_server_goes_on_stopping(caplog: pytest.LogCaptureFixture) -> None:
    cluster = SlowLeaving(RuntimeError("no store"))
    cluster.may_end.set()
    with caplog.at_level(logging.ERROR):
        await leave_cluster(cluster, StopSignals(), 30, is_draining=True)
    assert "leaving the cluster failed" in caplog.text
    assert "no store" in caplog.text


async def test_signals_of_the_process_are_heard_in_sequence() -> None:
    signals = StopSignals.listen()
    os.kill(os.getpid(), signal.SIGINT)
    await asyncio.wait_for(signals.told(), 5)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(signals.second(), 5)
    assert signals.first is signal.SIGINT


async def test_a_node_whose_sockets_fail_ends_instead_of_holding_what_nobody_reaches(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    may_fail = asyncio.Event()

    async def fail(server: Server) -> None:
        await may_fail.wait()
        server.should_exit = True
        await server.lifespan.shutdown()
        raise RuntimeError("the sockets are gone")

    async def let_it_fail(_node: Node, _url: str) -> None:
        may_fail.set()

    monkeypatch.setattr(Server, "main_loop", fail)
    async with asyncio.timeout(10):
        with pytest.raises(RuntimeError, match="the sockets are gone"):
            await _serve(ServerSettings(port=0), [listen_on("127.0.0.1", 0)], let_it_fail, {"toy": ToyGame()})
    assert "has ended by itself" in caplog.text
