"""Servers for the shell's tests, one for each way a socket can be served."""

from collections.abc import Iterator

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.settings import ServerSettings


@pytest.fixture(scope="module", params=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A server of the toy game, on the fast and on the plain WebSocket path."""
    # What a connection may send is test_message_limits.py's subject; here a flood is to reach what lies behind.
    unlimited = Limits(inputs_per_tick=0, requests_per_second=0, other_messages_per_second=0)
    fast = request.param == "fast"
    # Longer than a machine stands still between two lines of a test.
    settings = ServerSettings(hello_timeout_s=20, fast_path=fast, max_sessions=200, limits=unlimited)
    with running(settings, {"toy": ToyGame()}) as one:
        yield one
