"""One place that always has a program in it: deaths, hangs, replacements, and the end. Real processes, stub workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tickroom.server.shell.listening import listen_on
from tickroom.server.shell.workers.keeping import Kept
from tickroom.server.shell.workers.program import Launch, Program
from tickroom.server.shell.workers.settings import Patience
from tickroom.server.shell.workers.tether import PipeTether, Tether, best_tether
from tickroom.server.shell.workers.worker import WorkerPlan, worker_launcher

STUB = Path(__file__).parent / "stub_worker.py"
PATIENCE = Patience(
    start_timeout_s=10,
    ask_every_s=0.05,
    ask_timeout_s=0.3,
    hung_after_s=1.0,
    stop_timeout_s=1.0,
    backoff_first_s=0.05,
)
PLAN = WorkerPlan([sys.executable, str(STUB)], dict(os.environ), "127.0.0.1", None)


def is_running(pid: int) -> bool:
    """Whether there is such a process, one that waits to be reaped left out."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


async def until(condition: Callable[[], bool], limit_s: float = 15) -> None:
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - what happens in other processes sets no event here
            await asyncio.sleep(0.01)


@pytest.fixture
async def shared() -> AsyncIterator[socket.socket]:
    with contextlib.closing(listen_on("127.0.0.1", 0)) as listener:
        yield listener


@contextlib.asynccontextmanager
async def keeping(
    shared: socket.socket, plan: WorkerPlan = PLAN, patience: Patience = PATIENCE, tether: Tether | None = None
) -> AsyncIterator[Kept]:
    """A stub worker that is kept, and that is gone after the block."""
    kept = Kept("stub-1", worker_launcher(plan, shared, "stub-1", (0,)), patience, tether or best_tether())
    kept.begin()
    task = asyncio.create_task(kept.keep())
    try:
        yield kept
    finally:
        task.cancel()
        await asyncio.wait([task])
        await kept.stop(signal.SIGTERM)
        assert kept.current is None or kept.current.ended.is_set()


def current(kept: Kept) -> Program:
    assert kept.current is not None
    return kept.current


async def test_who_dies_is_started_again(shared: socket.socket) -> None:
    async with keeping(shared) as kept:
        assert await kept.ready()
        first = current(kept)
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: kept.current is not first)
        assert first.outcome == "was killed by SIGKILL"
        assert current(kept).pid != first.pid
        assert await kept.ready()
        second = current(kept)
        assert is_running(second.pid)
    assert not is_running(second.pid)
    assert second.outcome == "ended with 0"


async def test_who_hangs_is_killed_and_started_again(shared: socket.socket) -> None:
    async with keeping(shared) as kept:
        assert await kept.ready()
        first = current(kept)
        os.kill(first.pid, signal.SIGSTOP)
        await until(lambda: kept.current is not first)
        assert first.outcome == "was killed by SIGKILL"
        assert first.lived_s >= PATIENCE.hung_after_s
        assert await kept.ready()


async def test_who_never_comes_up_is_killed_and_started_again(shared: socket.socket) -> None:
    async def never() -> bool:
        return False

    starts: list[str] = []

    def launch() -> Launch:
        starts.append("")
        return Launch("mute", ["/bin/sleep", "60"], {}, never, never)

    patience = replace(PATIENCE, start_timeout_s=0.5)
    kept = Kept("mute", launch, patience, best_tether())
    kept.begin()
    task = asyncio.create_task(kept.keep())
    try:
        assert not await kept.ready()
        await until(lambda: len(starts) >= 2)
    finally:
        task.cancel()
        await asyncio.wait([task])
        await kept.stop(signal.SIGTERM)


async def test_what_cannot_be_started_is_tried_again(shared: socket.socket) -> None:
    tries: list[str] = []

    def launch() -> Launch:
        tries.append("")
        if len(tries) < 3:
            raise FileNotFoundError("not yet")
        return worker_launcher(PLAN, shared, "late", (0,))()

    kept = Kept("late", launch, PATIENCE, best_tether())
    kept.begin()
    assert not await kept.ready()
    task = asyncio.create_task(kept.keep())
    try:
        await until(lambda: kept.current is not None)
        assert await kept.ready()
    finally:
        task.cancel()
        await asyncio.wait([task])
        await kept.stop(signal.SIGTERM)


