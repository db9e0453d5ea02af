"""What ``tickroom loadtest`` does once its options are read: progress, files, table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from tickroom.simulations.loadtest.idle import measure_idle, print_idle
from tickroom.simulations.loadtest.orchestration import run_load_test, run_scaling
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed
from tickroom.simulations.loadtest.plot import check_plotting, plot_report
from tickroom.simulations.loadtest.summary import print_report

TITLE_CHARACTERS, RUN_CHARACTERS = 32, 26


class _Bars:
    """The stages of a load test as bars on stderr, the finished ones kept."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._total = 0.0

    def stage(self, title: str, total: float) -> None:
        self.finish()
        self._total = total
        self._task = self._progress.add_task(title, total=total or 1)

    def advance(self, done: float) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=done)

    def finish(self) -> None:
        if self._task is not None:
            self._progress.update(self._task, completed=self._total or 1)


def load(parameters: LoadParameters, json_path: Path | None, plot_path: Path | None) -> None:
    """Run a load test and report it. Raises LoadTestFailed."""
    if plot_path is not None:
        check_plotting()
    with _progress() as progress:
        bars = _Bars(progress)
        report = run_load_test(parameters, bars)
        bars.finish()
    print_report(report, _console(TITLE_CHARACTERS + RUN_CHARACTERS * len(report.runs)))
    if json_path is not None:
        _write(json_path, report.to_json())
    if plot_path is not None:
        plot_report(report, plot_path)


def scaling(parameters: LoadParameters, counts: Sequence[int], json_path: Path | None) -> None:
    """Measure several workers and report it. Raises LoadTestFailed."""
    with _progress() as progress:
        bars = _Bars(progress)
        report = run_scaling(parameters, counts, bars)
        bars.finish()
    print_report(report, _console(TITLE_CHARACTERS + RUN_CHARACTERS * len(report.runs)))
    if json_path is not None:
        _write(json_path, report.to_json())


def idle(parameters: LoadParameters, json_path: Path | None) -> None:
    """Measure memory and report it. Raises LoadTestFailed."""
    with _progress() as progress:
        bars = _Bars(progress)
        report = measure_idle(parameters, bars)
        bars.finish()
    print_idle(report, _console(TITLE_CHARACTERS * 2))
    if json_path is not None:
        _write(json_path, report.to_json())


def _console(characters: int) -> Console:
    """For a table of such a width: as wide as the terminal, or wide enough where there is none."""
    console = Console()
    return console if console.is_terminal else Console(width=max(110, characters))


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
    )


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content + b"\n")
    except OSError as error:
        raise LoadTestFailed(f"cannot write {path}: {error.strerror}") from None
