"""RFC 6455 section 5.4: fragmentation."""

import pytest

from tickroom.server.shell.sockets import limits

from .echo_server import MAX_MESSAGE_BYTES, EchoServer
from .raw_client import (
    BINARY,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawClient,
    check_close,
    check_failed,
    check_frame,
    check_too_big,
    close_frame,
    encode_frame,
)


def fragments(opcode: int, *parts: bytes) -> list[bytes]:
    """One message in several frames."""
    last = len(parts) - 1
    return [encode_frame(opcode if i == 0 else CONTINUATION, part, fin=i == last) for i, part in enumerate(parts)]


@pytest.mark.parametrize(
    "parts", [(b"a", b"b"), (b"a", b"", b"c"), (b"", b"", b""), (b"x" * 200, b"y" * 200, b"z"), (b"only",)]
)
@pytest.mark.parametrize("one_segment", [True, False])
def test_fragments_are_joined(client: RawClient, parts: tuple[bytes, ...], one_segment: bool) -> None:
    client.shake_hands()
    frames = fragments(BINARY, *parts)
    for piece in [b"".join(frames)] if one_segment else frames:
        client.send(piece)
    check_frame(client.read_frame(), BINARY, b"".join(parts))


def test_control_frames_between_fragments(client: RawClient) -> None:
    client.shake_hands()
    first, second, third = fragments(BINARY, b"1", b"2", b"3")
    client.send(first + encode_frame(PING, b"in between") + second + encode_frame(PONG) + third)
    # 5.4: control frames MAY be injected; 5.5.2: answered as soon as practical, that is before the message is whole.
    check_frame(client.read_frame(), PONG, b"in between")
    check_frame(client.read_frame(), BINARY, b"123")


@pytest.mark.parametrize("fin", [True, False])
def test_continuation_of_nothing(server: EchoServer, fin: bool) -> None:
    for before in (b"", encode_frame(BINARY, b"whole"), b"".join(fragments(BINARY, b"a", b"b"))):
        with RawClient(server.port) as client:
            client.shake_hands()
            if before:
                client.send(before)
                client.read_frame()
            client.send(encode_frame(CONTINUATION, b"x", fin=fin))
            check_failed(client, 1002)


@pytest.mark.parametrize("opcode", [BINARY, TEXT])
@pytest.mark.parametrize("fin", [True, False])
def test_new_message_inside_a_fragmented_one(client: RawClient, opcode: int, fin: bool) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"a", fin=False) + encode_frame(opcode, b"b", fin=fin))
    check_failed(client, 1002)


def test_text_cut_inside_a_character(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(b"".join(fragments(TEXT, b"\xf0\x9f", b"\x8e", b"\xae")))
    assert server.peer(client).heard() == ("text",)


@pytest.mark.may_log_errors  # uvicorn's class logs a traceback
def test_fragmented_text_that_is_not_utf8(client: RawClient) -> None:
    client.shake_hands()
    client.send(b"".join(fragments(TEXT, b"\xf0\x9f", b"\x8e", b"x")))
    check_failed(client, 1007)


@pytest.mark.parametrize("parts", [(3000, 3000), (4096, 1), (1,) * 10 + (4090,)])
def test_message_over_the_limit(server: EchoServer, client: RawClient, parts: tuple[int, ...]) -> None:
    client.shake_hands(path="/small")
    client.send(b"".join(fragments(BINARY, *(bytes(size) for size in parts))))
    check_too_big(client, failed=server.fast)


def test_message_at_the_limit(client: RawClient) -> None:
    client.shake_hands()
    half = MAX_MESSAGE_BYTES // 2
    client.send(b"".join(fragments(BINARY, bytes(half), bytes(half))))
    check_frame(client.read_frame(), BINARY, bytes(2 * half))


@pytest.mark.parametrize("part", [b"", b"x"])
def test_too_many_fragments(server: EchoServer, client: RawClient, part: bytes) -> None:
    client.shake_hands()
    client.send(b"".join(fragments(BINARY, *([part] * limits.MAX_FRAGMENTS))))
    check_frame(client.read_frame(), BINARY, part * limits.MAX_FRAGMENTS)
    client.send(b"".join(fragments(BINARY, *([part] * (limits.MAX_FRAGMENTS + 1)))))
    if server.fast:
        check_failed(client, 1008)
    else:
        # uvicorn's class collects any number, and empty ones without end: memory that no limit of it bounds.
        check_frame(client.read_frame(), BINARY, part * (limits.MAX_FRAGMENTS + 1))


def test_close_inside_a_fragmented_message(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"a", fin=False) + close_frame(1001))
    # 5.4 lets control frames come between fragments, and Close is one. `websockets` is stricter: 1002.
    check_close(client.read_frame(), 1001 if server.fast else 1002)
    assert client.read_end() == b""
