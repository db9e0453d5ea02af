import os
import sys

import pytest

from tickroom.simulations.loadtest.parameters import LoadTestFailed, available_cpus
from tickroom.simulations.loadtest.server_process import server_process

CPU = available_cpus()[-1]
SERVES = (
    "import sys; print('It serves http://127.0.0.1:1', flush=True); sys.stdin.read() or __import__('time').sleep(60)"
)


def test_a_server_is_alone_on_its_core_and_we_are_not() -> None:
    ours = os.sched_getaffinity(0)
    with server_process([sys.executable, "-c", SERVES], [CPU]) as server:
        assert server.url == "http://127.0.0.1:1"
        assert os.sched_getaffinity(server.pid) == {CPU}
    assert os.sched_getaffinity(0) == ours
    with pytest.raises(ProcessLookupError):
        os.kill(server.pid, 0)


def test_a_server_that_does_not_start_is_quoted() -> None:
    with (
        pytest.raises(LoadTestFailed, match="no port left"),
        server_process([sys.executable, "-c", "raise SystemExit('no port left')"], None),
    ):
        pass
