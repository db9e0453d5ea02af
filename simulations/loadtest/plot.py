"""The report as a picture: CPU a client-tick of every run, and how latencies and frame intervals are spread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tickroom.simulations.loadtest.figures import FLOOR_RATIO_MOST, KEPT_UP_LEAST, LoadReport, Run
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.parameters import LoadTestFailed, Target
from tickroom.simulations.loadtest.summary import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Distinguishable by people who do not see red and green apart (Okabe and Ito 2008).
_COLOURS = {Target.TICKROOM: "#0072B2", Target.FLOOR: "#999999", Target.PLAIN: "#D55E00", Target.JOURNALED: "#009E73"}
TAIL_LEAST = 1e-4  # the plot shows shares of samples down to one in ten thousand


def check_plotting() -> None:
    """See, before a long test, that its picture can be drawn. Raises LoadTestFailed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise LoadTestFailed("--plot needs matplotlib: pip install 'tickroom[plot]'") from None


def plot_report(report: LoadReport, path: Path) -> None:
    """Write the picture, PNG or whatever the name ends with. Raises LoadTestFailed."""
    check_plotting()
    from matplotlib.figure import Figure  # no pyplot: no window, no state of its own

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    cost, ack, interval = figure.subplots(1, 3)
    _draw_costs(cost, report)
    for run in _believable(report):
        name, colour = label(run.figures, report), _COLOURS[run.figures.target]
        _draw_tail(ack, run.ack, name, colour)
        _draw_tail(interval, run.interval, name, colour)
    for axes, title in ((ack, "input to ack"), (interval, "between state frames")):
        axes.set(title=title, xlabel="ms", ylabel="share of samples above", yscale="log", ylim=(TAIL_LEAST, 1))
        axes.set_xlim(left=0)
        axes.grid(alpha=0.3)
        axes.legend(loc="upper right")
    asked = report.parameters
    figure.suptitle(
        f"{asked.clients} clients, sessions of {asked.seats}, {asked.tick_hz} Hz, {asked.mode}, one core for the server"
    )
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise LoadTestFailed(f"cannot write {path}: {error}") from None


def _believable(report: LoadReport) -> list[Run]:
    """All runs but those in which what we compare with fell behind: their cost is off the scale, and overstated."""
    return [run for run in report.runs if run.figures.target is Target.TICKROOM or run.figures.kept_up >= KEPT_UP_LEAST]


def _draw_costs(axes: Axes, report: LoadReport) -> None:
    figures = [run.figures for run in _believable(report)]
    names = [label(run, report).replace(" (", "\n(") for run in figures]
    costs = [run.cpu_us_per_client_tick for run in figures]
    bars = axes.barh(names, costs, color=[_COLOURS[run.target] for run in figures])
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.invert_yaxis()  # the first run on top
    floors = [run.cpu_us_per_client_tick for run in figures if run.target is Target.FLOOR]
    if floors:
        budget = FLOOR_RATIO_MOST * sum(floors) / len(floors)
        axes.axvline(budget, linestyle="--", linewidth=1, color="#333333", label=f"{FLOOR_RATIO_MOST:g} x floor")
        axes.legend(loc="lower right")
    axes.set(title="server CPU a client-tick", xlabel="us")
    axes.margins(x=0.25)


def _draw_tail(axes: Axes, histogram: Histogram, name: str, colour: str) -> None:
    if not histogram.total:
        return
    bounds_s, shares = histogram.cumulative()
    axes.step(bounds_s * 1000, 1 - shares, where="post", label=name, color=colour)
