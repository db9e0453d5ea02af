"""Options that several commands share, and how they become settings. Flags win over environment variables."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

import click

from tickroom.server.cli.protection_options import protected, take_auth, take_limits, take_secret_key
from tickroom.server.shell.settings import ServerSettings, ServerSettingsInvalid

_OPTIONS = (
    click.option(
        "--host", default="127.0.0.1", envvar="TICKROOM_HOST", show_default=True, help="Address to listen on."
    ),
    click.option(
        "--port", default=2567, envvar=["TICKROOM_PORT", "PORT"], show_default=True, help="Port; 0 takes a free one."
    ),
    click.option(
        "--public-url", envvar="TICKROOM_PUBLIC_URL", help="Where clients reach this server, if not at host and port."
    ),
    click.option(
        "--allow-origin",
        "allowed_origins",
        multiple=True,
        metavar="URL",
        envvar="TICKROOM_ALLOW_ORIGIN",
        help="Let pages of this origin use the server, for example https://game.example.org; * for all. Pages that the "
        "server itself serves may, and on one's own machine those of any port. Repeatable; in the environment "
        "separated by spaces.",
    ),
    click.option(
        "--trusted-proxy",
        "trusted_proxies",
        multiple=True,
        metavar="CIDR",
        envvar="TICKROOM_TRUSTED_PROXY",
        help="Believe X-Forwarded-For and X-Forwarded-Proto of proxies in this network, for example 10.0.0.0/8: limits "
        "by address are by the client's then. Repeatable; in the environment separated by spaces.",
    ),
    click.option(
        "--max-sessions", default=2_000, envvar="TICKROOM_MAX_SESSIONS", show_default=True, help="More are refused."
    ),
    click.option(
        "--max-connections",
        default=10_000,
        envvar="TICKROOM_MAX_CONNECTIONS",
        show_default=True,
        help="More are refused.",
    ),
    click.option(
        "--phases",
        default=4,
        envvar="TICKROOM_PHASES",
        show_default=True,
        help="Groups of sessions whose ticks are spread over the tick interval.",
    ),
    click.option(
        "--plain-sockets",
        is_flag=True,
        envvar="TICKROOM_PLAIN_SOCKETS",
        help="Speak WebSocket through plain ASGI only: slower, for comparison and for unusual platforms.",
    ),
    click.option(
        "--log-level",
        type=click.Choice(["debug", "info", "warning", "error"]),
        default="info",
        envvar="TICKROOM_LOG_LEVEL",
        show_default=True,
        help="What goes to stderr.",
    ),
    click.option("--access-log", is_flag=True, envvar="TICKROOM_ACCESS_LOG", help="Log every HTTP request."),
)


def server_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a server to a command, which gets them as one ``ServerSettings``."""

    @functools.wraps(command)
    def with_settings(
        *args: Any, plain_sockets: bool, log_level: str, host: str, port: int, public_url: str | None,
        allowed_origins: tuple[str, ...], trusted_proxies: tuple[str, ...], max_sessions: int, max_connections: int,
        phases: int, access_log: bool, **rest: Any
    ) -> None:  # fmt: skip
        logging.basicConfig(level=log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        for chatty in ("uvicorn.error", "picows"):
            logging.getLogger(chatty).setLevel(logging.WARNING if log_level == "info" else log_level.upper())
        secret_key, auth, limits = take_secret_key(rest), take_auth(rest), take_limits(rest)
        try:
            settings = ServerSettings(
                host=host,
                port=port,
                public_url=public_url and public_url.rstrip("/"),
                allowed_origins=allowed_origins,
                trusted_proxies=trusted_proxies,
                secret_key=secret_key,
                auth=auth,
                limits=limits,
                max_sessions=max_sessions,
                max_connections=max_connections,
                phases=phases,
                fast_path=not plain_sockets,
                access_log=access_log,
            )
        except ServerSettingsInvalid as error:
            raise click.ClickException(str(error)) from None
        command(*args, settings=settings, **rest)

    decorated = protected(with_settings)
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    return decorated
