"""Sliding budgets at their edge, by key, in bounded memory."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.limits.sliding import SlidingBudgets

SPAN = 60


@given(most=st.integers(1, 30), start=st.integers(0, 10**18), gap=st.integers(0, 1))
def test_so_many_one_more_is_not_and_it_recovers(most: int, start: int, gap: int) -> None:
    budgets = SlidingBudgets(most, SPAN)
    assert [budgets.take("a", start + turn * gap) for turn in range(most)] == [0] * most
    now = start + (most - 1) * gap
    wait = budgets.take("a", now)
    assert wait == SPAN - (now - start)
    assert budgets.wait_ns("a", now) == wait
    assert budgets.take("b", now) == 0  # others have their own
    assert budgets.take("a", now + wait - 1) == 1
    assert budgets.take("a", now + wait) == 0


@given(most=st.integers(1, 8), steps=st.lists(st.tuples(st.integers(0, 20), st.sampled_from("abc")), max_size=200))
def test_against_a_plain_count(most: int, steps: list[tuple[int, str]]) -> None:
    budgets = SlidingBudgets(most, SPAN)
    let_through: list[tuple[int, str]] = []
    now = 0
    for gap, key in steps:
        now += gap
        recent = sum(1 for at, other in let_through if other == key and at > now - SPAN)
        taken = budgets.take(key, now) == 0
        assert taken == (recent < most)
        if taken:
            let_through.append((now, key))


def test_what_is_refused_costs_nothing() -> None:
    budgets = SlidingBudgets(2, SPAN)
    assert [budgets.take("a", now) for now in (0, 0)] == [0, 0]
    assert all(budgets.take("a", now) for now in range(SPAN))
    assert budgets.take("a", SPAN) == 0


def test_zero_is_without_limit_and_remembers_nobody() -> None:
    budgets = SlidingBudgets(0, SPAN)
    assert not any(budgets.take("a", 0) for _ in range(1000))
    assert len(budgets) == 0


def test_memory_is_bounded_and_the_busy_are_remembered() -> None:
    budgets = SlidingBudgets(3, SPAN, keys_most=100)
    counted: Counter[bool] = Counter()
    for number in range(10_000):
        budgets.take(f"passing {number}", 1)
        counted[budgets.take("busy", 1) == 0] += 1
        assert len(budgets) <= 100
    # Refusals do not make it young again, so a hundred strangers later it has its budget anew: as documented.
    assert counted[True] <= 3 * (10_000 // 99 + 1)


def test_the_quiet_are_forgotten_when_others_come() -> None:
    budgets = SlidingBudgets(1, SPAN)
    for number in range(50):
        budgets.take(f"{number}", 0)
    for number in range(50):
        budgets.take(f"later {number}", SPAN)
    assert len(budgets) <= 50


def test_what_is_given_back_can_be_taken_again_and_leaves_nothing_behind() -> None:
    budgets = SlidingBudgets(2, SPAN)
    assert [budgets.take("a", now) for now in (0, 1)] == [0, 0]
    budgets.give_back("a")
    assert budgets.take("a", 2) == 0
    assert budgets.take("a", 3) == SPAN - 3
    budgets.give_back("a")
    budgets.give_back("a")
    budgets.give_back("a")
    assert len(budgets) == 0
