"""Whose pages may speak with a server: the rules alone."""

import pytest

from tickroom.server.shell.origins import Origin, is_loopback, origin_rules, parse_origin
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid

LOCAL = origin_rules([], "127.0.0.1", None)
OPEN_TO_ALL_NETWORKS = origin_rules([], "0.0.0.0", None)


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("http://a.example", Origin("http", "a.example", 80)),
        ("https://a.example", Origin("https", "a.example", 443)),
        ("https://a.example:443", Origin("https", "a.example", 443)),
        ("HTTP://A.Example:8080", Origin("http", "a.example", 8080)),
        ("http://[0:0:0:0:0:0:0:1]:5173", Origin("http", "::1", 5173)),
        ("capacitor://localhost", Origin("capacitor", "localhost", 0)),
    ],
)
def test_an_origin_is_read(text: str, origin: Origin) -> None:
    assert parse_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "*",
        "a.example",
        "//a.example",
        "http://",
        "http://a.example/",
        "http://a.example/path",
        "http://a.example?x",
        "http://a.example#x",
        "http://user@a.example",
        "http://a.example:",
        "http://a.example:0",
        "http://a.example:65536",
        "http://a.example:080000",
        "http://a.example:8o",
        "http://a.example:\u0668\u0660",
        "http://a.example\n",
        " http://a.example",
        "http://a.example http://b.example",
        "http://a.example, http://b.example",
        "http://m\u00fcnchen.example",
        "http://\u212a.example",  # the Kelvin sign is a k to who ignores case without care
        "http://[::1",
        "http://::1",
        "http://[::1%lo]",
        "http://[:::]",
        "http://.a.example",
    ],
)
def test_what_is_not_exactly_an_origin_is_none(text: str) -> None:
    assert parse_origin(text) is None
    for rules in (LOCAL, OPEN_TO_ALL_NETWORKS):
        assert not rules.allow([text], ["a.example"])
        assert not rules.allow([text], ["localhost"])


def test_no_origin_is_no_browser() -> None:
    assert LOCAL.allow([], ["localhost:2567"])
    assert LOCAL.allow([], [])


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        ("http://a.example", "a.example", True),
        ("https://a.example", "a.example", True),  # TLS ended before us
        ("https://a.example", "a.example:443", True),
        ("http://a.example", "a.example:80", True),
        ("http://A.EXAMPLE:8080", "a.Example:8080", True),
        ("http://[2001:db8::1]:8080", "[2001:DB8:0::1]:8080", True),
        ("http://192.168.1.5:2567", "192.168.1.5:2567", True),
        ("http://a.example", "a.example:8080", False),
        ("http://a.example:8080", "a.example", False),
        ("http://a.example", "a.example:443", False),
        ("http://b.example", "a.example", False),
        ("http://a.example.b.example", "a.example", False),
        ("http://sub.a.example", "a.example", False),
        ("http://a.example.", "a.example", False),
        ("ftp://a.example", "a.example", False),
        ("capacitor://a.example", "a.example", False),
        ("http://a.example", "a.example/", False),
        ("http://a.example", "user@a.example", False),
        ("http://a.example", "a.example a.example", False),
        ("http://a.example", "", False),
    ],
)
def test_the_same_host_is_allowed_whatever_the_scheme(origin: str, host: str, allowed: bool) -> None:
    assert OPEN_TO_ALL_NETWORKS.allow([origin], [host]) is allowed


def test_a_header_that_comes_twice_or_not_at_all_is_nobodys() -> None:
    rules = OPEN_TO_ALL_NETWORKS
    assert not rules.allow(["http://a.example", "http://a.example"], ["a.example"])
    assert not rules.allow(["http://a.example"], ["a.example", "a.example"])
    assert not rules.allow(["http://a.example"], [])


