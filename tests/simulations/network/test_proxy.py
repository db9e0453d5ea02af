"""The emulator on real sockets. Lower bounds of times are exact (never early); upper ones only tell apart."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tickroom.simulations.network.conditions import Conditions
from tickroom.simulations.network.control import ControlInvalid, parse_command
from tickroom.simulations.network.crossing import PIPE_MAX_BYTES
from tickroom.simulations.network.proxy import Network

MS = 1_000
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Stage:
    """A server that echoes (``held`` counts its open connections), behind an emulator."""

    def __init__(self) -> None:
        self.held = 0
        self.heard_first = asyncio.Event()
        self.back = asyncio.Event()
        self.writers: list[asyncio.StreamWriter] = []

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.held += 1
        self.writers.append(writer)
        try:
            while data := await reader.read(65536):
                self.heard_first.set()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            self.held -= 1
            writer.close()

    async def open(self) -> Streams:
        streams = await asyncio.open_connection("127.0.0.1", self.network.port)
        self.writers.append(streams[1])
        return streams

    def tell(self, line: str) -> None:
        self.network.apply(parse_command(line.encode()))

    network: Network


@asynccontextmanager
async def stage(conditions: Conditions | None = None, seed: int = 1) -> AsyncIterator[Stage]:
    one = Stage()
    server = await asyncio.start_server(one.echo, "127.0.0.1", 0)
    one.network = Network(server.sockets[0].getsockname()[1], conditions or Conditions(), seed, one.back.set)
    await one.network.listen()
    try:
        yield one
    finally:
        await one.network.close()
        server.close()
        for writer in one.writers:
            writer.close()
        await asyncio.wait_for(_until(lambda: not one.held), 5)


async def _until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - counters, which tell nobody when they change
        await asyncio.sleep(0)


async def round_trip_s(streams: Streams, message: bytes = b"x") -> float:
    reader, writer = streams
    began = time.monotonic()
    writer.write(message)
    assert await asyncio.wait_for(reader.readexactly(len(message)), 20) == message
    return time.monotonic() - began


async def ends(reader: asyncio.StreamReader) -> str:
    """How a stream ends: ``closed`` or ``reset``."""
    try:
        rest = await asyncio.wait_for(reader.read(), 10)
    except ConnectionResetError:
        return "reset"
    assert rest == b""
    return "closed"


async def test_everything_arrives_in_order_both_ways() -> None:
    async with stage(Conditions(delay_us=2 * MS, jitter_us=3 * MS)) as one:
        generator = random.Random(5)
        message = generator.randbytes(300_000)
        reader, writer = await one.open()

        async def send() -> None:
            left = message
            while left:
                size = generator.randrange(1, 5000)
                writer.write(left[:size])
                left = left[size:]
                await asyncio.sleep(0)
            writer.write_eof()

        _, echoed = await asyncio.gather(send(), asyncio.wait_for(reader.read(), 30))
        assert echoed == message
        counts = one.network.counts
        assert (counts.up.bytes, counts.down.bytes) == (len(message), len(message))
        assert counts.connections == 1


@pytest.mark.parametrize("conditions", [Conditions(delay_us=40 * MS), Conditions(30 * MS, 10 * MS)])
async def test_a_round_trip_takes_both_delays(conditions: Conditions) -> None:
    async with stage(conditions) as one:
        streams = await one.open()
        times = [await round_trip_s(streams) for _ in range(10)]
        assert min(times) >= 2 * conditions.delay_us / 1e6
        assert min(times) < 2 * (conditions.delay_us + conditions.jitter_us) / 1e6 + 0.03


async def test_one_direction_can_be_slow_alone() -> None:
    async with stage() as one:
        one.tell('{"delay_ms": 80, "direction": "down"}')
        streams = await one.open()
        assert await round_trip_s(streams) >= 0.08
        one.tell('{"delay_ms": 0}')
        assert min([await round_trip_s(streams) for _ in range(20)]) < 0.08


async def test_a_stall_lets_nothing_pass_and_then_all_at_once() -> None:
    async with stage() as one:
        reader, writer = streams = await one.open()
        await round_trip_s(streams)
        began = time.monotonic()
        one.tell('{"stall_ms": 250, "direction": "down"}')
        for _ in range(10):
            writer.write(b"0123456789")
            await asyncio.sleep(0.005)  # chunks of their own, ten in the stall
        await reader.readexactly(1)
        assert time.monotonic() - began >= 0.25
        await reader.readexactly(99)
        assert one.network.counts.down.stalled >= 1
        assert one.network.counts.up.stalled == 0


async def test_periodic_stalls_come_and_end() -> None:
    async with stage() as one:
        streams = await one.open()
        one.tell('{"stall_ms": 100, "stall_every_s": 0.2}')
        deadline = time.monotonic() + 20
        while one.network.counts.up.stalled + one.network.counts.down.stalled < 3:
            await round_trip_s(streams)
            assert time.monotonic() < deadline
        one.tell('{"stall_every_s": 0}')
        await round_trip_s(streams)
        stalled = one.network.counts.up.stalled
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            await round_trip_s(streams)
        assert one.network.counts.up.stalled == stalled


async def test_a_silent_cut_tells_nobody_and_then_goes_on() -> None:
    async with stage() as one:
        streams = await one.open()
        await round_trip_s(streams)
        began = time.monotonic()
        one.tell('{"cut_s": 0.3, "mode": "silent"}')
        late = await one.open()  # accepted, and not a word of it to the server
        asking = [asyncio.create_task(round_trip_s(*each)) for each in ((streams, b"old"), (late, b"new"))]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        assert time.monotonic() - began >= 0.3
        await asyncio.gather(*asking)
        assert one.back.is_set()
        assert one.network.counts.reset == 0


async def test_during_a_silent_cut_the_server_hears_of_nobody() -> None:
    async with stage() as one:
        one.tell('{"cut_s": 0.3, "mode": "silent"}')
        _, writer = await one.open()
        writer.write(b"hello")
        held_before = one.held
        await asyncio.wait_for(one.back.wait(), 5)
        assert held_before == 0
        await asyncio.wait_for(one.heard_first.wait(), 5)


async def test_a_refusing_cut_resets_and_refuses_and_the_port_stays_ours() -> None:
    async with stage() as one:
        streams = await one.open()
        await round_trip_s(streams)
        port = one.network.port
        one.tell('{"cut_s": 0.3, "mode": "refuse"}')
        assert await ends(streams[0]) == "reset"
        with pytest.raises(ConnectionRefusedError):
            await one.open()
        with pytest.raises(OSError, match="in use"):
            await asyncio.start_server(one.echo, "127.0.0.1", port, reuse_port=False)
        await asyncio.wait_for(one.back.wait(), 5)
        assert await round_trip_s(await one.open()) < 5
        assert one.network.counts.reset == 1


async def test_a_dropping_cut_accepts_and_resets() -> None:
    async with stage() as one:
        streams = await one.open()
        await round_trip_s(streams)
        one.tell('{"cut_s": 0.3, "mode": "drop"}')
        assert await ends(streams[0]) == "reset"
        assert await ends((await one.open())[0]) == "reset"
        await asyncio.wait_for(one.back.wait(), 5)
        await round_trip_s(await one.open())
        assert one.network.counts.reset == 2


async def test_a_cut_of_no_time_only_resets_what_is_open() -> None:
    async with stage() as one:
        open_ones = [await one.open() for _ in range(20)]
        for streams in open_ones:
            await round_trip_s(streams)
        one.tell('{"cut_s": 0, "mode": "drop"}')
        assert {await ends(reader) for reader, _ in open_ones} == {"reset"}
        await asyncio.wait_for(one.back.wait(), 5)
        await round_trip_s(await one.open())
        await asyncio.wait_for(_until(lambda: one.held == 1), 5)


async def test_a_connection_that_opens_in_the_moment_of_a_cut_is_reset_too() -> None:
    async with stage() as one:
        opening = [asyncio.create_task(one.open()) for _ in range(50)]
        await asyncio.wait_for(_until(lambda: one.network.counts.connections > 0), 5)
        one.tell('{"cut_s": 0.1, "mode": "drop"}')
        streams = await asyncio.gather(*opening)
        assert {await ends(reader) for reader, _ in streams} == {"reset"}


async def test_one_cut_at_a_time() -> None:
    async with stage() as one:
        one.tell('{"cut_s": 5}')
        with pytest.raises(ControlInvalid, match="cut already"):
            one.tell('{"cut_s": 1}')


async def test_the_end_of_a_stream_crosses_with_the_networks_delay() -> None:
    async with stage(Conditions(delay_us=60 * MS)) as one:
        reader, writer = streams = await one.open()
        await round_trip_s(streams)
        began = time.monotonic()
        writer.write_eof()
        assert await ends(reader) == "closed"
        assert time.monotonic() - began >= 0.12, "there and back"
        await asyncio.wait_for(_until(lambda: not one.network.counts.open), 5)


async def test_who_breaks_off_breaks_off_for_the_other_side() -> None:
    async with stage() as one:
        _, writer = streams = await one.open()
        await round_trip_s(streams)
        writer.transport.abort()
        await asyncio.wait_for(_until(lambda: not one.held), 5)
        await asyncio.wait_for(_until(lambda: not one.network.counts.open), 5)


async def test_a_server_that_is_gone_resets_its_clients_and_new_ones_find_another() -> None:
    async with stage() as one:
        gone = await asyncio.start_server(one.echo, "127.0.0.1", 0)
        port = gone.sockets[0].getsockname()[1]
        gone.close()
        good_port = one.network._to_port
        one.tell(f'{{"to_port": {port}}}')
        assert await ends((await one.open())[0]) == "reset"
        assert one.network.counts.unreachable == 1
        one.tell(f'{{"to_port": {good_port}}}')
        await round_trip_s(await one.open())


async def test_a_reader_that_does_not_read_holds_the_writer_back() -> None:
    """What is on the way is bounded: the emulator stops reading, and TCP stops the sender."""
    async with stage() as one:
        one.tell('{"stall_ms": 60000, "direction": "up"}')
        _, writer = await one.open()
        sent = 0
        while await _drains(writer):
            writer.write(bytes(65536))
            sent += 65536
        assert PIPE_MAX_BYTES < sent < PIPE_MAX_BYTES + (16 << 20), "the rest is in the system's buffers"


async def test_it_is_late_by_little_and_says_by_how_much() -> None:
    async with stage(Conditions(delay_us=10 * MS)) as one:
        streams = await one.open()
        for _ in range(50):
            await round_trip_s(streams)
        late_ms = one.network.counts.lateness.summary()
        assert 0 < late_ms["p50"] < 5
        assert late_ms["p50"] <= late_ms["p99"] <= late_ms["max"]


async def _drains(writer: asyncio.StreamWriter) -> bool:
    try:
        await asyncio.wait_for(writer.drain(), 1)
    except TimeoutError:
        return False
    return True
