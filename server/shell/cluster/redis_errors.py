"""Which of the client's errors mean that the store is away: it does not answer, or takes no writes."""

from __future__ import annotations

import re

from redis import exceptions

from tickroom.server.shell.cluster.interface import StoreAway

# Where an error arises inside a script, Redis 6.2 puts it behind "Error running script ...: -", so its word has to be
# looked for. NOREPLICAS: `min-replicas-to-write` is not met; MISCONF: its disk is full; BUSY: a script takes too long.
_WORDS = re.compile(
    r"(?:^|-)(READONLY|OOM|MISCONF|NOREPLICAS|CLUSTERDOWN|MASTERDOWN|LOADING|BUSY|UNKILLABLE|TRYAGAIN)\b"
)
_READ_ONLY = re.compile(r"(?:^|-)READONLY\b")
_CLASSES = (
    OSError,  # asyncio's TimeoutError is one too
    exceptions.ConnectionError,  # refused, lost, loading, not let in
    exceptions.TimeoutError,
    exceptions.ReadOnlyError,
    exceptions.OutOfMemoryError,
    exceptions.ClusterError,  # down, or its primary is
    exceptions.RedisClusterException,  # no shard for the key, none answers
    exceptions.TryAgainError,
    exceptions.InvalidResponse,  # cut in the middle of a reply
)
# uvloop's word for writing to a connection that was reset a moment ago; asyncio has a ConnectionError there.
_CLOSED = re.compile(r"Transport closed=True|handler is closed")
ANY = (exceptions.RedisError, exceptions.RedisClusterException, OSError, RuntimeError)


def is_away(error: BaseException) -> bool:
    """Whether the same may work later, and nothing is wrong with what was asked."""
    if isinstance(error, _CLASSES):
        return True
    if isinstance(error, RuntimeError):
        return _CLOSED.search(str(error)) is not None
    return isinstance(error, exceptions.ResponseError) and _WORDS.search(str(error)) is not None


def takes_no_writes(error: BaseException) -> bool:
    """Whether we talk to a replica, as after a failover: connect anew, then we may reach the primary."""
    return isinstance(error, exceptions.ReadOnlyError) or _READ_ONLY.search(str(error)) is not None


def away(error: BaseException) -> StoreAway:
    """The error to raise from this one. Its text never has what was sent in it."""
    if isinstance(error, exceptions.RedisClusterException):
        return StoreAway(type(error).__name__)  # its text may quote the command
    text = str(error) or "no answer in time"  # asyncio's TimeoutError has no words
    return StoreAway(f"{type(error).__name__}: {text}")
