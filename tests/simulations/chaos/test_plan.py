from collections import Counter

import pytest

from tickroom.simulations.chaos.parameters import POINTS, USUAL, ChaosFailed, ChaosParameters, FaultKind
from tickroom.simulations.chaos.plan import plan


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    assert plan(ChaosParameters(seed=3, faults=30)) == plan(ChaosParameters(seed=3, faults=30))
    assert plan(ChaosParameters(seed=3, faults=30)) != plan(ChaosParameters(seed=4, faults=30))


def test_every_kind_comes_as_often_as_any_other() -> None:
    steps = plan(ChaosParameters(faults=2 * len(USUAL) + 3))
    times = Counter(step.kind for step in steps)
    assert set(times) == set(USUAL)
    assert set(times.values()) == {2, 3}
    assert {step.kind for step in steps[: len(USUAL)]} == set(USUAL), "each once before any twice"


def test_steps_have_what_their_kinds_need() -> None:
    for step in plan(ChaosParameters(faults=64, kinds=tuple(FaultKind))):
        assert 0 <= step.node < 3
        assert (step.passages > 0) == (step.kind in POINTS)
        if step.kind is FaultKind.PAUSE:
            assert step.length_s > ChaosParameters().lease_s, "past the lease"
        if step.kind is FaultKind.STUTTER:
            assert step.length_s < ChaosParameters().lease_s


def test_points_are_named_as_the_server_names_them() -> None:
    from tickroom.server.shell.cluster.faults import POINTS as KNOWN

    assert {kind.point for kind in POINTS} == set(KNOWN)
    assert FaultKind.KILL.point == ""


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ChaosFailed, match=r"nodes must be 2 to 16, not 1; players must be .* no kind"):
        ChaosParameters(nodes=1, players=99, kinds=())
