"""A real server, as its users start it, on a free port."""

import sys
from collections.abc import Iterator

import pytest

from tickroom.simulations.loadtest.server_process import server_process


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """The URL of a server in a process of its own."""
    with server_process([sys.executable, "-m", "tickroom", "serve", "--port", "0"], None) as server:
        yield server.url
