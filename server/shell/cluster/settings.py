"""Settings of a node that shares its sessions with others: the store, the node's name, and how fast it all goes."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, field, replace

NAME_MAX_LETTERS = 64
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._-]{{0,{NAME_MAX_LETTERS - 1}}}", re.ASCII)

RENEWALS_A_LEASE = 3  # two may go astray before the lease is lost
_A_LITTLE = 1 + 1e-9  # 0.2 is a third of 0.6, although 3 * 0.2 > 0.6 in floats

RENEW_EVERY_S = 0.4
AHEAD_S = 1.0


@dataclass(frozen=True, slots=True)
class ClusterSettings:
    """What a node needs to know of its cluster. All nodes of a cluster must have the same times."""

    redis_url: str = field(repr=False)  # it may hold a password
    node_name: str = ""  # stays from one life of the node to the next; "": host name and port, once it listens
    lease_s: float = 1.5  # a node that nobody heard of for so long has lost its sessions to others
    renew_every_s: float = RENEW_EVERY_S
    watch_every_s: float = 0.1  # how often a node looks for others whose lease ran out
    step_in_after_s: float = 0.3  # later than the node whose turn it is, the others claim a session
    ahead_s: float = AHEAD_S  # ticks go on for so long while the store is away, and tell nothing
    checkpoint_every_s: float = 5.0  # of each session
    ask_timeout_s: float = 2.0  # for another node's answer
    drain_on_stop: bool = True  # on SIGTERM move all sessions to other nodes first
    drain_timeout_s: float = 30.0  # for that; what is not moved then stays in the store for whoever claims it

    def faults(self) -> list[str]:
        """Everything that is wrong, in words for the operator; none of them shows the password in the URL."""
        found = [
            f"{name} must be {lowest} to {highest}, not {value}"
            for name, value, lowest, highest in (
                ("lease_s", self.lease_s, 0.2, 60),
                ("renew_every_s", self.renew_every_s, 0.02, 20),
                ("watch_every_s", self.watch_every_s, 0.02, 20),
                ("step_in_after_s", self.step_in_after_s, 0.02, 20),
                ("ahead_s", self.ahead_s, 0.1, 30),
                ("checkpoint_every_s", self.checkpoint_every_s, 0.1, 600),
                ("ask_timeout_s", self.ask_timeout_s, 0.1, 60),
                ("drain_timeout_s", self.drain_timeout_s, 0, 3600),
            )
            if not lowest <= value <= highest
        ]
        if self.renew_every_s * RENEWALS_A_LEASE > self.lease_s * _A_LITTLE:
            found.append(
                f"renew_every_s ({self.renew_every_s}) must be at most a third of lease_s ({self.lease_s}): "
                "two renewals may go astray"
            )
        if self.ahead_s > self.lease_s:
            found.append(
                f"ahead_s ({self.ahead_s}) must be at most lease_s ({self.lease_s}): "
                "after that the sessions are others'"
            )
        if self.node_name and not _NAME.fullmatch(self.node_name):
            found.append(
                f"node_name must be 1 to {NAME_MAX_LETTERS} letters, digits, dots, dashes and underscores and begin "
                f"with a letter or digit, not {self.node_name!r}"
            )
        return [*found, *url_faults(self.redis_url)]

    def named(self, port: int) -> ClusterSettings:
        """The same with a name: what was given, or this machine's name and the port that the node listens on."""
        return self if self.node_name else replace(self, node_name=default_name(port))


def renew_every_within(lease_s: float) -> float:
    """How often to renew a lease where nobody says: as always, or more often when it is short."""
    return min(RENEW_EVERY_S, lease_s / RENEWALS_A_LEASE)


def ahead_within(lease_s: float) -> float:
    """How long ticks may go on untold where nobody says: as always, or as long as a short lease."""
    return min(AHEAD_S, lease_s)


def default_name(port: int) -> str:
    """This machine's name and a port, as a node's name."""
    suffix = f"-{port}"
    host = re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname()).lstrip(".-_")[: NAME_MAX_LETTERS - len(suffix)]
    return (host or "node") + suffix


def url_faults(url: str) -> list[str]:
    """What is wrong with a store's URL, without showing any of it."""
    # Imported here: who serves alone has no URL, and Redis' client takes its time.
    from tickroom.server.shell.cluster.redis_url import StoreUrlInvalid, parse_store_url

    try:
        parse_store_url(url)
    except StoreUrlInvalid as error:
        return [f"redis_url: {error}"]
    return []
