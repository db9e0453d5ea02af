"""RFC 6455 section 5: framing, masking, control frames, text."""

import pytest

from .echo_server import MAX_MESSAGE_BYTES, EchoServer
from .raw_client import (
    BINARY,
    CLOSE,
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


def pattern(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 4096, 65535, 65536, MAX_MESSAGE_BYTES])
def test_lengths(client: RawClient, size: int) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, pattern(size)))
    check_frame(client.read_frame(), BINARY, pattern(size))


def test_frame_over_the_servers_limit(client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, pattern(MAX_MESSAGE_BYTES + 1)))
    check_failed(client, 1009)


@pytest.mark.parametrize("size", [4097, 65536])
def test_frame_over_the_applications_limit(server: EchoServer, client: RawClient, size: int) -> None:
    client.shake_hands(path="/small")
    client.send(encode_frame(BINARY, pattern(size)))
    check_too_big(client, failed=server.fast)


def test_frame_at_the_default_limit(client: RawClient) -> None:
    client.shake_hands(path="/small")
    client.send(encode_frame(BINARY, pattern(4096)))
    check_frame(client.read_frame(), BINARY, pattern(4096))


@pytest.mark.parametrize("length", [b"\x7e\x00\x05", b"\x7f" + bytes(7) + b"\x05"])
def test_length_not_in_its_shortest_form(server: EchoServer, client: RawClient, length: bytes) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"hello", length=length))
    if server.fast:
        check_failed(client, 1002)  # 5.2: "the minimal number of bytes MUST be used to encode the length"
    else:
        check_frame(client.read_frame(), BINARY, b"hello")  # `websockets` is laxer


@pytest.mark.parametrize("top", [0x80, 0xFF])
def test_64_bit_length_with_the_top_bit(server: EchoServer, client: RawClient, top: int) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"", length=bytes([0x7F, top]) + bytes(7)))
    # 5.2: "the most significant bit MUST be 0". `websockets` sees a number over its limit.
    check_failed(client, 1002 if server.fast else 1009)


@pytest.mark.parametrize("mask", [bytes(4), b"\xff\x00\xff\x00", b"\x01\x02\x03\x04"])
@pytest.mark.parametrize("size", [1, 3, 4, 5, 31, 32, 33, 64, 257])
def test_masks(client: RawClient, mask: bytes, size: int) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, pattern(size), mask=mask))
    check_frame(client.read_frame(), BINARY, pattern(size))


@pytest.mark.parametrize("opcode", [BINARY, TEXT, PING, PONG, CLOSE, CONTINUATION])
def test_unmasked_frame(client: RawClient, opcode: int) -> None:
    client.shake_hands()
    client.send(encode_frame(opcode, mask=None))
    check_failed(client, 1002)  # 5.1: "a server MUST close the connection upon receiving a frame that is not masked"


@pytest.mark.parametrize("reserved", [1, 2, 4, 7])
@pytest.mark.parametrize("opcode", [BINARY, TEXT, PING, PONG, CLOSE])
def test_reserved_bits(client: RawClient, opcode: int, reserved: int) -> None:
    client.shake_hands()
    client.send(encode_frame(opcode, reserved=reserved))
    check_failed(client, 1002)  # 5.2: MUST be 0 unless an extension is negotiated


def test_reserved_bit_on_a_continuation(client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"a", fin=False) + encode_frame(CONTINUATION, b"b", reserved=4))
    check_failed(client, 1002)


@pytest.mark.parametrize("opcode", [0x3, 0x4, 0x5, 0x6, 0x7, 0xB, 0xC, 0xD, 0xE, 0xF])
def test_reserved_opcodes(client: RawClient, opcode: int) -> None:
    client.shake_hands()
    client.send(encode_frame(opcode, b"x"))
    check_failed(client, 1002)  # 5.2: "If an unknown opcode is received, the receiving endpoint MUST _Fail"


@pytest.mark.parametrize("opcode", [PING, PONG, CLOSE])
def test_long_and_fragmented_control_frames(server: EchoServer, opcode: int) -> None:
    for frame in (
        encode_frame(opcode, b"\x03\xe8" + b"x" * 124),
        encode_frame(opcode, b"\x03\xe8" + b"x" * 300),
        encode_frame(opcode, b"\x03\xe8", fin=False),
    ):
        with RawClient(server.port) as client:
            client.shake_hands()
            client.send(frame)
            check_failed(client, 1002)  # 5.5: at most 125 bytes, and MUST NOT be fragmented


@pytest.mark.parametrize("payload", [b"", b"hello", b"\x00\xff" * 62 + b"\x01"])
def test_ping_is_answered_with_its_payload(client: RawClient, payload: bytes) -> None:
    client.shake_hands()
    client.send(encode_frame(PING, payload))
    check_frame(client.read_frame(), PONG, payload)


