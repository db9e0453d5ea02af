"""The load test end to end, through its command: short, small, and all three servers where there is a compiler."""

import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tests.standstill import standstill
from tickroom.simulations.cli import loadtest
from tickroom.simulations.loadtest.machine import is_supported
from tickroom.simulations.loadtest.targets import compiler

pytestmark = pytest.mark.skipif(not is_supported(), reason="reads /proc and pins processes to cores")

SMALL = ["--clients", "8", "--seats", "4", "--seconds", "2", "--warmup", "1", "--generators", "2", "--verify", "2"]


def test_all_servers_are_measured_and_compared(tmp_path: Path) -> None:
    against = "floor,plain" if compiler() else "plain"
    report_path, plot_path = tmp_path / "report.json", tmp_path / "report.png"
    options = [*SMALL, "--against", against, "--json", str(report_path), "--plot", str(plot_path)]
    with standstill() as still:
        outcome = CliRunner().invoke(loadtest, options, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    report = msgspec.json.decode(report_path.read_bytes())
    runs = {run["target"]: run for run in report["runs"]}
    assert list(runs) == ["tickroom", *against.split(",")]
    for run in runs.values():
        assert run["cpu_us_per_client_tick"] > 0
        assert run["kept_up"] == pytest.approx(1, abs=0.2 + still.total_s / 2)
        assert run["inputs_per_client_s"] == pytest.approx(20, abs=5 + 20 * still.total_s / 2)
        assert run["state_interval"]["p50_ms"] == pytest.approx(50, abs=15)
        assert (run["dropped"], run["mismatches"]) == (0, 0)
        # What is sent for its own time is early for a server that skipped ticks while all stood still.
        assert run["errors"] == 0 or still.longest_s > 0.25
    ours = runs["tickroom"]
    assert ours["ack"]["samples"] > 8 * 20 * 2 / 2
    assert 0 < ours["ack"]["p50_ms"] < 100 + 1000 * still.total_s
    assert ours["checksums"] >= 4
    assert ours["tick_lateness"]["max"] >= ours["tick_lateness"]["p50"]
    assert {ratio["against"] for ratio in report["ratios"]} == set(against.split(","))
    assert plot_path.read_bytes().startswith(b"\x89PNG")
    assert "CPU a client-tick" in outcome.output


def test_on_change_sends_less_and_is_acknowledged_all_the_same(tmp_path: Path) -> None:
    report_path = tmp_path / "report.json"
    options = [*SMALL, "--mode", "on-change", "--seconds", "4", "--json", str(report_path)]
    assert CliRunner().invoke(loadtest, options, catch_exceptions=False).exit_code == 0
    (run,) = msgspec.json.decode(report_path.read_bytes())["runs"]
    assert run["inputs_per_client_s"] < 4
    assert run["ack"]["samples"] > 0
    assert run["frames_per_client_s"] < 20
    assert run["mismatches"] == 0


def test_idle_connections_and_sessions_are_weighed(tmp_path: Path) -> None:
    report_path = tmp_path / "idle.json"
    options = ["--idle", "--clients", "120", "--json", str(report_path)]
    outcome = CliRunner().invoke(loadtest, options, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    report = msgspec.json.decode(report_path.read_bytes())
    assert (report["sessions"], report["connections"]) == (30, 120)
    assert report["rss_empty_bytes"] < report["rss_one_each_bytes"] < report["rss_full_bytes"]
    assert 0 < report["connection_bytes"] < 1_000_000


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--clients", "0"], "clients must be 1 to 50000"),
        (["--cpu", "4096"], "cpu must be one of"),
        (["--against", "everything"], "not made of floor and plain"),
        (["--server-option", "--no-such-option"], "the server did not start"),
    ],
)
def test_a_fault_is_one_plain_line(options: list[str], words: str) -> None:
    outcome = CliRunner().invoke(loadtest, options)
    assert outcome.exit_code != 0
    assert words in outcome.output
    assert "Traceback" not in outcome.output


def test_a_picture_without_matplotlib_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    outcome = CliRunner().invoke(loadtest, ["--plot", "x.png"])
    assert outcome.exit_code == 1
    assert "tickroom[plot]" in outcome.output


def test_a_floor_without_a_compiler_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tickroom.simulations.loadtest import targets

    monkeypatch.setattr(targets, "compiler", lambda: None)
    outcome = CliRunner().invoke(loadtest, [*SMALL, "--against", "floor"])
    assert outcome.exit_code == 1
    assert "no C compiler" in outcome.output
