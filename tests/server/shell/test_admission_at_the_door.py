"""Budgets by address as clients meet them: HTTP answers and close codes, each with its reason and its counter."""

import http.client
import urllib.error
from collections.abc import Iterator
from contextlib import AbstractContextManager, AsyncExitStack

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import ERROR, Talker
from tickroom.server.shell.limits.admission import REFUSALS_ANSWERED, TURNED_AWAY_IN_WORDS
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.settings import ServerSettings

RATE_LIMITED = 20


def server_with(
    limits: Limits, fast: bool = True, trusted_proxies: tuple[str, ...] = ()
) -> AbstractContextManager[Running]:
    settings = ServerSettings(limits=limits, fast_path=fast, trusted_proxies=trusted_proxies)
    return running(settings, {"toy": ToyGame()})


@pytest.fixture(params=[True, False], ids=["fast", "plain"])
def few_connections(request: pytest.FixtureRequest) -> Iterator[Running]:
    with server_with(Limits(connections_per_minute=4, connections_per_address=2), request.param) as one:
        yield one


async def test_sockets_at_once_and_in_a_minute(few_connections: Running) -> None:
    server = few_connections
    code = server.create(game="toy")
    async with AsyncExitStack() as stack:
        inside = [await stack.enter_async_context(Talker(server.websocket_url, code)) for _ in range(2)]
        for nickname, talker in zip(("Ann", "Bob"), inside, strict=True):
            await talker.hello(nickname)
        async with Talker(server.websocket_url, code) as third:
            assert await third.closed() == (4029, "rate_limited")
            assert third.heard[0][:3] == [ERROR, RATE_LIMITED, "connections_at_once"]
            assert third.heard[0][3] > 0
    for _ in range(2):  # both are gone, and two of the four in this minute are left
        async with Talker(server.websocket_url, code) as talker:
            await talker.hello()
    async with Talker(server.websocket_url, code) as fifth:
        assert await fifth.closed() == (4029, "rate_limited")
        assert fifth.heard[0][2] == "connections_per_minute"
        assert 50_000 < fifth.heard[0][3] <= 60_000
    stats = server.get("/api/stats")[1]
    assert stats["limited"] == {"connections_at_once": 1, "connections_per_minute": 1}
    assert stats["closes"]["rate_limited"] == 2


@pytest.fixture
def few_codes() -> Iterator[Running]:
    with server_with(Limits(unknown_codes_per_minute=3)) as one:
        yield one


async def test_codes_cannot_be_guessed(few_codes: Running) -> None:
    server = few_codes
    code = server.create(game="toy")
    assert server.get("/api/sessions/AAAAAA")[0] == 404
    assert server.get("/api/sessions/nonsense")[0] == 404
    async with Talker(server.websocket_url, "BBBBBB") as talker:
        assert (await talker.closed())[0] == 4004
    # The budget is one for both ways, and from now on a right code is not told from a wrong one.
    for guess in ("CCCCCC", code):
        status, body = server.get(f"/api/sessions/{guess}")
        assert (status, body["error"], body["limit"]) == (429, "rate_limited", "unknown_codes")
        async with Talker(server.websocket_url, guess) as talker:
            assert await talker.closed() == (4029, "rate_limited")
    assert server.get("/api/stats")[1]["limited"] == {"unknown_codes": 4}


async def test_who_names_right_codes_is_not_limited(few_codes: Running) -> None:
    code = few_codes.create(game="toy")
    assert {few_codes.get(f"/api/sessions/{code}")[0] for _ in range(20)} == {200}


def test_creating_is_limited_and_quick_play_with_it() -> None:
    with server_with(Limits(creates_per_minute=2)) as server:
        assert server.post("/api/sessions", {"game": "toy"})[0] == 201
        assert server.post("/api/quickplay", {"game": "toy"})[0] == 200
        for path in ("/api/sessions", "/api/quickplay"):
            status, body = server.post(path, {"game": "toy"})
            assert (status, body["error"], body["limit"]) == (429, "rate_limited", "creates")
            assert 0 < body["retry_after_ms"] <= 60_000
        assert server.get("/api/sessions")[0] == 200


def test_the_api_is_limited_and_health_is_not() -> None:
    with server_with(Limits(api_requests_per_minute=5)) as server:
        assert [server.get("/api/sessions")[0] for _ in range(6)] == [200] * 5 + [429]
        assert server.get("/healthz")[0] == 200
        assert server.ask(lambda node: node.statistics.limited) == {"api_requests": 1}


