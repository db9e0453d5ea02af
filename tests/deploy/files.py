"""The files of ``deploy/`` as a test reads them, and what they may refer to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml
from starlette.routing import Mount, Route

from tickroom.server.cli.protection_options import SECRET_KEY_VARIABLE
from tickroom.server.cli.serve import serve
from tickroom.server.shell.app import build_app


def documents(file: Path) -> list[Any]:
    """Every YAML document of a file; none may be empty."""
    found = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    assert found, file
    assert all(found), f"{file}: an empty document"
    return found


def options_of_serve() -> list[click.Option]:
    """What ``tickroom serve`` takes."""
    return [parameter for parameter in serve.params if isinstance(parameter, click.Option)]


def variables_of(option: click.Option) -> list[str]:
    """The environment variables that an option is read from; TICKROOM_... first."""
    if option.envvar is None:
        return []
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar)


def known_variables() -> set[str]:
    """All that a node reads from its environment."""
    return {SECRET_KEY_VARIABLE} | {name for option in options_of_serve() for name in variables_of(option)}


def known_flags() -> set[str]:
    """All flags of ``tickroom serve``."""
    return {flag for option in options_of_serve() for flag in (*option.opts, *option.secondary_opts)}


def served_paths() -> set[str]:
    """The paths of the routes of a node, as Starlette writes them."""
    return {route.path for route in build_app().routes if isinstance(route, Route | Mount)}


def walk(value: Any) -> Iterator[Any]:
    """A YAML value and every value in it."""
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in inner:
        yield from walk(item)
