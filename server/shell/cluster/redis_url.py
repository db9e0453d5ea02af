"""The address of a store, as one URL: one Redis, one behind Sentinels, or a Redis Cluster."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from redis.asyncio.connection import parse_url

_SCHEMES = "redis://, rediss://, unix://, redis+sentinel:// or redis+cluster:// (rediss+... with TLS)"
_REDIS_PORT = 6379
_SENTINEL_PORT = 26379


class StoreUrlInvalid(ValueError):
    """The operator's: this is no address of a store. The text says why, and never quotes the URL."""


@dataclass(frozen=True)
class StoreAddress:
    """Where a store is.

    ``hosts``: of Sentinels, or of some nodes of a cluster. ``service``: the name by which Sentinels know the primary.
    ``options``: what redis-py's connections take, credentials included; so they are left out of the repr.
    """

    kind: Literal["single", "sentinel", "cluster"]
    options: dict[str, object] = field(repr=False)
    hosts: tuple[tuple[str, int], ...] = ()
    service: str = ""
    has_tls: bool = False


def parse_store_url(url: str) -> StoreAddress:
    """Read the address.

    ``redis+sentinel://[USER:PASSWORD@]H1[:26379],H2.../SERVICE[/DB]`` and ``redis+cluster://[...@]H1[:6379],H2...``;
    the others, and the options behind a ``?``, are redis-py's.

    Raises:
        StoreUrlInvalid: it cannot be read.
    """
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in (
        "redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel", "redis+cluster", "rediss+cluster",
    ):  # fmt: skip
        raise StoreUrlInvalid(f"a store's address begins with {_SCHEMES}")
    if "+" not in scheme:
        options = _options(url)
        if scheme == "unix" and not options.get("path"):
            raise StoreUrlInvalid("unix:// needs the path of a socket")
        return StoreAddress("single", options, has_tls=scheme == "rediss")
    base, kind = scheme.split("+")
    place, mark, query = rest.partition("?")
    authority, _, path = place.partition("/")
    login, at, hosts = authority.rpartition("@")
    if kind == "sentinel":
        return _sentinel(base, login + at, hosts, path, mark + query)
    if path.strip("/") not in ("", "0"):
        raise StoreUrlInvalid("a Redis Cluster has one database, number 0")
    options = _options(f"{base}://{login}{at}any{mark}{query}")
    return StoreAddress("cluster", _placeless(options), _hosts(hosts, _REDIS_PORT), has_tls=base == "rediss")


def _sentinel(base: str, login: str, hosts: str, path: str, query: str) -> StoreAddress:
    service, _, db = path.strip("/").partition("/")
    if not service or not (db or "0").isdecimal():
        raise StoreUrlInvalid("redis+sentinel://H1,H2/SERVICE/DB needs the service's name, and a number behind it")
    options = _options(f"{base}://{login}any/{db or 0}{query}")
    return StoreAddress("sentinel", _placeless(options), _hosts(hosts, _SENTINEL_PORT), service, base == "rediss")


def _options(url: str) -> dict[str, object]:
    try:
        return dict(parse_url(url))
    except ValueError:  # its text may quote a part of the password, so it is left behind
        raise StoreUrlInvalid("the store's address cannot be read: is something not percent-encoded?") from None


def _placeless(options: dict[str, object]) -> dict[str, object]:
    return {name: option for name, option in options.items() if name not in ("host", "port", "connection_class")}


def _hosts(text: str, default_port: int) -> tuple[tuple[str, int], ...]:
    try:
        parts = [urlsplit(f"//{host}") for host in text.split(",")]
        hosts = tuple((part.hostname or "", part.port or default_port) for part in parts)
    except ValueError:
        raise StoreUrlInvalid("the store's hosts cannot be read: H1:PORT,H2:PORT") from None
    if not all(name for name, _ in hosts):
        raise StoreUrlInvalid("the store's address lacks a host")
    return hosts


def url_without_password(url: str) -> str:
    """The URL as it may be shown and logged: without login and options, for both may have passwords in them."""
    scheme, separator, rest = url.partition("://")
    shown = rest.rpartition("@")[2].partition("?")[0]
    return f"{scheme}{separator}{shown}" if separator else "(no URL)"
