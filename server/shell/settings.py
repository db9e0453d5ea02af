"""Settings of a server process: one frozen object, read once from flags and environment, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass

from tickroom.server.shell.origins import OriginRules, origin_rules


class ServerSettingsInvalid(ValueError):
    """The operator's fault; the text lists every fault."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What one node needs to know. Names carry units."""

    host: str = "127.0.0.1"
    port: int = 2567
    public_url: str | None = None  # where clients reach this node; the request's own host when None
    allowed_origins: tuple[str, ...] = ()  # of other people's pages that may use this node; "*" for all (origins.py)
    max_sessions: int = 2_000
    max_connections: int = 10_000
    hello_timeout_s: float = 5.0
    fact_queue_messages: int = 64  # facts waiting for one slow client; one more closes it
    malformed_allowed: int = 10  # bad messages on one socket before it is closed
    shutdown_grace_s: float = 3.0
    phases: int = 4
    fast_path: bool = True
    access_log: bool = False

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be {lowest} to {highest}, not {value}"
            for name, value, lowest, highest in (
                ("port", self.port, 0, 65535),
                ("max_sessions", self.max_sessions, 1, 100_000),
                ("max_connections", self.max_connections, 1, 1_000_000),
                ("hello_timeout_s", self.hello_timeout_s, 0.1, 60),
                ("fact_queue_messages", self.fact_queue_messages, 1, 10_000),
                ("malformed_allowed", self.malformed_allowed, 1, 1_000),
                ("shutdown_grace_s", self.shutdown_grace_s, 0, 60),
                ("phases", self.phases, 1, 64),
            )
            if not lowest <= value <= highest
        ]
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            faults.append(f"public_url must start with http:// or https://, not {self.public_url!r}")
        try:
            origin_rules(self.allowed_origins, self.host, self.public_url)
        except ValueError as error:
            faults.append(f"allowed_origins: {error}")
        if faults:
            raise ServerSettingsInvalid("; ".join(faults))

    @property
    def origin_rules(self) -> OriginRules:
        """Whose pages may use this node."""
        return origin_rules(self.allowed_origins, self.host, self.public_url)
