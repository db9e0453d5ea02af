"""A run from start to end: cluster, sessions, players, one fault after the other, and the verdict."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from redis.exceptions import RedisError

from tickroom.simulations.chaos.cluster import Cluster, node_of
from tickroom.simulations.chaos.deeds import Deed, carry_out
from tickroom.simulations.chaos.figures import ChaosReport, Totals, all_outages, kind_figures
from tickroom.simulations.chaos.generator import Assignment
from tickroom.simulations.chaos.generators import Generators
from tickroom.simulations.chaos.invariants import KEPT_LINES, Life, Rule, Violation, from_memory, judge
from tickroom.simulations.chaos.parameters import ChaosFailed, ChaosParameters
from tickroom.simulations.chaos.plan import Step, plan
from tickroom.simulations.chaos.records import Records
from tickroom.simulations.chaos.tail import Journals, Tail
from tickroom.simulations.http_api import HttpApi, SessionSettings
from tickroom.simulations.progress import Watcher
from tickroom.simulations.testing.uninterrupted import replay_lives

FIRST_PLAY_S = 30.0


@dataclass
class Played:
    """What a run left behind, before it is judged."""

    deeds: list[Deed]
    records: Records
    journals: Journals
    violations: list[Violation]
    leases_lost: dict[str, int] = field(default_factory=dict)  # by the node's name


async def run_chaos(parameters: ChaosParameters, watcher: Watcher, folder: Path | None = None) -> ChaosReport:
    """Do all of it and judge it. ``folder``: for the programs' logs; a passing one without. Raises ChaosFailed."""
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tickroom-chaos-")))
        try:
            async with asyncio.timeout(parameters.seconds):
                played = await _play(parameters, watcher, folder)
        except TimeoutError:
            raise ChaosFailed(f"it did not end within {parameters.seconds:g} s") from None
    watcher.stage("replaying without a break", len(played.journals.owners))
    lives = await asyncio.to_thread(replay_lives, played.journals, watcher.advance)
    watcher.stage("judging", 1)
    return _report(parameters, played, lives)


async def _play(parameters: ChaosParameters, watcher: Watcher, folder: Path) -> Played:
    watcher.stage("starting", 1)
    cluster = Cluster(parameters, folder)
    try:
        await cluster.start()
        codes = await _make_sessions(cluster, parameters)
        async with _tail(cluster, codes) as tail:
            generators = Generators(_assignments(cluster, parameters, codes))
            try:
                return await _disturb(parameters, cluster, generators, tail, watcher)
            finally:
                generators.close()
    finally:
        # Shielded: a second Ctrl-C must leave nothing running either.
        await asyncio.shield(cluster.close())


async def _disturb(
    parameters: ChaosParameters, cluster: Cluster, generators: Generators, tail: Tail, watcher: Watcher
) -> Played:
    if not await generators.settle(FIRST_PLAY_S):
        raise ChaosFailed("the bots do not play, before any fault")
    played = Played([], Records(), tail.journals, [])
    steps = plan(parameters)
    watcher.stage("faults", len(steps))
    for number, step in enumerate(steps, 1):
        await asyncio.sleep(step.calm_s)
        owned = tail.owned()
        busy = [number for number, node in enumerate(cluster.nodes) if any(node.owns(name) for name in owned)]
        await _do(step, parameters, cluster, busy or [0], generators, played)
        watcher.advance(number)
    played.records = await generators.finish()
    await tail.read_all()  # up to the last tick that anybody was told
    played.leases_lost = {node.name: node.leases_lost for node in cluster.nodes}
    return played


async def _do(
    step: Step,
    parameters: ChaosParameters,
    cluster: Cluster,
    busy: Sequence[int],
    generators: Generators,
    played: Played,
) -> None:
    async def settle() -> bool:
        return await generators.settle(parameters.settle_s)

    deed = await carry_out(step, cluster, busy, settle)
    played.deeds.append(deed)
    deed.is_settled = await settle()
    deed.settled_s = time.monotonic()
    if not deed.is_settled:
        what = f"not all play {parameters.settle_s:g} s after {step.kind}"
        played.violations.append(Violation(Rule.NOT_PLAYING, str(step.kind), what))
    for node in cluster.nodes:
        if not node.is_alive:
            words = node.child.last_words() if node.child is not None else ""
            played.violations.append(Violation(Rule.NODE_DIED, node.name, words))
            await node.start()


@contextlib.asynccontextmanager
async def _tail(cluster: Cluster, codes: list[str]) -> AsyncIterator[Tail]:
    tail = Tail(cluster.redis.url, codes)
    try:
        await tail.read_all()
    except RedisError as error:
        raise ChaosFailed(f"Redis does not answer: {error}") from None
    reading = asyncio.create_task(tail.run())
    try:
        yield tail
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await tail.close()


async def _make_sessions(cluster: Cluster, parameters: ChaosParameters) -> list[str]:
    settings = SessionSettings(
        seats=parameters.players,
        tick_hz=parameters.tick_hz,
        countdown_s=0,
        round_s=40,
        rematch_after_s=2,
        history=KEPT_LINES,
        grace_s=30,
    )
    apis = [HttpApi(node.url) for node in cluster.nodes]
    listings = [
        await apis[number % len(apis)].create_session(
            settings | SessionSettings(seed=parameters.seed * 100_003 + number)
        )
        for number in range(parameters.sessions)
    ]
    return [listing.code for listing in listings]


def _assignments(cluster: Cluster, parameters: ChaosParameters, codes: list[str]) -> list[Assignment]:
    urls = tuple(node.url for node in cluster.nodes)
    count = min(parameters.generators, len(codes))
    found = []
    first = 0
    for number in range(count):
        own = tuple(codes[number::count])
        found.append(Assignment(urls, own, parameters.players, first, parameters.seed))
        first += len(own) * parameters.players
    return found


def _report(parameters: ChaosParameters, played: Played, lives: Mapping[str, Life]) -> ChaosReport:
    records, journals = played.records, played.journals
    refusals: dict[str, int] = {}
    for player in records.players:
        for name, times in player.refusals.items():
            refusals[name] = refusals.get(name, 0) + times
    totals = Totals(
        players=len(records.players),
        sessions=len(records.sessions),
        states_compared=sum(
            len(session.seen.keys() & lives[session.code].checksums.keys())
            for session in records.sessions
            if session.code in lives
        ),
        ticks_replayed=sum(len(life.checksums) for life in lives.values()),
        ticks_in_no_journal=sum(len(ticks) for life in lives.values() for ticks in life.missing),
        acks=sum(len(player.answers) for player in records.players),
        lines=sum(line.code == 0 for player in records.players for line in player.lines),
        stays=sum(len(player.stays) for player in records.players),
        takeovers=sum(max(0, len(owners) - 1) for owners in journals.owners.values()),
        leases_lost=sum(played.leases_lost.values()),
        refusals=refusals,
    )
    again: dict[str, list[float]] = {}
    for deed in played.deeds:
        again.setdefault(deed.kind.value, []).extend(out.again_s for out in all_outages(deed, records))
    violations = [*played.violations, *judge(records, lives)]
    if not any(deed.kind.ends_leases for deed in played.deeds):
        # A machine that stands still for longer than a lease does to nodes what a pause does to one.
        violations += from_memory(lives, lambda owner: bool(played.leases_lost.get(node_of(owner))))
    kinds = kind_figures(played.deeds, records, journals)
    return ChaosReport(parameters, kinds, totals, violations, journals.lost, again)
