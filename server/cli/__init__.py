"""The command ``tickroom``. Each subcommand is loaded when it is asked for, so that ``--help`` comes at once."""

from tickroom.server.cli.main import main

__all__ = ["main"]
