"""``tickroom serve``: a server and nothing else."""

from __future__ import annotations

import click

from tickroom.game.registry import GAMES
from tickroom.server.cli.games import GameNotFound, load_games
from tickroom.server.cli.options import node_options
from tickroom.server.cli.sections import SectionedCommand
from tickroom.server.cli.workers import run_workers
from tickroom.server.shell import serve as process
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.workers.settings import WorkersSettings


@click.command(cls=SectionedCommand)
@click.option(
    "--game",
    "own_games",
    multiple=True,
    metavar="MODULE:NAME",
    help="A game of your own besides the arena: an object in a module that Python can import. Repeatable.",
)
@node_options
@click.pass_context
def serve(
    context: click.Context, settings: ServerSettings, workers: WorkersSettings | None, own_games: tuple[str, ...]
) -> None:
    """Serve sessions until SIGTERM or Ctrl-C.

    Players open the printed address, create a session or type a code, and play. On SIGTERM every player is told, every
    session is closed cleanly, and the process exits with 0 within a few seconds.

    With --redis the server is one node of a cluster: when it dies, the others play its sessions on; on SIGTERM it hands
    them over first. All nodes need the same --secret-key-file, and each a --public-url that leads to it alone.

    With --workers N there are N nodes on this machine behind one address, and a supervisor that starts a dead one again
    and kills one that hangs. SIGHUP restarts them one after the other, without ending a session; SIGTERM ends all.

    Every option can be given as an environment variable too: TICKROOM_HOST, TICKROOM_PORT, and so on.
    """
    try:
        games = {**GAMES, **load_games(own_games)}
        if workers is not None:
            run_workers(context, settings, workers)
        else:
            process.serve(settings, _announce, games)
    except GameNotFound as error:
        raise click.ClickException(str(error)) from None
    except process.PortTaken as error:
        raise click.ClickException(f"{error} (choose another with --port)") from None
    except process.StartFailed as error:
        raise click.ClickException(str(error)) from None


async def _announce(node: Node, url: str) -> None:
    if node.settings.listener_fds:
        return  # the supervisor tells of its workers
    click.echo(f"Tickroom serves {url}")
