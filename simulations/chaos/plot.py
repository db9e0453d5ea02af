"""The report as a picture: for each kind of fault, how long its bots were away."""

from __future__ import annotations

from pathlib import Path

from tickroom.simulations.chaos.figures import ChaosReport
from tickroom.simulations.chaos.parameters import ChaosFailed

GOAL_S = 3.0  # docs/operations.md: playing again after a kill
_BAR, _POINTS = "#0072B2", "#D55E00"  # told apart without red and green (Okabe and Ito 2008)


def check_plotting() -> None:
    """See, before a long run, that its picture can be drawn. Raises ChaosFailed."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        raise ChaosFailed("--plot needs matplotlib: pip install 'tickroom[plot]'") from None


def plot_report(report: ChaosReport, path: Path) -> None:
    """Write the picture, PNG or whatever the name ends with. Raises ChaosFailed."""
    check_plotting()
    from matplotlib.figure import Figure  # no pyplot: no window, no state of its own

    kinds = [kind for kind, seconds in report.again_s.items() if seconds]
    figure = Figure(figsize=(9, 1.5 + 0.45 * max(1, len(kinds))), layout="constrained")
    axes = figure.subplots()
    if kinds:
        axes.boxplot(
            [report.again_s[kind] for kind in kinds],
            orientation="horizontal",
            whis=(1, 99),
            tick_labels=[f"{kind} ({len(report.again_s[kind])})" for kind in kinds],
            boxprops={"color": _BAR},
            medianprops={"color": _POINTS},
            flierprops={"marker": ".", "markeredgecolor": _POINTS},
        )
        axes.invert_yaxis()  # the first kind on top
    axes.axvline(GOAL_S, linestyle="--", linewidth=1, color="#333333")
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3, axis="x")
    asked = report.parameters
    axes.set(
        xlabel="s from the fault until a bot plays again (box: half of them; whiskers: 1 % to 99 %)",
        title=f"{asked.nodes} nodes, {asked.sessions} sessions of {asked.players} bots, lease {asked.lease_s:g} s",
    )
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise ChaosFailed(f"cannot write {path}: {error}") from None
