"""Which pages may speak with this server: a browser says in ``Origin`` whose page makes a request (RFC 6454, 7).

A browser lets any page open a WebSocket to any address and send it a POST; without this check every page that somebody
has open could use the server that runs on their machine or in their network. Programs that are no browser send no
``Origin``, and are not meant: they could send any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

ANY = "*"
DEFAULT_PORTS = {"http": 80, "https": 443}

# Strict on purpose: what is not exactly an origin or a Host is taken for nobody's. ASCII only: browsers write punycode.
_HOST = r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9_](?:[a-z0-9_.-]{0,253}))(?::(?P<port>[0-9]{1,5}))?"
_ORIGIN = re.compile(rf"(?P<scheme>[a-z][a-z0-9+.-]{{0,30}})://{_HOST}", re.ASCII | re.IGNORECASE)
_HOST_HEADER = re.compile(_HOST, re.ASCII | re.IGNORECASE)


class Origin(NamedTuple):
    """Scheme, host and port, in lower case; ``port`` is the scheme's own where none is written (0: it has none)."""

    scheme: str
    host: str
    port: int


def parse_origin(text: str) -> Origin | None:
    """An origin as browsers write it, ``scheme://host[:port]`` and nothing behind it; None for all else.

    ``null`` (a sandboxed frame, a local file, a redirect from elsewhere) is no origin: anybody can have it.
    """
    match = _ORIGIN.fullmatch(text)
    if match is None:
        return None
    scheme = match["scheme"].lower()
    host = _normal_host(match["host"])
    port = _port(match["port"], DEFAULT_PORTS.get(scheme, 0))
    return None if host is None or port is None else Origin(scheme, host, port)


@dataclass(frozen=True, slots=True)
class OriginRules:
    """Who is let in. Made by :func:`origin_rules`.

    ``names``: the host names (not addresses) by which a page may call itself of this server; None: any.
    """

    everybody: bool
    listed: frozenset[Origin]
    names: frozenset[str] | None

    def allow(self, origins: Sequence[str], hosts: Sequence[str]) -> bool:
        """Whether a request may be answered, by all values of its headers ``Origin`` and ``Host``.

        It may if it has no origin; if everybody may; if its origin is listed; if its origin is the host that it was
        made to, whatever the scheme (TLS may end before us); or if both are loopback, whatever the port: a page that
        is served on the visitor's own machine meets a server on that machine.
        """
        if not origins or self.everybody:
            return True
        origin = parse_origin(origins[0])
        if origin is None or len(origins) > 1:
            return False
        if origin in self.listed:
            return True
        if origin.scheme not in DEFAULT_PORTS or len(hosts) != 1:
            return False
        host = _parse_host(hosts[0], DEFAULT_PORTS[origin.scheme])
        if host is None:
            return False
        if is_loopback(origin.host) and is_loopback(host[0]):
            return True
        return (origin.host, origin.port) == host and self._known(origin.host)

    def know_host(self, hosts: Sequence[str]) -> bool:
        """Whether a request means this server, by all values of its header ``Host``.

        On loopback a stranger's name must not even be answered: to the browser a page of that name is of the same
        origin, so it sends no ``Origin`` with GET, and lets the page read what comes. No ``Host`` is no browser.
        """
        if self.names is None or self.everybody or not hosts:
            return True
        host = _parse_host(hosts[0], 0) if len(hosts) == 1 else None
        return host is not None and (is_loopback(host[0]) or self._known(host[0]))

    def _known(self, host: str) -> bool:
        """Whether being of the same host means anything.

        DNS rebinding: a stranger's name that resolves to this machine makes a stranger's page "of the same host". It
        takes a name; a page of an address is this address's.
        """
        return self.names is None or host in self.names or _address(host) is not None


def origin_rules(allowed: Iterable[str], listening_on: str, public_url: str | None) -> OriginRules:
    """The rules of a server.

    Args:
        allowed: origins, or ``*`` for everybody. A trailing slash is forgiven.
        listening_on: the address that the server listens on. If that is loopback, strangers cannot mean this server by
            a name of theirs, so only names that the operator gave count as its own.
        public_url: where clients reach the server; its origin is listed.
    Raises:
        ValueError: something in ``allowed`` is not an origin.
    """
    allowed = tuple(allowed)
    listed = set()
    for text in allowed:
        if text == ANY:
            continue
        origin = parse_origin(text.removesuffix("/"))
        if origin is None:
            raise ValueError(f"{text!r} is no origin: write scheme://host or scheme://host:port, or *")
        listed.add(origin)
    if public_url is not None:
        scheme, _, rest = public_url.partition("://")
        own = parse_origin(f"{scheme}://{rest.split('/')[0]}")
        if own is not None:
            listed.add(own)
    names = frozenset(origin.host for origin in listed) if is_loopback(listening_on.lower()) else None
    return OriginRules(ANY in allowed, frozenset(listed), names)


def is_loopback(host: str) -> bool:
    """Whether a host, in lower case, is this machine for whoever asks: ``localhost``, 127.0.0.0/8, ``::1``.

    No other name: ``127.0.0.1.example.org`` and ``localhost.example.org`` are anybody's.
    """
    address = _address(host)
    if isinstance(address, IPv4Address):
        return address.is_loopback
    return host == "localhost" or address == IPv6Address(1)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _parse_host(text: str, default_port: int) -> tuple[str, int] | None:
    match = _HOST_HEADER.fullmatch(text)
    if match is None:
        return None
    host, port = _normal_host(match["host"]), _port(match["port"], default_port)
    return None if host is None or port is None else (host, port)


def _normal_host(text: str) -> str | None:
    if not text.startswith("["):
        return text.lower()
    try:
        return str(IPv6Address(text[1:-1]))
    except ValueError:
        return None


def _port(text: str | None, default: int) -> int | None:
    if text is None:
        return default
    port = int(text)
    return port if 0 < port <= 65535 else None
