"""``tickroom chaos``."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click
from rich.console import Console

from tickroom.simulations.chaos.figures import ChaosReport
from tickroom.simulations.chaos.orchestration import run_chaos
from tickroom.simulations.chaos.parameters import USUAL, ChaosFailed, ChaosParameters, FaultKind
from tickroom.simulations.chaos.plot import check_plotting, plot_report
from tickroom.simulations.chaos.summary import print_report
from tickroom.simulations.errors import ClientError
from tickroom.simulations.progress import Watcher, bars_on_stderr

WIDTH = 130


@click.command()
@click.option("--nodes", default=3, show_default=True, help="Nodes of the cluster.")
@click.option("--sessions", default=8, show_default=True, help="Sessions being played.")
@click.option("--players", default=4, show_default=True, help="Bots in each.")
@click.option("--faults", default=len(USUAL), show_default=True, help="How many faults, one after the other.")
@click.option(
    "--kinds",
    default="all",
    show_default=True,
    help=f"Which, with commas between: {', '.join(FaultKind)}. all: each but redis-empty.",
)
@click.option("--seed", default=1, show_default=True, help="Of the faults' order and places, and of the bots.")
@click.option("--generators", default=1, show_default=True, help="Processes that play the bots.")
@click.option("--tick-hz", default=20, show_default=True, help="Ticks a second.")
@click.option("--lease-s", default=1.5, show_default=True, help="The nodes' lease.")
@click.option("--seconds", default=900.0, show_default=True, help="Give up after so long.")
@click.option("--server-option", "server_options", multiple=True, help="Passed on to tickroom serve; repeatable.")
@click.option("--logs", type=click.Path(file_okay=False, path_type=Path), help="Keep the programs' logs there.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the report there.")
@click.option("--plot", "plot_path", type=click.Path(dir_okay=False, path_type=Path), help="Draw it there (PNG).")
def chaos(
    *,
    nodes: int,
    sessions: int,
    players: int,
    faults: int,
    kinds: str,
    seed: int,
    generators: int,
    tick_hz: int,
    lease_s: float,
    seconds: float,
    server_options: tuple[str, ...],
    logs: Path | None,
    json_path: Path | None,
    plot_path: Path | None,
) -> None:
    """Kill, pause, cut and slow a cluster of its own while bots play, and see that nothing is lost.

    Starts Redis and nodes on loopback itself, and ends them. Exits with 1 when a rule was broken. docs/chaos.md says
    what each kind of fault does, and what is checked.

    \b
        tickroom chaos --kinds kill --faults 3               a first look
        tickroom chaos                                       each kind of fault once
        tickroom chaos --sessions 50 --kinds kill --faults 20 --generators 2 --json chaos.json --plot chaos.png
    """  # noqa: D301  (click's mark for lines to keep is a real backspace)
    try:
        parameters = ChaosParameters(
            nodes=nodes,
            sessions=sessions,
            players=players,
            faults=faults,
            kinds=_kinds(kinds),
            seed=seed,
            generators=generators,
            tick_hz=tick_hz,
            lease_s=lease_s,
            seconds=seconds,
            server_options=tuple(part for option in server_options for part in option.split()),
        )
        if plot_path is not None:
            check_plotting()
        if logs is not None:
            logs.mkdir(parents=True, exist_ok=True)
        report = _run(parameters, logs)
        print_report(report, _console())
        if json_path is not None:
            _write(json_path, report.to_json())
        if plot_path is not None:
            plot_report(report, plot_path)
    except ClientError as error:
        raise click.ClickException(str(error)) from None
    if report.violations:
        raise click.ClickException(f"{len(report.violations)} times something happened that must not")


def _run(parameters: ChaosParameters, logs: Path | None) -> ChaosReport:
    with bars_on_stderr("{task.completed:.0f}/{task.total:.0f}") as bars:
        try:
            report: ChaosReport = asyncio.run(_until_terminated(parameters, bars, logs))
        except asyncio.CancelledError:
            raise click.Abort from None
    return report


async def _until_terminated(parameters: ChaosParameters, bars: Watcher, logs: Path | None) -> ChaosReport:
    """SIGTERM and SIGINT end it as a cancellation: then everything that was started is ended, too."""
    running = asyncio.ensure_future(run_chaos(parameters, bars, logs))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    return await running


def _kinds(names: str) -> tuple[FaultKind, ...]:
    if names == "all":
        return USUAL
    try:
        return tuple(FaultKind(name.strip()) for name in names.split(",") if name.strip())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--kinds") from None


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=WIDTH)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise ChaosFailed(f"cannot write {path}: {error.strerror}") from None
