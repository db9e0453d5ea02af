"""Pings that keep a session's clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from tickroom.protocol.messages import Ping, Pong
from tickroom.simulations.clock import ServerClock

FIRST_PINGS_S = (0.0, 0.1, 0.3)  # three quick ones, for a good clock within half a second
PING_INTERVAL_S = 2.0
UNANSWERED_KEPT = 16


class Pinger:
    """Asks for the server's clock, quickly at first and then every two seconds, and feeds the answers to ``clock``."""

    def __init__(self, clock: ServerClock, send: Callable[[Ping], None]) -> None:
        self._clock = clock
        self._send = send
        self._next = 0
        self._sent_s: dict[int, float] = {}

    async def beat(self) -> None:
        """Ping until cancelled."""
        for wait_s in FIRST_PINGS_S:
            await asyncio.sleep(wait_s)
            self._ping()
        while True:
            await asyncio.sleep(PING_INTERVAL_S)
            self._ping()

    def receive(self, pong: Pong) -> None:
        """Take an answer; one that nobody asked for is ignored."""
        sent_s = self._sent_s.pop(pong.echo, None)
        if sent_s is not None:
            self._clock.observe(pong.tick, pong.age_us, sent_s, time.monotonic())

    def _ping(self) -> None:
        self._sent_s.pop(self._next - UNANSWERED_KEPT, None)
        self._sent_s[self._next] = time.monotonic()
        self._send(Ping(self._next))
        self._next += 1
