"""What a run found, in units that are in the names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec

from tickroom.simulations.chaos.deeds import Deed
from tickroom.simulations.chaos.invariants import Violation
from tickroom.simulations.chaos.parameters import ChaosParameters
from tickroom.simulations.chaos.records import PlayerRecord, Records
from tickroom.simulations.chaos.tail import Journals


@dataclass(frozen=True)
class Spread:
    """Of durations, in milliseconds. 0 samples: nobody was concerned."""

    p50_ms: float
    p99_ms: float
    max_ms: float
    samples: int

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Nearest rank: with fewer than a hundred samples, p99 is the greatest."""
        if not seconds:
            return cls(0.0, 0.0, 0.0, 0)
        ranked = sorted(seconds)

        def at(share: float) -> float:
            return round(1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)

        return cls(at(0.5), at(0.99), at(1.0), len(ranked))


@dataclass(frozen=True)
class Outage:
    """What one bot went without: from the fault to its first state of the next owner, or after the silence."""

    again_s: float
    pause_s: float


@dataclass(frozen=True)
class KindFigures:
    """All faults of one kind. ``again``: from the fault to a bot's first new state; ``pause``: between two states.

    ``server``: from the fault until a session had another owner with a checkpoint of its own.
    """

    kind: str
    faults: int
    bots: int
    again: Spread
    pause: Spread
    server: Spread
    not_settled: int
    notes: list[str]


@dataclass
class Totals:
    """What was compared, so that a report of nothing wrong says how much was looked at.

    ``leases_lost``: by nodes that lived, through a fault or because the machine stood still for longer than a lease.
    """

    players: int = 0
    sessions: int = 0
    states_compared: int = 0
    ticks_replayed: int = 0
    ticks_in_no_journal: int = 0
    acks: int = 0
    lines: int = 0
    stays: int = 0
    takeovers: int = 0
    leases_lost: int = 0
    refusals: dict[str, int] = field(default_factory=dict)


@dataclass
class ChaosReport:
    """Everything that a run found."""

    parameters: ChaosParameters
    kinds: list[KindFigures]
    totals: Totals
    violations: list[Violation]
    journal_lost: list[str]
    again_s: dict[str, list[float]] = field(default_factory=dict)  # by kind, for the picture

    @property
    def broken(self) -> Counter[str]:
        """How often each rule was broken."""
        return Counter(violation.rule.value for violation in self.violations)

    def to_json(self) -> bytes:
        """All of it, as indented JSON."""
        content = {
            "parameters": self.parameters,
            "kinds": self.kinds,
            "totals": self.totals,
            "broken": dict(self.broken),
            "violations": self.violations,
            "journal_lost": self.journal_lost,
        }
        return msgspec.json.format(msgspec.json.encode(content), indent=2)


def outages(player: PlayerRecord, deed: Deed) -> Outage | None:
    """What a fault cost one bot; None where it cost it nothing."""
    end_s = deed.settled_s or float("inf")
    again_s = pause_s = 0.0
    for before, after in pairwise(player.stays):
        if deed.struck_s <= before.ended_s <= end_s and after.first_state_s:
            again_s = max(again_s, after.first_state_s - deed.struck_s)
            pause_s = max(pause_s, after.first_state_s - (before.last_state_s or before.ended_s))
    for silence in player.silences:
        if deed.struck_s <= silence.ended_s and silence.began_s <= end_s:
            again_s = max(again_s, silence.ended_s - deed.struck_s)
            pause_s = max(pause_s, silence.ended_s - silence.began_s)
    return Outage(again_s, pause_s) if pause_s else None


def kind_figures(deeds: Sequence[Deed], records: Records, journals: Journals) -> list[KindFigures]:
    """Each kind's, in the order of the first fault of it."""
    found = []
    for kind in dict.fromkeys(deed.kind for deed in deeds):
        of_kind = [deed for deed in deeds if deed.kind is kind]
        outs = [out for deed in of_kind for out in all_outages(deed, records)]
        found.append(
            KindFigures(
                kind=kind.value,
                faults=len(of_kind),
                bots=len(outs),
                again=Spread.of([out.again_s for out in outs]),
                pause=Spread.of([out.pause_s for out in outs]),
                server=Spread.of([seconds for deed in of_kind for seconds in _answerable(deed, journals)]),
                not_settled=sum(not deed.is_settled for deed in of_kind),
                notes=[deed.note for deed in of_kind if deed.note],
            )
        )
    return found


def all_outages(deed: Deed, records: Records) -> list[Outage]:
    """What a fault cost the bots, one entry for each that it concerned."""
    found = (outages(player, deed) for player in records.players)
    return [out for out in found if out is not None]


def _answerable(deed: Deed, journals: Journals) -> list[float]:
    end_s = deed.settled_s or float("inf")
    return [
        owner.answerable_s - deed.struck_s
        for owners in journals.owners.values()
        for owner in owners[1:]
        if owner.answerable_s and deed.struck_s <= owner.claimed_s <= end_s
    ]
