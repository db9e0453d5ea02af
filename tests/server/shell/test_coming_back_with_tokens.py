"""Seats' tokens over the wire: whoever shows a wrong one gets nothing, and nobody's seat is touched."""

import base64
import json
import logging
from collections.abc import Iterator

import jwt
import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import Talker
from tickroom.server.shell.settings import ServerSettings

KEY = b"the key of this test: more than 32 bytes"


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    with running(ServerSettings(secret_key=KEY), {"toy": ToyGame()}) as one:
        yield one


def seats(server: Running, code: str) -> list[tuple[int, bool]]:
    """Player, and whether connected."""

    def look(node: object) -> list[tuple[int, bool]]:
        session = server.node.sessions[code]
        return [(seat.player, seat.connection is not None) for seat in session.members]

    return server.ask(look)


def claims_of(token: str) -> dict[str, object]:
    claims: dict[str, object] = jwt.decode(token, options={"verify_signature": False})
    return claims


async def test_the_welcomes_token_says_whose_it_is_and_brings_back(server: Running) -> None:
    code = server.create(game="toy", grace_s=30)
    async with Talker(server.websocket_url, code) as ann:
        welcome = await ann.hello("Ann")
    claims = claims_of(welcome[4])
    assert (claims["sub"], claims["ses"], claims["seat"]) == (str(welcome[2]), code, welcome[3])
    assert int(str(claims["exp"])) - int(str(claims["iat"])) == 30 + 24 * 3600
    async with Talker(server.websocket_url, code) as ann:
        again = await ann.hello("Ann", welcome[4])
        assert again[2:4] == welcome[2:4]
        assert claims_of(again[4])["jti"] != claims["jti"], "each is good once"


async def test_wrong_tokens_touch_nobodys_seat(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code, other = server.create(game="toy", grace_s=30), server.create(game="toy")
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, other) as bob:
        token = (await ann.hello("Ann"))[4]
        foreign = (await bob.hello("Bob"))[4]
        claims = claims_of(token)
        head, body, signature = token.split(".")
        nothing = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
        wrong = [
            foreign,
            str(claims["jti"]),
            f"{nothing}.{body}.",
            f"{nothing}.{body}.{signature}",
            f"{head}.{body}.{signature[:-4]}AAAA",
            jwt.encode(claims | {"exp": 1_000_000_000}, KEY, "HS256"),
            jwt.encode(claims | {"jti": "guessed"}, KEY, "HS256"),  # ours, but the core never gave it
            jwt.encode(claims, b"x" * 32, "HS256"),
            jwt.encode(claims, KEY * 2, "HS512"),
        ]
        before = seats(server, code)
        for one in wrong:
            async with Talker(server.websocket_url, code) as eve:
                await eve.say(0, ToyGame.schema.fingerprint, "Eve", one)
                assert (await eve.closed())[0] == 4001, one
            assert seats(server, code) == before
        await ann.say(3, 7)
        await ann.hear(11)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello("Ann", token)
    assert server.get("/api/stats")[1]["not_authenticated"] == len(wrong) - 1
    for secret in (token, str(claims["jti"]), foreign, KEY.decode()):
        assert secret not in caplog.text


async def test_a_server_that_starts_anew_with_its_key_knows_its_tokens(server: Running) -> None:
    with running(ServerSettings(secret_key=KEY), {"toy": ToyGame()}) as second:
        code = second.create(game="toy")
        async with Talker(second.websocket_url, code) as ann:
            token = (await ann.hello("Ann"))[4]
        assert server.node.tokens.random_token(token, code)
    with running(ServerSettings(), {"toy": ToyGame()}) as keyless:
        code = keyless.create(game="toy")
        async with Talker(keyless.websocket_url, code) as eve:
            await eve.say(0, ToyGame.schema.fingerprint, "Eve", token)
            assert (await eve.closed())[0] == 4001
