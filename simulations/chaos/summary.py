"""The report as a table for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from tickroom.simulations.chaos.figures import ChaosReport, Spread
from tickroom.simulations.chaos.invariants import Rule

SHOWN = 20  # violations; all of them are in the JSON


def print_report(report: ChaosReport, console: Console) -> None:
    """A row a kind of fault, then every rule and how often it was broken, then how."""
    asked, totals = report.parameters, report.totals
    console.print(
        f"\n{asked.nodes} nodes, lease {asked.lease_s:g} s, {totals.sessions} sessions of {asked.players} bots at "
        f"{asked.tick_hz} Hz, seed {asked.seed}; times in ms: p50 / p99 / max",
        highlight=False,
    )
    console.print(_kinds(report))
    console.print(
        f"looked at: {totals.states_compared:,} states against {totals.ticks_replayed:,} replayed ticks, "
        f"{totals.acks:,} acknowledgements, {totals.lines:,} lines, {totals.stays:,} stays, "
        f"{totals.takeovers:,} changes of owner, {totals.leases_lost:,} leases lost by nodes that lived; "
        f"{totals.ticks_in_no_journal:,} ticks stand in no journal",
        highlight=False,
    )
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("must not happen")
    table.add_column("times", justify="right")
    for rule in Rule:
        times = report.broken[rule.value]
        table.add_row(rule.value, f"[red]{times:,}[/red]" if times else "0")
    console.print(table)
    for violation in report.violations[:SHOWN]:
        console.print(f"[red]{violation.rule}[/red] {violation.where}: {violation.what}", highlight=False)
    if len(report.violations) > SHOWN:
        console.print(f"and {len(report.violations) - SHOWN:,} more", highlight=False)
    for gone in report.journal_lost:
        console.print(f"[yellow]not read[/yellow] {gone}", highlight=False)


def _kinds(report: ChaosReport) -> Table:
    table = Table(show_edge=False, pad_edge=False)
    for title in ("fault", "times", "bots hit", "playing again after", "without a state for", "session answerable"):
        table.add_column(title, justify="left" if title == "fault" else "right")
    for kind in report.kinds:
        name = kind.kind + (f" [red]({kind.not_settled} not settled)[/red]" if kind.not_settled else "")
        name += "".join(f" ({note})" for note in dict.fromkeys(kind.notes))
        row = (str(kind.faults), str(kind.bots), _spread(kind.again), _spread(kind.pause), _spread(kind.server))
        table.add_row(name, *row)
    return table


def _spread(spread: Spread) -> str:
    return f"{spread.p50_ms:.0f} / {spread.p99_ms:.0f} / {spread.max_ms:.0f}" if spread.samples else ""
