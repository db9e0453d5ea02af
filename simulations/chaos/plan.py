"""The faults of a run, in order: a function of the parameters alone."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tickroom.simulations.chaos.parameters import ChaosParameters, FaultKind

_LENGTHS_S = {  # from .. to, drawn
    FaultKind.PAUSE: (3.0, 5.0),  # two to three leases
    FaultKind.STUTTER: (0.3, 1.0),
    FaultKind.CUT: (3.0, 5.0),
    FaultKind.SLOW: (2.0, 4.0),
    FaultKind.REDIS_RESTART: (0.2, 3.0),
    FaultKind.REDIS_EMPTY: (0.2, 3.0),
}
_PASSAGES = {  # how often a point is passed before the node dies there: the first seconds with sessions of its own
    FaultKind.AT_ADVANCED: (20, 120),
    FaultKind.AT_APPENDED: (20, 120),
    FaultKind.AT_HALF_TOLD: (20, 120),
    FaultKind.AT_TOLD: (20, 120),
    FaultKind.AT_ACCEPTED: (1, 3),
    FaultKind.AT_CHECKPOINTED: (1, 3),
    FaultKind.AT_CLAIMED: (1, 1),  # often it gets no more than one session
    FaultKind.AT_ADOPTED: (1, 1),
}
CALM_S = (0.5, 2.0)  # between everybody playing and the next fault


@dataclass(frozen=True, slots=True)
class Step:
    """One fault. ``node``: which of those that have sessions then, modulo how many these are.

    ``length_s``, ``passages``: 0 where there is none.
    """

    kind: FaultKind
    node: int
    calm_s: float
    length_s: float = 0.0
    passages: int = 0


def plan(parameters: ChaosParameters) -> list[Step]:
    """Every kind as often as any other, give or take one, in an order by the seed."""
    generator = Random(parameters.seed)
    kinds: list[FaultKind] = []
    while len(kinds) < parameters.faults:
        round_of_all = list(parameters.kinds)
        generator.shuffle(round_of_all)
        kinds += round_of_all
    return [_step(kind, parameters.nodes, generator) for kind in kinds[: parameters.faults]]


def _step(kind: FaultKind, nodes: int, generator: Random) -> Step:
    node, calm_s = generator.randrange(nodes), generator.uniform(*CALM_S)
    length_s = generator.uniform(*_LENGTHS_S.get(kind, (0.0, 0.0)))
    passages = generator.randint(*_PASSAGES.get(kind, (0, 0)))
    return Step(kind, node, round(calm_s, 3), round(length_s, 3), passages)
