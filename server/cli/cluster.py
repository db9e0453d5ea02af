"""``tickroom cluster``: look at the nodes that share a store, empty one, move a session."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import click

from tickroom.server.cli.cluster_options import REDIS_HELP, REDIS_VARIABLE
from tickroom.server.cli.cluster_status import read_status, status_json, status_table
from tickroom.server.core.codes import normal_code
from tickroom.server.shell.cluster.connecting import StoreUnfit, open_store
from tickroom.server.shell.cluster.errands import DRAIN_TIMEOUT_S, MOVE_TIMEOUT_S, ErrandRefused, ask_drain, ask_move
from tickroom.server.shell.cluster.interface import NoAnswer, NodeEntry, Store, StoreAway
from tickroom.server.shell.cluster.life import acting_for
from tickroom.server.shell.cluster.redis_url import StoreUrlInvalid, url_without_password


def _need_url(_context: click.Context, _option: click.Parameter, url: str | None) -> str:
    """Not click's own word for a missing option: it does not say where the URL is found."""
    if not url:
        raise click.UsageError(
            f"which store? Name its URL with --redis or in {REDIS_VARIABLE}: the one that the nodes were given, or "
            "with `tickroom serve --workers` the one in the line `tickroom cluster status --redis ...` at its start."
        )
    return url


_redis = click.option(
    "--redis",
    "redis_url",
    metavar="URL",
    envvar=REDIS_VARIABLE,
    show_envvar=True,
    callback=_need_url,
    help=f"{REDIS_HELP} Required.",
)


@click.group()
def cluster() -> None:
    """Look at a cluster and tell its nodes what to do.

    All commands speak with the nodes through their store, so --redis (or TICKROOM_REDIS) is all they need. With
    `tickroom serve --workers` and no --redis, a command with the store's URL is printed at its start.

    Exit code 0: done; 1: not done, and one line says why; 2: the command was written wrongly.
    """


@cluster.command()
@_redis
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def status(redis_url: str, as_json: bool) -> None:
    """Show the nodes: what they carry, how full they are, and whether their ticks come in time.

    \b
    CPU       of one core: a node uses one
    late p99  how late ticks begin, 99 of 100 at most
    state     playing; draining: hands its sessions over and takes none;
              lapsed: gone, and its sessions are not claimed yet

    A node's figures are those of its last renewal (0.4 s).
    """  # noqa: D301 - click keeps the lines after a real backspace, not after the two letters of a raw string

    async def show(store: Store) -> None:
        nodes = await read_status(store.directory)
        if as_json:
            click.echo(status_json(nodes))
        elif nodes:
            click.echo(status_table(nodes, max(80, shutil.get_terminal_size((120, 24)).columns)))
        if not nodes:
            raise click.ClickException("no node is there, and no session of one")

    _run(redis_url, show)


@cluster.command()
@_redis
@click.argument("node")
@click.option(
    "--timeout-s", type=float, default=DRAIN_TIMEOUT_S, show_default=True, metavar="SECONDS", help="How long to wait."
)
@click.option("--last", "may_be_last", is_flag=True, help="Even when no other node takes sessions.")
def drain(redis_url: str, node: str, timeout_s: float, may_be_last: bool) -> None:
    """Move all sessions of NODE (a name, or an incarnation) elsewhere; it takes no new ones from then on.

    Players go along: their clients are told the new address, and resume their seats there. The node runs on, empty,
    until it is stopped.

    Nothing takes a drain back but a new start of the node: stop it and start it again; with --workers, SIGHUP to the
    supervisor does that. So the last node that takes sessions is drained with --last alone.
    """

    async def ask(store: Store) -> None:
        views = await store.directory.nodes()
        entry = _find(node, [view.entry for view in views])
        is_last = {view.entry.incarnation for view in views if not view.load.is_draining} == {entry.incarnation}
        if is_last and not may_be_last:
            raise click.ClickException(
                f"{entry.name} is the last node that takes sessions; without it no session is made anywhere (503). "
                "Start another one first, or say --last"
            )
        left = await ask_drain(store, entry.incarnation, timeout_s)
        if left:
            raise click.ClickException(
                f"{left} sessions of {entry.name} could not be moved; is there room elsewhere? "
                "It takes no new ones until it is started anew"
            )
        click.echo(f"{entry.name} has no sessions any more, and takes none until it is started anew.")

    _run(redis_url, ask)


@cluster.command()
@_redis
@click.argument("code")
@click.argument("node")
@click.option(
    "--timeout-s", type=float, default=MOVE_TIMEOUT_S, show_default=True, metavar="SECONDS", help="How long to wait."
)
def move(redis_url: str, code: str, node: str, timeout_s: float) -> None:
    """Move the session CODE to NODE (a name, or an incarnation) while it is played."""

    async def ask(store: Store) -> None:
        normal = normal_code(code)
        if normal is None:
            raise click.ClickException(f"{code!r} is no session's code")
        entries = await _entries(store)
        target = _find(node, entries)
        owner_name = await store.directory.owner_of(normal)
        if owner_name is None:
            raise click.ClickException(f"there is no session {normal}")
        owner = next((entry for entry in entries if entry.incarnation == acting_for(owner_name)), None)
        if owner is None:
            raise click.ClickException(f"the node of {normal} is gone; another takes the session over: try again")
        if owner.incarnation == target.incarnation:
            click.echo(f"{normal} is on {target.name} already.")
            return
        await ask_move(store, owner.incarnation, normal, target.name, timeout_s)
        click.echo(f"{normal} has moved from {owner.name} to {target.name}.")

    _run(redis_url, ask)


def _find(wanted: str, entries: Sequence[NodeEntry]) -> NodeEntry:
    """The node of that incarnation, or else of that name. Raises click.ClickException: none, or several."""
    by_incarnation = [entry for entry in entries if entry.incarnation == wanted]
    found = by_incarnation or [entry for entry in entries if entry.name == wanted]
    if not found:
        names = ", ".join(sorted({entry.name for entry in entries})) or "none"
        raise click.ClickException(f"there is no node {wanted!r}; nodes: {names}")
    if len(found) > 1:
        these = ", ".join(entry.incarnation for entry in found)
        raise click.ClickException(f"several nodes are called {wanted!r}; say which: {these}")
    return found[0]


async def _entries(store: Store) -> list[NodeEntry]:
    return [view.entry for view in await store.directory.nodes()]


def _run(url: str, ask: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    """Ask something of the store, and put what goes wrong into words."""

    async def with_store() -> None:
        async with _opened(url) as store:
            await ask(store)

    try:
        asyncio.run(with_store())
    except (StoreUrlInvalid, StoreUnfit) as error:
        raise click.ClickException(f"--redis: {error}") from None
    except StoreAway as error:
        shown = url_without_password(url)
        raise click.ClickException(f"the store that --redis names, {shown}, does not answer: {error}") from None
    except NoAnswer as error:
        raise click.ClickException(f"the node did not answer in time, so it may be done or not: {error}") from None
    except ErrandRefused as error:
        raise click.ClickException(f"the node did not do it: {error}") from None


@contextlib.asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Store]:
    store = await open_store(url)
    try:
        yield store
    finally:
        await store.close()
