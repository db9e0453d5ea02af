from dataclasses import replace

import msgspec

from tickroom.simulations.loadtest.figures import LoadReport, Quantiles, Run, RunFigures, suspicions
from tickroom.simulations.loadtest.histogram import Histogram
from tickroom.simulations.loadtest.parameters import LoadParameters, Target, available_cpus

CPU = available_cpus()[-1]
FIGURES = RunFigures(
    target=Target.TICKROOM,
    round=1,
    workers=0,
    clients=1600,
    cpu_us_per_client_tick=18.0,
    server_cpu_share=0.6,
    server_waited_share=0.0,
    client_ticks=640_000,
    kept_up=1.0,
    ack=None,
    state_interval=Quantiles(50.0, 55.0, 60.0, 1000),
    tick_lateness=None,
    frames_per_client_s=20.0,
    inputs_per_client_s=20.0,
    bytes_in_per_client_s=400.0,
    bytes_out_per_client_s=200.0,
    mean_frame_bytes=20.0,
    rss_idle_bytes=50_000_000,
    rss_loaded_bytes=100_000_000,
    rss_per_client_bytes=31_250,
    dropped=0,
    drop_reasons={},
    errors=0,
    unanswered_inputs=0,
    late_inputs=None,
    resyncs=None,
    states_skipped=None,
    checksums=10,
    mismatches=0,
    generator_cpu_shares=[0.4],
    stolen_share=0.0,
    redis=None,
    suspicions=[],
)


def report(*runs: tuple[Target, int, float, float], clients: tuple[int, ...] = ()) -> LoadReport:
    """Runs as (target, round, microseconds, kept up), with 1,600 clients where ``clients`` says nothing else."""
    empty = Histogram()
    counts = clients or (1600,) * len(runs)
    return LoadReport(
        LoadParameters(cpu=CPU),
        [
            Run(
                replace(FIGURES, target=target, round=number, cpu_us_per_client_tick=us, kept_up=kept, clients=count),
                empty,
                empty,
            )
            for (target, number, us, kept), count in zip(runs, counts, strict=True)
        ],
    )


OURS, FLOOR, PLAIN = Target.TICKROOM, Target.FLOOR, Target.PLAIN


def test_ratios_compare_what_ran_in_one_round() -> None:
    slow_machine_in_the_second = report(
        (OURS, 1, 15, 1), (FLOOR, 1, 10, 1), (OURS, 2, 30, 1), (FLOOR, 2, 20, 1), (OURS, 3, 16, 1), (FLOOR, 3, 10, 1)
    )
    (ratio,) = slow_machine_in_the_second.ratios()
    assert ratio.rounds == [1.5, 1.5, 1.6]
    assert (ratio.median, ratio.is_met) == (1.5, True)


def test_a_target_can_be_missed() -> None:
    floor, plain = report((OURS, 1, 30, 1), (FLOOR, 1, 10, 1), (PLAIN, 1, 50, 1)).ratios()
    assert (floor.against, floor.is_met) == (FLOOR, False)
    assert (plain.against, plain.median, plain.is_met) == (PLAIN, 0.6, False)


def test_a_server_that_fell_behind_is_compared_again_with_as_many_clients_as_it_can_take() -> None:
    runs = (OURS, 1, 20, 1), (PLAIN, 1, 100, 0.4), (PLAIN, 1, 50, 1), (OURS, 1, 30, 1)
    overstated, fair = report(*runs, clients=(1600, 1600, 800, 800)).ratios()
    assert (overstated.clients, overstated.rounds, overstated.other_kept_up) == (1600, [0.2], False)
    assert (fair.clients, fair.rounds, fair.other_kept_up, fair.is_met) == (800, [0.6], True, False)


def test_who_falls_behind_meets_no_target() -> None:
    (ratio,) = report((OURS, 1, 10, 0.9), (FLOOR, 1, 10, 1)).ratios()
    assert ratio.median == 1.0
    assert not ratio.is_met


def test_nothing_to_compare_with_gives_no_ratio() -> None:
    assert report((OURS, 1, 10, 1)).ratios() == []


