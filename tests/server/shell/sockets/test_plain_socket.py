"""The plain path where there is no server at all: Starlette's TestClient."""

import warnings
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from tickroom.server.shell.sockets import Socket, build_frame, join_frames, open_socket

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another HTTP client; no HTTP is spoken here
    from starlette.testclient import TestClient


class Echo:
    def __init__(self) -> None:
        self.heard: list[tuple[Any, ...]] = []
        self.socket: Socket | None = None

    def message_received(self, data: bytes) -> None:
        self.heard.append(("message", data))
        assert self.socket is not None
        if data == b"close":
            self.socket.write(build_frame(b"last words"))
            self.socket.close(4001, "as you wish")
        elif data == b"twice":
            self.socket.write(join_frames(build_frame(b"one"), build_frame(b"two")))
        else:
            self.socket.write(build_frame(data))

    def text_received(self) -> None:
        self.heard.append(("text",))
        assert self.socket is not None
        self.socket.write(build_frame(b"no text please"))

    def stalled(self) -> None:
        pass

    def drained(self) -> None:
        self.heard.append(("drained",))

    def closed(self, code: int, reason: str) -> None:
        self.heard.append(("closed", code, reason))


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
def client(echo: Echo) -> TestClient:
    async def route(websocket: WebSocket) -> None:
        echo.socket = await open_socket(websocket, echo, subprotocol="tickroom.1", max_message_bytes=100)
        await echo.socket.wait_closed()

    return TestClient(Starlette(routes=[WebSocketRoute("/", route)]))


def test_messages_both_ways(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/", subprotocols=["tickroom.1"]) as session:
        assert session.accepted_subprotocol == "tickroom.1"
        session.send_bytes(b"hello")
        assert session.receive_bytes() == b"hello"
        session.send_text("hello")
        assert session.receive_bytes() == b"no text please"
        session.send_bytes(b"twice")
        assert [session.receive_bytes(), session.receive_bytes()] == [b"one", b"two"]
        assert echo.socket is not None
        session.close(4000, "bye")
    assert echo.heard == [("message", b"hello"), ("text",), ("message", b"twice"), ("closed", 4000, "bye")]
    assert not echo.socket.writable


def test_close_comes_after_what_was_written(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/") as session:
        session.send_bytes(b"close")
        assert session.receive_bytes() == b"last words"
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive_bytes()
        assert (closed.value.code, closed.value.reason) == (4001, "as you wish")
    assert echo.heard == [("message", b"close"), ("closed", 4001, "as you wish")]


def test_message_over_the_limit(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/") as session:
        session.send_bytes(bytes(101))
        with pytest.raises(WebSocketDisconnect) as closed:
            session.receive_bytes()
        assert closed.value.code == 1009
    assert [event[:2] for event in echo.heard] == [("closed", 1009)]


def test_disconnection_without_a_code_is_a_lost_connection(client: TestClient, echo: Echo) -> None:
    with client.websocket_connect("/") as session:
        session.send({"type": "websocket.disconnect", "code": 1005})
    assert echo.heard == [("closed", 1006, "")]
