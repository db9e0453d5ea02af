"""The tick clock, with a clock of the test's own: no drift, phases apart, stalls made up for or counted."""

from collections.abc import Callable

import pytest

from tests.server.core.toy_game import ToyGame
from tickroom.server.core.placement import SEATS_A_PHASE, Phase, Placement
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.scheduler import EARLY_NS, MAX_CATCH_UP_TICKS, NS, Scheduler
from tickroom.server.shell.statistics import Statistics


class Clockwork:
    """A scheduler, and a clock that moves when told."""

    def __init__(self, tick_hz: int, sessions: int = 1) -> None:
        self.now_ns = 1_000
        self.ticks: list[tuple[Phase, int]] = []
        self.statistics = Statistics()
        self.placement = Placement(phases=4)
        game = ToyGame()
        for _ in range(sessions):
            pool = self.placement.pool_for(game, 4, tick_hz)
            pool.open("C", SessionSettings(game="toy", tick_hz=tick_hz), 0, {"start": 0})
        self.scheduler = Scheduler(self.placement, self._tick, self.statistics, lambda: self.now_ns)
        self.during: Callable[[], None] = lambda: None

    def _tick(self, phase: Phase, began_ns: int) -> None:
        self.ticks.append((phase, self.now_ns))
        self.during()

    def run_until(self, end_ns: int) -> None:
        """Wake the scheduler exactly when it asks for it."""
        self.scheduler.run_due()
        while (due := self.scheduler.next_due_ns()) <= end_ns:
            self.now_ns = max(self.now_ns, due)
            self.scheduler.run_due()


@pytest.mark.parametrize("tick_hz", [10, 20, 30, 60])
def test_ten_minutes_drift_by_less_than_a_tick(tick_hz: int) -> None:
    clock = Clockwork(tick_hz)
    clock.run_until(600 * NS)
    assert abs(len(clock.ticks) - 600 * tick_hz) <= 1


def test_lateness_of_one_tick_does_not_move_the_next() -> None:
    clock = Clockwork(20)
    clock.during = lambda: setattr(clock, "now_ns", clock.now_ns + 7_000_000)  # each tick takes 7 of its 50 ms
    clock.run_until(60 * NS)
    assert abs(len(clock.ticks) - 1200) <= 1
    assert clock.statistics.tick_lateness.maximum_us < 1_000


def test_phases_are_spread_over_the_interval() -> None:
    clock = Clockwork(20, sessions=SEATS_A_PHASE)  # 4 seats each: all four phases are open
    clock.run_until(1 * NS)
    first = {phase.number: at_ns % (NS // 20) for phase, at_ns in clock.ticks[-4:]}
    offsets = sorted((at_ns - min(first.values())) // 1_000_000 for at_ns in first.values())
    assert offsets == [0, 12, 25, 37]


def test_a_short_stall_is_made_up_for_and_a_long_one_counted() -> None:
    clock = Clockwork(20)
    clock.run_until(1 * NS)
    before = len(clock.ticks)
    clock.now_ns += 150_000_000
    clock.scheduler.run_due()
    assert len(clock.ticks) == before + 3
    assert clock.statistics.ticks_skipped == 0
    clock.now_ns += 10 * NS
    clock.scheduler.run_due()
    assert len(clock.ticks) == before + 3 + MAX_CATCH_UP_TICKS
    assert clock.statistics.ticks_skipped == pytest.approx(200 - MAX_CATCH_UP_TICKS, abs=1)
    clock.run_until(clock.now_ns + 1 * NS)
    assert len(clock.ticks) == pytest.approx(before + 3 + MAX_CATCH_UP_TICKS + 20, abs=1)


def test_a_timer_that_fires_a_little_early_still_ticks() -> None:
    clock = Clockwork(20)
    clock.run_until(1 * NS)
    before = len(clock.ticks)
    clock.now_ns = clock.scheduler.next_due_ns() - EARLY_NS
    clock.scheduler.run_due()
    assert len(clock.ticks) == before + 1
    clock.now_ns = clock.scheduler.next_due_ns() - EARLY_NS - 1
    clock.scheduler.run_due()
    assert len(clock.ticks) == before + 1


async def test_a_tick_that_is_due_is_found_in_the_middle_of_input() -> None:
    clock = Clockwork(20)
    clock.scheduler.wake()
    before = len(clock.ticks)
    clock.scheduler.run_if_due()
    assert len(clock.ticks) == before
    clock.now_ns = clock.scheduler.next_due_ns()
    clock.scheduler.run_if_due()
    assert len(clock.ticks) == before + 1
    clock.scheduler.stop()
    clock.now_ns += NS
    clock.scheduler.run_if_due()
    assert len(clock.ticks) == before + 1


def test_making_up_for_a_stall_never_runs_the_schedule_backwards() -> None:
    clock = Clockwork(20)
    clock.run_until(1 * NS)
    # Five ticks are made up for, and the next is due within the tolerance for early timers.
    clock.now_ns = clock.scheduler.next_due_ns() + 5 * NS // 20 - EARLY_NS // 2
    before = len(clock.ticks)
    clock.scheduler.run_due()
    assert clock.statistics.ticks_skipped == 0
    assert len(clock.ticks) - before == MAX_CATCH_UP_TICKS
    clock.scheduler.run_due()
    assert len(clock.ticks) - before <= MAX_CATCH_UP_TICKS + 1
    assert clock.scheduler.next_due_ns() > clock.now_ns


async def test_an_exception_in_a_tick_does_not_stop_the_clock() -> None:
    clock = Clockwork(20)

    def fail() -> None:
        raise RuntimeError("in a tick")

    clock.during = fail
    clock.scheduler.wake()
    clock.now_ns = clock.scheduler.next_due_ns()
    with pytest.raises(RuntimeError):
        clock.scheduler.run_if_due()
    clock.during = lambda: None
    before = len(clock.ticks)
    clock.now_ns = clock.scheduler.next_due_ns()
    clock.scheduler.run_if_due()
    assert len(clock.ticks) == before + 1
    clock.scheduler.stop()


async def test_garbage_is_collected_when_there_is_nothing_to_tick() -> None:
    statistics = Statistics()
    now_ns = [NS]
    scheduler = Scheduler(Placement(), lambda phase, began_ns: None, statistics, lambda: now_ns[0])
    scheduler.start()
    now_ns[0] += 2 * NS
    scheduler.run_if_due()
    assert statistics.garbage_pause.total >= 1
    scheduler.stop()