def test_the_json_holds_parameters_runs_and_ratios() -> None:
    content = msgspec.json.decode(report((OURS, 1, 15, 1), (FLOOR, 1, 10, 1)).to_json())
    assert content["parameters"]["clients"] == 1600
    assert [run["target"] for run in content["runs"]] == ["tickroom", "floor"]
    assert content["ratios"][0]["is_met"] is True


def found(**changed: float) -> list[str]:
    ordinary: dict[str, float] = {"stolen": 0, "waited": 0, "kept_up": 1, "dropped": 0, "mismatches": 0, "busiest": 0.5}
    every = ordinary | changed
    return suspicions(
        generator_shares=[0.1, every["busiest"]],
        stolen=every["stolen"],
        waited=every["waited"],
        kept_up=every["kept_up"],
        dropped=int(every["dropped"]),
        mismatches=int(every["mismatches"]),
    )


def test_every_suspicion_has_its_cause() -> None:
    assert found() == []
    for changed in (
        {"busiest": 0.9}, {"stolen": 0.05}, {"waited": 0.2}, {"kept_up": 0.9}, {"dropped": 1}, {"mismatches": 1}
    ):  # fmt: skip
        assert len(found(**changed)) == 1, changed


def with_ack(run: Run, p50_ms: float) -> Run:
    return Run(replace(run.figures, ack=Quantiles(p50_ms, 60.0, 70.0, 1000)), run.ack, run.interval)


def test_a_journal_is_compared_with_the_run_beside_it_and_must_meet_both_targets() -> None:
    both = (Target.TICKROOM, Target.JOURNALED)
    rounds = report(
        *((target, number, us, 1.0) for number in (1, 2, 3) for target, us in zip(both, (20, 21), strict=True))
    )
    rounds.runs = [with_ack(run, 30.0 if run.figures.target is Target.TICKROOM else 31.5) for run in rounds.runs]
    (cost,) = rounds.journal_costs()
    assert (cost.cpu_ratios, cost.added_ack_ms) == ([1.05] * 3, [1.5] * 3)
    assert cost.is_met
    dear = report((Target.TICKROOM, 1, 20, 1.0), (Target.JOURNALED, 1, 23, 1.0))
    dear.runs = [with_ack(run, 30.0) for run in dear.runs]
    assert not dear.journal_costs()[0].is_met
    slow = report((Target.TICKROOM, 1, 20, 1.0), (Target.JOURNALED, 1, 20, 1.0))
    slow.runs = [with_ack(slow.runs[0], 30.0), with_ack(slow.runs[1], 32.5)]
    assert not slow.journal_costs()[0].is_met
    behind = report((Target.TICKROOM, 1, 20, 1.0), (Target.JOURNALED, 1, 20, 0.9))
    behind.runs = [with_ack(run, 30.0) for run in behind.runs]
    assert not behind.journal_costs()[0].is_met


def workers_report(*runs: tuple[int, int, float, float, float]) -> LoadReport:
    """Runs as (workers, clients, microseconds, p99 between frames, kept up), in one round."""
    empty = Histogram()
    made = [
        replace(
            FIGURES,
            workers=workers,
            clients=clients,
            cpu_us_per_client_tick=us,
            state_interval=Quantiles(50.0, p99, 80.0, 1000),
            kept_up=kept,
        )
        for workers, clients, us, p99, kept in runs
    ]
    return LoadReport(LoadParameters(cpu=CPU), [Run(figures, empty, empty) for figures in made])


def test_several_workers_are_compared_with_the_fewest() -> None:
    two, three = workers_report(
        (1, 400, 20.0, 53.0, 1.0), (3, 1200, 22.0, 59.0, 1.0), (2, 800, 21.0, 54.0, 1.0)
    ).scalings()
    assert (two.workers, two.beside, two.clients_ratio, two.cpu_ratio, two.served_alike) == (2, 1, 2.0, 1.05, True)
    assert (three.workers, three.clients_ratio, three.cpu_ratio, three.served_alike) == (3, 3.0, 1.1, False)


def test_workers_that_fell_behind_did_not_serve_alike() -> None:
    (two,) = workers_report((1, 400, 20.0, 53.0, 1.0), (2, 800, 21.0, 53.0, 0.9)).scalings()
    assert not two.served_alike
    assert workers_report((2, 800, 21.0, 53.0, 1.0)).scalings() == []
    assert report((Target.TICKROOM, 1, 20.0, 1.0)).scalings() == []
