"""What ``tickroom cluster status`` shows: nodes that play, and nodes that are gone with sessions still unclaimed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import msgspec
from rich.console import Console
from rich.table import Table

from tickroom.server.shell.cluster.interface import Directory, NodeView
from tickroom.server.shell.cluster.life import acting_for


@dataclass(frozen=True)
class NodeStatus:
    """One line of the table, and one object of the JSON. ``state``: playing, draining, or lapsed."""

    node: str
    incarnation: str
    state: str
    url: str = ""
    version: str = ""
    sessions: int = 0
    players: int = 0
    connections: int = 0
    seats_left: int = 0
    cpu_permille: int = 0
    tick_lateness_p99_us: int = 0


async def read_status(directory: Directory) -> list[NodeStatus]:
    """Nodes by name, then the lapsed ones that own sessions. Raises StoreAway."""
    views = await directory.nodes()
    alive = {view.entry.incarnation for view in views}
    lapsed = []
    for incarnation in await directory.lapsed():
        if acting_for(incarnation) in alive:
            continue  # not gone: sessions on their way from one living node to another
        sessions = len(await directory.sessions_of(incarnation))
        if sessions:
            lapsed.append(NodeStatus("", incarnation, "lapsed", sessions=sessions))
    return [*map(_status, views), *lapsed]


def _status(view: NodeView) -> NodeStatus:
    entry, load = view
    return NodeStatus(
        node=entry.name,
        incarnation=entry.incarnation,
        state="draining" if load.is_draining else "playing",
        url=entry.url,
        version=entry.version,
        sessions=load.sessions,
        players=load.players,
        connections=load.connections,
        seats_left=load.seats_left,
        cpu_permille=load.cpu_permille,
        tick_lateness_p99_us=load.tick_lateness_p99_us,
    )


def status_json(nodes: Sequence[NodeStatus]) -> str:
    """A JSON object with one list, ``nodes``; units stand in the names."""
    return msgspec.json.encode({"nodes": [asdict(node) for node in nodes]}).decode()


def status_table(nodes: Sequence[NodeStatus], width: int) -> str:
    """For people. The last line is the sum."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("node")
    table.add_column("incarnation", overflow="fold")
    table.add_column("URL", overflow="fold")
    for name in ("sessions", "players", "seats left", "CPU", "late p99"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("state", no_wrap=True)
    for node in nodes:
        is_gone = node.state == "lapsed"
        table.add_row(
            node.node or "-",
            node.incarnation,
            node.url or "-",
            str(node.sessions),
            "-" if is_gone else str(node.players),
            "-" if is_gone else str(node.seats_left),
            "-" if is_gone else f"{node.cpu_permille / 10:.0f} %",
            "-" if is_gone else f"{node.tick_lateness_p99_us / 1000:.1f} ms",
            node.state,
        )
    table.add_section()
    sums = (sum(node.sessions for node in nodes), sum(node.players for node in nodes), sum(n.seats_left for n in nodes))
    table.add_row("in all", "", "", *map(str, sums), "", "", "")
    out = io.StringIO()
    Console(file=out, width=width, force_terminal=False).print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())
