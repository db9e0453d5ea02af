"""``tickroom``: the group of commands, and how their errors look."""

from __future__ import annotations

import importlib
import sys

import click

import tickroom

COMMANDS = {
    "play": "tickroom.server.cli.play:play",
    "serve": "tickroom.server.cli.serve:serve",
    "cluster": "tickroom.server.cli.cluster:cluster",
    "bots": "tickroom.simulations.cli:bots",
    "loadtest": "tickroom.simulations.cli:loadtest",
    "network": "tickroom.simulations.network.command:network",
    "chaos": "tickroom.simulations.chaos.command:chaos",
}


class _LazyGroup(click.Group):
    """Imports a command's module when the command is used: the load test needs much that serving does not."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, name = target.split(":")
        command: click.Command = getattr(importlib.import_module(module), name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(tickroom.__version__, prog_name="tickroom")
def group() -> None:
    """Multiplayer game sessions that players join with a six-character code from a browser.

    Start with `tickroom play`: a server, a session with bots already playing, and an address to open.
    """


def main() -> None:
    """Run the command line. Expected errors are one plain line on stderr and exit code 1; usage errors exit with 2."""
    try:
        group(prog_name="tickroom", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"tickroom: {error.format_message()}", err=True)
        sys.exit(1)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
