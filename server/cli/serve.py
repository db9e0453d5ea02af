"""``tickroom serve``: a server and nothing else."""

from __future__ import annotations

import click

from tickroom.server.cli.options import server_options
from tickroom.server.shell import serve as process
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings


@click.command()
@server_options
def serve(settings: ServerSettings) -> None:
    """Serve sessions until SIGTERM or Ctrl-C.

    Players open the printed address, create a session or type a code, and play. On SIGTERM every player is told, every
    session is closed cleanly, and the process exits with 0 within a few seconds. Every option can be given as an
    environment variable too: TICKROOM_HOST, TICKROOM_PORT, and so on.
    """
    try:
        process.serve(settings, _announce)
    except process.PortTaken as error:
        raise click.ClickException(f"{error} (choose another with --port)") from None


async def _announce(_node: Node, url: str) -> None:
    click.echo(f"Tickroom serves {url}")
