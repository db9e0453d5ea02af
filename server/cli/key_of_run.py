"""A secret key that `tickroom serve --workers` makes for its workers when the operator gave none."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import click

NAME = "tickroom.key"
_BYTES = 32


def key_of_run(folder: Path | None) -> bytes:
    """A new key for this run; with a folder the one that is kept there, for players come back after a restart.

    Raises click.ClickException when it can be neither read nor written.
    """
    if folder is None:
        return secrets.token_urlsafe(_BYTES).encode()
    file = folder / NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)  # nobody else may read it
        except FileExistsError:
            return file.read_bytes().strip()
        with os.fdopen(descriptor, "wb") as new:
            key = secrets.token_urlsafe(_BYTES).encode()
            new.write(key + b"\n")
            return key
    except OSError as error:
        raise click.ClickException(f"--data: cannot keep a key in {file}: {error.strerror}") from None
