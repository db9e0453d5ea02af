"""On which node a new session is made: on this one, unless another has clearly more room."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.cluster.errands import ErrandRefused, ask_create
from tickroom.server.shell.cluster.interface import NoAnswer, NodeLoad, NodeView, StoreAway
from tickroom.server.shell.description import SessionView, view_session
from tickroom.server.shell.node import NodeFull

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster

CLOSE_PERMILLE = 150
"""Nodes whose headroom differs by less count as equal: a node's load is some tenths of a second old, and all who looked
at it would otherwise go to the same one at once."""
ASKED_MOST = 2  # other nodes, before this one makes the session itself
LATENESS_US_PER_PERMILLE = 20  # ticks that begin 2 ms late, the most that is allowed, weigh like 10 % of a core


class Made(NamedTuple):
    """A new session. ``elsewhere``: the node that has it, if it is not this one."""

    view: SessionView
    elsewhere: NodeView | None = None


def headroom(load: NodeLoad, seats: int) -> int | None:
    """How much a node could still do, at most 1000; None when it takes no session of so many seats.

    The scarcest thing counts: CPU (late ticks show that there is none, whatever the clock says), or seats.
    """
    if load.is_draining or load.seats_left < seats:
        return None
    seats_left = 1000 * load.seats_left // max(1, load.seats_left + load.players)
    return min(1000 - load.cpu_permille - load.tick_lateness_p99_us // LATENESS_US_PER_PERMILLE, seats_left)


def placed_before(nodes: Sequence[NodeView], own: str, settings: SessionSettings, chance: random.Random) -> list[str]:
    """Incarnations to ask before this node (``own``) makes the session itself; none when it does as well as any."""
    room = {}
    for entry, load in nodes:
        left = headroom(load, settings.seats)
        if left is not None and settings.game in entry.games:
            room[entry.incarnation] = left
    best = max(room.values(), default=0)
    if own in room and room[own] > best - CLOSE_PERMILLE:
        return []
    better = [name for name, left in room.items() if name != own and left > best - CLOSE_PERMILLE]
    chance.shuffle(better)
    return better[:ASKED_MOST]


async def create_somewhere(cluster: Cluster, settings: SessionSettings) -> Made:
    """Make a session where there is most room. Raises SettingsInvalid, NodeFull, StoreAway."""
    if not cluster.is_active:
        raise StoreAway("this node holds no lease")
    nodes = {view.entry.incarnation: view for view in await cluster.view_nodes()}
    for incarnation in placed_before([*nodes.values()], cluster.incarnation, settings, random.Random()):
        view = nodes[incarnation]
        try:
            made = await ask_create(cluster.store, incarnation, settings, cluster.node.envelope)
        except NodeFull:
            continue
        except (NoAnswer, ErrandRefused):
            break  # it may be dying, and we with the same network: whoever waits has waited enough
        return Made(made.at(view.entry.url), view)
    session = await cluster.create(settings)
    return Made(view_session(session).at(cluster.url))
