"""Who is let in, on a clock of our own."""

from collections.abc import Callable

import pytest

from tickroom.server.shell.limits.admission import (
    MINUTE_NS,
    REFUSALS_ANSWERED,
    TURNED_AWAY_IN_WORDS,
    Admission,
    Reason,
    Refusal,
)
from tickroom.server.shell.limits.settings import Limits, ResolvedLimits

S = 1_000_000_000


class Place:
    """An admission with its clock and memory at hand."""

    def __init__(self, limits: Limits | None = None, *, memory_mb: int = 1000) -> None:
        self.now_ns = 5 * S
        self.resident = 0
        resolved = (limits or Limits()).resolved(own_machine_only=False, memory_mb=memory_mb)
        self.admission = Admission(resolved, lambda: self.now_ns, lambda: self.resident)


def test_ten_connections_a_minute() -> None:
    place = Place()
    for _ in range(10):
        assert place.admission.open("a") is None
        place.admission.close("a")
    assert place.admission.open("a") == Refusal(Reason.CONNECTIONS_PER_MINUTE, 60_000)
    assert place.admission.open("b") is None
    place.now_ns += MINUTE_NS - 1
    assert place.admission.open("a") == Refusal(Reason.CONNECTIONS_PER_MINUTE, 1)
    place.now_ns += 1
    assert place.admission.open("a") is None


def test_who_is_sent_on_to_another_node_has_opened_nothing_until_it_is_too_often() -> None:
    place = Place()
    for _ in range(TURNED_AWAY_IN_WORDS):
        assert place.admission.open("a") is None
        place.admission.give_back("a")
        place.admission.close("a")
    for _ in range(10):
        assert place.admission.open("a") is None
        place.admission.give_back("a")
        place.admission.close("a")
    assert place.admission.open("a") == Refusal(Reason.CONNECTIONS_PER_MINUTE, 60_000)


def test_who_was_refused_often_enough_is_shunned_for_a_while() -> None:
    place = Place()
    for _ in range(10):
        assert place.admission.open("a") is None
    for _ in range(REFUSALS_ANSWERED):
        assert not place.admission.is_shunned("a")
        assert place.admission.open("a") is not None
    assert place.admission.is_shunned("a")
    assert not place.admission.is_shunned("b")
    place.now_ns += MINUTE_NS
    assert not place.admission.is_shunned("a")
    assert place.admission.open("a") is None


def test_twenty_at_once() -> None:
    place = Place(Limits(connections_per_minute=0))
    assert [place.admission.open("a") for _ in range(20)] == [None] * 20
    refusal = place.admission.open("a")
    assert refusal is not None
    assert refusal.reason is Reason.CONNECTIONS_AT_ONCE
    place.admission.close("a")
    assert place.admission.open("a") is None
    for _ in range(20):
        place.admission.close("a")
    assert place.admission.open("a") is None


def test_codes_cannot_be_guessed() -> None:
    place = Place()
    for _ in range(20):
        assert place.admission.may_look_up("a") is None
        place.admission.count_unknown_code("a")
    assert place.admission.may_look_up("a") == Refusal(Reason.UNKNOWN_CODES, 60_000)
    assert place.admission.may_look_up("b") is None
    place.now_ns += MINUTE_NS
    assert place.admission.may_look_up("a") is None


@pytest.mark.parametrize(
    ("ask", "most", "reason"),
    [(Admission.may_create, 10, Reason.CREATES), (Admission.may_ask, 300, Reason.API_REQUESTS)],
)
def test_creates_and_requests(ask: Callable[[Admission, str], Refusal | None], most: int, reason: Reason) -> None:
    place = Place()
    assert [ask(place.admission, "a") for _ in range(most)] == [None] * most
    assert ask(place.admission, "a") == Refusal(reason, 60_000)
    place.now_ns += MINUTE_NS
    assert ask(place.admission, "a") is None


def test_above_the_mark_nothing_new_is_let_in() -> None:
    place = Place(Limits(max_memory_mb=100))
    assert place.admission.open("a") is None
    place.resident = 100_000_001
    assert place.admission.open("a") is None  # looked at once a second
    place.now_ns += S
    for refusal in (place.admission.open("a"), place.admission.may_create("a")):
        assert refusal is not None
        assert refusal.reason is Reason.MEMORY
        assert refusal.is_ours
        assert refusal.retry_after_s == 5
    place.resident = 96_000_000
    place.now_ns += S
    assert place.admission.open("a") is not None  # not yet: it would open and shut each second
    place.resident = 95_000_000
    place.now_ns += S
    assert place.admission.open("a") is None


def test_a_mark_of_its_own_is_four_fifths_of_what_there_is() -> None:
    place = Place(memory_mb=1000)
    place.resident = 800_000_001
    assert place.admission.open("a") is not None


def test_where_memory_is_not_told_there_is_no_mark() -> None:
    place = Place(memory_mb=0)
    place.resident = 10**15
    assert place.admission.open("a") is None


def test_seconds_are_whole_and_at_least_one() -> None:
    assert [Refusal(Reason.CREATES, ms).retry_after_s for ms in (1, 1000, 1001)] == [1, 1, 2]


def test_defaults_by_where_it_listens() -> None:
    assert Limits().resolved(own_machine_only=False, memory_mb=10) == ResolvedLimits(10, 20, 20, 10, 300, 8_000_000)
    own = Limits(connections_per_minute=7).resolved(own_machine_only=True, memory_mb=10)
    assert own == ResolvedLimits(7, 2000, 2000, 1000, 30_000, 8_000_000)


def test_faults_are_listed() -> None:
    assert Limits().faults() == []
    faults = Limits(connections_per_minute=-1, max_seats=10**9).faults()
    assert len(faults) == 2
    assert faults[0].startswith("connections_per_minute must be 0")
