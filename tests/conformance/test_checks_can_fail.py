"""The suite's own checks, run against a peer that answers wrongly on purpose."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from .raw_client import ACCEPT, BINARY, RawClient, check_accepted, check_close, check_failed, check_frame

GOOD_ANSWER = (
    f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    f"Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n"
).encode()


@contextmanager
def server_that_says(reply: bytes) -> Iterator[RawClient]:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(reply)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(4096):
                    pass

        thread = threading.Thread(target=serve)
        thread.start()
        with RawClient(listener.getsockname()[1]) as client:
            yield client
        thread.join()


def test_good_answers_pass() -> None:
    with server_that_says(GOOD_ANSWER + b"\x82\x02hi" + b"\x88\x02\x03\xea") as client:
        check_accepted(client.read_answer())
        check_frame(client.read_frame(), BINARY, b"hi")
        check_failed(client, 1002)


@pytest.mark.parametrize(
    "answer",
    [
        GOOD_ANSWER.replace(b"101", b"200"),
        GOOD_ANSWER.replace(b"HTTP/1.1", b"HTTP/1.0"),
        GOOD_ANSWER.replace(ACCEPT.encode(), b"AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        GOOD_ANSWER.replace(b"Upgrade: websocket\r\n", b""),
        GOOD_ANSWER.replace(b"Connection: Upgrade\r\n", b"Connection: close\r\n"),
        GOOD_ANSWER.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b\r\n\r\n"),
    ],
)
def test_wrong_handshakes_are_seen(answer: bytes) -> None:
    with server_that_says(answer) as client, pytest.raises(AssertionError):
        check_accepted(client.read_answer())


@pytest.mark.parametrize(
    ("reply", "check"),
    [
        (b"\x82\x82\x00\x00\x00\x00hi", lambda client: check_frame(client.read_frame(), BINARY, b"hi")),  # masked
        (b"\xc2\x02hi", lambda client: check_frame(client.read_frame(), BINARY, b"hi")),  # reserved bit
        (b"\x02\x02hi", lambda client: check_frame(client.read_frame(), BINARY, b"hi")),  # not final
        (b"\x82\x02ho", lambda client: check_frame(client.read_frame(), BINARY, b"hi")),  # other payload
        (b"\x81\x02hi", lambda client: check_frame(client.read_frame(), BINARY, b"hi")),  # other opcode
        (b"\x88\x02\x03\xe8", lambda client: check_failed(client, 1002)),  # other code
        (b"\x88\x02\x03\xea\x82\x02hi", lambda client: check_failed(client, 1002)),  # data after Close
        (b"\x88\x02\x03\xea\x88\x02\x03\xea", lambda client: check_failed(client, 1002)),  # two Close frames
        (b"\x88\x01\x03", lambda client: check_close(client.read_frame(), None)),  # half a code
        (b"\x88\x03\x03\xe8\xff", lambda client: check_close(client.read_frame(), 1000)),  # reason not UTF-8
        (b"", lambda client: check_failed(client, 1002)),  # no Close at all
    ],
)
def test_wrong_frames_are_seen(reply: bytes, check: Callable[[RawClient], None]) -> None:
    with server_that_says(reply) as client, pytest.raises((AssertionError, UnicodeDecodeError, EOFError)):
        check(client)
