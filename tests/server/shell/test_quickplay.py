"""Quick play: the fullest session that suits, else a new one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import FINGERPRINT, Talker
from tickroom.game.registry import GAMES
from tickroom.server.shell.settings import ServerSettings


@pytest.fixture
def server() -> Iterator[Running]:
    """A fresh one: what others left open would be found."""
    with running(ServerSettings(max_sessions=8), {"toy": ToyGame(), **GAMES}) as one:
        yield one


def quick(server: Running, **wishes: object) -> tuple[int, str]:
    status, body = server.post("/api/quickplay", {"game": "toy"} | wishes)
    assert status in (200, 201), body
    return status, body["code"]


async def sit(server: Running, code: str, count: int, stack: AsyncExitStack) -> None:
    for _ in range(count):
        await (await stack.enter_async_context(Talker(server.websocket_url, code))).hello()


def test_the_first_gets_a_new_session_and_the_next_the_same(server: Running) -> None:
    status, code = quick(server)
    assert status == 201
    assert quick(server) == (200, code)
    status, view = server.get(f"/api/sessions/{code}")
    assert (view["public"], view["seats"], view["game"]) == (True, 4, "toy")


async def test_the_fullest_with_a_free_seat_and_of_equals_the_newest(server: Running) -> None:
    older, fuller, full, newer = (server.create(game="toy", seats=seats) for seats in (4, 4, 2, 4))
    async with AsyncExitStack() as stack:
        assert quick(server) == (200, newer), "all empty: the newest"
        for code, count in ((older, 1), (fuller, 2), (full, 2), (newer, 1)):
            await sit(server, code, count, stack)
        assert quick(server) == (200, fuller), "the full one has no seat"
        await sit(server, fuller, 2, stack)
        assert quick(server) == (200, newer), "two with one player each"


async def test_private_sessions_and_other_games_are_not_found(server: Running) -> None:
    server.create(game="toy", public=False)
    server.create(game="arena")
    assert quick(server)[0] == 201


@pytest.mark.parametrize(
    ("wishes", "found"),
    [
        ({}, True),
        ({"seats": 4}, True),
        ({"seats": 5}, False),
        ({"tick_hz": 30}, True),
        ({"tick_hz": 20}, False),
        ({"round_s": 60}, True),
        ({"round_s": 61}, False),
        ({"auto_start": True}, True),
        ({"auto_start": False}, False),
        ({"options": {}}, True),
        ({"options": {"map": "islands"}}, True),
        ({"options": {"map": "plaza"}}, False),
        ({"options": {"map": 0}}, False),
        ({"options": {"map": "islands", "items": 0}}, True),  # 0: as many as the seats allow
        ({"options": {"items": 1}}, False),
        ({"public": True}, True),
    ],
)
def test_what_the_body_names_must_suit_and_nothing_else(
    server: Running, wishes: dict[str, object], found: bool
) -> None:
    code = server.create(game="arena", seats=4, round_s=60, options={"map": "islands"})
    status, other = quick(server, game="arena", **wishes)
    assert (status, other == code) == ((200, True) if found else (201, False))


def test_a_new_session_is_as_wished(server: Running) -> None:
    status, body = server.post("/api/quickplay", {"game": "toy", "seats": 7, "options": {"start": 9}})
    assert (status, body["seats"], body["options"]["start"]) == (201, 7, 9)
    assert quick(server, options={"start": 9}) == (200, body["code"])


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (b"{", 400, "invalid_settings"),
        (b'{"game": "chess"}', 400, "invalid_settings"),
        (b'{"game": "toy", "options": {"lives": 1}}', 400, "invalid_settings"),
        (b'{"game": "toy", "options": {"start": 1000}}', 400, "invalid_settings"),
        (b"x" * 20_000, 413, "body_too_large"),
    ],
)
def test_a_wrong_body_is_refused_whether_or_not_one_is_open(
    server: Running, body: bytes, status: int, error: str
) -> None:
    for _ in range(2):
        answer_status, answer = server.post("/api/quickplay", body)
        assert (answer_status, answer["error"]) == (status, error)
        server.create(game="toy")


def test_a_full_server_still_finds_and_refuses_only_to_create(server: Running) -> None:
    code = [server.create(game="toy") for _ in range(8)][-1]
    assert quick(server) == (200, code)
    status, body = server.post("/api/quickplay", {"game": "toy", "seats": 9})
    assert (status, body["error"]) == (503, "server_full")


def test_many_at_once_make_one_session(server: Running) -> None:
    with ThreadPoolExecutor(16) as askers:
        answers = list(askers.map(lambda _: quick(server), range(16)))
    assert len({code for _, code in answers}) == 1
    assert sorted(status for status, _ in answers) == [200] * 15 + [201]


async def test_two_askers_and_one_free_seat(server: Running) -> None:
    """Both are sent there; one of them finds it full, asks again, and gets another session."""
    code = server.create(game="toy", seats=2)
    async with AsyncExitStack() as stack:
        await sit(server, code, 1, stack)
        assert [quick(server), quick(server)] == [(200, code)] * 2
        await sit(server, code, 1, stack)
        late = await stack.enter_async_context(Talker(server.websocket_url, code))
        await late.say(0, FINGERPRINT, "Late")
        assert await late.closed() == (4005, "session_full")
        status, other = quick(server)
        assert (status, other != code) == (201, True)
