"""What a load test found, in units that are in the names; and the verdicts on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

import msgspec

from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.parameters import LoadParameters, Target

# Targets: the floor's is the budget of the design; a generator above its limit can no longer tell its own delay from
# the server's; a core that the hypervisor takes away for more than its limit makes CPU figures of one run incomparable.
FLOOR_RATIO_MOST = 1.5
PLAIN_RATIO_MOST = 0.5
JOURNAL_CPU_MOST = 1.1  # with a journal by without
JOURNAL_ACK_MS_MOST = 2.0  # that it adds to the median of input to ack
SERVED_ALIKE_MOST = 1.1  # p99 between state frames of several workers by that of the fewest
GENERATOR_SHARE_MOST = 0.85
STOLEN_SHARE_MOST = 0.01
WAITED_SHARE_MOST = 0.05
KEPT_UP_LEAST = 0.98


@dataclass(frozen=True)
class Quantiles:
    """Of durations, in milliseconds."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    samples: int

    @classmethod
    def of(cls, histogram: Histogram) -> Quantiles:
        """The three that a report shows."""
        p50, p99, most = (
            round(seconds * 1000, 3)
            for seconds in (histogram.quantile_s(0.5), histogram.quantile_s(0.99), histogram.greatest_s)
        )
        return cls(p50, p99, most, histogram.total)


class Lateness(msgspec.Struct, frozen=True):
    """Of tick starts, in microseconds, as the server counts it."""

    p50: int
    p99: int
    max: int


class ServerStatistics(msgspec.Struct, frozen=True):
    """The part of ``GET /api/stats`` that the report uses. Counts are since the start of the server."""

    tick_lateness_us: Lateness
    late_inputs: int
    resyncs: int
    ticks_skipped: int
    states_skipped: int


@dataclass(frozen=True)
class RedisFigures:
    """What the journal cost Redis: of its own counts, by session and second; its memory; its share of a core."""

    commands_per_session_s: float
    bytes_per_session_s: float
    used_bytes: int
    cpu_share: float


@dataclass(frozen=True)
class RunFigures:
    """One target in one round. ``None`` stands for what a target does not have."""

    target: Target
    round: int
    workers: int  # 0: one process alone
    clients: int
    cpu_us_per_client_tick: float
    server_cpu_share: float  # of one core, all its processes together
    server_waited_share: float  # ready to run, while something else had its core; of several workers the mean
    client_ticks: int
    kept_up: float  # ticks that clients got, of those that the clock asked for
    ack: Quantiles | None
    state_interval: Quantiles
    tick_lateness: Lateness | None
    frames_per_client_s: float
    inputs_per_client_s: float
    bytes_in_per_client_s: float  # to the client
    bytes_out_per_client_s: float  # from the client
    mean_frame_bytes: float
    rss_idle_bytes: int  # of several workers, what they share counts for each
    rss_loaded_bytes: int
    rss_per_client_bytes: int  # each with its share of a session
    dropped: int
    drop_reasons: dict[str, int]
    errors: int
    unanswered_inputs: int
    late_inputs: int | None
    resyncs: int | None
    states_skipped: int | None
    checksums: int
    mismatches: int
    generator_cpu_shares: list[float]
    stolen_share: float  # of all cores
    redis: RedisFigures | None
    suspicions: list[str]


@dataclass(frozen=True)
class Run:
    """One target in one round: its figures, and what latencies and intervals they come from."""

    figures: RunFigures
    ack: Histogram
    interval: Histogram


@dataclass(frozen=True)
class Ratio:
    """CPU a client-tick, Tickroom's by another's with as many clients: of each round, and the median of them.

    ``other_kept_up``: False where the other fell behind in some round, so that its cost is overstated in our favour.
    ``is_met``: the median is at most the target, and Tickroom itself kept up in every round.
    """

    against: Target
    clients: int
    rounds: list[float]
    median: float
    most: float
    other_kept_up: bool
    is_met: bool


@dataclass(frozen=True)
class JournalCost:
    """What the journal adds, round by round: CPU a client-tick with it by without, and milliseconds of input to ack.

    ``is_met``: the medians of both are within their targets, and both kept up in every round.
    """

    clients: int
    cpu_ratios: list[float]
    added_ack_ms: list[float]
    cpu_ratio: float
    added_ack_p50_ms: float
    is_met: bool


@dataclass(frozen=True)
class Scaling:
    """So many workers by the fewest of the same round: clients, CPU a client-tick, and whether both were served alike.

    ``served_alike``: both kept up, nobody was dropped, and the p99 between state frames differs by 10 % at most.
    """

    workers: int
    beside: int
    round: int
    clients_ratio: float
    cpu_ratio: float
    interval_p99_ms: float
    beside_interval_p99_ms: float
    served_alike: bool


