"""Settings of the supervisor: how many workers, and how patient it is with them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

WORKERS_MOST = 64
HUNG_AFTER_S = 5.0  # a lease is long over by then, so its sessions are played on elsewhere already
PORTS_A_WORKER = 2  # a new one starts on the second while the old one still serves on the first, and so on in turn


class WorkersSettingsInvalid(ValueError):
    """The operator's fault; the text lists every fault, and each is one of ``args``."""

    def __str__(self) -> str:
        return "; ".join(self.args)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a program may take, and how soon it is started again."""

    start_timeout_s: float = 30.0  # to be ready
    ask_every_s: float = 0.5  # whether it lives
    ask_timeout_s: float = 2.0
    hung_after_s: float = HUNG_AFTER_S  # silent for so long, it is killed
    settle_s: float = 0.0  # between a new one's being ready and the old one's being told: till each knows of the other
    stop_timeout_s: float = 10.0  # to go by itself once it is told to
    backoff_first_s: float = 0.5  # before the first start after a death; doubles with each
    backoff_most_s: float = 30.0
    good_after_s: float = 60.0  # who lived for so long is started again as if it had never died before


@dataclass(frozen=True, slots=True)
class WorkersSettings:
    """What ``tickroom serve --workers`` needs to know besides what each worker does."""

    count: int
    first_port: int | None = None  # of the workers' own; free ones when None
    folder: Path | None = None  # where the embedded Redis keeps what it knows; None: nowhere
    hung_after_s: float = HUNG_AFTER_S

    def __post_init__(self) -> None:
        faults = []
        if not 1 <= self.count <= WORKERS_MOST:
            faults.append(f"workers must be 1 to {WORKERS_MOST}, not {self.count}")
        if self.first_port is not None and not 1 <= self.first_port <= 65536 - PORTS_A_WORKER * self.count:
            faults.append(
                f"worker_port: {PORTS_A_WORKER * self.count} ports from {self.first_port} on must be 1 to 65535 "
                f"({PORTS_A_WORKER} for each worker, so that a new one can start beside the old)"
            )
        if not 1 <= self.hung_after_s <= 600:
            faults.append(f"hung_after_s must be 1 to 600, not {self.hung_after_s}")
        if faults:
            raise WorkersSettingsInvalid(*faults)

    def ports_of(self, index: int) -> tuple[int, ...]:
        """The ports that a worker, counted from 0, takes in turn; (0,) means any free one."""
        if self.first_port is None:
            return (0,)
        begin = self.first_port + PORTS_A_WORKER * index
        return tuple(range(begin, begin + PORTS_A_WORKER))
