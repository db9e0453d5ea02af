"""RFC 6455 sections 5.5.1 and 7: the closing handshake, its codes, and connections that end without one."""

import socket
import struct

import pytest

from tickroom.server.shell.sockets import build_frame, limits

from .echo_server import EchoServer, running_server
from .raw_client import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    RawClient,
    check_close,
    check_failed,
    check_frame,
    close_frame,
    encode_frame,
)

MAY_BE_SENT = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
MAY_NOT = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 9999, 65535]


@pytest.mark.parametrize("code", MAY_BE_SENT)
def test_close_is_echoed(server: EchoServer, client: RawClient, code: int) -> None:
    client.shake_hands()
    client.send(close_frame(code, "because ☃".encode()))
    check_close(client.read_frame(), code)  # 5.5.1
    assert client.read_end() == b""  # 7.1.1: the server closes TCP first
    peer = server.peer(client)
    assert peer.heard() == ("closed", code, "because ☃")
    assert peer.heard() == ("gone",)


@pytest.mark.parametrize("code", MAY_NOT)
def test_codes_that_may_not_be_sent(server: EchoServer, client: RawClient, code: int) -> None:
    client.shake_hands()
    client.send(close_frame(code))
    check_failed(client, 1002)  # 7.4.1, 7.4.2
    assert server.peer(client).heard()[:2] == ("closed", 1002)


