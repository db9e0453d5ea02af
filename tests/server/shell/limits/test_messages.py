"""The budgets of one connection at their edge."""

from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.limits.bucket import NS
from tickroom.server.shell.limits.messages import BURST_S, InputCredit, MessageBudgets, MessageClass
from tickroom.server.shell.limits.settings import Limits


class Holder:
    """Counts down as a connection does."""

    def __init__(self, per_tick: int, tick_hz: int) -> None:
        self._credit = InputCredit(per_tick, tick_hz, 0)
        self._left = self._credit.at_first

    def send(self, tick: int) -> bool:
        self._left -= 1
        if self._left < 0:
            self._left = self._credit.more(tick) - 1
        return self._left >= 0


@given(per_tick=st.integers(1, 4), tick_hz=st.integers(10, 60))
def test_who_keeps_to_the_rate_is_never_refused(per_tick: int, tick_hz: int) -> None:
    holder = Holder(per_tick, tick_hz)
    assert all(holder.send(tick) for tick in range(1, 500) for _ in range(per_tick))


@given(
    per_tick=st.integers(1, 3),
    tick_hz=st.integers(10, 20),
    sent=st.lists(st.integers(0, 50), min_size=1, max_size=100),
)
def test_no_span_has_more_than_two_bursts_and_the_rate(per_tick: int, tick_hz: int, sent: list[int]) -> None:
    holder = Holder(per_tick, tick_hz)
    let_through = [sum(holder.send(tick) for _ in range(count)) for tick, count in enumerate(sent)]
    burst = BURST_S * per_tick * tick_hz
    for first in range(len(sent)):
        for last in range(first, len(sent)):
            assert sum(let_through[first : last + 1]) <= 2 * burst + (last - first) * per_tick


def test_at_the_edge_and_after() -> None:
    holder = Holder(per_tick=2, tick_hz=20)
    assert [holder.send(5) for _ in range(80 + 10)] == [True] * 90  # the burst, and what five ticks bring
    assert not any(holder.send(5) for _ in range(1000))
    assert [holder.send(6) for _ in range(3)] == [True, True, False]


def test_zero_is_without_limit() -> None:
    holder = Holder(per_tick=0, tick_hz=20)
    assert all(holder.send(0) for _ in range(10_000))
    budgets = MessageBudgets(Limits(requests_per_second=0, other_messages_per_second=0, breaches_allowed=0))
    assert not any(budgets.take(kind, 0) for kind in MessageClass for _ in range(1000))
    assert all(budgets.forgive(0) for _ in range(1000))


def test_classes_do_not_share() -> None:
    budgets = MessageBudgets(Limits(requests_per_second=3, other_messages_per_second=2))
    assert [budgets.take(MessageClass.REQUEST, 0) > 0 for _ in range(7)] == [False] * 6 + [True]
    assert [budgets.take(MessageClass.OTHER, 0) > 0 for _ in range(5)] == [False] * 4 + [True]
    assert budgets.take(MessageClass.REQUEST, NS // 3) == 0
    assert budgets.take(MessageClass.REQUEST, NS // 3) > 0


def test_breaches_are_forgiven_so_many_times_and_one_a_second() -> None:
    budgets = MessageBudgets(Limits(breaches_allowed=3))
    assert [budgets.forgive(0) for _ in range(4)] == [True, True, True, False]
    assert [budgets.forgive(NS) for _ in range(2)] == [True, False]
