"""A load test from start to end: for each round and target a server, its clients, one window, and the figures of it."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for_any
from multiprocessing.process import BaseProcess

from tickroom.simulations.http_api import ask
from tickroom.simulations.loadtest import targets
from tickroom.simulations.loadtest.figures import (
    KEPT_UP_LEAST,
    Lateness,
    LoadReport,
    Quantiles,
    RedisFigures,
    Run,
    RunFigures,
    ServerStatistics,
    suspicions,
)
from tickroom.simulations.loadtest.generator import Assignment, GeneratorReport, Window, run_generator, shares
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.machine import (
    CoreTimes,
    core_times,
    cpu_seconds,
    is_supported,
    raise_descriptor_limit,
    resident_bytes,
    tree_of,
    waited_seconds,
)
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed, Target
from tickroom.simulations.loadtest.recorder import Counters
from tickroom.simulations.loadtest.server_process import ServerProcess
from tickroom.simulations.progress import Watcher

DESCRIPTORS_BESIDES = 256  # files of a server or generator that are not clients
CLIENTS_LEAST = 100  # below that a server's fixed costs are most of what is measured
REPORT_TIMEOUT_S = 60.0
JOIN_TIMEOUT_S = 10.0


class _Moment:
    """What is counted at both ends of the window."""

    def __init__(self, server: ServerProcess, target: Target, workers: int) -> None:
        self.at_s = time.monotonic()
        pids = tree_of(server.pid)
        self.cpu_s = sum(cpu_seconds(pid) for pid in pids)
        self.waited_s = sum(waited_seconds(pid) for pid in pids) / max(1, workers)
        self.cores: CoreTimes = core_times()
        self.statistics: ServerStatistics | None = None
        self.redis = server.redis.counts() if server.redis is not None else None
        if target.is_ours and not workers:
            self.statistics = ask(f"{server.url}/api/stats?reset=1", ServerStatistics)


def run_load_test(parameters: LoadParameters, watcher: Watcher) -> LoadReport:
    """Measure Tickroom, and what it is compared with right after it, round by round. Raises LoadTestFailed."""
    prepare(parameters.clients)
    if Target.FLOOR in parameters.against:
        targets.require_compiler()
    report = LoadReport(parameters)
    for number in range(1, parameters.rounds + 1):
        for target in (Target.TICKROOM, *parameters.against):
            _run_until_kept_up(target, number, parameters, report, watcher)
    return report


def run_scaling(parameters: LoadParameters, counts: Sequence[int], watcher: Watcher) -> LoadReport:
    """Measure so many workers behind one address, each count with ``parameters.clients`` for each of them.

    Raises LoadTestFailed.
    """
    prepare(parameters.clients * max(counts))
    report = LoadReport(parameters)
    for number in range(1, parameters.rounds + 1):
        for workers in counts:
            asked = replace(parameters, workers=workers, clients=parameters.clients * workers)
            # Each generator has a core to itself as long as there is one.
            asked = replace(asked, generators=min(asked.generators, len(asked.generator_cpus)))
            report.runs.append(_run(Target.TICKROOM, number, asked, 0, watcher))
    return report


def _run_until_kept_up(
    target: Target, number: int, parameters: LoadParameters, report: LoadReport, watcher: Watcher
) -> None:
    """Run a target; where what we compare with falls behind, run it again with half of the clients, and so on.

    A server that falls behind handles every input and sends few frames, so that its CPU a client-tick says too much,
    in our favour. Once it keeps up, Tickroom is measured again beside it with as many clients as it can take: a server
    with less to do costs more a client-tick, so only runs with equally many compare.
    """
    asked = parameters.clients
    while True:
        run = _run(target, number, parameters, _mean_frame_bytes(report), watcher)
        report.runs.append(run)
        half = parameters.clients // 2 // parameters.seats * parameters.seats
        if target is Target.TICKROOM or run.figures.kept_up >= KEPT_UP_LEAST or half < CLIENTS_LEAST:
            break
        parameters = replace(parameters, clients=half)
    if parameters.clients != asked:
        report.runs.append(_run(Target.TICKROOM, number, parameters, 0, watcher))


def prepare(clients: int) -> None:
    """See that this machine can do it. Raises LoadTestFailed."""
    if not is_supported():
        raise LoadTestFailed("the load test reads /proc and pins processes to cores: it needs Linux")
    limit = raise_descriptor_limit(clients + DESCRIPTORS_BESIDES)
    if limit < clients + DESCRIPTORS_BESIDES:
        raise LoadTestFailed(f"{clients} clients need more open files than the {limit} allowed here (ulimit -Hn)")


def _mean_frame_bytes(report: LoadReport) -> int:
    """What the floor sends each tick: as much as Tickroom did on average in this load test."""
    sizes = [run.figures.mean_frame_bytes for run in report.runs if run.figures.target is Target.TICKROOM]
    return round(sizes[0]) if sizes else 0


def _run(target: Target, number: int, parameters: LoadParameters, payload_bytes: int, watcher: Watcher) -> Run:
    title = f"{target} {number}, {parameters.clients}" if not parameters.workers else f"{parameters.workers} workers"
    with ExitStack() as stack:
        watcher.stage(f"{title}: sessions", parameters.sessions)
        server = stack.enter_context(targets.running(target, parameters, payload_bytes))
        rss_idle = _memory(server)
        urls = targets.client_urls(target, parameters, server, watcher.advance)
        watcher.stage(f"{title}: clients", parameters.clients)
        pipes = stack.enter_context(generators(assignments(target, parameters, server, urls), watcher))
        before, after, reports = _measure(server, target, parameters, pipes, title, watcher)
        rss_loaded = _memory(server)
    counters = Counters()
    for report in reports:
        counters.add(report.counters)
    ack = Histogram.merged(report.ack for report in reports)
    interval = Histogram.merged(report.interval for report in reports)
    figures = _figures(
        target, number, parameters, before, after, reports, counters, (ack, interval), rss_idle, rss_loaded
    )
    return Run(figures, ack, interval)


def _memory(server: ServerProcess) -> int:
    return sum(resident_bytes(pid) for pid in tree_of(server.pid))


def assignments(
    target: Target, parameters: LoadParameters, server: ServerProcess, urls: Sequence[str], *, is_idle: bool = False
) -> list[Assignment]:
    """The clients shared out among the generators, sessions side by side."""
    game = targets.describe_game(server.url) if target.is_ours else None
    return [
        Assignment(
            urls=tuple(urls[share.start : share.stop]),
            first_client=share.start,
            game=game,
            mode=parameters.mode,
            tick_hz=parameters.tick_hz,
            input_hz=parameters.input_hz,
            verified=parameters.verified_each,
            seed=parameters.seed,
            cpus=tuple(parameters.generator_cpus),
            is_idle=is_idle,
        )
        for share in shares(len(urls), min(parameters.generators, len(urls)))
    ]


@contextmanager
def generators(tasks: Sequence[Assignment], watcher: Watcher) -> Iterator[list[Connection]]:
    """Processes for these assignments, all their clients seated; ended on the way out. Raises LoadTestFailed."""
    context = multiprocessing.get_context("spawn")  # a forked event loop and its sockets would be shared
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    try:
        for task in tasks:
            ours, theirs = context.Pipe()
            process: BaseProcess = context.Process(target=run_generator, args=(task, theirs), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            pipes.append(ours)
        _wait_until_seated(pipes, [len(task.urls) for task in tasks], watcher)
        yield pipes
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(JOIN_TIMEOUT_S)
            if process.is_alive():
                process.terminate()
                process.join()


def _wait_until_seated(pipes: Sequence[Connection], wanted: Sequence[int], watcher: Watcher) -> None:
    seated = dict.fromkeys(range(len(pipes)), 0)
    while list(seated.values()) != list(wanted):
        open_pipes = [pipe for index, pipe in enumerate(pipes) if seated[index] < wanted[index]]
        for ready in wait_for_any(open_pipes):
            count = _receive(pipes[pipes.index(ready)])
            if isinstance(count, int):
                seated[pipes.index(ready)] = count
        watcher.advance(sum(seated.values()))


def _receive(pipe: Connection) -> object:
    try:
        message = pipe.recv()
    except (EOFError, OSError):
        raise LoadTestFailed("a generator process died") from None
    if isinstance(message, str):
        raise LoadTestFailed(message)
    return message


def _measure(
    server: ServerProcess,
    target: Target,
    parameters: LoadParameters,
    pipes: Sequence[Connection],
    title: str,
    watcher: Watcher,
) -> tuple[_Moment, _Moment, list[GeneratorReport]]:
    start_s = time.monotonic() + parameters.warmup_s
    window = Window(start_s, start_s + parameters.seconds)
    for pipe in pipes:
        pipe.send(window)
    watcher.stage(f"{title}: warm-up", parameters.warmup_s)
    _watch_until(window.start_s, watcher)
    before = _Moment(server, target, parameters.workers)
    watcher.stage(f"{title}: measuring", parameters.seconds)
    _watch_until(window.end_s, watcher)
    after = _Moment(server, target, parameters.workers)
    reports = []
    for pipe in pipes:
        if not pipe.poll(REPORT_TIMEOUT_S):
            raise LoadTestFailed("a generator did not report in time")
        report = _receive(pipe)
        if isinstance(report, GeneratorReport):
            reports.append(report)
    return before, after, reports


def _watch_until(end_s: float, watcher: Watcher) -> None:
    started_s = time.monotonic()
    while (left_s := end_s - time.monotonic()) > 0:
        watcher.advance(time.monotonic() - started_s)
        time.sleep(min(0.5, left_s))


def _figures(
    target: Target,
    number: int,
    parameters: LoadParameters,
    before: _Moment,
    after: _Moment,
    reports: Sequence[GeneratorReport],
    counters: Counters,
    histograms: tuple[Histogram, Histogram],
    rss_idle: int,
    rss_loaded: int,
) -> RunFigures:
    seconds = after.at_s - before.at_s
    cpu_s = after.cpu_s - before.cpu_s
    kept_up = counters.client_ticks / (parameters.clients * parameters.tick_hz * parameters.seconds)
    stolen = (after.cores.stolen_s - before.cores.stolen_s) / max(1e-9, after.cores.total_s - before.cores.total_s)
    waited = (after.waited_s - before.waited_s) / seconds
    generator_shares = [round(report.cpu_share, 3) for report in reports]
    per_client_s = 1 / (parameters.clients * parameters.seconds)
    lateness: Lateness | None = None
    late_inputs = resyncs = states_skipped = None
    if before.statistics is not None and after.statistics is not None:
        lateness = after.statistics.tick_lateness_us
        late_inputs = after.statistics.late_inputs - before.statistics.late_inputs
        resyncs = after.statistics.resyncs - before.statistics.resyncs
        states_skipped = after.statistics.states_skipped - before.statistics.states_skipped
    return RunFigures(
        target=target,
        round=number,
        workers=parameters.workers,
        clients=parameters.clients,
        cpu_us_per_client_tick=round(cpu_s / seconds * parameters.seconds / max(1, counters.client_ticks) * 1e6, 3),
        server_cpu_share=round(cpu_s / seconds, 3),
        server_waited_share=round(waited, 3),
        client_ticks=counters.client_ticks,
        kept_up=round(kept_up, 4),
        ack=Quantiles.of(histograms[0]) if target.is_ours else None,
        state_interval=Quantiles.of(histograms[1]),
        tick_lateness=lateness,
        frames_per_client_s=round(counters.frames * per_client_s, 2),
        inputs_per_client_s=round(counters.inputs * per_client_s, 2),
        bytes_in_per_client_s=round(counters.bytes_in * per_client_s, 1),
        bytes_out_per_client_s=round(counters.bytes_out * per_client_s, 1),
        mean_frame_bytes=round(counters.bytes_in / max(1, counters.frames), 2),
        rss_idle_bytes=rss_idle,
        rss_loaded_bytes=rss_loaded,
        rss_per_client_bytes=(rss_loaded - rss_idle) // parameters.clients,
        dropped=counters.dropped,
        drop_reasons=counters.drop_reasons,
        errors=counters.errors,
        unanswered_inputs=counters.unanswered_inputs,
        late_inputs=late_inputs,
        resyncs=resyncs,
        states_skipped=states_skipped,
        checksums=counters.checksums,
        mismatches=counters.mismatches,
        generator_cpu_shares=generator_shares,
        stolen_share=round(stolen, 4),
        redis=_redis_figures(before, after, seconds * parameters.sessions, seconds),
        suspicions=suspicions(
            generator_shares=generator_shares,
            stolen=stolen,
            waited=0.0 if parameters.workers else waited,  # workers share their cores with each other and Redis
            kept_up=kept_up,
            dropped=counters.dropped,
            mismatches=counters.mismatches,
        ),
    )


def _redis_figures(before: _Moment, after: _Moment, session_seconds: float, seconds: float) -> RedisFigures | None:
    if before.redis is None or after.redis is None:
        return None
    return RedisFigures(
        commands_per_session_s=round((after.redis.commands - before.redis.commands) / session_seconds, 3),
        bytes_per_session_s=round((after.redis.bytes_in - before.redis.bytes_in) / session_seconds, 1),
        used_bytes=after.redis.used_bytes,
        cpu_share=round((after.redis.cpu_s - before.redis.cpu_s) / seconds, 4),
    )
