"""500 connections, every tenth hostile: what honest players notice of it, and whether the server's memory grows.

Quiet and hostile windows alternate in one run against one server, for only ratios within a run mean anything on a
machine that others use as well. ``pytest -s`` shows the figures; ``HOSTILE_WINDOW_S`` and ``HOSTILE_ROUNDS`` make it
longer, ``HOSTILE_CONNECTIONS`` smaller.

On a machine that gives the server too little of its core, latencies measure the machine: they are judged only where the
quiet windows are what a server with time to spare has. What the attack costs the server in CPU is judged everywhere.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.server.shell import hostile
from tests.server.shell.hostile import TICK_HZ, Crowd, Server, p99_ms
from tickroom.game.registry import GAMES
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.machine import cpu_seconds, is_supported, resident_bytes
from tickroom.simulations.loadtest.server_process import server_process

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not is_supported(), reason="reads /proc, pins processes, binds to 127.0.0.0/8: Linux"),
]

CONNECTIONS = int(os.environ.get("HOSTILE_CONNECTIONS", "500"))
HOSTILE, SEATS = CONNECTIONS // 10, 4
HONEST = CONNECTIONS - HOSTILE
WINDOW_S = float(os.environ.get("HOSTILE_WINDOW_S", "4"))
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "3"))
MOST_WORSE = 1.5
"""What this test holds a machine to; 1.1 is the aim, and docs/security.md has what was measured."""
CALM_MS = 2 * 1000 / TICK_HZ
"""A quiet p99 frame interval above this is a server without time to spare."""
MOST_CPU_SHARE = 0.25
"""Of its core, beyond what the honest cost."""
MOST_GROWTH_BYTES = 16_000_000
"""From the first attack to the last. Not flat: some KB stay of each connection, and why is open (docs/security.md)."""
# As on a server that strangers can reach: every client has an address of its own.
LIMITS = [
    "--connections-per-minute",
    "10",
    "--connections-per-address",
    "20",
    "--unknown-codes-per-minute",
    "20",
    "--api-requests-per-minute",
    "300",
    "--creates-per-minute",
    "0",
]


@contextmanager
def serving(cpu: int) -> Iterator[tuple[Server, int]]:
    """A server alone on its core with sessions that play for an hour, and its process id."""
    command = [sys.executable, "-m", "tickroom", "serve", "--port", "0", "--log-level", "error", *LIMITS]
    with server_process(command, [cpu]) as process:
        settings = {"game": "arena", "seats": SEATS, "tick_hz": TICK_HZ, "public": False, "auto_start": True}
        body = json.dumps(settings | {"countdown_s": 0, "round_s": 3600, "grace_s": 1}).encode()
        codes = [_post(f"{process.url}/api/sessions", body)["code"] for _ in range(CONNECTIONS // SEATS)]
        yield Server(process.url, tuple(codes), GAMES["arena"].schema.fingerprint), process.pid


def _post(url: str, body: bytes) -> dict[str, str]:
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=5) as answer:
        found: dict[str, str] = json.loads(answer.read())
        return found


class Window(NamedTuple):
    """What honest players saw in it, and what it cost the server."""

    ack: Histogram
    interval: Histogram
    cpu_share: float
    rss_bytes: int  # at its end


async def watch(crowd: Crowd, pid: int) -> Window:
    before_s, began_s = cpu_seconds(pid), time.monotonic()
    ack, interval = await crowd.watch(WINDOW_S)
    spent = (cpu_seconds(pid) - before_s) / (time.monotonic() - began_s)
    return Window(ack, interval, spent, resident_bytes(pid))


def cpu_share(windows: list[Window]) -> float:
    return sum(window.cpu_share for window in windows) / len(windows)


@pytest.fixture
def cpus() -> Iterator[list[int]]:
    """The first is the attackers', the last the server's, what lies between this process's."""
    all_of_them = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, all_of_them[1:-1] or all_of_them)
    yield all_of_them
    os.sched_setaffinity(0, all_of_them)


def _statistics(url: str) -> dict[str, Any]:
    with urllib.request.urlopen(f"{url}/api/stats", timeout=5) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


async def test_honest_players_hardly_notice(cpus: list[int], repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(repository)  # the attackers' process imports this package by its name
    context = multiprocessing.get_context("spawn")
    go, end = context.Event(), context.Event()
    with serving(cpus[-1]) as (server, pid):
        attackers = context.Process(
            target=hostile.attack, args=(server, range(HONEST, CONNECTIONS), {cpus[0]}, go, end), daemon=True
        )
        attackers.start()
        crowd = Crowd(server, HONEST)
        await crowd.enter()
        playing = asyncio.create_task(crowd.play())
        try:
            await crowd.watch(3)  # warm
            quiet: list[Window] = []
            attacked: list[Window] = []
            go.set()
            await crowd.watch(2)
            for _ in range(ROUNDS):
                go.clear()
                await crowd.watch(1)
                quiet.append(await watch(crowd, pid))
                go.set()
                await crowd.watch(0.5)
                attacked.append(await watch(crowd, pid))
        finally:
            end.set()
            playing.cancel()
            crowd.leave()
            attackers.join(10)
        stats = _statistics(server.url)
    ack = [p99_ms([window.ack for window in windows]) for windows in (quiet, attacked)]
    interval = [p99_ms([window.interval for window in windows]) for windows in (quiet, attacked)]
    cpu = [cpu_share(quiet), cpu_share(attacked)]
    print(
        f"\np99 input-to-ack: {ack[0]:.1f} ms quiet, {ack[1]:.1f} ms attacked ({ack[1] / ack[0]:.2f}); "
        f"p99 frame interval: {interval[0]:.1f} ms, {interval[1]:.1f} ms ({interval[1] / interval[0]:.2f}); "
        f"server's CPU {cpu[0]:.0%}, {cpu[1]:.0%} of its core; "
        f"memory after each attack {', '.join(f'{window.rss_bytes / 1e6:.1f}' for window in attacked)} MB; "
        f"closes {stats['closes']}, limited {stats['limited']}, ticks skipped {stats['ticks_skipped']}"
    )
    assert attackers.exitcode == 0
    assert crowd.dropped == 0
    assert stats["closes"]["rate_limited"] > HOSTILE / 5, "the attackers did attack"
    assert stats["closes"]["bad_messages"] > 0
    assert cpu[1] - cpu[0] < MOST_CPU_SHARE
    if interval[0] < CALM_MS:
        assert ack[1] < MOST_WORSE * ack[0]
        assert interval[1] < MOST_WORSE * interval[0]
    # The first attack makes room (seats, sockets' buffers, entries of budgets); the next ones find it made.
    assert attacked[-1].rss_bytes - attacked[0].rss_bytes < MOST_GROWTH_BYTES
