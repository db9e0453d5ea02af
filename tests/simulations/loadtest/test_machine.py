import os
import time

import pytest

from tickroom.simulations.loadtest.machine import core_times, cpu_seconds, is_supported, resident_bytes, waited_seconds

pytestmark = pytest.mark.skipif(not is_supported(), reason="reads /proc")


def test_cpu_time_of_this_process_grows_as_the_interpreter_counts_it() -> None:
    before, counted = cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() - counted < 0.2:
        pass
    assert cpu_seconds(os.getpid()) - before == pytest.approx(time.process_time() - counted, abs=0.05)


def test_memory_of_this_process_grows_with_what_it_holds() -> None:
    before = resident_bytes(os.getpid())
    held = bytes(range(256)) * (200_000)
    assert resident_bytes(os.getpid()) - before > len(held) // 2


def test_cores_are_busy_idle_or_stolen() -> None:
    times = core_times()
    assert 0 <= times.idle_s + times.stolen_s <= times.total_s
    assert waited_seconds(os.getpid()) >= 0


def test_nobody_has_no_cpu_time() -> None:
    with pytest.raises(OSError, match="No such file"):
        cpu_seconds(2**22 + 1)
