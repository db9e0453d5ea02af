"""Accounts over HTTP and in the hello, and a deployment's own way to know people."""

import asyncio
import logging
import time
from collections.abc import Iterator

import jwt
import pytest
from starlette.requests import HTTPConnection
from websockets.exceptions import ConnectionClosed

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import FINGERPRINT, WELCOME, Talker
from tickroom.server.core.settings import SessionSettings
from tickroom.server.shell.identity import recognition
from tickroom.server.shell.identity.accounts import AuthMode, AuthSettings
from tickroom.server.shell.identity.identity import Identity, KeysUnavailable, NotAuthenticated
from tickroom.server.shell.settings import ServerSettings

SECRET = b"a secret of the issuer's, 32 bytes or more"


def token(**claims: object) -> str:
    return jwt.encode({"sub": "u-1", "exp": int(time.time()) + 60, "name": "Ann of id"} | claims, SECRET, "HS256")


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def serve(mode: AuthMode) -> Iterator[Running]:
    with running(ServerSettings(auth=AuthSettings(mode, SECRET)), {"toy": ToyGame()}) as one:
        yield one


@pytest.fixture(scope="module")
def required() -> Iterator[Running]:
    yield from serve(AuthMode.REQUIRED)


@pytest.fixture(scope="module")
def optional() -> Iterator[Running]:
    yield from serve(AuthMode.OPTIONAL)


def create(server: Running) -> str:
    status, body = server.post("/api/sessions", {"game": "toy"}, bearer(token()))
    assert status == 201
    code: str = body["code"]
    return code


async def say_hello(server: Running, code: str, identity: str | None) -> tuple[int, str] | str:
    """The nickname that the session knows; or the close."""
    async with Talker(server.websocket_url, code) as talker:
        await talker.say(0, FINGERPRINT, "Typed", None, False, False, None, identity)
        try:
            welcome = await talker.hear(WELCOME)
        except ConnectionClosed:
            return await talker.closed()
        nickname: str = next(member[2] for member in welcome[12] if member[0] == welcome[2])
        return nickname


def test_http_needs_an_account(required: Running) -> None:
    for path in ("/api/sessions", "/api/sessions/AAAAAA"):
        status, body = required.get(path)
        assert (status, body["error"]) == (401, "not_authenticated")
    for path in ("/api/sessions", "/api/quickplay"):
        assert required.post(path, {"game": "toy"})[0] == 401
        assert required.post(path, {"game": "toy"}, bearer(token(exp=1)))[0] == 401
        assert required.post(path, {"game": "toy"}, bearer(token()))[0] in (200, 201)
    assert required.get("/api/sessions", bearer(token()))[0] == 200
    assert required.get("/healthz")[0] == 200


def test_a_token_in_the_address_does_not_count(required: Running) -> None:
    assert required.get(f"/api/sessions?access_token={token()}&identity={token()}")[0] == 401


async def test_the_hello_needs_an_account(required: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code, good = create(required), token()
    assert await say_hello(required, code, None) == (4001, "not_authenticated")
    for bad in (token(exp=1), good[:-3] + "AAA", jwt.encode({"sub": "u"}, b"x" * 32, "HS256"), "nonsense", "[" * 2048):
        assert await say_hello(required, code, bad) == (4001, "not_authenticated")
    assert await say_hello(required, code, good) == "Ann of id"
    assert good not in caplog.text
    assert required.node.statistics.not_authenticated >= 6


async def test_where_it_is_optional_guests_play_and_bad_tokens_do_not(optional: Running) -> None:
    code = optional.create(game="toy")
    assert await say_hello(optional, code, None) == "Typed"
    assert await say_hello(optional, code, token()) == "Ann of id"
    assert await say_hello(optional, code, token(name=None)) == "Typed"
    assert await say_hello(optional, code, token(exp=1)) == (4001, "not_authenticated")
    assert optional.get("/api/sessions", bearer(token(exp=1)))[0] == 401


@pytest.mark.parametrize("name", ["", "  ", "a" * 300, "\u202eevil", "a\nb", 7, {"x": 1}])
async def test_a_name_that_cannot_be_shown_is_not(optional: Running, name: object) -> None:
    shown = await say_hello(optional, optional.create(game="toy"), token(name=name))
    assert shown in ("Typed", "a" * 24)


async def test_a_deployments_own_way() -> None:
    async def by_cookie(connection: HTTPConnection) -> Identity | None:
        return Identity("c-1", "Cookie Ann") if connection.cookies.get("session") == "good" else None

    settings = ServerSettings(auth=AuthSettings(AuthMode.REQUIRED))
    with running(settings, {"toy": ToyGame()}, by_cookie) as server:
        assert server.get("/api/sessions")[0] == 401
        assert server.get("/api/sessions", bearer(token()))[0] == 401, "no keys, no tokens"
        assert server.get("/api/sessions", {"Cookie": "session=bad"})[0] == 401
        assert server.get("/api/sessions", {"Cookie": "session=good"})[0] == 200


class Refusing:
    """A deployment's own way that does not answer, but raises."""

    def __init__(self) -> None:
        self.fault: Exception | None = None

    async def __call__(self, _connection: HTTPConnection) -> Identity | None:
        if self.fault is not None:
            raise self.fault
        return None


@pytest.mark.parametrize(
    ("fault", "status", "close", "is_logged"),
    [
        (NotAuthenticated("that cookie is old"), 401, 4001, False),
        (KeysUnavailable("the store is away"), 503, 1013, False),
        (ZeroDivisionError("a fault of the deployment's"), 503, 1013, True),
    ],
)
async def test_a_deployments_own_way_that_raises(
    fault: Exception, status: int, close: int, is_logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    way = Refusing()
    with running(ServerSettings(), {"toy": ToyGame()}, way) as server:
        code = server.create(game="toy")
        way.fault = fault
        assert server.get("/api/sessions")[0] == status
        for path in (code, "lobby"):
            async with Talker(server.websocket_url, path) as talker:
                assert (await talker.closed())[0] == close, path
        assert [record.name for record in caplog.records] == ["tickroom.identity"] * (3 if is_logged else 0)
        way.fault = None
        assert await say_hello(server, code, None) == "Typed"


@pytest.mark.parametrize("subject", [7, "", "\ud800", "x" * 201])
async def test_a_deployments_own_way_whose_subject_is_none(subject: object) -> None:
    """It goes into the journal, so one that cannot be written there must not come in."""

    async def wrong(_connection: HTTPConnection) -> Identity | None:
        return Identity(subject)  # type: ignore[arg-type]

    with running(ServerSettings(), {"toy": ToyGame()}, wrong) as server:
        assert server.get("/api/sessions")[0] == 503


async def test_a_deployments_own_way_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hanging(_connection: HTTPConnection) -> Identity | None:
        await asyncio.Event().wait()
        return None

    monkeypatch.setattr(recognition, "OWN_WAY_TIMEOUT_S", 0.1)
    with running(ServerSettings(), {"toy": ToyGame()}, hanging) as server:
        code = server.ask(lambda node: node.create(SessionSettings(game="toy"))).code
        assert server.get("/api/sessions")[0] == 503
        async with Talker(server.websocket_url, code) as talker:
            assert (await talker.closed())[0] == 1013
