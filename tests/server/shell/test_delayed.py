"""Spectators who see late: the same frames, so many ticks later, from a keyframe of their own moment on."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgpack
import pytest

from tests.server.core.stage import Stage
from tickroom.protocol.messages import ReadFact, encode
from tickroom.protocol.replica import Replica
from tickroom.server.core.commands import Act, Join
from tickroom.server.core.effects import Seated
from tickroom.server.shell.delayed import AddressedFact, DelayedAudience, delayed_audience
from tickroom.server.shell.sockets.frame import Frame, build_frame

DELAY = 12


@dataclass
class Screen:
    """What of a connection an audience needs; keeps what it is sent."""

    number: int
    heard: list[bytes] = field(default_factory=list)
    late: DelayedAudience | None = None

    def send_keyframe(self) -> None:
        """As Connection does: whole, where there is something to see, and from then on the differences."""
        assert self.late is not None
        if (frame := self.late.keyframe()) is not None:
            self.heard += frame.payloads
            self.late.audience.release(self.number, Sight(self))  # type: ignore[arg-type]

    def send_fact_frame(self, frame: Frame) -> None:
        self.heard += frame.payloads

    def skip_state(self) -> None:
        """Its socket is not there to be full."""


class Sight:
    """The socket of a screen that keeps up."""

    direct_write = None

    def __init__(self, screen: Screen) -> None:
        self.screen = screen

    def write(self, frame: Frame) -> None:
        self.screen.heard += frame.payloads


def watch(audience: DelayedAudience, number: int = 9) -> Screen:
    screen = Screen(number, late=audience)
    audience.audience.add(screen)  # type: ignore[arg-type]
    screen.send_keyframe()
    return screen


def play(stage: Stage, audience: DelayedAudience, ticks: int) -> dict[int, int]:
    """So many ticks with an input now and then; the checksum of each."""
    sums = {}
    for _ in range(ticks):
        if stage.session.tick % 7 == 0 and stage.session.seats[0] is not None:
            stage.hold(0, stage.session.tick + 1, stage.session.tick % 5 - 2)
        stage.tick()
        state = None if stage.state is None else build_frame(stage.state)
        audience.record(stage.session.tick, (), (), state)
        audience.release(stage.session.tick)
        sums[stage.session.tick] = stage.pool.checksum(stage.session)
    return sums


def follow(stage: Stage, screen: Screen) -> Replica:
    copy = Replica(stage.pool.layout)
    for payload in screen.heard:
        message = msgpack.unpackb(payload)
        if message[0] == 1:
            copy.load_keyframe(*message[1:])
        else:
            copy.apply_delta(message)  # raises where a checksum differs
    return copy


@pytest.mark.parametrize("comes_at", [1, DELAY, 40, 77])
def test_a_spectator_holds_the_state_of_so_many_ticks_ago(comes_at: int) -> None:
    stage = Stage()
    audience = DelayedAudience(stage.pool.layout, DELAY)
    stage.tick(Join(1, "Ann", "t"))
    assert any(isinstance(effect, Seated) for effect in stage.effects)
    audience.record(1, (), (), None if stage.state is None else build_frame(stage.state))
    sums = play(stage, audience, comes_at)
    screen = watch(audience)
    sums |= play(stage, audience, 60)
    copy = follow(stage, screen)
    assert stage.session.tick - DELAY - 3 <= copy.tick <= stage.session.tick - DELAY, "a state comes every 0.25 s"
    assert copy.checksum() == sums[copy.tick]
    assert len(audience) == DELAY, "one entry a tick, and no more"


def test_facts_come_late_too_and_to_whom_they_were_addressed() -> None:
    stage = Stage()
    audience = DelayedAudience(stage.pool.layout, 3)
    one, other = watch(audience, 1), watch(audience, 2)
    one.heard.clear()
    other.heard.clear()
    to_all, but_one, to_one = (encode(ReadFact(number, number)) for number in (1, 2, 3))
    facts = (AddressedFact(build_frame(but_one), but=1), AddressedFact(build_frame(to_one), only=(1, 77)))
    audience.record(1, facts, (build_frame(to_all),), None)
    for tick in (1, 2, 3):
        audience.release(tick)
        assert one.heard == other.heard == []
    audience.release(4)
    assert (one.heard, other.heard) == ([to_one, to_all], [but_one, to_all])


def test_who_comes_later_hears_what_only_the_deaf_are_not_told() -> None:
    stage = Stage()
    audience = DelayedAudience(stage.pool.layout, 3)
    line = encode(ReadFact(1, 1))
    audience.record(1, (AddressedFact(build_frame(line), deaf=(2,)),), (), None)
    deaf, late = watch(audience, 2), watch(audience, 9)
    deaf.heard.clear()
    late.heard.clear()
    audience.release(4)
    assert (deaf.heard, late.heard) == ([], [line])


def test_a_pause_of_the_server_releases_all_that_is_due() -> None:
    stage = Stage()
    audience = DelayedAudience(stage.pool.layout, 3)
    stage.tick(Join(1, "Ann", "t"), Act(1, 1, "ready", (1,)))
    for _ in range(20):
        stage.tick()
        audience.record(stage.session.tick, (), (), None)
    audience.release(stage.session.tick)
    assert len(audience) == 3


def test_spectators_of_a_session_that_goes_on_here_see_nothing_that_they_may_not_see_yet() -> None:
    stage = Stage()
    stage.tick(Join(1, "Ann", "t"))
    for _ in range(20):
        stage.tick()
    adopted_at = stage.session.tick
    audience = delayed_audience(stage.pool.layout, DELAY, stage.pool.keyframe(stage.session))
    screen = watch(audience)
    sums = play(stage, audience, DELAY - 1)
    assert screen.heard == []
    sums |= play(stage, audience, 30)
    copy = follow(stage, screen)
    assert adopted_at < copy.tick <= stage.session.tick - DELAY
    assert copy.checksum() == sums[copy.tick]
    assert msgpack.unpackb(screen.heard[0])[:2] == [1, adopted_at]
