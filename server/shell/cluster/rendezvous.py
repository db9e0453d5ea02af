"""Which of the survivors goes first: each finds out by itself, and all find the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from tickroom.server.shell.cluster.interface import NodeEntry, NodeView


def is_first(code: str, own: NodeEntry, nodes: Iterable[NodeView]) -> bool:
    """Whether it is our turn to claim a session before the others try (rendezvous hashing: Thaler, Ravishankar 1998).

    Those take part that read our format and take sessions; all see the same list, or nearly, so one is the first.
    """
    able = [view.entry.incarnation for view in nodes if view.entry.format == own.format and not _is_full(view)]
    return max([own.incarnation, *able], key=lambda name: _weight(code, name)) == own.incarnation


def _is_full(view: NodeView) -> bool:
    return view.load.is_draining or view.load.seats_left <= 0


def _weight(code: str, incarnation: str) -> bytes:
    return hashlib.blake2b(f"{code}:{incarnation}".encode(), digest_size=8).digest()