@pytest.mark.parametrize("origin", ["http://localhost:5173", "https://127.0.0.1", "http://127.9.9.9:1", "http://[::1]"])
@pytest.mark.parametrize("host", ["localhost:2567", "127.0.0.1:2567", "127.0.0.2", "[::1]:2567", "LOCALHOST"])
def test_on_ones_own_machine_any_port_may(origin: str, host: str) -> None:
    assert LOCAL.allow([origin], [host])
    assert OPEN_TO_ALL_NETWORKS.allow([origin], [host]), "by the host asked for, not by what the server listens on"


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:5173", "192.168.1.5:2567"),
        ("http://localhost:5173", "a.example"),
        ("http://evil.example", "127.0.0.1:2567"),
        ("http://127.0.0.1.evil.example", "127.0.0.1:2567"),
        ("http://localhost.evil.example", "localhost:2567"),
        ("http://localhost.", "localhost:2567"),
        ("http://evillocalhost", "localhost:2567"),
        ("http://127.1", "127.0.0.1:2567"),
        ("http://2130706433", "127.0.0.1:2567"),
        ("http://0.0.0.0:2567", "127.0.0.1:2567"),
        ("http://128.0.0.1", "127.0.0.1:2567"),
        ("http://[::ffff:127.0.0.1]", "127.0.0.1:2567"),
        ("http://[::2]", "[::1]:2567"),
        ("capacitor://localhost", "localhost:2567"),
    ],
)
def test_nothing_else_is_loopback(origin: str, host: str) -> None:
    assert not LOCAL.allow([origin], [host])
    assert not OPEN_TO_ALL_NETWORKS.allow([origin], [host])


def test_a_strangers_name_that_resolves_to_loopback_is_not_ours() -> None:
    """DNS rebinding: the page came from evil.example:2567, whose name now means this machine."""
    rebound = (["http://evil.example:2567"], ["evil.example:2567"])
    assert not LOCAL.allow(*rebound)
    assert not origin_rules([], "localhost", None).allow(*rebound)
    assert not origin_rules([], "::1", None).allow(*rebound)
    assert not origin_rules(["http://a.example"], "127.0.0.1", "https://play.example").allow(*rebound)
    assert OPEN_TO_ALL_NETWORKS.allow(*rebound), "there, any name can be its own"


def test_behind_a_proxy_on_the_same_machine_the_public_url_is_ours() -> None:
    rules = origin_rules([], "127.0.0.1", "https://play.example/tickroom")
    assert rules.allow(["https://play.example"], ["play.example"])
    assert rules.allow(["https://play.example"], ["127.0.0.1:2567"]), "a proxy that writes a Host of its own"
    assert not rules.allow(["http://play.example"], ["127.0.0.1:2567"])
    assert not LOCAL.allow(["https://play.example"], ["play.example"])


def test_listed_origins_are_allowed_and_no_other() -> None:
    rules = origin_rules(["https://game.example/", "HTTP://b.example:8080", "capacitor://localhost"], "0.0.0.0", None)
    for origin in (
        "https://game.example",
        "https://game.example:443",
        "http://B.example:8080",
        "capacitor://localhost",
    ):
        assert rules.allow([origin], ["server.example"])
    for origin in ("http://game.example", "https://game.example:8443", "http://b.example", "https://sub.game.example"):
        assert not rules.allow([origin], ["server.example"])


def test_a_star_lets_everybody_in() -> None:
    rules = origin_rules(["*"], "127.0.0.1", None)
    for origin in ("null", "https://anybody.example", "garbage"):
        assert rules.allow([origin], ["127.0.0.1:2567"])


@pytest.mark.parametrize("text", ["null", "game.example", "https://game.example/page", "https://*.example", ""])
def test_an_operators_mistake_is_told_at_the_start(text: str) -> None:
    with pytest.raises(ServerSettingsInvalid, match="is no origin: write scheme://host") as caught:
        ServerSettings(port=70_000, allowed_origins=(text,))
    assert "port must be" in str(caught.value), "with all other mistakes"


def test_loopback_is_by_address_not_by_look() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.255.0.1", "::1")] == [True] * 3
    assert [is_loopback(host) for host in ("0.0.0.0", "::", "::ffff:127.0.0.1", "localhost.example")] == [False] * 4