def test_seats_in_all() -> None:
    with server_with(Limits(max_seats=10)) as server:
        assert server.post("/api/sessions", {"game": "toy", "seats": 6})[0] == 201
        status, body = server.post("/api/sessions", {"game": "toy", "seats": 5})
        assert (status, body["error"]) == (503, "server_full")
        assert server.post("/api/sessions", {"game": "toy", "seats": 4})[0] == 201


async def test_above_the_memory_mark_those_inside_play_on() -> None:
    with server_with(Limits(max_memory_mb=1_000_000)) as server:
        code = server.create(game="toy")
        async with Talker(server.websocket_url, code) as ann:
            await ann.hello("Ann")
            server.admission._memory._resident = lambda: 2 * 10**12
            server.admission._memory._looked_ns = 0
            assert server.post("/api/sessions", {"game": "toy"})[0] == 503
            async with Talker(server.websocket_url, code) as bob:
                assert (await bob.closed())[0] == 1013
            await ann.say(3, 77)
            assert (await ann.hear(11))[1] == 77, "a pong: who is in stays in"
            assert server.get("/api/stats")[1]["limited"] == {"memory": 2}


async def test_behind_a_trusted_proxy_each_client_counts_for_itself() -> None:
    limits = Limits(api_requests_per_minute=2)
    with server_with(limits, trusted_proxies=("127.0.0.0/8",)) as server:

        def ask(*forwarded: str) -> int:
            return server.get("/api/sessions", headers={"X-Forwarded-For": ", ".join(forwarded)})[0]

        assert [ask("203.0.113.1") for _ in range(3)] == [200, 200, 429]
        assert ask("203.0.113.2") == 200
        assert ask("198.51.100.77", "203.0.113.1") == 429, "what the client put in front does not count"


def test_without_trusted_proxies_the_header_is_nobodys() -> None:
    with server_with(Limits(api_requests_per_minute=2)) as server:
        told = [server.get("/api/sessions", headers={"X-Forwarded-For": f"203.0.113.{n}"})[0] for n in range(3)]
        assert told == [200, 200, 429]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("localhost.evil.example", 421),
        ("evil.example:2567", 421),
        ("127.0.0.1.evil.example", 421),
        ("bad host", 421),
        ("localhost", 200),
        ("LOCALHOST:99", 200),
        ("127.0.0.1:1", 200),
        ("[::1]:5", 200),
        ("192.168.7.7", 200),
        ("play.example.org", 200),
    ],
)
def test_a_loopback_server_answers_to_its_own_names(host: str, status: int) -> None:
    settings = ServerSettings(public_url="https://play.example.org")
    with running(settings, {"toy": ToyGame()}) as server:
        for path in ("/api/sessions", "/healthz", "/"):
            got = server.get(path, headers={"Host": host})[0]
            assert got == status or (path == "/" and status == 200 and got == 503)  # 503: the page is not built
        assert server.ask(lambda node: node.statistics.hosts_refused) == (3 if status == 421 else 0)


async def test_who_is_refused_on_and_on_is_dropped_unheard() -> None:
    with server_with(Limits(connections_per_minute=1, api_requests_per_minute=1)) as server:
        assert server.get("/api/sessions")[0] == 200
        for _ in range(REFUSALS_ANSWERED):
            assert server.get("/api/sessions")[0] == 429
        with pytest.raises((ConnectionError, urllib.error.URLError)):
            server.get("/healthz")


def test_who_is_refused_on_and_on_keeps_no_connection_either() -> None:
    """Else one that was opened before could ask for ever, and have an answer each time."""
    with server_with(Limits(api_requests_per_minute=3)) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
        kept = []
        for _ in range(3 + REFUSALS_ANSWERED):
            connection.request("GET", "/api/stats")
            answer = connection.getresponse()
            answer.read()
            kept.append(not answer.will_close)
        connection.close()
    assert kept == [True] * (3 + REFUSALS_ANSWERED - 1) + [False]


@pytest.mark.parametrize("fast", [True, False], ids=["fast", "plain"])
async def test_a_flood_from_a_strangers_page_gets_no_handshake_and_its_visitor_still_plays(fast: bool) -> None:
    with server_with(Limits(), fast) as server:
        address = f"{server.websocket_url}/ws/lobby"
        for _ in range(TURNED_AWAY_IN_WORDS):
            async with connect(address, origin=Origin("https://evil.example"), compression=None) as socket:
                await socket.wait_closed()
                assert socket.close_code == 4003
        with pytest.raises(InvalidStatus) as refused:
            await connect(address, origin=Origin("https://evil.example"), compression=None)
        assert refused.value.response.status_code == 403
        async with Talker(server.websocket_url, server.create(game="toy")) as visitor:
            await visitor.hello()
        assert server.ask(lambda node: node.statistics.origins_refused) == TURNED_AWAY_IN_WORDS + 1
