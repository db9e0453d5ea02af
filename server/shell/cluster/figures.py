"""A node's part in its cluster, as ``GET /api/stats`` shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickroom.server.shell.cluster.cluster import Cluster


def cluster_figures(cluster: Cluster) -> dict[str, object]:
    """Who it is, whether it may act, how long its journal takes, and what it took over, gave away and sat out."""
    figures: dict[str, object] = {
        "node": cluster.settings.node_name,
        "incarnation": cluster.incarnation,
        "is_active": cluster.is_active,
        "is_draining": cluster.is_draining,
        "sessions_taken_over": cluster.sessions_taken_over,
        "sessions_moved": cluster.sessions_moved,
        "pauses": cluster.pauses,
    }
    outbox = cluster.node.outbox
    if outbox is not None:
        figures |= {
            "appends": outbox.appends,
            "append_us": outbox.append_time.summary(),
            "bytes_appended": outbox.bytes_appended,
            "checkpoints": outbox.checkpoints,
            "checkpoint_bytes": outbox.checkpoint_bytes,
        }
    return figures
