"""Who gets a session's facts and states, and the quick way to those who keep up."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from tickroom.server.shell.sockets.frame import BINARY, HEADROOM_BYTES, Frame, join_frames
from tickroom.server.shell.sockets.interface import DirectWrite, Socket

if TYPE_CHECKING:
    from tickroom.server.shell.connection import Connection


class Audience:
    """The connections of one session, by number.

    Those for whom nothing waits are *clear*: a tick goes to their sockets without asking each connection, for with
    thousands of them every object touched on the way is a miss in the processor's caches.
    """

    def __init__(self) -> None:
        self.connections: dict[int, Connection] = {}
        self._clear: dict[int, Socket] = {}
        self._ways: tuple[list[DirectWrite], list[Socket]] | None = None  # made from _clear when it is needed

    def add(self, connection: Connection) -> None:
        """Tell this connection the session's facts from now on; its states when it is released."""
        self.connections[connection.number] = connection

    def remove(self, number: int) -> None:
        """Tell this connection nothing more."""
        self.connections.pop(number, None)
        self.hold(number)

    def hold(self, number: int) -> None:
        """Something waits for this connection: it is asked before anything is sent."""
        if self._clear.pop(number, None) is not None:
            self._ways = None

    def release(self, number: int, socket: Socket) -> None:
        """Nothing waits for this connection any more, and it holds the newest state."""
        if number in self.connections:
            self._clear[number] = socket
            self._ways = None

    def tell(self, frame: Frame, but: int | None) -> None:
        """Send a fact to all connections but one."""
        for number, connection in tuple(self.connections.items()):
            if number != but:
                connection.send_fact_frame(frame)

    def tell_some(self, frame: Frame, numbers: Iterable[int]) -> None:
        """Send a fact to those of these connections that are here."""
        for number in numbers:
            if (connection := self.connections.get(number)) is not None:
                connection.send_fact_frame(frame)

    def send_tick(self, facts: list[Frame], state: Frame | None) -> int:
        """Send a tick's facts and state to all; returns how many got the state."""
        frame = join_frames(*facts) if state is None else join_frames(*facts, state)
        clear = self._clear
        held = [one for number, one in self.connections.items() if number not in clear] if self._has_held() else ()
        reached = len(clear)
        if frame.buffer is None:
            for socket in tuple(clear.values()):
                socket.write(frame)
        else:
            direct, others = self._ways or self._make_ways()
            buffer = frame.buffer
            for write in direct:
                write(BINARY, buffer, HEADROOM_BYTES)
            for socket in others:
                socket.write(frame)
        for connection in held:
            for fact in facts:
                connection.send_fact_frame(fact)
            if state is not None:
                connection.skip_state()
        return reached if state is not None else 0

    def _has_held(self) -> bool:
        return len(self._clear) != len(self.connections)

    def _make_ways(self) -> tuple[list[DirectWrite], list[Socket]]:
        sockets = self._clear.values()
        direct = [socket.direct_write for socket in sockets if socket.direct_write is not None]
        self._ways = direct, [socket for socket in sockets if socket.direct_write is None]
        return self._ways