def test_pings_among_messages_keep_their_order(client: RawClient) -> None:
    client.shake_hands()
    client.send(b"".join(encode_frame(PING, bytes([i])) for i in range(10)))
    for i in range(10):
        check_frame(client.read_frame(), PONG, bytes([i]))


@pytest.mark.parametrize("payload", [b"", b"unasked", b"\x00\x00\x00\x00"])
def test_unsolicited_pong_is_ignored(client: RawClient, payload: bytes) -> None:
    client.shake_hands()
    client.send(encode_frame(PONG, payload) + encode_frame(BINARY, b"next"))
    check_frame(client.read_frame(), BINARY, b"next")  # 5.5.3


@pytest.mark.parametrize("text", ["", "hello", "κόσμε", "\U0001f3ae", "\x00"])
def test_text(server: EchoServer, client: RawClient, text: str) -> None:
    client.shake_hands()
    client.send(encode_frame(TEXT, text.encode()))
    assert server.peer(client).heard() == ("text",)


INVALID_UTF8 = [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"ok\x80", b"\xe2\x82"]


@pytest.mark.may_log_errors  # uvicorn's class logs a traceback for it; ours must not, see below
@pytest.mark.parametrize("payload", INVALID_UTF8)
def test_text_that_is_not_utf8(
    server: EchoServer, client: RawClient, caplog: pytest.LogCaptureFixture, payload: bytes
) -> None:
    client.shake_hands()
    client.send(encode_frame(TEXT, payload))
    check_failed(client, 1007)  # 8.1
    assert bool([record for record in caplog.records if record.exc_info]) is not server.fast


def test_conversation_bytewise(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, pattern(130)), bytewise=True)
    check_frame(client.read_frame(), BINARY, pattern(130))
    client.send(encode_frame(PING, b"p"), bytewise=True)
    check_frame(client.read_frame(), PONG, b"p")
    parts = encode_frame(TEXT, b"\xe2", fin=False) + encode_frame(CONTINUATION, b"\x82\xac")
    client.send(parts, bytewise=True)
    client.send(close_frame(4321, b"bye"), bytewise=True)
    check_close(client.read_frame(), 4321)
    assert client.read_end() == b""
    peer = server.peer(client)
    assert [peer.heard() for _ in range(3)] == [("message", pattern(130)), ("text",), ("closed", 4321, "bye")]


@pytest.mark.parametrize("size", [0, 20, 300])
def test_many_frames_in_one_segment(client: RawClient, size: int) -> None:
    client.shake_hands()
    messages = [bytes([i]) * size for i in range(150)]
    client.send(b"".join(encode_frame(BINARY, message) for message in messages))
    for message in messages:
        check_frame(client.read_frame(), BINARY, message)


@pytest.mark.parametrize("cut", range(1, 12))
def test_frames_cut_anywhere(client: RawClient, cut: int) -> None:
    client.shake_hands()
    wire = b"".join(encode_frame(BINARY, pattern(size)) for size in (3, 200, 0, 40))
    for start in range(0, len(wire), cut * 7):
        client.send(wire[start : start + cut * 7])
    for size in (3, 200, 0, 40):
        check_frame(client.read_frame(), BINARY, pattern(size))


def test_nothing_is_looked_at_after_a_fault(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    bad = encode_frame(0x3, b"")
    client.send(encode_frame(BINARY, b"before"))
    check_frame(client.read_frame(), BINARY, b"before")
    client.send(bad + encode_frame(BINARY, b"after") + bad + close_frame(1000))
    check_failed(client, 1002)  # 7.1.7: "MUST NOT continue to attempt to process data"
    peer = server.peer(client)
    assert peer.heard() == ("message", b"before")
    kind, code, _ = peer.heard()
    assert (kind, code) == ("closed", 1002)


def test_message_and_garbage_in_one_segment(server: EchoServer, client: RawClient) -> None:
    """Both paths parse ahead of what they deliver, so that the message goes down with the garbage behind it."""
    client.shake_hands()
    client.send(encode_frame(BINARY, b"before") + encode_frame(0x3, b""))
    check_failed(client, 1002)
    assert server.peer(client).heard()[:2] == ("closed", 1002)


def test_flood_after_a_fault(client: RawClient) -> None:
    """The Close frame still arrives, and the server does not read for ever."""
    client.shake_hands()
    client.send(encode_frame(0x3, b""))
    try:
        for _ in range(200):
            client.send(bytes(65536))
    except (ConnectionResetError, BrokenPipeError):
        return
    pytest.fail("13 MB were taken after a fault")
