"""Options that several commands share, and how they become settings. Flags win over environment variables."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import click

from tickroom.server.cli.cluster_options import clustered, take_cluster, take_workers
from tickroom.server.cli.key_of_run import key_of_run
from tickroom.server.cli.protection_options import protected, take_auth, take_limits, take_secret_key
from tickroom.server.cli.sections import CAPACITY, LISTENING, LOG, section
from tickroom.server.cli.typed_names import as_typed
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid

_listening, _capacity, _log = section(LISTENING), section(CAPACITY), section(LOG)

_OPTIONS = (
    _listening("--host", default="127.0.0.1", envvar="TICKROOM_HOST", show_default=True, help="Address to listen on."),
    _listening(
        "--port", default=2567, envvar=["TICKROOM_PORT", "PORT"], show_default=True, help="Port; 0 takes a free one."
    ),
    _listening(
        "--public-url",
        metavar="URL",
        envvar="TICKROOM_PUBLIC_URL",
        help="Where clients reach this server, if not at host and port. {node} and {port} in it stand for the node's "
        "name and own port, for example https://game.example.org/node/{port} behind a proxy.",
    ),
    _listening(
        "--allow-origin",
        "allowed_origins",
        multiple=True,
        metavar="URL",
        envvar="TICKROOM_ALLOW_ORIGIN",
        help="Let pages of this origin use the server, for example https://game.example.org; * for all. Pages that the "
        "server itself serves may, and on one's own machine those of any port. Repeatable; in the environment "
        "separated by spaces.",
    ),
    _listening(
        "--trusted-proxy",
        "trusted_proxies",
        multiple=True,
        metavar="CIDR",
        envvar="TICKROOM_TRUSTED_PROXY",
        help="Believe X-Forwarded-For and X-Forwarded-Proto of proxies in this network, for example 10.0.0.0/8: limits "
        "by address are by the client's then. Repeatable; in the environment separated by spaces.",
    ),
    _capacity(
        "--max-sessions", default=2_000, envvar="TICKROOM_MAX_SESSIONS", show_default=True, help="More are refused."
    ),
    _capacity(
        "--max-connections",
        default=10_000,
        envvar="TICKROOM_MAX_CONNECTIONS",
        show_default=True,
        help="More are refused.",
    ),
    _capacity(
        "--phases",
        default=4,
        envvar="TICKROOM_PHASES",
        show_default=True,
        help="Groups of sessions whose ticks are spread over the tick interval.",
    ),
    _capacity(
        "--plain-sockets",
        is_flag=True,
        envvar="TICKROOM_PLAIN_SOCKETS",
        help="Speak WebSocket through plain ASGI only: slower, for comparison and for unusual platforms.",
    ),
    _log(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        envvar="TICKROOM_LOG_LEVEL",
        show_default=True,
        help="What goes to stderr.",
    ),
    _log("--access-log", is_flag=True, envvar="TICKROOM_ACCESS_LOG", help="Log every HTTP request."),
)

_PLAIN = (  # options that are called as the settings are
    *("host", "port", "allowed_origins", "trusted_proxies", "max_sessions", "max_connections", "phases", "access_log"),
)


def server_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a server to a command, which gets them as one ``ServerSettings``."""

    @functools.wraps(command)
    def with_settings(*args: Any, **options: Any) -> None:
        _begin_log(options)
        settings = _take_settings(options, take_secret_key(options), cluster=None)
        command(*args, settings=settings, **options)

    return _with_options(with_settings)


def node_options(command: Callable[..., None]) -> Callable[..., None]:
    """The same for a command whose server may be one of a cluster; it gets ``workers`` as well, None or settings."""

    @functools.wraps(command)
    def with_settings(*args: Any, **options: Any) -> None:
        _begin_log(options)
        workers = take_workers(options)
        secret_key = take_secret_key(options)
        if workers is not None and secret_key is None and not options["redis_url"]:
            secret_key = key_of_run(workers.folder)  # nobody else is there who must know it
        cluster = take_cluster(options, is_supervisor=workers is not None)
        settings = _take_settings(options, secret_key, cluster)
        command(*args, settings=settings, workers=workers, **options)

    return _with_options(clustered(with_settings))


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    command = protected(command)
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def _begin_log(options: dict[str, Any]) -> None:
    level: str = options.pop("log_level")
    node = f" {options['node_name']}" if options.get("listener_fds") else ""  # several workers write to one place
    form = f"%(asctime)s %(levelname)s{node.replace('%', '%%')} %(name)s: %(message)s"
    logging.basicConfig(level=level.upper(), format=form)
    for chatty in ("uvicorn.error", "picows"):
        logging.getLogger(chatty).setLevel(logging.WARNING if level == "info" else level.upper())


def _take_settings(
    options: dict[str, Any], secret_key: bytes | None, cluster: ClusterSettings | None
) -> ServerSettings:
    taken: dict[str, Any] = {name: options.pop(name) for name in _PLAIN}  # click has seen to the types
    for name in ("public_url", "site_url"):
        url: str | None = options.pop(name, None)
        taken[name] = url and url.rstrip("/")
    auth, limits = take_auth(options), take_limits(options)
    try:
        return ServerSettings(
            **taken,
            listener_fds=options.pop("listener_fds", ()),
            secret_key=secret_key,
            auth=auth,
            limits=limits,
            fast_path=not options.pop("plain_sockets"),
            cluster=cluster,
        )
    except ServerSettingsInvalid as error:
        raise click.ClickException(as_typed(error.args, click.get_current_context())) from None
