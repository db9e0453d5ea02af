"""A minute of random and mutated bytes against a running server, on the socket's level and on the protocol's.

What must hold: no exception in the server's log, and players of another session and of the same session never notice.
``FUZZ_SECONDS`` shortens or lengthens it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import struct
import time
from urllib.parse import urlsplit

import msgpack
import pytest

from tests.server.process import tickroom_process
from tests.standstill import standstill
from tickroom.game.registry import GAMES
from tickroom.simulations.client import Client
from tickroom.simulations.session import Session

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
FUZZERS = 6
FINGERPRINT = GAMES["arena"].schema.fingerprint
SEEDS: list[bytes] = [
    msgpack.packb(message)
    for message in (
        [0, FINGERPRINT, "Eve"],
        [0, FINGERPRINT, "Eve", "token", True],
        [1, 100, [127, -127, 1]],
        [2, 1, "collect", [3]],
        [2, 2, "start", []],
        [3, 12345],
        [4, 100, 0],
        [5],
    )
]


def mutated(chance: random.Random) -> bytes:
    """A valid message, or one damaged in a way that keeps some of it, or noise."""
    payload = bytearray(chance.choice(SEEDS))
    for _ in range(chance.choice((0, 0, 1, 2, 8))):
        at = chance.randrange(len(payload) + 1)
        match chance.randrange(4):
            case 0:
                payload[at:at] = chance.randbytes(chance.randrange(1, 9))
            case 1:
                del payload[at : at + chance.randrange(1, 4)]
            case 2:
                payload[at : at + 1] = chance.choice((b"\xc1", b"\xdd\xff\xff\xff\xff", b"\xcb", b"\xc0", b"\xa5"))
            case _:
                payload = bytearray(payload * chance.randrange(1, 4))
        payload = payload or bytearray(b"\x90")
    return bytes(payload) if chance.random() < 0.9 else chance.randbytes(chance.randrange(0, 300))


def framed(chance: random.Random, payload: bytes) -> bytes:
    """A WebSocket frame around a payload; one in ten is wrong in its header."""
    first = 0x82 if chance.random() < 0.9 else chance.randrange(256)
    size = len(payload)
    if chance.random() < 0.03:
        size = chance.choice((0, size + 1, 2**16, 2**40))
    masked = 0x80 if chance.random() < 0.98 else 0
    if size < 126:
        header = struct.pack("!BB", first, masked | size)
    elif size < 2**16:
        header = struct.pack("!BBH", first, masked | 126, size)
    else:
        header = struct.pack("!BBQ", first, masked | 127, size)
    if not masked:
        return header + payload
    mask = chance.randbytes(4)
    return header + mask + bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))


async def attack(url: str, code: str, chance: random.Random, until: float) -> int:
    """Connect again and again, say hello mostly, then send rubbish until the server has had enough; frames sent."""
    address = urlsplit(url)
    sent = 0
    while time.monotonic() < until:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        drain = asyncio.create_task(_read_away(reader))
        try:
            writer.write(
                f"GET /ws/{code} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: tickroom.1\r\n\r\n".encode()
            )
            if chance.random() < 0.8:
                writer.write(framed(random.Random(1), SEEDS[0]))
            for _ in range(chance.randrange(1, 60)):
                writer.write(framed(chance, mutated(chance)))
                sent += 1
                await writer.drain()
                await asyncio.sleep(chance.random() * 0.01)
                if drain.done():
                    break
        except ConnectionError:
            pass  # the server had enough of this one
        finally:
            drain.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await drain
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
    return sent


async def _read_away(reader: asyncio.StreamReader) -> None:
    while await reader.read(65536):
        pass


async def play(session: Session, until: float) -> float:
    """Run about; the longest silence heard, in seconds. Raises when the session ends."""
    longest, heard, turn = 0.0, time.monotonic(), 0
    while time.monotonic() < until:
        await session.next_state()
        now = time.monotonic()
        longest, heard = max(longest, now - heard), now
        turn += 1
        session.set_input((turn * 37) % 255 - 127, (turn * 91) % 255 - 127, 0)
    return longest


@pytest.mark.slow
@pytest.mark.timeout(SECONDS + 60)
async def test_a_minute_of_rubbish_hurts_nobody() -> None:
    # Budgets would turn the fuzzers away before they are read.
    unlimited = ("--connections-per-minute", "0", "--connections-per-address", "0", "--api-requests-per-minute", "0")
    with tickroom_process("serve", "--log-level", "warning", *unlimited) as server:
        async with Client(server.url) as client:
            attacked = await client.create("Ann", seats=16, round_s=3600)
            elsewhere = await client.create("Bob", round_s=3600)
            chance = random.Random(20)
            until = time.monotonic() + SECONDS
            with standstill() as still:
                honest = [asyncio.create_task(play(session, until)) for session in (attacked, elsewhere)]
                sent = await asyncio.gather(
                    *(attack(server.url, attacked.code, random.Random(chance.random()), until) for _ in range(FUZZERS))
                )
                silences = await asyncio.gather(*honest)
            assert sum(sent) > 100 * SECONDS, "the attack came through"
            # A heartbeat comes every quarter of a second.
            assert max(silences) < 1.0 + still.longest_s
            for session in (attacked, elsewhere):
                assert session.closed is None
                assert session.resyncs == 0, "every checksum was right"
                await session.leave()
        server.process.terminate()
        _, log = server.process.communicate(timeout=15)
    assert server.process.returncode == 0
    assert "Traceback" not in log
    assert "ERROR" not in log, log[:2000]
