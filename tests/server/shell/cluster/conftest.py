"""Both backends of the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.shell.cluster.backends import Backend, MemoryBackend, RedisBackend
from tickroom.server.shell.cluster.interface import Store


@pytest.fixture
def redis_folder(tmp_path: Path) -> Path:
    """Where a server of the test's own may run."""
    return tmp_path


@pytest.fixture
def call_timeout_s() -> float:
    """Longer than a machine stands still: whoever tests a store that hangs says how long is too long."""
    return 10


@pytest.fixture(params=["memory", "redis"])
async def backend(request: pytest.FixtureRequest, call_timeout_s: float) -> AsyncIterator[Backend]:
    """What the nodes of a test share."""
    one: Backend = MemoryBackend()
    if request.param == "redis":
        server = request.getfixturevalue("redis")
        one = RedisBackend(server, f"{server.url}?socket_timeout={call_timeout_s}")
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
