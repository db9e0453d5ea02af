"""A WebSocket client that does exactly what it is told, right or wrong, over a blocking socket."""

import os
import socket
import struct
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

TIMEOUT_S = 4.0

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
"""RFC 6455 1.3 gives this pair."""


@dataclass(frozen=True)
class ServerFrame:
    """One frame as the server sent it."""

    fin: bool
    reserved: int
    opcode: int
    masked: bool
    payload: bytes

    @property
    def close_code(self) -> int | None:
        """Code of a Close frame, None for an empty one."""
        return struct.unpack_from("!H", self.payload)[0] if self.payload else None


@dataclass(frozen=True)
class Answer:
    """The server's answer to the opening handshake."""

    version: str
    status: int
    headers: list[tuple[str, str]]

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


def encode_frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    mask: bytes | None = b"\x12\x34\x56\x78",
    length: bytes | None = None,
) -> bytes:
    """A client frame; ``length`` overrides the second byte's 7 bits and what follows, to lie with."""
    first = (0x80 if fin else 0) | reserved << 4 | opcode
    size = len(payload)
    if length is None:
        if size < 126:
            length = bytes([size])
        elif size < 65536:
            length = b"\x7e" + struct.pack("!H", size)
        else:
            length = b"\x7f" + struct.pack("!Q", size)
    second = length[0] | (0x80 if mask is not None else 0)
    if mask is not None:
        key = mask * (size // 4 + 1)
        payload = bytes(a ^ b for a, b in zip(payload, key, strict=False))
    return bytes([first, second]) + length[1:] + (mask or b"") + payload


def close_frame(code: int | None = None, reason: bytes = b"") -> bytes:
    return encode_frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason)


def request(
    path: str = "/echo",
    *,
    method: str = "GET",
    version: str = "HTTP/1.1",
    without: tuple[str, ...] = (),
    replace: dict[str, str] | None = None,
    extra: tuple[str, ...] = (),
) -> bytes:
    """A plain opening handshake (RFC 6455 4.1), with header lines left out, replaced or added."""
    headers = {
        "Host": "127.0.0.1",
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13",
    }
    headers.update(replace or {})
    lines = [f"{method} {path} {version}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name not in without]
    lines += extra
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class RawClient:
    """One TCP connection to the server under test."""

    def __init__(self, port: int, *, receive_buffer_bytes: int | None = None) -> None:
        self.socket = socket.socket()
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(TIMEOUT_S)
        self.socket.connect(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port: int = self.socket.getsockname()[1]
        self._received = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    def send(self, data: bytes, *, bytewise: bool = False) -> None:
        """All at once, or each byte in a segment of its own."""
        if bytewise:
            for i in range(len(data)):
                self.socket.sendall(data[i : i + 1])
                os.sched_yield()
        else:
            self.socket.sendall(data)

    def _fill(self) -> bool:
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            return False
        self._received += piece
        return bool(piece)

    def _exactly(self, size: int) -> bytes:
        while len(self._received) < size:
            if not self._fill():
                raise EOFError(f"{len(self._received)} bytes left where {size} were expected")
        taken, self._received = self._received[:size], self._received[size:]
        return taken

    def read_answer(self) -> Answer:
        while b"\r\n\r\n" not in self._received:
            if not self._fill():
                raise EOFError(f"no HTTP answer, only {self._received!r}")
        head, self._received = self._received.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        version, status, *_ = first.split(" ", 2)
        headers = [(name, value.strip()) for name, value in (line.split(":", 1) for line in lines)]
        return Answer(version, int(status), headers)

    def read_frame(self) -> ServerFrame:
        first, second = self._exactly(2)
        size = second & 0x7F
        if size == 126:
            (size,) = struct.unpack("!H", self._exactly(2))
        elif size == 127:
            (size,) = struct.unpack("!Q", self._exactly(8))
        return ServerFrame(bool(first & 0x80), first >> 4 & 7, first & 15, bool(second & 0x80), self._exactly(size))

    def read_end(self) -> bytes:
        """What still comes until the server closes TCP; an error if it does not in time."""
        deadline = time.monotonic() + TIMEOUT_S
        while self._fill():
            if time.monotonic() > deadline:
                raise TimeoutError("the server keeps sending")
        left, self._received = self._received, b""
        return left

    def shake_hands(self, head: bytes | None = None, path: str = "/echo") -> Answer:
        """Open the WebSocket; fails on anything but a correct 101."""
        self.send(head if head is not None else request(path))
        answer = self.read_answer()
        check_accepted(answer)
        return answer


def check_accepted(answer: Answer) -> None:
    """RFC 6455 4.2.2, 5: the form of a 101."""
    assert answer.version == "HTTP/1.1"
    assert answer.status == 101
    assert [value.lower() for value in answer.values("Upgrade")] == ["websocket"]
    assert [value.lower() for value in answer.values("Connection")] == ["upgrade"]
    assert answer.values("Sec-WebSocket-Accept") == [ACCEPT]
    # 4.2.2, /extensions/: none was asked for or none may be granted; /subprotocol/: at most one.
    assert len(answer.values("Sec-WebSocket-Protocol")) <= 1


def check_frame(frame: ServerFrame, opcode: int, payload: bytes) -> None:
    """RFC 6455 5.1 and 5.2: server frames are unmasked, no reserved bit without an extension."""
    assert not frame.masked
    assert frame.reserved == 0
    assert frame.fin
    assert (frame.opcode, frame.payload) == (opcode, payload)


def check_close(frame: ServerFrame, code: int | None) -> None:
    """A well-formed Close frame with this code (None: no code, or 1000, which means the same to the peer)."""
    assert not frame.masked
    assert frame.reserved == 0
    assert frame.fin
    assert frame.opcode == CLOSE
    assert len(frame.payload) <= 125
    assert len(frame.payload) != 1
    frame.payload[2:].decode()
    if code is None:
        assert frame.close_code in (None, 1000)
    else:
        assert frame.close_code == code


def check_failed(client: RawClient, code: int) -> None:
    """RFC 6455 7.1.7: one Close frame with this code, and nothing after it but the end of TCP."""
    check_close(client.read_frame(), code)
    assert client.read_end() == b""


def check_too_big(client: RawClient, *, failed: bool) -> None:
    """Close 1009: either 7.1.7, or a closing handshake, where the plain path found it and not the server below."""
    if failed:
        check_failed(client, 1009)
    else:
        check_close(client.read_frame(), 1009)
        client.send(close_frame(1009))
        assert client.read_end() == b""
