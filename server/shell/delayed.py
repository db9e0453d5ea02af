"""Spectators who see a session late: the frames that the players got, kept for so many ticks."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import msgspec

from tickroom.protocol.messages import Keyframe, encode
from tickroom.protocol.replica import Replica
from tickroom.protocol.tables import Layout
from tickroom.server.shell.audience import Audience
from tickroom.server.shell.sockets.frame import Frame, build_frame


def delayed_audience(layout: Layout, delay_ticks: int, begins: bytes | None) -> DelayedAudience:
    """An audience for a session that begins, or that goes on with the encoded keyframe ``begins``."""
    keyframe = None if begins is None else msgspec.msgpack.decode(begins, type=Keyframe)
    return DelayedAudience(layout, delay_ticks, keyframe)


class AddressedFact(NamedTuple):
    """A fact that is not for everybody: for all but one, for some alone, or for all but the deaf."""

    frame: Frame
    but: int | None = None
    only: tuple[int, ...] | None = None
    deaf: tuple[int, ...] = ()


class _Moment(NamedTuple):
    tick: int
    addressed: tuple[AddressedFact, ...]
    facts: tuple[Frame, ...]
    state: Frame | None


class DelayedAudience:
    """The spectators of one session, ``delay_ticks`` behind its players.

    Holds at most one entry for each of the delay's ticks, whoever watches: so who comes sees at once what there was to
    be seen then. A copy of the state follows the entries that have left, for the keyframes of their moment.

    ``begins``: the state of a session that goes on here. What its spectators had not seen yet is lost with the node
    that had it; they see nothing until what they may see begins, rather than what they may not see yet.
    """

    def __init__(self, layout: Layout, delay_ticks: int, begins: Keyframe | None = None) -> None:
        self.delay_ticks = delay_ticks
        self.audience = Audience()
        self._moments: deque[_Moment] = deque()
        self._replica = Replica(layout)
        # As sessions begin: zeros, which everybody may see.
        first = begins or Keyframe(0, [0] * layout.cells, [0] * layout.gliding_cells.size)
        self._replica.load_keyframe(first.tick, first.values, first.rates)
        self._shown_from = 0 if begins is None else begins.tick + delay_ticks
        self._is_shown = begins is None
        self._keyframe: tuple[int, Frame] | None = None

    def __len__(self) -> int:
        return len(self._moments)

    def record(
        self, tick: int, addressed: tuple[AddressedFact, ...], facts: tuple[Frame, ...], state: Frame | None
    ) -> None:
        """What a tick told everybody, in order: first what was not for all, then what was, then its state."""
        self._moments.append(_Moment(tick, addressed, facts, state))

    def release(self, tick: int) -> int:
        """The session is at ``tick``: send what is old enough. Returns how many got a state."""
        reached = 0
        if not self._is_shown and tick >= self._shown_from:
            self._is_shown = True
            for connection in tuple(self.audience.connections.values()):
                connection.send_keyframe()
        while self._moments and self._moments[0].tick <= tick - self.delay_ticks:
            moment = self._moments.popleft()
            if moment.state is not None:
                self._replica.apply_delta(msgspec.msgpack.decode(moment.state.payloads[0]))
            for frame, but, only, deaf in moment.addressed:
                if only is not None:
                    self.audience.tell_some(frame, only)
                elif deaf:
                    self.audience.tell_some(frame, [one for one in self.audience.connections if one not in deaf])
                else:
                    self.audience.tell(frame, but)
            if moment.facts or moment.state is not None:
                reached += self.audience.send_tick(list(moment.facts), moment.state)
        return reached

    def keyframe(self) -> Frame | None:
        """The whole state of their moment, built once a tick however many ask; None while there is none for them."""
        if not self._is_shown:
            return None
        replica = self._replica
        if self._keyframe is None or self._keyframe[0] != replica.tick:
            rates = replica.rates[replica.layout.gliding_cells]
            frame = build_frame(encode(Keyframe(replica.tick, replica.values.tolist(), rates.tolist())))
            self._keyframe = replica.tick, frame
        return self._keyframe[1]