async def test_who_fails_at_once_is_started_more_and_more_seldom(shared: socket.socket) -> None:
    plan = replace(PLAN, environment={**os.environ, "STUB_FAILS": "1"})
    seen: set[int] = set()
    async with keeping(shared, plan, replace(PATIENCE, backoff_first_s=0.2)) as kept:
        began = asyncio.get_running_loop().time()

        def three_starts() -> bool:
            if kept.current is not None:
                seen.add(kept.current.pid)
            return len(seen) >= 3

        await until(three_starts)
        assert asyncio.get_running_loop().time() - began >= 0.2 + 0.4
        assert current(kept).outcome in ("still runs", "ended with 3")


async def test_a_new_one_takes_the_place_of_the_old_one_when_it_is_ready(shared: socket.socket) -> None:
    async with keeping(shared) as kept:
        assert await kept.ready()
        old = current(kept)
        assert await kept.replace()
        assert old.outcome == "ended with 0"
        new = current(kept)
        assert new.pid != old.pid
        assert new.place != old.place
        os.kill(new.pid, signal.SIGKILL)  # and is looked after as the old one was
        await until(lambda: kept.current is not new)


async def test_the_old_one_stays_when_the_new_one_does_not_come_up(shared: socket.socket) -> None:
    environment = dict(os.environ)
    patience = replace(PATIENCE, start_timeout_s=1.0)
    async with keeping(shared, replace(PLAN, environment=environment), patience) as kept:
        assert await kept.ready()
        old = current(kept)
        environment["STUB_UNREADY"] = "1"
        assert not await kept.replace()
        assert current(kept) is old
        assert is_running(old.pid)
        environment["STUB_FAILS"] = "1"
        assert not await kept.replace()
        assert current(kept) is old


async def test_who_dies_while_its_successor_starts_is_followed_by_it(shared: socket.socket) -> None:
    async with keeping(shared) as kept:
        assert await kept.ready()
        old = current(kept)
        replacing = asyncio.create_task(kept.replace())
        os.kill(old.pid, signal.SIGKILL)
        assert await replacing
        new = current(kept)
        await asyncio.sleep(PATIENCE.backoff_first_s * 4)  # in which keep() might have started a third
        assert current(kept) is new


async def test_who_minds_no_signal_is_killed(shared: socket.socket) -> None:
    plan = replace(PLAN, environment={**os.environ, "STUB_STUBBORN": "1"})
    async with keeping(shared, plan) as kept:
        assert await kept.ready()
        stubborn = current(kept)
    assert stubborn.outcome == "was killed by SIGKILL"


async def test_where_the_kernel_does_not_help_pipes_and_polls_do(
    shared: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(pid: int) -> int:
        raise OSError("an old kernel")

    monkeypatch.setattr("os.pidfd_open", lacking, raising=False)
    tether = PipeTether()
    async with keeping(shared, tether=tether) as kept:
        assert await kept.ready()
        first = current(kept)
        os.kill(first.pid, signal.SIGKILL)
        await until(lambda: kept.current is not first)
    tether.close()


@pytest.mark.parametrize("kind", ["KernelTether", "PipeTether"])
async def test_a_program_ends_with_who_started_it(kind: str) -> None:
    if kind == "KernelTether" and sys.platform != "linux":
        pytest.skip("Linux alone")
    parent = (
        "import subprocess, sys, time\n"
        f"from tickroom.server.shell.workers.tether import {kind} as Kind\n"
        "tether = Kind()\n"
        "child = subprocess.Popen(['/bin/sleep', '60'], preexec_fn=tether.in_child)\n"
        "watcher = tether.watch(child.pid)\n"
        "print(child.pid, watcher.pid if watcher else child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", parent, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        pids = [int(word) for word in (await process.stdout.readline()).split()]
        assert len(pids) == 2
        assert all(map(is_running, pids))
        process.kill()
        await until(lambda: not any(map(is_running, pids)))
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        await process.wait()
