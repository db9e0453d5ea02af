"""Other people's pages at a real server: HTTP and WebSocket."""

import http.client
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import msgpack
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.protocol.version import SUBPROTOCOL
from tickroom.server.shell.settings import ServerSettings

FRIEND = "https://game.example"
STRANGER = "https://evil.example"


@pytest.fixture(scope="module", params=["fast", "plain"])
def server(request: pytest.FixtureRequest) -> Iterator[Running]:
    settings = ServerSettings(allowed_origins=(FRIEND,), fast_path=request.param == "fast")
    with running(settings, {"toy": ToyGame()}) as one:
        yield one


def ask(
    server: Running, method: str, path: str, origin: str | None, body: str | None = None, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=5)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body, sent | ({} if origin is None else {"Origin": origin}))
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.status, answer.headers, content


def refused(server: Running) -> int:
    count: int = server.get("/api/stats")[1]["origins_refused"]
    return count


def test_a_friends_page_may_create_and_read(server: Running) -> None:
    status, headers, content = ask(server, "POST", "/api/sessions", FRIEND, '{"game": "toy"}')
    assert (status, headers["Access-Control-Allow-Origin"], headers["Vary"]) == (201, FRIEND, "Origin")
    assert "Access-Control-Allow-Credentials" not in headers
    assert json.loads(content)["code"]


@pytest.mark.parametrize("path", ["/api/sessions/ABCDEF", "/api/nowhere", "/api/quickplay"])
def test_a_refusal_can_be_read_as_well(server: Running, path: str) -> None:
    status, headers, content = ask(server, "GET", path, FRIEND)
    assert status in (404, 405)
    assert headers["Access-Control-Allow-Origin"] == FRIEND
    assert json.loads(content)["error"]


def test_the_preflight_of_a_post_with_json_passes(server: Running) -> None:
    wanted = {"Access_Control_Request_Method": "POST", "Access_Control_Request_Headers": "content-type"}
    status, headers, _ = ask(server, "OPTIONS", "/api/quickplay", FRIEND, None, **wanted)
    assert (status, headers["Access-Control-Allow-Origin"]) == (200, FRIEND)
    assert "POST" in headers["Access-Control-Allow-Methods"]
    assert "content-type" in headers["Access-Control-Allow-Headers"].lower()
    assert "Origin" in headers["Vary"]
    assert int(headers["Access-Control-Max-Age"]) > 0


@pytest.mark.parametrize("origin", [STRANGER, "null", FRIEND + "/", "https://game.example.evil.example"])
def test_a_strangers_page_gets_403_and_nothing_is_done(server: Running, origin: str) -> None:
    sessions, count = server.get("/api/stats")[1]["sessions"], refused(server)
    for method, path in (("POST", "/api/sessions"), ("GET", "/api/sessions"), ("OPTIONS", "/api/sessions")):
        wanted = {"Access_Control_Request_Method": "POST"}
        status, headers, content = ask(server, method, path, origin, '{"game": "toy"}', **wanted)
        assert status == 403
        assert "Access-Control-Allow-Origin" not in headers
        assert json.loads(content)["error"] == "not_allowed"
        assert "--allow-origin" in json.loads(content)["detail"]
    assert server.get("/api/stats")[1]["sessions"] == sessions
    assert refused(server) == count + 3


def test_without_an_origin_nothing_is_said_of_it(server: Running) -> None:
    status, headers, _ = ask(server, "GET", "/api/sessions", None)
    assert status == 200
    assert "Access-Control-Allow-Origin" not in headers


def test_a_rebound_name_is_refused(server: Running) -> None:
    assert ask(server, "POST", "/api/sessions", "http://evil.example:1", "{}", Host="evil.example:1")[0] == 403


def page_socket(server: Running, origin: str | None) -> connect:
    """A socket as a page of this origin opens it."""
    address = f"{server.websocket_url}/ws/{server.create(game='toy')}"
    told = None if origin is None else Origin(origin)
    return connect(address, origin=told, subprotocols=[Subprotocol(SUBPROTOCOL)], compression=None)


@pytest.mark.parametrize("origin", [None, FRIEND, "http://localhost:5173", "itself"])
async def test_sockets_of_friends_and_of_ones_own_machine_play(server: Running, origin: str | None) -> None:
    async with page_socket(server, server.url if origin == "itself" else origin) as socket:
        await socket.send(msgpack.packb([0, ToyGame.schema.fingerprint, "Ann"]))
        assert msgpack.unpackb(await socket.recv())[0] == 0, "a welcome"


@pytest.mark.parametrize("origin", [STRANGER, "null", "http://127.0.0.1.evil.example"])
async def test_a_strangers_socket_is_4003_after_the_handshake(server: Running, origin: str) -> None:
    count = refused(server)
    async with page_socket(server, origin) as socket:
        assert socket.subprotocol == SUBPROTOCOL, "a browser that gets none back sees no close code"
        assert msgpack.unpackb(await socket.recv()) == [13, 4003, "not_allowed", False, ""]
        with pytest.raises(ConnectionClosed):
            await socket.recv()
        assert (socket.close_code, socket.close_reason) == (4003, "not_allowed")
    stats = server.get("/api/stats")[1]
    assert stats["origins_refused"] == count + 1
    assert stats["closes"]["not_allowed"] >= 1
