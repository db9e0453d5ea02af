"""The HTTP side: what it answers, and what wrong requests get."""

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tickroom.protocol.codes import CloseCode
from tickroom.protocol.schema import protocol_fingerprint
from tickroom.server.core.commands import End
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings


def test_create_find_and_list(server: Running) -> None:
    status, created = server.post("/api/sessions", {"game": "toy", "seats": 3, "options": {"start": 5}})
    assert status == 201
    assert created["websocket"] == f"{server.websocket_url}/ws/{created['code']}"
    assert created["options"]["start"] == 5
    status, found = server.get(f"/api/sessions/{created['code'].lower()}")
    assert (status, found["seats"], found["players"], found["status"]) == (200, 3, 0, "waiting")
    listed = server.get("/api/sessions")[1]["sessions"]
    assert created["code"] in [session["code"] for session in listed]


def test_a_private_session_is_found_by_its_code_only(server: Running) -> None:
    code = server.create(game="toy", public=False)
    assert server.get(f"/api/sessions/{code}")[0] == 200
    assert code not in [session["code"] for session in server.get("/api/sessions")[1]["sessions"]]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"{", 400, "invalid_settings"),
        (b"[]", 400, "invalid_settings"),
        (b'{"seats": 1000}', 400, "invalid_settings"),
        (b'{"game": "chess"}', 400, "invalid_settings"),
        (b'{"game": "toy", "options": {"start": 101}}', 400, "invalid_settings"),
        (b'{"game": "toy", "options": {"lives": 1}}', 400, "invalid_settings"),
        (b"x" * 20_000, 413, "body_too_large"),
    ],
)
def test_a_wrong_body_is_refused_with_a_reason(server: Running, body: bytes, status: int, error: str) -> None:
    answer_status, answer = server.post("/api/sessions", body)
    assert (answer_status, answer["error"]) == (status, error)
    assert answer["detail"]


@pytest.mark.parametrize("path", ["/api/sessions/ABCDEF", "/api/sessions/nonsense", "/api/games/chess", "/nowhere"])
def test_what_is_not_there_is_404_in_json(server: Running, path: str) -> None:
    status, body = server.get(path)
    assert status == 404
    assert body["error"]


def test_a_wrong_method_is_405(server: Running) -> None:
    assert server.post("/healthz", b"")[0] == 405


def test_a_game_is_described(server: Running) -> None:
    status, described = server.get("/api/games/toy")
    assert status == 200
    assert described["fingerprint"] == ToyGame.schema.fingerprint
    assert described["protocol"] == protocol_fingerprint()
    assert [table["name"] for table in described["tables"]] == ["seats", "players", "session"]


def test_health_and_readiness(server: Running) -> None:
    assert server.get("/healthz") == (200, {"ok": True})
    assert server.get("/readyz") == (200, {"ready": True})


def test_ticks_that_stood_still_are_told(server: Running) -> None:
    server.create(game="toy")
    assert server.get("/api/stats")[1]["ticks_paused"] == 0
    server.ask(Node.pause)
    try:
        while not (told := server.get("/api/stats")[1]["ticks_paused"]):
            pass
    finally:
        server.ask(Node.go_on)
    assert server.get("/api/stats")[1]["ticks_paused"] >= told


def test_a_full_server_says_so_and_takes_one_again_later() -> None:
    with running(ServerSettings(max_sessions=1), {"toy": ToyGame()}) as server:
        server.create(game="toy")
        status, body = server.post("/api/sessions", {"game": "toy"})
        assert (status, body["error"]) == (503, "server_full")
        server.ask(_end_all)
        while server.get("/api/stats")[1]["sessions"]:
            pass
        server.create(game="toy")


def _end_all(node: Node) -> None:
    for session in node.sessions.values():
        node.queue(session, End(CloseCode.SESSION_ENDED))
