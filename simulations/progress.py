"""How far a long run is: what it tells, and the bars that the command line makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn


class Watcher(Protocol):
    """Is told how far a run is; the command line draws it."""

    def stage(self, title: str, total: float) -> None:
        """A new stage begins, with so much to do."""
        ...

    def advance(self, done: float) -> None:
        """So much of the stage is done."""
        ...


class Bars:
    """A Watcher: the stages of a run as bars, the finished ones kept."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task: TaskID | None = None
        self._total = 1.0

    def stage(self, title: str, total: float) -> None:
        """A new bar; the one before is full."""
        self.finish()
        self._total = total or 1.0
        self._task = self._progress.add_task(title, total=self._total)

    def advance(self, done: float) -> None:
        """So much of it."""
        if self._task is not None:
            self._progress.update(self._task, completed=done)

    def finish(self) -> None:
        """The last bar is full."""
        if self._task is not None:
            self._progress.update(self._task, completed=self._total)


@contextmanager
def bars_on_stderr(share: str = "{task.percentage:>3.0f}%") -> Iterator[Bars]:
    """Bars for a run. ``share``: how much is done, as rich writes it. The last is full when the run did not fail."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), TextColumn(share), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bars = Bars(progress)
        yield bars
        bars.finish()
