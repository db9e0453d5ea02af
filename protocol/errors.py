"""What can be wrong with bytes from the other end. Each decoder raises its one error, and nothing else.

ValueError
+-- MalformedMessage    server's side: the client's bytes are not one valid message
+-- OutOfStep           client's side: the server's frame does not fit the copy; a keyframe mends it
"""

from __future__ import annotations


class MalformedMessage(ValueError):
    """The peer's fault: the bytes are not one valid message of this protocol."""


class OutOfStep(ValueError):
    """A frame does not fit the copy, or the copy fails its checksum: ask for a keyframe.

    ``tick`` and ``checksum`` are what a resync message needs: the copy's own when it fell out of step, 0 before the
    first keyframe.
    """

    def __init__(self, reason: str, tick: int = 0, checksum: int = 0) -> None:
        super().__init__(reason)
        self.tick = tick
        self.checksum = checksum
