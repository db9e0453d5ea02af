"""When a held input goes out, and for which tick."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tickroom.protocol.messages import Input
from tickroom.simulations.clock import Lead, ServerClock

HEARTBEAT_S = 1.0  # docs/protocol.md, section 6: an input at least once a second
LEAD_FIRST_S = 0.005
LEAD_LEAST_S = 0.002  # the jitter of an event loop that has little to do


class InputSender:
    """Sends what the player holds: at once when it changes, once a second besides, never twice for one tick.

    Of several changes within one tick the last counts. No tick is named that is more than ``max_lead_ticks`` beyond
    the newest that the server spoke of.
    """

    def __init__(self, clock: ServerClock, fields: int, max_lead_ticks: int, send: Callable[[Input], None]) -> None:
        self.late = 0
        self._clock = clock
        self._max_lead_ticks = max_lead_ticks
        self._send = send
        self._lead = Lead(LEAD_FIRST_S)
        self._held = (0,) * fields
        self._is_sent = False
        self._last_named = 0
        self._stamp = 0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def lead_s(self) -> float:
        """How long before a tick's step an input for it is sent at the latest."""
        return self._lead.seconds

    def hold(self, values: tuple[int, ...]) -> None:
        """Hold these values from now on."""
        if values != self._held:
            self._held, self._is_sent = values, False
            self._flush()

    def note_state(self, tick: int, stamp: int) -> None:
        """The state at ``tick`` shows that the input named ``stamp`` is the last one applied."""
        self._clock.note_tick(tick)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        if tick > stamp and stamp <= self._last_named:
            self.late += 1
            self._lead.note_late((tick - stamp) * self._clock.period_s)
        else:
            self._lead.note_in_time(LEAD_LEAST_S + self._clock.round_trip_s / 2)

    def note_too_early(self) -> None:
        """The server refused an input as too early. That changed nothing there, so what is held goes out again.

        The ticks named since the last stamp are free again. One of them may have been taken after all, by a server
        that has not come to it; naming it twice is refused in turn, and the heartbeat makes up for it.
        """
        self._last_named, self._is_sent = self._stamp, False
        self._cancel_timer()
        self._flush()

    async def beat(self) -> None:
        """Send what is held once a second, until cancelled."""
        try:
            while True:
                self._is_sent = False
                self._flush()
                await asyncio.sleep(HEARTBEAT_S)
        finally:
            self._cancel_timer()

    def _flush(self) -> None:
        """Send for the first tick that can be reached, or as soon as there is one that was not yet named."""
        if self._is_sent or self._timer is not None:
            return
        position = self._clock.tick_at(time.monotonic() + self._lead.seconds)
        newest = self._clock.newest_told
        # The estimate runs ahead of a server that stands still, and an input beyond the cap would be refused.
        target = min(max(int(position) + 1, newest + 1), newest + self._max_lead_ticks)
        if target > self._last_named:
            self._last_named, self._is_sent = target, True
            self._send(Input(target, self._held))
            return
        wait_ticks = self._last_named - position
        if wait_ticks <= 0:  # capped: only a word from the server helps
            wait_ticks = 1.0
        wait_s = max(0.001, wait_ticks * self._clock.period_s)
        self._timer = asyncio.get_running_loop().call_later(wait_s, self._flush_later)

    def _cancel_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _flush_later(self) -> None:
        self._timer = None
        self._flush()
