"""Whose address counts: the peer's, or the one that a trusted proxy in front of us saw."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

IPV6_PREFIX = 64  # what one subscriber gets (RFC 6177): within it an address is chosen at will
NOBODY = "local"  # a peer without address: a Unix socket


def parse_networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks of trusted proxies, ``10.0.0.0/8`` or a single address. Raises ValueError for anything else."""
    networks = []
    for text in texts:
        try:
            networks.append(ip_network(text))
        except ValueError:
            raise ValueError(f"{text!r} is no address and no network such as 10.0.0.0/8") from None
    return tuple(networks)


def parse_address(text: str) -> Address | None:
    """An address as it stands in a socket's name or in ``X-Forwarded-For``; an IPv4 one in its IPv6 form as IPv4.

    A port behind it is left out, as some proxies write one; None for what is no address.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def is_within(address: Address | None, networks: Sequence[Network]) -> bool:
    """Whether the address is of one of these networks."""
    return address is not None and any(address in network for network in networks)


def true_address(peer: str, forwarded_for: Sequence[str], trusted: Sequence[Network]) -> str:
    """The address that a request comes from.

    Args:
        peer: the other end of the TCP connection.
        forwarded_for: all values of ``X-Forwarded-For``, in order. Anybody can send them, and each proxy appends: from
            the right every address was written by a trusted proxy, up to the first that is none. That one counts.
        trusted: the proxies' networks.
    """
    if not trusted or not is_within(parse_address(peer), trusted):
        return peer
    known = peer
    for text in reversed([part.strip() for value in forwarded_for for part in value.split(",")]):
        address = parse_address(text)
        if address is None:
            break  # whatever wrote that, nobody is to be counted under a name that a stranger chose
        known = str(address)
        if not is_within(address, trusted):
            break
    return known


def address_key(address: str | None) -> str:
    """Under what an address is counted: itself, of IPv6 its /64 network."""
    parsed = parse_address(address) if address else None
    if isinstance(parsed, IPv6Address) and not parsed.is_loopback:
        return str(IPv6Network((int(parsed) >> IPV6_PREFIX << IPV6_PREFIX, IPV6_PREFIX)))
    return str(parsed) if parsed is not None else NOBODY
