"""What spectators of a delayed session are told, so many ticks after the players."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import NamedTuple

from tickroom.protocol.messages import Keyframe, encode
from tickroom.protocol.tables import Layout
from tickroom.simulations.testing.person import Person


class Told(NamedTuple):
    """A fact that all were told: all but one connection, some alone, or all but the deaf."""

    payload: bytes
    but: int | None = None
    only: tuple[int, ...] | None = None
    deaf: tuple[int, ...] = ()

    def is_for(self, connection: int) -> bool:
        """Whether it is for this connection."""
        if self.only is not None:
            return connection in self.only
        return connection != self.but and connection not in self.deaf


class _Moment(NamedTuple):
    tick: int
    told: tuple[Told, ...]
    state: bytes | None
    keyframe: bytes


class LateView:
    """The last ``delay_ticks`` ticks, for whoever sees them late: at most one moment each."""

    def __init__(self, layout: Layout, delay_ticks: int) -> None:
        self._delay_ticks = delay_ticks
        self._moments: deque[_Moment] = deque()
        # As sessions begin: what there is to be seen before the first moment is old enough.
        self.keyframe = encode(Keyframe(0, [0] * layout.cells, [0] * layout.gliding_cells.size))

    def record(self, tick: int, told: Iterable[Told], state: bytes | None, keyframe: bytes) -> None:
        """What a tick told the players."""
        self._moments.append(_Moment(tick, tuple(told), state, keyframe))

    def release(self, tick: int, people: dict[int, Person]) -> None:
        """Tell the moment that is old enough at ``tick``."""
        while self._moments and self._moments[0].tick <= tick - self._delay_ticks:
            moment = self._moments.popleft()
            self.keyframe = moment.keyframe
            for connection, person in people.items():
                for told in moment.told:
                    if told.is_for(connection):
                        person.hear(told.payload)
                if moment.state is not None:
                    person.hear(moment.state)
