"""Whose address counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.limits.addresses import address_key, parse_networks, true_address

PROXIES = parse_networks(["10.0.0.0/8", "2001:db8:1::/48"])


@pytest.mark.parametrize(
    ("peer", "forwarded", "counts"),
    [
        ("203.0.113.5", ["1.2.3.4"], "203.0.113.5"),  # not a proxy of ours: what it says is its own invention
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.5"], "203.0.113.5"),  # the left one was sent by the client
        ("10.0.0.1", ["1.1.1.1", "203.0.113.5, 10.2.2.2"], "203.0.113.5"),  # two proxies, two headers
        ("10.0.0.1", ["10.3.3.3, 10.2.2.2"], "10.3.3.3"),  # proxies all the way: a client of the network itself
        ("10.0.0.1", ["203.0.113.5, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["nonsense, 203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", ["203.0.113.5:4711"], "203.0.113.5"),
        ("10.0.0.1", ["[2001:db8:2::7]:4711"], "2001:db8:2::7"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.5"], "203.0.113.5"),
        ("2001:db8:1::1", ["203.0.113.5"], "203.0.113.5"),
        ("10.0.0.1", [""], "10.0.0.1"),
    ],
)
def test_the_right_most_that_is_no_proxy(peer: str, forwarded: list[str], counts: str) -> None:
    assert true_address(peer, forwarded, PROXIES) == counts


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert true_address("127.0.0.1", ["203.0.113.5"], ()) == "127.0.0.1"


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_header_is_survived_and_gives_an_address(forwarded: list[str]) -> None:
    assert address_key(true_address("10.0.0.1", forwarded, PROXIES)) != "local"


@given(st.lists(st.ip_addresses().map(str), max_size=4), st.lists(st.sampled_from(["", "x", "1.2.3", ","]), max_size=3))
def test_who_sends_the_header_does_not_choose_the_address(sent: list[str], noise: list[str]) -> None:
    assert true_address("10.0.0.1", [*sent, *noise, "203.0.113.5"], PROXIES) == "203.0.113.5"


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.5", "203.0.113.5"),
        ("::ffff:203.0.113.5", "203.0.113.5"),
        ("2001:db8:2:3:4:5:6:7", "2001:db8:2:3::/64"),
        ("2001:db8:2:3::1", "2001:db8:2:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        (None, "local"),
        ("", "local"),
        ("testclient", "local"),
    ],
)
def test_under_what_an_address_is_counted(address: str | None, key: str) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example", "10.0.0.0/33", ""])
def test_a_wrong_network_is_named(text: str) -> None:
    with pytest.raises(ValueError, match="is no address and no network"):
        parse_networks([text])
