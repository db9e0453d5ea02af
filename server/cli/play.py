"""``tickroom play``: a server with a session in which bots are already playing."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import click

from tickroom.game.registry import GAMES
from tickroom.server.cli.options import server_options
from tickroom.server.cli.sections import SectionedCommand
from tickroom.server.core.settings import SessionSettings, SettingsInvalid, game_options
from tickroom.server.shell import serve as process
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings


@click.command(cls=SectionedCommand)
@click.option("--bots", type=click.IntRange(0, 32), default=3, show_default=True, help="How many bots play.")
@click.option("--seats", type=click.IntRange(1, 64), default=8, show_default=True, help="Seats of the demo session.")
@click.option("--map", "map_name", default="plaza", show_default=True, help="Map of the demo session.")
@server_options
def play(settings: ServerSettings, bots: int, seats: int, map_name: str) -> None:
    """Play now: a server, a demo session with bots in it, and an address to open.

    The session starts a new round by itself, for as long as the server runs. Ctrl-C ends everything.
    """
    bots = min(bots, seats)
    try:
        game_options(GAMES["arena"].schema, {"map": map_name})
    except SettingsInvalid as error:
        raise click.ClickException(str(error)) from None
    demo = SessionSettings(seats=seats, countdown_s=0, round_s=180, rematch_after_s=10, options={"map": map_name})

    async def begin(node: Node, url: str) -> None:
        session = node.create(demo)
        click.echo(f"Tickroom serves {url}")
        click.echo(f"Bots play in session {session.code}. Join them: {url}/?code={session.code}")
        click.echo("Ctrl-C ends the server.")
        if bots:
            await _run_bots(url, session.code, bots)

    try:
        process.serve(settings, begin)
    except process.PortTaken as error:
        raise click.ClickException(f"{error} (choose another with --port)") from None
    except process.StartFailed as error:
        raise click.ClickException(str(error)) from None


async def _run_bots(url: str, code: str, count: int) -> None:
    """Run the bots as a process of their own, as any client's, and take them along when the server stops."""
    command = [sys.executable, "-m", "tickroom", "bots", "--url", url, "--code", code, "--count", str(count), "--quiet"]
    bots = await asyncio.create_subprocess_exec(*command)
    try:
        await bots.wait()
    finally:
        if bots.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                bots.terminate()
            await bots.wait()
