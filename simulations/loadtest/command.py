"""What ``tickroom loadtest`` does once its options are read: progress, files, table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tickroom.simulations.loadtest.idle import measure_idle, print_idle
from tickroom.simulations.loadtest.orchestration import run_load_test, run_scaling
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed
from tickroom.simulations.loadtest.plot import check_plotting, plot_report
from tickroom.simulations.loadtest.summary import print_report
from tickroom.simulations.progress import bars_on_stderr

TITLE_CHARACTERS, RUN_CHARACTERS = 32, 26


def load(parameters: LoadParameters, json_path: Path | None, plot_path: Path | None) -> None:
    """Run a load test and report it. Raises LoadTestFailed."""
    if plot_path is not None:
        check_plotting()
    with bars_on_stderr() as bars:
        report = run_load_test(parameters, bars)
    print_report(report, _console(TITLE_CHARACTERS + RUN_CHARACTERS * len(report.runs)))
    if json_path is not None:
        _write(json_path, report.to_json())
    if plot_path is not None:
        plot_report(report, plot_path)


def scaling(parameters: LoadParameters, counts: Sequence[int], json_path: Path | None) -> None:
    """Measure several workers and report it. Raises LoadTestFailed."""
    with bars_on_stderr() as bars:
        report = run_scaling(parameters, counts, bars)
    print_report(report, _console(TITLE_CHARACTERS + RUN_CHARACTERS * len(report.runs)))
    if json_path is not None:
        _write(json_path, report.to_json())


def idle(parameters: LoadParameters, json_path: Path | None) -> None:
    """Measure memory and report it. Raises LoadTestFailed."""
    with bars_on_stderr() as bars:
        report = measure_idle(parameters, bars)
    print_idle(report, _console(TITLE_CHARACTERS * 2))
    if json_path is not None:
        _write(json_path, report.to_json())


def _console(characters: int) -> Console:
    """For a table of such a width: as wide as the terminal, or wide enough where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=max(110, characters))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise LoadTestFailed(f"cannot write {path}: {error.strerror}") from None
