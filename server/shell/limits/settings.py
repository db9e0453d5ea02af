"""Every limit with its default. 0 always means: without limit."""

from __future__ import annotations

from dataclasses import dataclass

OWN_MACHINE_FACTOR = 100
"""By so much the defaults by address are higher on a server that only its own machine can reach: there all bots, tabs,
tests and tools are one address, and who counts is the developer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one node lets through. ``None``: the default of where it listens, see :meth:`resolved`.

    By address (of IPv6: by /64 network), in any minute: ``connections_per_minute`` sockets opened;
    ``unknown_codes_per_minute`` codes looked up that no session has; ``creates_per_minute`` sessions created or found
    by quick play; ``api_requests_per_minute`` answers of ``/api``. At once: ``connections_per_address`` sockets.

    By connection: ``inputs_per_tick`` inputs a tick sustained, ``requests_per_second`` messages that get a reply,
    ``other_messages_per_second`` all others; each with two seconds' worth at once. ``breaches_allowed`` messages beyond
    that are refused with a word; one more closes the connection. One is forgiven a second.

    In all: ``max_seats`` of all sessions; ``max_memory_mb`` of this process in RAM, above which nothing new is let in.
    """

    connections_per_minute: int | None = None
    connections_per_address: int | None = None
    unknown_codes_per_minute: int | None = None
    creates_per_minute: int | None = None
    api_requests_per_minute: int | None = None
    inputs_per_tick: int = 2
    requests_per_second: int = 10
    other_messages_per_second: int = 10
    breaches_allowed: int = 60
    max_seats: int = 50_000
    max_memory_mb: int | None = None

    def faults(self) -> list[str]:
        """What is wrong with the values, in words."""
        named = ((name, getattr(self, name)) for name in self.__slots__)
        return [
            f"{name} must be 0 (without limit) to 10000000, not {value}"
            for name, value in named
            if value is not None and not 0 <= value <= 10_000_000
        ]

    def resolved(self, *, own_machine_only: bool, memory_mb: int) -> ResolvedLimits:
        """The same with every default in place.

        Args:
            own_machine_only: nobody else can reach the server.
            memory_mb: what this process may use at most; four fifths of it are the default mark. 0: not known, no mark.
        """
        factor = OWN_MACHINE_FACTOR if own_machine_only else 1
        return ResolvedLimits(
            connections_per_minute=_chosen(self.connections_per_minute, 10 * factor),
            connections_per_address=_chosen(self.connections_per_address, 20 * factor),
            unknown_codes_per_minute=_chosen(self.unknown_codes_per_minute, 20 * factor),
            creates_per_minute=_chosen(self.creates_per_minute, 10 * factor),
            api_requests_per_minute=_chosen(self.api_requests_per_minute, 300 * factor),
            max_memory_bytes=_chosen(self.max_memory_mb, memory_mb * 4 // 5) * 1_000_000,
        )


@dataclass(frozen=True, slots=True)
class ResolvedLimits:
    """The limits by address and in all, as one server has them; see :class:`Limits`."""

    connections_per_minute: int
    connections_per_address: int
    unknown_codes_per_minute: int
    creates_per_minute: int
    api_requests_per_minute: int
    max_memory_bytes: int


def _chosen(value: int | None, default: int) -> int:
    return default if value is None else value
