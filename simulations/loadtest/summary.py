"""The report as a table for a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rich.console import Console
from rich.table import Table

from tickroom.simulations.loadtest.figures import (
    JOURNAL_ACK_MS_MOST,
    JOURNAL_CPU_MOST,
    LoadReport,
    Quantiles,
    RedisFigures,
    RunFigures,
)
from tickroom.simulations.loadtest.parameters import Mode

_Row = tuple[str, Callable[[RunFigures], str]]


def print_report(report: LoadReport, console: Console) -> None:
    """Figures a run, a column each; then ratios and whatever makes a run suspect."""
    asked = report.parameters
    each = " for each worker" if report.scalings() else ""
    where = "a core for each worker" if each else f"server on core {asked.cpu}, {asked.generators} generators"
    console.print(
        f"\n{asked.clients} clients{each} in sessions of {asked.seats}, {asked.tick_hz} ticks a second, "
        f"{_inputs(asked.mode, asked.input_hz)}; {where}; {asked.seconds:g} s measured",
        highlight=False,
    )
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("")
    for run in report.figures:
        table.add_column(label(run, report), justify="right")
    for title, show in _ROWS:
        shown = [show(run) for run in report.figures]
        if any(shown):
            table.add_row(title, *shown)
    console.print(table)
    _print_ratios(report, console)
    for run in report.figures:
        for suspicion in run.suspicions:
            console.print(f"[yellow]suspect[/yellow] {label(run, report)}: {suspicion}", highlight=False)


def label(run: RunFigures, report: LoadReport) -> str:
    """A run's name: its target, its round where there are several, its clients where they are not those asked for."""
    parts = [f"{run.workers} worker{'s' * (run.workers > 1)}" if run.workers else str(run.target)]
    if report.parameters.rounds > 1:
        parts.append(str(run.round))
    if run.clients != report.parameters.clients:
        parts.append(f"({run.clients} clients)")
    return " ".join(parts)


def _print_ratios(report: LoadReport, console: Console) -> None:
    for ratio in report.ratios():
        rounds = f" (rounds: {', '.join(f'{value:.2f}' for value in ratio.rounds)})" if len(ratio.rounds) > 1 else ""
        line = f"CPU a client-tick with {ratio.clients} clients, tickroom / {ratio.against}: {ratio.median:.2f}{rounds}"
        if report.parameters.mode is Mode.EVERY_TICK:
            verdict = "[green]met[/green]" if ratio.is_met else "[red]missed[/red]"
            line += f"; target at most {ratio.most:g}: {verdict}"
        else:
            line += "; no target, for the others send a frame every tick"
        if not ratio.other_kept_up:
            line += f" ({ratio.against} fell behind: its cost is overstated)"
        console.print(line, highlight=False)
    for cost in report.journal_costs():
        verdict = "[green]met[/green]" if cost.is_met else "[red]missed[/red]"
        rounds = ", ".join(
            f"{cpu:.2f} and {ms:+.1f}" for cpu, ms in zip(cost.cpu_ratios, cost.added_ack_ms, strict=True)
        )
        console.print(
            f"The journal with {cost.clients} clients: CPU a client-tick {cost.cpu_ratio:.2f} times, input to ack "
            f"{cost.added_ack_p50_ms:+.1f} ms (rounds: {rounds}); target at most {JOURNAL_CPU_MOST:g} times and "
            f"{JOURNAL_ACK_MS_MOST:+g} ms: {verdict}",
            highlight=False,
        )

    for scaling in report.scalings():
        alike = "[green]served alike[/green]" if scaling.served_alike else "[red]not served alike[/red]"
        console.print(
            f"{scaling.workers} workers by {scaling.beside}: {scaling.clients_ratio:g} times the clients, CPU a "
            f"client-tick {scaling.cpu_ratio:.2f} times; {alike}: between state frames p99 "
            f"{scaling.interval_p99_ms:.1f} ms, and {scaling.beside_interval_p99_ms:.1f}",
            highlight=False,
        )


def _inputs(mode: Mode, input_hz: int) -> str:
    return f"{input_hz} inputs a second" if mode is Mode.EVERY_TICK else "inputs on change and once a second"


def _quantiles(value: Quantiles | None) -> str:
    return f"{value.p50_ms:.1f} / {value.p99_ms:.1f} / {value.max_ms:.1f}" if value is not None else ""


def _lateness(run: RunFigures) -> str:
    late = run.tick_lateness
    return f"{late.p50 / 1000:.2f} / {late.p99 / 1000:.2f} / {late.max / 1000:.2f}" if late is not None else ""


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _redis(show: Callable[[RedisFigures], str]) -> Callable[[RunFigures], str]:
    return lambda run: "" if run.redis is None else show(run.redis)


_ROWS: tuple[_Row, ...] = (
    ("CPU a client-tick, us", lambda run: f"{run.cpu_us_per_client_tick:.2f}"),
    ("server, of its core", lambda run: f"{run.server_cpu_share:.0%}"),
    ("server, waiting for its core", lambda run: f"{run.server_waited_share:.0%}"),
    ("ticks that clients got", lambda run: f"{run.kept_up:.1%}"),
    ("input to ack, ms: p50/p99/max", lambda run: _quantiles(run.ack)),
    ("between state frames, ms", lambda run: _quantiles(run.state_interval)),
    ("tick starts late by, ms", _lateness),
    ("messages to a client / s", lambda run: f"{run.frames_per_client_s:.1f}"),
    ("inputs from a client / s", lambda run: f"{run.inputs_per_client_s:.1f}"),
    ("bytes to a client / s", lambda run: f"{run.bytes_in_per_client_s:.0f}"),
    ("bytes from a client / s", lambda run: f"{run.bytes_out_per_client_s:.0f}"),
    ("memory a client, KB", lambda run: f"{run.rss_per_client_bytes / 1000:.1f}"),
    ("clients dropped", lambda run: _count(run.dropped)),
    ("error messages", lambda run: _count(run.errors)),
    ("inputs late", lambda run: _count(run.late_inputs)),
    ("inputs unanswered", lambda run: _count(run.unanswered_inputs)),
    ("states skipped", lambda run: _count(run.states_skipped)),
    ("resyncs", lambda run: _count(run.resyncs)),
    ("checksums / wrong", lambda run: f"{run.checksums:,} / {run.mismatches}" if run.checksums else ""),
    (
        "generators, of a core",
        lambda run: " ".join(f"{share:.0%}" for share in run.generator_cpu_shares),
    ),
    ("Redis: commands a session / s", _redis(lambda redis: f"{redis.commands_per_session_s:.2f}")),
    ("Redis: bytes a session / s", _redis(lambda redis: f"{redis.bytes_per_session_s:.0f}")),
    ("Redis: memory, MB", _redis(lambda redis: f"{redis.used_bytes / 1e6:.1f}")),
    ("Redis: of a core", _redis(lambda redis: f"{redis.cpu_share:.1%}")),
    ("time stolen from machine", lambda run: f"{run.stolen_share:.1%}"),
)
