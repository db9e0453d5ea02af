"""The supervisor as a whole, with stub workers and signals to this very process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tickroom.server.shell.cluster.redis_program import find_redis_server
from tickroom.server.shell.listening import listen_on
from tickroom.server.shell.workers.asking import http_says_ok, redis_answers
from tickroom.server.shell.workers.embedded_redis import EmbeddedRedis
from tickroom.server.shell.workers.keeping import Kept
from tickroom.server.shell.workers.program import Program
from tickroom.server.shell.workers.settings import Patience
from tickroom.server.shell.workers.supervisor import Crew, NoStore, NoWorker, supervise
from tickroom.server.shell.workers.tether import best_tether
from tickroom.server.shell.workers.worker import WorkerPlan, worker_launcher

STUB = Path(__file__).parent / "stub_worker.py"
PLAN = WorkerPlan([sys.executable, str(STUB)], dict(os.environ), "127.0.0.1", None)
PATIENCE = Patience(start_timeout_s=10, ask_every_s=0.05, stop_timeout_s=2.0, backoff_first_s=0.05)


class Supervised:
    """A crew of two at work; ``lines`` are what people were told."""

    def __init__(self, crew: Crew) -> None:
        self.crew = crew
        self.lines: list[str] = []
        self.work = asyncio.create_task(supervise(crew, self.lines.append))

    async def serves(self) -> None:
        await until(lambda: self.lines[-1:] == ["Tickroom serves http://people"], self.work)

    def programs(self) -> list[Program]:
        return [worker.current for worker in self.crew.workers if worker.current is not None]


async def until(condition: Callable[[], bool], work: asyncio.Task[None]) -> None:
    async with asyncio.timeout(15):
        while not condition():
            if work.done():
                work.result()
            await asyncio.sleep(0.01)  # what happens in other processes sets no event here


MakeCrew = Callable[..., Supervised]


@pytest.fixture
async def crew() -> AsyncIterator[MakeCrew]:
    """Makes two workers with a plan each; all are gone afterwards."""
    made: list[Supervised] = []
    with contextlib.closing(listen_on("127.0.0.1", 0)) as shared:

        def make(*plans: WorkerPlan, store: Kept | None = None, is_terminal_gone: bool = False) -> Supervised:
            workers = [kept(shared, f"stub-{number}", plan) for number, plan in enumerate(plans or (PLAN, PLAN))]
            made.append(Supervised(Crew("http://people", workers, store, lambda: is_terminal_gone)))
            return made[-1]

        yield make
        for one in made:
            one.work.cancel()
            await asyncio.wait([one.work])
            assert all(program.ended.is_set() for program in one.programs())


def kept(shared: socket.socket, name: str, plan: WorkerPlan) -> Kept:
    return Kept(name, worker_launcher(plan, shared, name, (0,)), PATIENCE, best_tether())


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_tells_what_it_started_and_ends_it_when_told(crew: MakeCrew, number: signal.Signals) -> None:
    supervised = crew()
    await supervised.serves()
    programs = supervised.programs()
    assert sorted(supervised.lines[:-1]) == [str(program) for program in programs]
    os.kill(os.getpid(), number)
    await asyncio.wait_for(supervised.work, 10)
    assert [program.outcome for program in programs] == ["ended with 0", "ended with 0"]


async def test_told_twice_it_kills(crew: MakeCrew) -> None:
    stubborn = replace(PLAN, environment={**os.environ, "STUB_STUBBORN": "1"})
    supervised = crew(stubborn, PLAN)
    await supervised.serves()
    first, _ = programs = supervised.programs()
    loop = asyncio.get_running_loop()
    began = loop.time()
    os.kill(os.getpid(), signal.SIGTERM)
    await until(lambda: programs[1].ended.is_set(), supervised.work)
    os.kill(os.getpid(), signal.SIGTERM)
    await asyncio.wait_for(supervised.work, 10)
    assert first.outcome == "was killed by SIGKILL"
    assert loop.time() - began < PATIENCE.stop_timeout_s


async def test_a_hang_up_replaces_all_one_after_the_other(crew: MakeCrew) -> None:
    supervised = crew()
    await supervised.serves()
    old = supervised.programs()
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: all(program.ended.is_set() for program in old), supervised.work)
    new = supervised.programs()
    assert {program.outcome for program in old} == {"ended with 0"}
    assert not {program.pid for program in old} & {program.pid for program in new}
    assert not supervised.work.done()
    await until(lambda: set(map(str, new)) <= set(supervised.lines), supervised.work)


async def test_who_is_started_again_is_told_as_the_first_ones_were(crew: MakeCrew) -> None:
    supervised = crew()
    await supervised.serves()
    killed, other = supervised.programs()
    os.kill(killed.pid, signal.SIGKILL)
    await until(lambda: len(supervised.lines) == 4, supervised.work)
    again = supervised.programs()[0]
    assert again.pid != killed.pid
    assert supervised.lines[3] == str(again)
    assert await http_says_ok("127.0.0.1", int(again.place.rpartition(":")[2]), "/readyz")
    assert supervised.programs()[1] is other


async def test_a_new_one_that_does_not_come_up_ends_the_round(crew: MakeCrew, caplog: pytest.LogCaptureFixture) -> None:
    environment = dict(os.environ)
    supervised = crew(replace(PLAN, environment=environment), PLAN)
    await supervised.serves()
    old = supervised.programs()
    environment["STUB_FAILS"] = "1"
    os.kill(os.getpid(), signal.SIGHUP)
    await until(lambda: "0 of 2 workers are new; the others stay as they are" in caplog.text, supervised.work)
    assert supervised.programs() == old
    assert not any(program.ended.is_set() for program in old)


async def test_a_hang_up_of_its_terminal_ends_it(crew: MakeCrew) -> None:
    supervised = crew(is_terminal_gone=True)
    await supervised.serves()
    os.kill(os.getpid(), signal.SIGHUP)
    await asyncio.wait_for(supervised.work, 10)
    assert all(program.ended.is_set() for program in supervised.programs())


async def test_one_worker_that_fails_does_not_stop_the_other(crew: MakeCrew) -> None:
    supervised = crew(PLAN, replace(PLAN, environment={**os.environ, "STUB_FAILS": "1"}))
    await supervised.serves()
    assert len(supervised.lines) == 2


async def test_it_gives_up_when_none_comes_up(crew: MakeCrew) -> None:
    failing = replace(PLAN, environment={**os.environ, "STUB_FAILS": "1"})
    supervised = crew(failing, failing)
    with pytest.raises(NoWorker):
        await asyncio.wait_for(supervised.work, 10)


async def test_the_store_is_there_before_the_workers_and_gone_after_them(crew: MakeCrew) -> None:
    redis = EmbeddedRedis(find_redis_server())
    path = redis.url.removeprefix("unix://")
    folder = Path(path).parent
    try:
        assert folder.stat().st_mode & 0o077 == 0
        supervised = crew(store=Kept("redis", redis.launch, PATIENCE, best_tether()))
        await supervised.serves()
        assert supervised.lines[0].startswith("redis: pid ")
        assert await within(redis_answers(path)) == b"+PONG"
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(supervised.work, 10)
        assert await within(redis_answers(path)) == b""
    finally:
        redis.close()
    assert not folder.exists()


async def test_a_store_that_does_not_start_is_told_with_what_it_said(crew: MakeCrew, tmp_path: Path) -> None:
    (tmp_path / "appendonlydir").write_text("not a folder")
    (tmp_path / "appendonly.aof").write_text("nor is this what Redis wrote")
    redis = EmbeddedRedis(find_redis_server(), tmp_path)
    try:
        supervised = crew(store=Kept("redis", redis.launch, PATIENCE, best_tether()))
        with pytest.raises(NoStore):
            await asyncio.wait_for(supervised.work, 15)
        assert redis.log.read_text() != ""
    finally:
        redis.close()


async def within(answer: Awaitable[bytes]) -> bytes:
    async with asyncio.timeout(5):
        return await answer


def test_a_folder_with_sessions_is_one_servers_at_a_time(tmp_path: Path) -> None:
    redis = EmbeddedRedis(find_redis_server(), tmp_path)
    try:
        with pytest.raises(OSError, match="another server keeps its sessions there"):
            EmbeddedRedis(find_redis_server(), tmp_path)
    finally:
        redis.close()
    EmbeddedRedis(find_redis_server(), tmp_path).close()
