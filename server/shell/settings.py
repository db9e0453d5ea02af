"""Settings of a server process: one frozen object, read once from flags and environment, checked as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from tickroom.server.shell.cluster.settings import ClusterSettings, default_name
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

SHARED_KEY_NEEDED = (
    "secret_key: all nodes of a cluster must sign players' tokens with the same key: write 32 random bytes or more to "
    "a file (head -c 32 /dev/urandom | base64 > tickroom.key) and name it to every node with --secret-key-file, or put "
    "them into TICKROOM_SECRET_KEY"
)
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
WILDCARDS = ("0.0.0.0", "::", "")


class ServerSettingsInvalid(ValueError):
    """The operator's fault; the text lists every fault, and each is one of ``args``."""

    def __str__(self) -> str:
        return "; ".join(self.args)


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What one node needs to know. Names carry units."""

    host: str = "127.0.0.1"
    port: int = 2567
    listener_fds: tuple[int, ...] = ()  # inherited listening sockets: this node's own, then ones shared with others
    public_url: str | None = None  # where clients reach this node; the request's own host when None; {node}, {port}
    site_url: str | None = None  # the one address for people, where many nodes are behind it; its origin is allowed
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
    cluster: ClusterSettings | None = None  # None: this node is alone, and nothing is stored anywhere

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
        faults += [*_url_faults("public_url", self.public_url), *_url_faults("site_url", self.site_url)]
        if self.site_url is not None and _PLACEHOLDER.search(self.site_url):
            faults.append("site_url is one address for all nodes: only public_url may have {node} or {port} in it")
        try:
            _ = self.origin_rules
        except ValueError as error:
            faults.append(f"allowed_origins: {error}")
        try:
            parse_networks(self.trusted_proxies)
        except ValueError as error:
            faults.append(f"trusted_proxies: {error}")
        if self.cluster is not None:
            faults += self.cluster.faults()
            if self.public_url is None and self.host in WILDCARDS:
                faults.append(
                    f"public_url is needed: the others must tell clients where to reach this node, and {self.host!r} "
                    "says only where it listens; for example http://192.168.1.5:{port}"
                )
        if self.auth.has_keys and self.auth.mode is AuthMode.OFF:
            faults.append("auth: there are keys for accounts, but it is off: say --auth optional or --auth required")
        faults += [*self.limits.faults(), *self.auth.faults(), *self._key_faults()]
        if faults:
            raise ServerSettingsInvalid(*faults)

    def _key_faults(self) -> list[str]:
        if self.secret_key is None:
            if self.cluster is not None:
                return [SHARED_KEY_NEEDED]
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
        site = () if self.site_url is None else (_origin_of(self.site_url),)
        return origin_rules((*self.allowed_origins, *site), self.host, self.public_url)

    def listening_on(self, port: int) -> ServerSettings:
        """The same once the port is known: ``{node}`` and ``{port}`` in ``public_url`` are filled in.

        A node of a cluster has a name and a ``public_url`` from here on.
        """
        cluster = self.cluster and self.cluster.named(port)
        url = self.public_url
        if url is None and cluster is not None:
            url = f"http://{url_host(self.host)}:{port}"
        name = cluster.node_name if cluster is not None else default_name(port)
        return replace(self, port=port, cluster=cluster, public_url=url and fill_in(url, node=name, port=port))


def fill_in(template: str, *, node: str, port: int) -> str:
    """A ``public_url`` with the node's name and port in place of ``{node}`` and ``{port}``."""
    return template.replace("{node}", node).replace("{port}", str(port))


def url_host(host: str) -> str:
    """An address to listen on, as the host of a URL by which this machine itself reaches it."""
    if host in WILDCARDS:
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


def _url_faults(name: str, url: str | None) -> list[str]:
    if url is None:
        return []
    unknown = set(_PLACEHOLDER.findall(url)) - {"{node}", "{port}"}
    if unknown:
        return [f"{name}: {', '.join(sorted(unknown))} is unknown; there are {{node}} and {{port}}"]
    if not url.startswith(("http://", "https://")):
        return [f"{name} must start with http:// or https://, not {url!r}"]
    return []


def _origin_of(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.split('/')[0]}"
