import itertools
from collections.abc import Callable
from typing import cast

from tickroom.server.shell.sockets.deadlines import RESOLUTION_S, Deadlines


class Clock:
    """As much of an event loop as the wheel uses, with time in the test's hands."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, delay: float, call: Callable[[], None]) -> object:
        self.timers.append((self.now + delay, call))
        return call

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer[0] <= end]:
            first = min(due, key=lambda timer: timer[0])
            self.timers.remove(first)
            self.now = max(self.now, first[0])
            first[1]()
        self.now = end


class Waiting:
    def __init__(self, clock: Clock, then: Callable[[], None] = lambda: None) -> None:
        self.deadline: int | None = None
        self.reached: list[float] = []
        self._clock = clock
        self._then = then

    def deadline_reached(self) -> None:
        self.reached.append(self._clock.now)
        self._then()


def wheel() -> tuple[Clock, Deadlines]:
    clock = Clock()
    return clock, Deadlines(cast("object", clock))  # type: ignore[arg-type]


def test_deadline_is_never_early_and_little_late() -> None:
    clock, deadlines = wheel()
    for delay in (0.0, 0.05, 0.3, 1.0, 20.0):
        waiting = Waiting(clock)
        start = clock.now
        deadlines.set(waiting, delay)
        clock.advance(delay - 0.001)
        assert waiting.reached == []
        clock.advance(2 * RESOLUTION_S + 0.002)
        assert len(waiting.reached) == 1
        assert delay <= waiting.reached[0] - start + 1e-6


def test_last_deadline_counts_and_a_cleared_one_does_not() -> None:
    clock, deadlines = wheel()
    moved, cleared = Waiting(clock), Waiting(clock)
    deadlines.set(moved, 1.0)
    deadlines.set(cleared, 1.0)
    deadlines.set(moved, 5.0)
    deadlines.clear(cleared)
    clock.advance(4.0)
    assert moved.reached == cleared.reached == []
    clock.advance(2.0)
    assert len(moved.reached) == 1
    assert cleared.reached == []


def test_timer_stops_when_nobody_waits_and_starts_again() -> None:
    clock, deadlines = wheel()
    waiting = Waiting(clock)
    deadlines.set(waiting, 1.0)
    assert len(clock.timers) == 1
    clock.advance(2.0)
    assert clock.timers == []
    clock.advance(100.0)
    deadlines.set(waiting, 1.0)
    clock.advance(2.0)
    assert len(waiting.reached) == 2


def test_waiter_may_set_its_next_deadline_and_clear_its_neighbours() -> None:
    clock, deadlines = wheel()
    neighbours = [Waiting(clock), Waiting(clock)]

    def clear_the_other() -> None:
        for neighbour in neighbours:
            deadlines.clear(neighbour)

    for neighbour in neighbours:
        neighbour._then = clear_the_other
        deadlines.set(neighbour, 1.0)
    again = Waiting(clock)
    again._then = lambda: deadlines.set(again, 1.0)
    deadlines.set(again, 1.0)
    clock.advance(3.5)
    assert sum(len(neighbour.reached) for neighbour in neighbours) == 1
    assert len(again.reached) == 3


def test_spread_delays_are_even() -> None:
    _, deadlines = wheel()
    delays = sorted(deadlines.spread(20.0) for _ in range(100))
    assert delays[0] >= 10.0
    assert delays[-1] <= 20.0
    assert max(b - a for a, b in itertools.pairwise(delays)) < 0.5