@dataclass
class LoadReport:
    """Everything that a load test found, in the order in which it ran."""

    parameters: LoadParameters
    runs: list[Run] = field(default_factory=list)

    @property
    def figures(self) -> list[RunFigures]:
        """The figures of all runs."""
        return [run.figures for run in self.runs]

    def ratios(self) -> list[Ratio]:
        """Tickroom against every other target, round by round: what ran side by side is compared, nothing else."""
        found = []
        for target, most in ((Target.FLOOR, FLOOR_RATIO_MOST), (Target.PLAIN, PLAIN_RATIO_MOST)):
            theirs = [run for run in self.figures if run.target is target]
            for clients in sorted({run.clients for run in theirs}, reverse=True):
                pairs = [(ours, run) for run in theirs if run.clients == clients for ours in self._beside(run)]
                if pairs:
                    found.append(_ratio(target, clients, most, pairs))
        return found

    def journal_costs(self) -> list[JournalCost]:
        """Tickroom with a journal against Tickroom without, side by side."""
        found = []
        journaled = [run for run in self.figures if run.target is Target.JOURNALED]
        for clients in sorted({run.clients for run in journaled}, reverse=True):
            pairs = [(plain, run) for run in journaled if run.clients == clients for plain in self._beside(run)]
            if pairs:
                found.append(_journal_cost(clients, pairs))
        return found

    def scalings(self) -> list[Scaling]:
        """Several workers against the fewest, round by round."""
        found = []
        for number in sorted({run.round for run in self.figures if run.workers}):
            fewest, *more = sorted((run for run in self.figures if run.round == number), key=lambda run: run.workers)
            found += [_scaling(fewest, run) for run in more]
        return found

    def _beside(self, other: RunFigures) -> list[RunFigures]:
        """Our run of the same round with as many clients, if there is one."""
        return [
            run
            for run in self.figures
            if run.target is Target.TICKROOM and (run.round, run.clients) == (other.round, other.clients)
        ]

    def to_json(self) -> bytes:
        """Everything but the histograms, as indented JSON."""
        content = {
            "parameters": self.parameters,
            "runs": self.figures,
            "ratios": self.ratios(),
            "journal": self.journal_costs(),
            "scaling": self.scalings(),
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2)


def _ratio(target: Target, clients: int, most: float, pairs: list[tuple[RunFigures, RunFigures]]) -> Ratio:
    rounds = [round(ours.cpu_us_per_client_tick / other.cpu_us_per_client_tick, 3) for ours, other in pairs]
    return Ratio(
        against=target,
        clients=clients,
        rounds=rounds,
        median=median(rounds),
        most=most,
        other_kept_up=all(other.kept_up >= KEPT_UP_LEAST for _, other in pairs),
        is_met=median(rounds) <= most and all(ours.kept_up >= KEPT_UP_LEAST for ours, _ in pairs),
    )


def _journal_cost(clients: int, pairs: list[tuple[RunFigures, RunFigures]]) -> JournalCost:
    ratios = [round(run.cpu_us_per_client_tick / plain.cpu_us_per_client_tick, 3) for plain, run in pairs]
    added = [round(run.ack.p50_ms - plain.ack.p50_ms, 2) for plain, run in pairs if run.ack and plain.ack]
    kept_up = all(one.kept_up >= KEPT_UP_LEAST for pair in pairs for one in pair)
    cpu, ack = median(ratios), median(added)
    is_met = kept_up and cpu <= JOURNAL_CPU_MOST and ack <= JOURNAL_ACK_MS_MOST
    return JournalCost(clients, ratios, added, cpu, ack, is_met)


def _scaling(fewest: RunFigures, run: RunFigures) -> Scaling:
    ours, theirs = run.state_interval.p99_ms, fewest.state_interval.p99_ms
    is_sound = all(one.kept_up >= KEPT_UP_LEAST and not one.dropped for one in (fewest, run))
    return Scaling(
        workers=run.workers,
        beside=fewest.workers,
        round=run.round,
        clients_ratio=round(run.clients / fewest.clients, 2),
        cpu_ratio=round(run.cpu_us_per_client_tick / fewest.cpu_us_per_client_tick, 3),
        interval_p99_ms=ours,
        beside_interval_p99_ms=theirs,
        served_alike=is_sound and ours <= SERVED_ALIKE_MOST * theirs,
    )


def suspicions(
    *, generator_shares: list[float], stolen: float, waited: float, kept_up: float, dropped: int, mismatches: int
) -> list[str]:
    """Why the figures of a run should not be believed, or what went wrong in it; in words."""
    found = []
    busiest = max(generator_shares, default=0.0)
    if busiest > GENERATOR_SHARE_MOST:
        found.append(f"a generator used {busiest:.0%} of a core: latencies are partly its own")
    if stolen > STOLEN_SHARE_MOST:
        found.append(f"the machine took away {stolen:.1%} of its cores' time")
    if waited > WAITED_SHARE_MOST:
        found.append(f"something else had the server's core: it waited for {waited:.0%} of the time")
    if kept_up < KEPT_UP_LEAST:
        found.append(f"the server fell behind: clients got {kept_up:.0%} of the ticks")
    if dropped:
        found.append(f"{dropped} clients were dropped")
    if mismatches:
        found.append(f"{mismatches} copies of the state were not the server's")
    return found
