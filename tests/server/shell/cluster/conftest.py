"""A real redis-server for these tests, and both backends of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.server.shell.cluster.backends import Backend, MemoryBackend, RedisBackend
from tests.server.shell.cluster.redis_server import RedisServer, redis_running
from tickroom.server.shell.cluster.interface import Store


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


@pytest.fixture
def redis_folder(tmp_path: Path) -> Path:
    """Where a server of the test's own may run."""
    return tmp_path


@pytest.fixture(params=["memory", "redis"])
async def backend(request: pytest.FixtureRequest) -> AsyncIterator[Backend]:
    """What the nodes of a test share."""
    one: Backend = MemoryBackend() if request.param == "memory" else RedisBackend(request.getfixturevalue("redis"))
    yield one
    one.come_back()
    await one.close()


@pytest.fixture
async def store(backend: Backend) -> Store:
    """One node's."""
    return await backend.store()


@pytest.fixture
async def other_store(backend: Backend) -> Store:
    """Another node's, of the same backend."""
    return await backend.store()
