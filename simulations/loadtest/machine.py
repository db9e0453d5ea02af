"""What Linux counts about processes and cores, read from /proc: no package needed, and no other system supported."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

_TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01
_PAGE_BYTES = 4096


class CoreTimes(NamedTuple):
    """Seconds of all cores together: all, those in which nothing ran, and those that the hypervisor gave to others."""

    total_s: float
    idle_s: float
    stolen_s: float


def is_supported() -> bool:
    """Whether this system has what the load test measures with."""
    return Path("/proc/self/stat").exists() and hasattr(os, "sched_setaffinity")


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, all its threads. Raises OSError when there is none."""
    # The second field, the name, may hold spaces and parentheses: count from the last one. See proc(5).
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def tree_of(pid: int) -> list[int]:
    """A process and all that descend from it. Those that end meanwhile are left out."""
    found = [pid]
    for parent in found:  # it grows while it is walked
        try:
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            found += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except FileNotFoundError:
            continue
    return found


def waited_seconds(pid: int) -> float:
    """How long a process's main thread was ready to run while another had its core; 0.0 where Linux does not count."""
    try:
        # Time on the CPU, time waiting for it (both ns), and time slices: Documentation/scheduler/sched-stats.rst.
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0


def resident_bytes(pid: int) -> int:
    """Memory of a process that is in RAM. Raises OSError when there is none."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_BYTES


def core_times() -> CoreTimes:
    """The sums over all cores since the start of the machine."""
    # user nice system idle iowait irq softirq steal guest guest_nice; guest time is in user already. See proc(5).
    fields = [int(field) * _TICK_S for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return CoreTimes(sum(fields), fields[3] + fields[4], fields[7])


def raise_descriptor_limit(wanted: int) -> int:
    """Allow this process and its children so many open files, as far as the hard limit goes; returns the limit."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(soft, limit)
