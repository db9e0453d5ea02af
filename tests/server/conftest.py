"""A real redis-server for whoever needs one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server.shell.cluster.redis_server import RedisServer, redis_running


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for the tests of a module; a test finds it empty (`redis`)."""
    with redis_running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def redis(redis_server: RedisServer) -> RedisServer:
    """A redis-server with nothing in it."""
    assert redis_server.say("FLUSHALL").startswith(b"+OK")
    return redis_server
