"""The lean client, fed by hand."""

import time

import msgpack
import numpy as np
import pytest
from picows import WSMsgType
from picows.picows import _make_test_ws_frame

from tickroom.protocol.delta import Forecast
from tickroom.protocol.messages import CHECKED_DELTA_KIND, DELTA_KIND, Closing, Keyframe, Pong, Welcome, encode
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Layout
from tickroom.simulations.http_api import FieldDescription, GameDescription
from tickroom.simulations.loadtest.motion import Motion
from tickroom.simulations.loadtest.players import CountingPlayer, TickroomPlayer
from tickroom.simulations.loadtest.recorder import Recorder

GAME = GameDescription(1, (), tuple(FieldDescription(name, -127, 127) for name in "xyb"))
LAYOUT = Layout((SEATS, SESSION), (2, 1))
SEAT = 1


class Wire:
    """Stands for picows' transport: keeps what is sent."""

    close_handshake = None

    def __init__(self) -> None:
        self.sent: list[list[object]] = []

    def send(self, kind: WSMsgType, payload: bytes) -> None:
        self.sent.append(msgpack.unpackb(payload))


class Table:
    """A player in seat 1 and the server's end of its session, at tick 10."""

    def __init__(self, *, verifies: bool) -> None:
        self.recorder = Recorder()
        self.player = TickroomPlayer(self.recorder, Motion(1, every_time=True), 20, GAME if verifies else None)
        self.wire = Wire()
        self.player.on_ws_connected(self.wire)  # type: ignore[arg-type]
        self.forecast = Forecast(LAYOUT, 1)
        self.cells = np.zeros((1, LAYOUT.cells), dtype=np.int32)
        self.give(encode(Welcome("K7P2QX", 1, SEAT, "t", 10, 20, "made-up", LAYOUT.rows, {}, 20, 600, (), (), 1)))
        self.give(encode(Keyframe(10, *self.forecast.keyframe(0))))

    def give(self, payload: bytes, kind: WSMsgType = WSMsgType.BINARY) -> None:
        self.player.on_ws_frame(self.wire, _make_test_ws_frame(kind, payload, True, False))  # type: ignore[arg-type]

    def step(self, tick: int, stamp: int, *, wrong: int = 0) -> None:
        self.cells[0, SEAT * len(SEATS.columns)] = stamp
        tokens, _ = self.forecast.collect_surprises(self.cells)
        self.give(msgpack.packb([CHECKED_DELTA_KIND, tick & 127, self.forecast.checksum(0) ^ wrong, *tokens]))


@pytest.fixture
async def table() -> Table:
    return Table(verifies=False)


@pytest.fixture
async def verifying_table() -> Table:
    return Table(verifies=True)


async def test_an_input_is_acknowledged_by_the_frame_whose_stamp_covers_it(table: Table) -> None:
    assert table.player.seated.done()
    table.player.send_input(time.monotonic())
    named = table.wire.sent[0][1]
    assert isinstance(named, int)
    table.step(named - 1, 0)
    assert not table.recorder.ack_s
    table.step(named, named)
    assert len(table.recorder.ack_s) == 1
    assert 0 < table.recorder.ack_s[0] < 5


async def test_no_tick_is_named_twice(table: Table) -> None:
    now_s = time.monotonic()
    for step in range(300):  # three seconds, five opportunities a tick
        table.player.send_input(now_s + step * 0.01)
    named = [message[1] for message in table.wire.sent]
    assert len(set(named)) == len(named) == pytest.approx(60, abs=2)


async def test_a_right_checksum_is_counted_and_a_wrong_one_found(verifying_table: Table) -> None:
    counters = verifying_table.recorder.counters
    verifying_table.step(11, 5)
    assert (counters.checksums, counters.mismatches) == (1, 0)
    verifying_table.step(12, 6, wrong=1)
    assert (counters.checksums, counters.mismatches) == (1, 1)
    assert verifying_table.wire.sent[-1][0] == 4, "it asks for a keyframe"


async def test_frames_bytes_and_ticks_of_the_window_are_counted(table: Table) -> None:
    table.recorder.restart()
    table.player.begin_window()
    for tick in (11, 14, 140):
        table.give(msgpack.packb([DELTA_KIND, tick & 127]))
    table.player.end_window(time.monotonic())
    counters = table.recorder.counters
    assert (counters.frames, counters.state_frames, counters.bytes_in, counters.client_ticks) == (3, 3, 9, 130)
    assert len(table.recorder.interval_s) == 2


async def test_a_pong_sets_the_clock_and_nobody_hurries_it(table: Table) -> None:
    now_s = time.monotonic()
    table.player.ping(now_s)
    table.give(encode(Pong(0, 500, 0)))
    assert table.player.clock.tick_at(now_s) == pytest.approx(500, abs=1)


async def test_who_is_lost_is_counted_with_the_reason(table: Table) -> None:
    table.give(encode(Closing(4009, "too_slow", True)))
    table.player.on_ws_disconnected(table.wire)  # type: ignore[arg-type]
    assert table.recorder.counters.drop_reasons == {"too_slow": 1}
    table.player.send_input(time.monotonic())
    assert table.wire.sent == [], "nothing is sent any more"


async def test_who_leaves_is_not_lost() -> None:
    table = Table(verifies=False)
    table.player.is_leaving = True
    table.player.on_ws_disconnected(table.wire)  # type: ignore[arg-type]
    assert table.recorder.counters.dropped == 0


async def test_who_is_turned_away_gets_no_seat() -> None:
    player = TickroomPlayer(Recorder(), Motion(1, every_time=True), 20, None)
    player.on_ws_connected(Wire())  # type: ignore[arg-type]
    player.on_ws_disconnected(Wire())  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        await player.seated


async def test_for_the_other_servers_a_frame_is_a_tick() -> None:
    recorder = Recorder()
    player = CountingPlayer(recorder, Motion(1, every_time=True))
    wire = Wire()
    player.on_ws_connected(wire)  # type: ignore[arg-type]
    assert player.seated.done()
    for _ in range(3):
        player.on_ws_frame(wire, _make_test_ws_frame(WSMsgType.BINARY, b"12345", True, False))  # type: ignore[arg-type]
    player.send_input(time.monotonic())
    assert (recorder.counters.client_ticks, recorder.counters.bytes_in) == (3, 15)
    assert wire.sent[0][0] == 1
