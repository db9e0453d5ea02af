"""What a chaos run is asked to do: one frozen object, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tickroom.simulations.errors import ClientError


class ChaosFailed(ClientError):
    """The run could not be carried out; the text says why, in words for the person who started it."""


class FaultKind(StrEnum):
    """What is done to the cluster. ``at-...``: a node kills itself at a point between accept and broadcast."""

    KILL = "kill"  # SIGKILL of a node
    PAUSE = "pause"  # SIGSTOP, past the lease, SIGCONT
    STUTTER = "stutter"  # the same for less than a lease: its clock jumps
    STOP = "stop"  # SIGTERM: it hands its sessions over and ends
    CUT = "cut"  # a node and Redis hear nothing of each other; its players still reach it
    SLOW = "slow"  # Redis answers late, everywhere
    REDIS_RESTART = "redis-restart"  # SIGKILL of Redis, which comes back with its data
    REDIS_EMPTY = "redis-empty"  # the same without its data
    AT_ACCEPTED = "at-accepted"
    AT_ADVANCED = "at-advanced"
    AT_APPENDED = "at-appended"
    AT_HALF_TOLD = "at-half_told"
    AT_TOLD = "at-told"
    AT_CHECKPOINTED = "at-checkpointed"
    AT_CLAIMED = "at-claimed"
    AT_ADOPTED = "at-adopted"

    @property
    def point(self) -> str:
        """The server's name of the point at which a node dies; "" for another kind."""
        return self.value.removeprefix("at-") if self.value.startswith("at-") else ""

    @property
    def ends_leases(self) -> bool:
        """Whether a node may lose its lease and live: then a session that nobody took over goes on from its memory."""
        kinds = (FaultKind.REDIS_RESTART, FaultKind.REDIS_EMPTY, FaultKind.SLOW, FaultKind.CUT)
        return self in (*kinds, FaultKind.PAUSE, FaultKind.STUTTER)


POINTS = tuple(kind for kind in FaultKind if kind.point)
# Without Redis's loss of all data: that is decided and documented, but not what a platform does to one every day.
USUAL = tuple(kind for kind in FaultKind if kind is not FaultKind.REDIS_EMPTY)


@dataclass(frozen=True, slots=True)
class ChaosParameters:
    """One run. ``kinds``: of the faults, one after the other in an order by the seed, until there are ``faults``."""

    nodes: int = 3
    sessions: int = 8
    players: int = 4  # in each session
    faults: int = 10
    kinds: tuple[FaultKind, ...] = USUAL
    seed: int = 1
    generators: int = 1  # processes that play the bots
    tick_hz: int = 20
    settle_s: float = 25.0  # how long all may take to play again after a fault; then it counts as not settled
    seconds: float = 900.0  # a run that takes longer is ended, and has failed
    server_options: tuple[str, ...] = ()  # passed on to ``tickroom serve``
    lease_s: float = 1.5

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be {least} to {most}, not {value}"
            for name, value, least, most in (
                ("nodes", self.nodes, 2, 16),
                ("sessions", self.sessions, 1, 500),
                ("players", self.players, 1, 16),
                ("faults", self.faults, 0, 1000),
                ("generators", self.generators, 1, 16),
                ("tick_hz", self.tick_hz, 10, 60),
                ("lease_s", self.lease_s, 0.2, 60),
            )
            if not least <= value <= most
        ]
        if not self.kinds and self.faults:
            faults.append("no kind of fault is chosen")
        if faults:
            raise ChaosFailed("; ".join(faults))
