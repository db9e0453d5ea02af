"""Which node has a session, asked anew each time: a session moves at once, and nobody may be sent to where it was."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from tickroom.server.core.codes import normal_code
from tickroom.server.core.session import Session
from tickroom.server.shell.cluster.interface import NodeView, StoreAway
from tickroom.server.shell.description import websocket_url
from tickroom.server.shell.limits.admission import Admission, Refusal

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster
    from tickroom.server.shell.node import Node

LOOK_UP_TIMEOUT_S = 1.0  # somebody waits; a store that is well answers within a millisecond or two


class Here(NamedTuple):
    """On this node."""

    session: Session


class Elsewhere(NamedTuple):
    """On another node, which holds its lease."""

    code: str
    node: NodeView

    @property
    def incarnation(self) -> str:
        """Whom to ask about the session."""
        return self.node.entry.incarnation

    @property
    def websocket(self) -> str:
        """Where its clients connect."""
        return websocket_url(self.node.entry.url, self.code)


class TryAgain(NamedTuple):
    """It cannot be said now: a takeover is under way, or the store is away."""


class Nowhere(NamedTuple):
    """No session has this code."""


Whereabouts = Here | Elsewhere | TryAgain | Nowhere


async def look_up(node: Node, text: str, admission: Admission, address: str) -> Whereabouts | Refusal:
    """Where the session is whose code somebody typed; a refusal to who named many that do not exist.

    A node by itself knows at once: nothing waits. Else one look-up after the other for each address: of many who ask
    at once each counts before the next is looked at.
    """
    if node.cluster is None:
        refused = admission.may_look_up(address)
        return refused if refused is not None else _counted(find_here(node, text), node, admission, address)
    async with admission.turn_to_look_up(address):
        refused = admission.may_look_up(address)
        return refused if refused is not None else _counted(await find(node.cluster, text), node, admission, address)


def find_here(node: Node, text: str) -> Here | Nowhere:
    """The session with the code that somebody typed, on a node that knows all there are."""
    session = node.find(text)
    return Nowhere() if session is None else Here(session)


async def find(cluster: Cluster, text: str) -> Whereabouts:
    """The same among many nodes."""
    code = normal_code(text)
    if code is None:
        return Nowhere()
    if not cluster.is_active:
        return TryAgain()  # what is here may be another node's by now
    if (session := cluster.node.sessions.get(code)) is not None:
        return Here(session)
    try:
        async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
            return await _ask_directory(cluster, code)
    except (StoreAway, TimeoutError):
        return TryAgain()


async def _ask_directory(cluster: Cluster, code: str) -> Whereabouts:
    owner = await cluster.store.directory.owner_of(code)
    if owner is None:
        return Nowhere()
    if owner == cluster.incarnation:
        session = cluster.node.sessions.get(code)  # listed while we asked; or on its way in or out
        return TryAgain() if session is None else Here(session)
    known = [*await cluster.view_nodes()]
    if all(view.entry.incarnation != owner for view in known):
        known = await cluster.store.directory.nodes()  # it may have joined since
    holder = next((view for view in known if view.entry.incarnation == owner), None)
    return TryAgain() if holder is None else Elsewhere(code, holder)


def _counted(found: Whereabouts, node: Node, admission: Admission, address: str) -> Whereabouts:
    # A node that shuts down has ended its sessions: their codes are not unknown, and those who come back not guessing.
    if isinstance(found, Nowhere) and not node.closing:
        admission.count_unknown_code(address)
    return found
