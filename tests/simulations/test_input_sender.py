"""When inputs go out, and for which tick."""

import asyncio
import time

from tickroom.protocol.messages import Input
from tickroom.simulations.clock import ServerClock
from tickroom.simulations.input_sender import HEARTBEAT_S, InputSender

LEAD_TICKS = 20


class Wire:
    """Collects what is sent, and lets a test wait for so many."""

    def __init__(self) -> None:
        self.inputs: list[Input] = []
        self._more = asyncio.Event()

    def send(self, message: Input) -> None:
        self.inputs.append(message)
        self._more.set()

    async def wait_for(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.inputs) < count:
                self._more.clear()
                await self._more.wait()


def clock_at(tick: int, tick_hz: int = 20) -> ServerClock:
    clock = ServerClock(tick_hz)
    clock.assume(tick, time.monotonic())
    return clock


async def test_a_change_is_sent_at_once_for_a_tick_to_come() -> None:
    wire = Wire()
    InputSender(clock_at(100, tick_hz=10), 3, LEAD_TICKS, wire.send).hold((127, 0, 0))
    assert [message.values for message in wire.inputs] == [(127, 0, 0)]
    assert wire.inputs[0].tick > 100


async def test_what_is_held_already_is_not_sent_again() -> None:
    wire = Wire()
    sender = InputSender(clock_at(100), 3, LEAD_TICKS, wire.send)
    sender.hold((0, 0, 0))
    assert wire.inputs == []


async def test_of_several_changes_in_a_tick_the_last_counts_and_every_tick_is_named_once() -> None:
    wire = Wire()
    sender = InputSender(clock_at(100), 1, LEAD_TICKS, wire.send)
    for value in range(1, 20):
        sender.hold((value,))
    await wire.wait_for(2)
    assert [message.values for message in wire.inputs] == [(1,), (19,)]
    assert wire.inputs[1].tick > wire.inputs[0].tick


async def test_the_heartbeat_repeats_what_is_held() -> None:
    wire = Wire()
    sender = InputSender(clock_at(100), 1, LEAD_TICKS, wire.send)
    started = time.monotonic()
    beat = asyncio.create_task(sender.beat())
    await wire.wait_for(2)
    beat.cancel()
    assert [message.values for message in wire.inputs] == [(0,), (0,)]
    assert time.monotonic() - started > HEARTBEAT_S / 2


async def test_a_late_input_makes_the_lead_longer_and_inputs_in_time_make_it_shorter() -> None:
    wire = Wire()
    sender = InputSender(clock_at(100), 1, LEAD_TICKS, wire.send)
    sender.hold((1,))
    named = wire.inputs[0].tick
    before = sender.lead_s
    sender.note_state(named + 2, named)
    assert sender.late == 1
    assert sender.lead_s > before + 2 / 20
    longest = sender.lead_s
    sender.note_state(named + 3, named)  # the same stamp says nothing new
    assert sender.lead_s == longest
    sender.note_state(named + 4, named + 4)
    assert sender.lead_s < longest


async def test_no_tick_is_named_beyond_what_the_server_takes() -> None:
    wire = Wire()
    clock = clock_at(100)
    clock.observe(100, 0, time.monotonic() - 10, time.monotonic() - 10)  # by the estimate it is tick 300 by now
    sender = InputSender(clock, 1, LEAD_TICKS, wire.send)
    sender.hold((1,))
    assert [message.tick for message in wire.inputs] == [100 + LEAD_TICKS]
    sender.hold((2,))
    assert len(wire.inputs) == 1, "nothing later may be named yet"
    sender.note_state(103, 0)
    await wire.wait_for(2)
    assert wire.inputs[1] == Input(103 + LEAD_TICKS, (2,))


async def test_a_refused_input_goes_out_again_and_blocks_no_later_one() -> None:
    wire = Wire()
    clock = clock_at(100, tick_hz=10)
    clock.assume(100, time.monotonic() - 10)  # by the estimate it is tick 200 by now
    sender = InputSender(clock, 1, 90, wire.send)
    sender.note_state(95, 95)
    sender.hold((1,))
    assert wire.inputs[-1].tick == 190
    sender.hold((2,))  # waits for a later tick
    clock.assume(100, time.monotonic())
    sender.note_too_early()
    assert [message.values for message in wire.inputs] == [(1,), (2,)]
    assert wire.inputs[-1].tick in (101, 102), "named anew, by the clock as it is now"
    sender.hold((3,))
    await wire.wait_for(3)
    assert wire.inputs[-1].values == (3,)
    assert wire.inputs[-1].tick < 110


async def test_a_refusal_goes_back_no_further_than_the_last_stamp() -> None:
    wire = Wire()
    clock = clock_at(100, tick_hz=10)
    sender = InputSender(clock, 1, LEAD_TICKS, wire.send)
    sender.hold((1,))
    named = wire.inputs[-1].tick
    sender.note_state(named, named)
    sender.note_too_early()
    await wire.wait_for(2)
    assert wire.inputs[-1].tick > named
