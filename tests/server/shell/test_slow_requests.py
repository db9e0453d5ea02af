"""Requests that never end: one byte at a time, or more and more of it. They end, and others are answered meanwhile."""

import asyncio
import contextlib
from collections.abc import Iterator

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.server.shell import routes
from tickroom.server.shell.limits import http_head
from tickroom.server.shell.settings import ServerSettings

HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(http_head, "HEAD_DEADLINE_S", 0.4)
    monkeypatch.setattr(routes, "BODY_DEADLINE_S", 0.4)
    monkeypatch.setattr(http_head, "BODY_DEADLINE_S", 0.8)
    with running(ServerSettings(), {"toy": ToyGame()}) as one:
        yield one


async def opened(server: Running) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = server.url.removeprefix("http://").partition(":")
    return await asyncio.open_connection(host, int(port))


async def drip(writer: asyncio.StreamWriter, text: bytes) -> None:
    for byte in text:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.05)  # the attack itself


async def answer_to_drips(server: Running, first: bytes, slow: bytes) -> bytes:
    """All that comes until the server closes, while it is sent a little at a time."""
    reader, writer = await opened(server)
    writer.write(first)
    dripping = asyncio.create_task(drip(writer, slow))
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        dripping.cancel()
        writer.close()


@pytest.mark.parametrize("first", [b"GET /x", HEAD, HEAD + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"])
async def test_a_head_of_one_byte_at_a_time(server: Running, first: bytes) -> None:
    assert (await answer_to_drips(server, first, b"x" * 1000)).startswith(b"HTTP/1.1 408 ")


async def test_nothing_at_all(server: Running) -> None:
    assert (await answer_to_drips(server, b"", b"")).startswith(b"HTTP/1.1 408 ")


async def test_the_second_head_of_a_kept_connection(server: Running) -> None:
    answers = await answer_to_drips(server, HEAD + b"\r\n", HEAD + b"X-Slow: " + b"x" * 1000)
    assert answers.startswith(b"HTTP/1.1 200 ")
    assert b"HTTP/1.1 408 " in answers


async def test_a_body_of_one_byte_at_a_time(server: Running) -> None:
    head = b"POST /api/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    assert (await answer_to_drips(server, head, b" " * 1000)).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("request_line", [b"GET /healthz", b"POST /nothing", b"GET /api/stats"])
@pytest.mark.parametrize("rest", [b"x", b"x" * 1000], ids=["one byte and no more", "a byte at a time"])
async def test_a_body_that_nobody_reads(server: Running, request_line: bytes, rest: bytes) -> None:
    """The answer does not wait for it; but a first byte of it ends uvicorn's own deadline for kept connections."""
    reader, writer = await opened(server)
    writer.write(request_line + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 ")
    dripping = asyncio.create_task(drip(writer, rest))
    try:
        async with asyncio.timeout(4):
            with contextlib.suppress(ConnectionResetError):
                await reader.read()
    finally:
        dripping.cancel()
        writer.close()


async def test_a_kept_connection_outlives_the_deadlines_of_its_requests(server: Running) -> None:
    reader, writer = await opened(server)
    body = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx"
    for _ in range(6):  # together longer than either deadline
        writer.write(body)
        async with asyncio.timeout(4):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
        await asyncio.sleep(0.2)  # less than the deadline of a head that is awaited
    writer.close()


async def test_a_head_without_end(server: Running) -> None:
    reader, writer = await opened(server)
    writer.write(HEAD)
    line = b"X-More: " + b"x" * 1000 + b"\r\n"
    for _ in range(http_head.HEAD_MAX_BYTES // len(line) - 1):
        writer.write(line)
    writer.write(b"\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200 "), "what is below the bound passes"
    writer.close()
    reader, writer = await opened(server)
    writer.write(HEAD)
    for _ in range(http_head.HEAD_MAX_BYTES // len(line) + 1):
        writer.write(line)
    assert (await reader.readline()).startswith(b"HTTP/1.1 431 ")
    writer.close()


async def test_others_are_answered_meanwhile(server: Running) -> None:
    slow = [await opened(server) for _ in range(50)]
    assert (await asyncio.to_thread(server.get, "/healthz"))[0] == 200
    for reader, writer in slow:
        assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
        writer.close()
