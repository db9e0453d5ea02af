"""Memory of sessions and connections in which nothing happens: two equations, two unknowns.

First every session gets one client, then the rest of its seats are taken. From the memory of the server before, between
and after: sessions x (session + connection), then sessions x (seats - 1) x connection.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass

import msgspec
from rich.console import Console
from rich.table import Table

from tickroom.simulations.loadtest import targets
from tickroom.simulations.loadtest.machine import resident_bytes
from tickroom.simulations.loadtest.orchestration import assignments, generators, prepare
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed, Target
from tickroom.simulations.loadtest.server_process import ServerProcess
from tickroom.simulations.progress import Watcher

SETTLE_S = 3.0  # buffers of the welcome are freed, heartbeats have begun


@dataclass(frozen=True)
class IdleReport:
    """Memory of the server in RAM, and what of it is a session's and a connection's."""

    sessions: int
    seats: int
    connections: int
    rss_empty_bytes: int
    rss_one_each_bytes: int
    rss_full_bytes: int
    connection_bytes: int
    session_bytes: int

    def to_json(self) -> bytes:
        """Indented JSON."""
        return msgspec.json.format(msgspec.json.encode(asdict(self)), indent=2)


def measure_idle(parameters: LoadParameters, watcher: Watcher) -> IdleReport:
    """Seat ``parameters.clients`` clients who do nothing, and weigh the server. Raises LoadTestFailed."""
    if parameters.seats < 2:
        raise LoadTestFailed("--idle needs sessions of two seats or more, to tell a session from a connection")
    prepare(parameters.clients)
    sessions = parameters.clients // parameters.seats
    if not sessions:
        raise LoadTestFailed(f"--idle needs at least {parameters.seats} clients, for one full session")
    with ExitStack() as stack:
        watcher.stage("idle: sessions", sessions)
        server = stack.enter_context(targets.running(Target.TICKROOM, parameters, 0))
        empty = resident_bytes(server.pid)
        urls = targets.create_sessions(server.url, parameters, sessions, watcher.advance, auto_start=False)
        one_each = _weigh(stack, server, parameters, urls, "idle: a client each", watcher)
        rest = [url for url in urls for _ in range(parameters.seats - 1)]
        full = _weigh(stack, server, parameters, rest, "idle: the rest", watcher)
    connection = (full - one_each) // len(rest)
    return IdleReport(
        sessions=sessions,
        seats=parameters.seats,
        connections=sessions * parameters.seats,
        rss_empty_bytes=empty,
        rss_one_each_bytes=one_each,
        rss_full_bytes=full,
        connection_bytes=connection,
        session_bytes=(one_each - empty) // sessions - connection,
    )


def _weigh(
    stack: ExitStack, server: ServerProcess, parameters: LoadParameters, urls: list[str], title: str, watcher: Watcher
) -> int:
    """Seat a client at each address, who stays for as long as the stack, and weigh the server a little later."""
    watcher.stage(title, len(urls))
    tasks = assignments(Target.TICKROOM, parameters, server, urls, is_idle=True)
    stack.enter_context(generators(tasks, watcher))
    time.sleep(SETTLE_S)
    return resident_bytes(server.pid)


def print_idle(report: IdleReport, console: Console) -> None:
    """The report as a table."""
    table = Table(show_edge=False, pad_edge=False)
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("sessions, seats in each", f"{report.sessions:,} x {report.seats}")
    table.add_row("server without any, MB", f"{report.rss_empty_bytes / 1e6:.1f}")
    table.add_row("with a client in each session, MB", f"{report.rss_one_each_bytes / 1e6:.1f}")
    table.add_row("with all seats taken, MB", f"{report.rss_full_bytes / 1e6:.1f}")
    table.add_row("an idle connection, KB", f"{report.connection_bytes / 1000:.1f}")
    table.add_row("a session, KB", f"{report.session_bytes / 1000:.1f}")
    console.print(table)
