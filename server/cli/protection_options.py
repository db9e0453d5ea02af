"""Options of limits and identity, and the settings that they become."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from tickroom.server.cli.sections import IDENTITY, LIMITS, section
from tickroom.server.shell.identity.accounts import AuthMode, AuthSettings
from tickroom.server.shell.limits.settings import Limits

SECRET_KEY_VARIABLE = "TICKROOM_SECRET_KEY"

_LIMITS = {
    "connections_per_minute": "Sockets that one address opens in a minute. [default: 10; on loopback 1000]",
    "connections_per_address": "Sockets that one address has open at once. [default: 20; on loopback 2000]",
    "unknown_codes_per_minute": "Wrong codes that one address tries in a minute. [default: 20; on loopback 2000]",
    "creates_per_minute": "Sessions that one address makes or quick-plays in a minute. [default: 10; on loopback 1000]",
    "api_requests_per_minute": "Requests to /api by one address in a minute. [default: 300; on loopback 30000]",
    "inputs_per_tick": "Inputs of one connection a tick, sustained. [default: 2]",
    "requests_per_second": "Requests and lines of chat of one connection a second. [default: 10]",
    "other_messages_per_second": "Other messages of one connection a second. [default: 10]",
    "breaches_allowed": "Messages beyond these before the connection is closed with 4029. [default: 60]",
    "max_seats": "Seats of all sessions together. [default: 50000]",
    "max_memory_mb": "Memory above which nothing new is let in. [default: four fifths of what there is]",
}

_limit, _identity = section(LIMITS), section(IDENTITY)

LIMIT_OPTIONS = tuple(
    _limit(
        f"--{name.replace('_', '-')}",
        type=int,
        metavar="N",
        envvar=f"TICKROOM_{name.upper()}",
        help=f"{text.replace('. [', '; 0: without limit. [')}",
    )
    for name, text in _LIMITS.items()
)

IDENTITY_OPTIONS = (
    _identity(
        "--secret-key-file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="TICKROOM_SECRET_KEY_FILE",
        help=f"Signs players' tokens: 32 bytes or more. Or {SECRET_KEY_VARIABLE} in the environment. On loopback a key "
        "for this run alone is made up when there is none; anywhere else the server does not start without.",
    ),
    _identity(
        "--auth",
        "auth_mode",
        type=click.Choice([mode.value for mode in AuthMode]),
        default=AuthMode.OFF.value,
        show_default=True,
        envvar="TICKROOM_AUTH",
        help="Whether players need an account of your own issuer's.",
    ),
    _identity(
        "--auth-secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="TICKROOM_AUTH_SECRET_FILE",
        help="Judges accounts' tokens of HS256.",
    ),
    _identity(
        "--auth-jwks",
        "auth_key_set",
        metavar="URL|FILE",
        envvar="TICKROOM_AUTH_JWKS",
        help="Judges accounts' tokens of RS256 and ES256: the issuer's key set.",
    ),
    _identity("--auth-issuer", envvar="TICKROOM_AUTH_ISSUER", help="What their claim iss must be."),
    _identity("--auth-audience", envvar="TICKROOM_AUTH_AUDIENCE", help="What their claim aud must be."),
    _identity(
        "--auth-name-claim",
        default="name",
        show_default=True,
        envvar="TICKROOM_AUTH_NAME_CLAIM",
        help="The claim that is shown to the others as the player's name.",
    ),
    _identity(
        "--auth-roles-claim",
        default="roles",
        show_default=True,
        envvar="TICKROOM_AUTH_ROLES_CLAIM",
        help="The claim with the account's roles: a list, or words with spaces between.",
    ),
)


def protected(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of limits and identity to a command."""
    for option in reversed((*IDENTITY_OPTIONS, *LIMIT_OPTIONS)):
        command = option(command)
    return command


def take_limits(options: dict[str, Any]) -> Limits:
    """The limits that were given, taken out of a command's options."""
    given = {field.name: options.pop(field.name) for field in fields(Limits)}
    return Limits(**{name: value for name, value in given.items() if value is not None})


def take_secret_key(options: dict[str, Any]) -> bytes | None:
    """The key of players' tokens, taken out of a command's options; None when there is none. The file wins."""
    file: Path | None = options.pop("secret_key_file")
    if file is not None:
        return _read(file)
    return os.environ.get(SECRET_KEY_VARIABLE, "").strip().encode() or None


def take_auth(options: dict[str, Any]) -> AuthSettings:
    """How accounts are judged, taken out of a command's options."""
    secret_file: Path | None = options.pop("auth_secret_file")
    auth = AuthSettings(
        mode=AuthMode(options.pop("auth_mode")),
        secret=_read(secret_file) if secret_file is not None else None,
        key_set=options.pop("auth_key_set"),
        issuer=options.pop("auth_issuer"),
        audience=options.pop("auth_audience"),
        name_claim=options.pop("auth_name_claim"),
        roles_claim=options.pop("auth_roles_claim"),
    )
    if auth.mode is not AuthMode.OFF and not auth.has_keys:
        raise click.ClickException(f"--auth {auth.mode.value} needs --auth-secret-file or --auth-jwks")
    return auth


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes().strip()
    except OSError as error:
        raise click.ClickException(f"cannot read {file}: {error.strerror}") from None
