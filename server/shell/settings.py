"""Settings of a server process: one frozen object, read once from flags and environment, checked as a whole."""

from __future__ import annotations

from dataclasses import dataclass, field

from tickroom.server.shell.identity.accounts import AuthMode, AuthSettings
from tickroom.server.shell.identity.guest_tokens import KEY_BYTES_LEAST
from tickroom.server.shell.identity.shared_secret import secret_faults
from tickroom.server.shell.limits.addresses import Network, parse_networks
from tickroom.server.shell.limits.memory import usable_memory_mb
from tickroom.server.shell.limits.settings import Limits, ResolvedLimits
from tickroom.server.shell.origins import OriginRules, is_loopback, origin_rules

KEY_NEEDED = (
    "secret_key: players' tokens are signed with it, and only a server on loopback may make one up: write 32 random "
    "bytes or more to a file (head -c 32 /dev/urandom | base64 > tickroom.key) and name it with --secret-key-file, or "
    "put them into TICKROOM_SECRET_KEY"
)


class ServerSettingsInvalid(ValueError):
    """The operator's fault; the text lists every fault."""


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What one node needs to know. Names carry units."""

    host: str = "127.0.0.1"
    port: int = 2567
    public_url: str | None = None  # where clients reach this node; the request's own host when None
    allowed_origins: tuple[str, ...] = ()  # of other people's pages that may use this node; "*" for all (origins.py)
    trusted_proxies: tuple[str, ...] = ()  # networks whose X-Forwarded-For and -Proto are believed
    secret_key: bytes | None = field(default=None, repr=False)  # None on loopback: one for the life of the process
    auth: AuthSettings = field(default_factory=AuthSettings)
    limits: Limits = field(default_factory=Limits)
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
        try:
            parse_networks(self.trusted_proxies)
        except ValueError as error:
            faults.append(f"trusted_proxies: {error}")
        if self.auth.has_keys and self.auth.mode is AuthMode.OFF:
            faults.append("auth: there are keys for accounts, but it is off: say --auth optional or --auth required")
        faults += [*self.limits.faults(), *self.auth.faults(), *self._key_faults()]
        if faults:
            raise ServerSettingsInvalid("; ".join(faults))

    def _key_faults(self) -> list[str]:
        if self.secret_key is None:
            return [] if is_loopback(self.host.lower()) else [KEY_NEEDED]
        faults = []
        if len(self.secret_key) < KEY_BYTES_LEAST:
            faults.append(f"secret_key must have at least {KEY_BYTES_LEAST} bytes, not {len(self.secret_key)}")
        else:
            faults += secret_faults("secret_key", self.secret_key)
        if self.secret_key == self.auth.secret:
            faults.append("secret_key and the secret of accounts must differ: each says something else")
        return faults

    @property
    def proxy_networks(self) -> tuple[Network, ...]:
        """Whose word about the client's address is believed."""
        return parse_networks(self.trusted_proxies)

    @property
    def resolved_limits(self) -> ResolvedLimits:
        """The limits by address and in all, defaults in place."""
        own_machine_only = is_loopback(self.host.lower()) and not self.trusted_proxies
        return self.limits.resolved(own_machine_only=own_machine_only, memory_mb=usable_memory_mb())

    @property
    def origin_rules(self) -> OriginRules:
        """Whose pages may use this node."""
        return origin_rules(self.allowed_origins, self.host, self.public_url)
