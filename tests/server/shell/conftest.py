"""Servers for the shell's tests, one for each way a socket can be served."""

from collections.abc import Iterator

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.server.shell.settings import ServerSettings


@pytest.fixture(scope="module", params=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A server of the toy game, on the fast and on the plain WebSocket path."""
    settings = ServerSettings(hello_timeout_s=0.3, fast_path=request.param == "fast", max_sessions=200)
    with running(settings, {"toy": ToyGame()}) as one:
        yield one
