"""The address of a store: what is read from it, and what is never shown of it."""

from __future__ import annotations

import pytest
from redis.asyncio.connection import SSLConnection, UnixDomainSocketConnection

from tickroom.server.shell.cluster.redis_url import StoreUrlInvalid, parse_store_url, url_without_password


def test_one_redis() -> None:
    address = parse_store_url("redis://user:p%40ss@example.test:7000/3?socket_timeout=0.5")
    assert (address.kind, address.has_tls) == ("single", False)
    assert address.options == {
        "username": "user", "password": "p@ss", "host": "example.test", "port": 7000, "db": 3, "socket_timeout": 0.5,
    }  # fmt: skip


def test_tls() -> None:
    address = parse_store_url("rediss://example.test/0?ssl_ca_certs=/etc/ca.pem&ssl_cert_reqs=required")
    assert address.has_tls
    assert address.options["connection_class"] is SSLConnection
    assert address.options["ssl_ca_certs"] == "/etc/ca.pem"


def test_a_unix_socket() -> None:
    address = parse_store_url("unix://:word@/run/redis.sock?db=2")
    assert address.options["connection_class"] is UnixDomainSocketConnection
    assert (address.options["path"], address.options["db"]) == ("/run/redis.sock", 2)


def test_sentinels() -> None:
    address = parse_store_url("redis+sentinel://u:pw@h1:26380,h2,[::1]:26381/rooms/2?sentinel_password=other")
    assert address.kind == "sentinel"
    assert address.hosts == (("h1", 26380), ("h2", 26379), ("::1", 26381))
    assert address.service == "rooms"
    assert address.options == {"username": "u", "password": "pw", "db": 2, "sentinel_password": "other"}
    assert parse_store_url("redis+sentinel://h1/rooms").options.get("db", 0) == 0
    assert parse_store_url("rediss+sentinel://h1/rooms").has_tls


def test_a_redis_cluster() -> None:
    address = parse_store_url("rediss+cluster://:pw@h1:7000,h2")
    assert (address.kind, address.has_tls) == ("cluster", True)
    assert address.hosts == (("h1", 7000), ("h2", 6379))
    assert address.options == {"password": "pw"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret",
        "http://user:secret@host",
        "redis://user:secret/part@host:port",
        "redis://user:secret@host:99999999",
        "redis://host/0?socket_timeout=secret",
        "unix://",
        "redis+sentinel://user:secret@h1",
        "redis+sentinel://user:secret@h1/rooms/second",
        "redis+sentinel://user:secret@/rooms",
        "redis+sentinel://user:secret@h1:port/rooms",
        "redis+cluster://user:secret@h1/2",
        "redis+cluster://user:secret@h1,,h2",
    ],
)
def test_what_is_no_address_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(StoreUrlInvalid) as refused:
        parse_store_url(url)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://user:secret@host:1/0", "redis://host:1/0"),
        ("redis://host/0?password=secret", "redis://host/0"),
        ("redis://:se/cr@et@host/0", "redis://host/0"),
        ("redis+sentinel://u:secret@h1,h2/rooms?sentinel_password=secret", "redis+sentinel://h1,h2/rooms"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
        ("secret", "(no URL)"),
    ],
)
def test_what_may_be_shown_of_a_url(url: str, shown: str) -> None:
    assert url_without_password(url) == shown


def test_an_address_shows_no_password() -> None:
    assert "secret" not in repr(parse_store_url("redis://user:secret@host/0?password=secret"))
