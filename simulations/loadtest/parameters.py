"""What a load test is asked to do: one frozen object, checked as a whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum

from tickroom.simulations.errors import ClientError


class Mode(StrEnum):
    """When a client sends its input."""

    EVERY_TICK = "every-tick"  # as most games do, and as benchmarks of others do
    ON_CHANGE = "on-change"  # the native way: when it changes, and once a second


class Target(StrEnum):
    """What is measured."""

    TICKROOM = "tickroom"
    FLOOR = "floor"  # C: one recv, one send, no game
    PLAIN = "plain"  # Starlette the usual way: a task a session, a send_bytes a player
    JOURNALED = "journaled"  # Tickroom again, with a journal in a Redis beside it

    @property
    def is_ours(self) -> bool:
        """Whether it is Tickroom, and says what Tickroom says of itself."""
        return self in (Target.TICKROOM, Target.JOURNALED)


class LoadTestFailed(ClientError):
    """The load test could not be carried out; the text says why, in words for the person who started it."""


@dataclass(frozen=True, slots=True)
class LoadParameters:
    """One load test. ``cpu``: the server's core. ``generators``: processes that play the clients.

    ``workers``: 0 for one server process; else so many behind one address, on as many cores, ``cpu`` and those before.
    """

    clients: int = 1600
    seats: int = 4
    tick_hz: int = 20
    input_hz: int = 20
    seconds: float = 20.0
    warmup_s: float = 5.0
    mode: Mode = Mode.EVERY_TICK
    cpu: int = 0
    generators: int = 1
    verified_each: int = 4  # clients of each generator that keep a full copy of the state and check every checksum
    seed: int = 1
    against: tuple[Target, ...] = ()
    rounds: int = 1
    server_options: tuple[str, ...] = ()  # passed on to ``tickroom serve``
    workers: int = 0

    def __post_init__(self) -> None:
        cpus = available_cpus()
        faults = [
            f"{name} must be {lowest} to {highest}, not {value}"
            for name, value, lowest, highest in (
                ("clients", self.clients, 1, 50_000),
                ("seats", self.seats, 1, 64),
                ("tick_hz", self.tick_hz, 10, 60),
                ("input_hz", self.input_hz, 1, 60),
                ("seconds", self.seconds, 1, 3600),
                ("warmup_s", self.warmup_s, 0, 600),
                ("generators", self.generators, 1, 64),
                ("verified_each", self.verified_each, 0, 1000),
                ("rounds", self.rounds, 1, 20),
            )
            if not lowest <= value <= highest
        ]
        if self.cpu not in cpus:
            faults.append(f"cpu must be one of {', '.join(map(str, cpus))}, not {self.cpu}")
        if self.workers >= len(cpus):
            faults.append(f"{self.workers} workers leave none of {len(cpus)} cores to the clients")
        if self.generators > self.clients:
            faults.append(f"{self.generators} generators have nothing to share among {self.clients} clients")
        if faults:
            raise LoadTestFailed("; ".join(faults))

    @property
    def sessions(self) -> int:
        """How many sessions it takes; the last one may have free seats."""
        return -(-self.clients // self.seats)

    @property
    def server_cpus(self) -> list[int]:
        """The cores of the server: one, or one for each worker."""
        cpus = available_cpus()
        return [cpus[cpus.index(self.cpu) - number] for number in range(max(1, self.workers))]

    @property
    def generator_cpus(self) -> list[int]:
        """The cores of the generators: all but the server's, or that one too where there is no other."""
        return [cpu for cpu in available_cpus() if cpu not in self.server_cpus] or [self.cpu]


def available_cpus() -> list[int]:
    """The cores that this process may use."""
    return sorted(os.sched_getaffinity(0))