def test_close_without_a_code(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(close_frame())
    check_close(client.read_frame(), None)
    assert client.read_end() == b""
    assert server.peer(client).heard() == ("closed", 1005, "")  # 7.1.5


def test_close_of_one_byte(client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(CLOSE, b"\x03"))
    check_failed(client, 1002)


@pytest.mark.parametrize("reason", [b"\xff", b"fine until \xe2\x82", b"\xed\xa0\x80"])
def test_reason_that_is_not_utf8(client: RawClient, reason: bytes) -> None:
    client.shake_hands()
    client.send(close_frame(1000, reason))
    check_failed(client, 1007)


def test_longest_reason(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(close_frame(1000, b"r" * 123))
    check_close(client.read_frame(), 1000)
    assert server.peer(client).heard() == ("closed", 1000, "r" * 123)


@pytest.mark.parametrize(
    "after",
    [
        encode_frame(BINARY, b"late"),
        encode_frame(PING, b"late"),
        close_frame(4000),
        encode_frame(0x3, b"garbage"),
        encode_frame(BINARY, b"unmasked", mask=None),
        encode_frame(BINARY, b"fine") + encode_frame(0x3, b"garbage"),
        bytes(3000),
    ],
    ids=["data", "ping", "close", "opcode", "unmasked", "data and garbage", "zeros"],
)
def test_nothing_is_looked_at_after_the_peers_close(server: EchoServer, client: RawClient, after: bytes) -> None:
    client.shake_hands()
    client.send(close_frame(4444) + after)
    check_failed(client, 4444)  # 1.4: "a peer discards any further data received"
    peer = server.peer(client)
    assert peer.heard() == ("closed", 4444, "")
    assert peer.heard() == ("gone",)


def test_message_then_close_in_one_segment(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    client.send(encode_frame(BINARY, b"last words") + close_frame(1000))
    peer = server.peer(client)
    assert peer.heard() == ("message", b"last words")
    if server.fast:
        check_frame(client.read_frame(), BINARY, b"last words")
    # uvicorn's class has echoed the Close by the time the application hears the message.
    check_close(client.read_frame(), 1000)
    assert client.read_end() == b""


def test_server_closes(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    peer.call(lambda it: it.write(build_frame(b"last words")))
    peer.call(lambda it: it.close(4001, "kicked"))
    peer.call(lambda it: it.close(4002, "too late, the first call decides"))
    peer.call(lambda it: it.write(build_frame(b"after the close")))
    check_frame(client.read_frame(), BINARY, b"last words")
    frame = client.read_frame()
    check_close(frame, 4001)
    assert frame.payload[2:] == b"kicked"
    # 5.5.1: the peer may go on for a while; its data is thrown away, its Ping still answered (5.5.2).
    client.send(encode_frame(BINARY, b"in flight") + encode_frame(PING, b"alive?"))
    check_frame(client.read_frame(), PONG, b"alive?")
    client.send(close_frame(4001))
    assert client.read_end() == b""
    assert peer.heard() == ("closed", 4001, "kicked")
    assert peer.heard() == ("gone",)


@pytest.mark.parametrize("reason", ["x" * 200, "ä" * 100, "☃" * 50])
def test_long_reason_is_cut(server: EchoServer, client: RawClient, reason: str) -> None:
    client.shake_hands()
    server.peer(client).call(lambda it: it.close(4001, reason))
    frame = client.read_frame()
    check_close(frame, 4001)
    assert 120 < len(frame.payload) <= 125
    assert reason.startswith(frame.payload[2:].decode())


@pytest.mark.parametrize("code", MAY_NOT)
def test_codes_that_the_server_may_not_send(server: EchoServer, client: RawClient, code: int) -> None:
    client.shake_hands()
    peer = server.peer(client)
    with pytest.raises(ValueError, match="may not be sent"):
        peer.call(lambda it: it.close(code))
    client.send(encode_frame(BINARY, b"still here"))
    check_frame(client.read_frame(), BINARY, b"still here")


def test_peer_that_never_answers_a_close(
    server: EchoServer, client: RawClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLOSE_DEADLINE_S", 0.3)
    client.shake_hands()
    peer = server.peer(client)
    peer.call(lambda it: it.close(4001))
    check_close(client.read_frame(), 4001)
    assert peer.heard() == ("closed", 4001, "")
    if server.fast:
        assert client.read_end() == b""
        assert peer.heard() == ("gone",)
    # uvicorn's class waits 10 s for the answer and cannot be told otherwise.


def test_garbage_instead_of_an_answer_to_our_close(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    peer.call(lambda it: it.close(4001))
    check_close(client.read_frame(), 4001)
    client.send(encode_frame(0x3, b"garbage"))
    assert client.read_end() == b""  # no second Close
    assert peer.heard() == ("closed", 4001, "")


def test_both_close_at_once(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    client.send(close_frame(1001))
    peer.call(lambda it: it.close(4001))
    frame = client.read_frame()
    assert frame.opcode == CLOSE
    assert frame.close_code in (1001, 4001)
    assert client.read_end() == b""
    kind, code, _ = peer.heard()
    # uvicorn's class may have echoed the peer's Close while the application's own call was under way.
    assert (kind, code) == ("closed", frame.close_code) or (not server.fast and code in (1001, 4001))


def test_tcp_reset(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.socket.close()
    assert peer.heard() == ("closed", 1006, "")
    assert peer.heard() == ("gone",)
    peer.call(lambda it: it.write(build_frame(b"to nobody")))
    peer.call(lambda it: it.close(1000))
    assert peer.call(lambda it: it.buffered_bytes()) == 0
    assert peer.events.empty()


def test_half_close(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    client.socket.shutdown(socket.SHUT_WR)
    assert client.read_end() == b""
    assert peer.heard() == ("closed", 1006, "")


def test_lost_in_the_middle_of_a_frame(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    client.send(encode_frame(BINARY, b"half of it")[:8])
    client.socket.close()
    assert peer.heard() == ("closed", 1006, "")


@pytest.mark.may_log_errors
@pytest.mark.parametrize("parts", [1, 2])
def test_receiver_that_raises(server: EchoServer, client: RawClient, parts: int) -> None:
    client.shake_hands()
    if parts == 1:
        client.send(encode_frame(BINARY, b"raise"))
    else:
        client.send(encode_frame(BINARY, b"ra", fin=False) + encode_frame(0, b"ise"))
    check_close(client.read_frame(), 1011)  # 7.4.1
    client.send(close_frame(1011))
    assert client.read_end() == b""
    assert server.peer(client).heard() == ("closed", 1011, "")


def test_route_that_returns_while_open(server: EchoServer, client: RawClient) -> None:
    client.shake_hands(path="/leave")
    if server.fast:
        check_close(client.read_frame(), 1000)
        client.send(close_frame(1000))
    # uvicorn's class drops TCP without a Close.
    assert client.read_end() == b""


@pytest.mark.may_log_errors
def test_route_that_fails_while_open(server: EchoServer, client: RawClient) -> None:
    client.shake_hands(path="/fall")
    if server.fast:
        check_close(client.read_frame(), 1011)
    assert client.read_end() == b""


@pytest.mark.parametrize("path_name", ["fast", "plain"])
@pytest.mark.parametrize("answers", [True, False])
def test_server_shuts_down(path_name: str, answers: bool) -> None:
    with running_server(path_name) as (server, uvicorn_server), RawClient(server.port) as client:
        client.shake_hands()
        peer = server.peer(client)
        uvicorn_server.should_exit = True
        check_close(client.read_frame(), 1012)
        if answers:
            client.send(close_frame(1012))
        assert client.read_end() == b""
        assert peer.heard() == ("closed", 1012, "")
