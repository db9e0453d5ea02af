"""``tickroom serve``: a server and nothing else."""

from __future__ import annotations

import click

from tickroom.game.registry import GAMES
from tickroom.server.cli.games import GameNotFound, load_games
from tickroom.server.cli.options import server_options
from tickroom.server.shell import serve as process
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings


@click.command()
@click.option(
    "--game",
    "own_games",
    multiple=True,
    metavar="MODULE:NAME",
    help="A game of your own besides the arena: an object in a module that Python can import. Repeatable.",
)
@server_options
def serve(settings: ServerSettings, own_games: tuple[str, ...]) -> None:
    """Serve sessions until SIGTERM or Ctrl-C.

    Players open the printed address, create a session or type a code, and play. On SIGTERM every player is told, every
    session is closed cleanly, and the process exits with 0 within a few seconds. Every option can be given as an
    environment variable too: TICKROOM_HOST, TICKROOM_PORT, and so on.
    """
    try:
        process.serve(settings, _announce, {**GAMES, **load_games(own_games)})
    except GameNotFound as error:
        raise click.ClickException(str(error)) from None
    except process.PortTaken as error:
        raise click.ClickException(f"{error} (choose another with --port)") from None


async def _announce(_node: Node, url: str) -> None:
    click.echo(f"Tickroom serves {url}")
