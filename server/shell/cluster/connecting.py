"""Opens the store that a URL names."""

from __future__ import annotations

import logging
import time
from typing import Any, cast

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.connection import ConnectionPool
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff

from tickroom.server.shell.cluster.interface import Store
from tickroom.server.shell.cluster.redis_directory import RedisDirectory
from tickroom.server.shell.cluster.redis_inbox import RedisInbox
from tickroom.server.shell.cluster.redis_journal import RedisJournal
from tickroom.server.shell.cluster.redis_link import RedisLink
from tickroom.server.shell.cluster.redis_url import StoreAddress, parse_store_url

logger = logging.getLogger("tickroom.cluster")

CALL_TIMEOUT_S = 1.0  # of one call, connecting included; ?socket_timeout= in the URL sets another
SENTINEL_TIMEOUT_S = 0.3  # of one Sentinel: one that hangs must not use up the time for the next
OLDEST_VERSION = (6, 2)  # GETDEL, XTRIM MINID


class StoreUnfit(Exception):
    """The operator's: this Redis is too old. The text says what is needed."""


async def open_store(url: str) -> Store:
    """The store at a URL (redis_url.py), connected to once so that what is wrong shows now.

    Raises:
        StoreUrlInvalid: the URL cannot be read.
        StoreUnfit: Redis is older than 6.2.
        StoreAway: it does not answer, or does not let us in.
    """
    address = parse_store_url(url)
    link = _link(address)
    try:
        _judge(await link.server_facts())
    except BaseException:  # cancelled, too: nobody else knows of the link
        await link.close()
        raise
    return Store(
        RedisDirectory(link, _now_us), lambda name: RedisJournal(link, name, _now_us), RedisInbox(link), link.close
    )


def _now_us() -> int:
    return time.monotonic_ns() // 1000  # Lua's numbers are exact up to 2**53: 285 years


def _judge(facts: dict[str, Any]) -> None:
    version = str(facts.get("redis_version", "0"))
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_VERSION:
        raise StoreUnfit(f"Redis {version} is too old: 6.2 or later is needed")
    if facts.get("maxmemory") and facts.get("maxmemory_policy") != "noeviction":
        # An evicted lease, journal or checkpoint is a lost session.
        logger.warning("Redis may evict keys (maxmemory-policy %s): set noeviction", facts.get("maxmemory_policy"))


def _link(address: StoreAddress) -> RedisLink:
    options: dict[str, Any] = dict(address.options)
    timeout_s = cast(float, options.pop("socket_timeout", CALL_TIMEOUT_S))
    options.update(
        socket_timeout=None,  # RedisLink bounds each call
        socket_connect_timeout=options.get("socket_connect_timeout", timeout_s),
        retry=Retry(NoBackoff(), 0),  # never behind the caller's back; see RedisLink
        protocol=2,  # RESP3 brings pushes, which nobody here waits for
    )
    if address.kind == "cluster":
        nodes = [ClusterNode(host, port) for host, port in address.hosts]
        return RedisLink(RedisCluster(startup_nodes=nodes, ssl=address.has_tls, **options), timeout_s)
    if address.kind == "single":
        return RedisLink(Redis.from_pool(ConnectionPool(**options)), timeout_s)
    sentinel = _sentinel(address, options)
    pool: ConnectionPool = SentinelConnectionPool(  # type: ignore[no-untyped-call]
        address.service, sentinel, ssl=address.has_tls, **options
    )
    return RedisLink(Redis.from_pool(pool), timeout_s, sentinel)


def _sentinel(address: StoreAddress, options: dict[str, Any]) -> Sentinel:
    asking: dict[str, Any] = {
        "socket_timeout": SENTINEL_TIMEOUT_S,
        "socket_connect_timeout": SENTINEL_TIMEOUT_S,
        "ssl": address.has_tls,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
    }
    for name in ("username", "password"):
        if f"sentinel_{name}" in options:
            asking[name] = options.pop(f"sentinel_{name}")
    return Sentinel(list(address.hosts), sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
