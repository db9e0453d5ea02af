"""Accounts' tokens of an issuer, by secret and by key set."""

import asyncio
import base64
import hmac
import json
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tickroom.server.shell.identity.accounts import Accounts, AuthMode, AuthSettings, bearer_token
from tickroom.server.shell.identity.identity import Identity, KeysUnavailable, NotAuthenticated
from tickroom.server.shell.identity.key_set import KEEP_S, REFRESH_EVERY_S, KeySet, reader_of

SECRET = b"a secret of the issuer's, 32 bytes or more"
NOW = 1_800_000_000
RSA = rsa.generate_private_key(65537, 2048)
PUBLIC_PEM = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
EC = ec.generate_private_key(ec.SECP256R1())


def accounts(**settings: Any) -> Accounts:
    return Accounts(AuthSettings(AuthMode.REQUIRED, **settings), lambda: NOW, time.monotonic)


def signed(key: Any, algorithm: str, key_id: str | None = None, **claims: Any) -> str:
    headers = {"kid": key_id} if key_id is not None else None
    given = {name: value for name, value in ({"sub": "u-1", "exp": NOW + 60} | claims).items() if value is not None}
    return jwt.encode(given, key, algorithm, headers)


def key_set(**keys: Any) -> bytes:
    found = []
    for key_id, key in keys.items():
        kind = (
            jwt.algorithms.ECAlgorithm if isinstance(key, ec.EllipticCurvePrivateKey) else jwt.algorithms.RSAAlgorithm
        )
        algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
        found.append(json.loads(kind.to_jwk(key.public_key())) | {"kid": key_id, "use": "sig", "alg": algorithm})
    return json.dumps({"keys": found}).encode()


async def test_claims_become_an_identity() -> None:
    token = signed(SECRET, "HS256", name="Ann", roles=["operator", 7, "judge"])
    identity = await accounts(secret=SECRET).identify(token)
    assert identity == Identity("u-1", "Ann", frozenset({"operator", "judge"}))


async def test_claims_can_be_named() -> None:
    token = signed(SECRET, "HS256", name="Ann", nickname="annie", scope="play watch")
    identity = await accounts(secret=SECRET, name_claim="nickname", roles_claim="scope").identify(token)
    assert identity == Identity("u-1", "annie", frozenset({"play", "watch"}))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 30},
        {"exp": None},
        {"exp": float("nan")},
        {"nbf": NOW + 31},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"aud": "another-game"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 201},
    ],
)
async def test_what_is_not_for_us_now_is_refused(claims: dict[str, Any]) -> None:
    ours = {"iss": "https://id.example", "aud": "tickroom"}
    judge = accounts(secret=SECRET, issuer="https://id.example", audience="tickroom")
    assert (await judge.identify(signed(SECRET, "HS256", **ours))).subject == "u-1"
    with pytest.raises(NotAuthenticated):
        await judge.identify(signed(SECRET, "HS256", **(ours | claims)))


@pytest.mark.parametrize(
    "token",
    [
        signed(SECRET + b"!", "HS256"),
        signed(SECRET * 2, "HS512"),
        signed(None, "none"),
        signed(RSA, "RS256"),
        base64.urlsafe_b64encode(b"[" * 1500).decode() + ".e30.e30",
        "",
        "a.b",
    ],
)
async def test_another_signature_is_none(token: str) -> None:
    with pytest.raises(NotAuthenticated):
        await accounts(secret=SECRET).identify(token)


async def test_a_seats_token_is_no_account() -> None:
    token = signed(SECRET, "HS256", aud="tickroom.seat")
    with pytest.raises(NotAuthenticated):
        await accounts(secret=SECRET).identify(token)


async def test_key_set_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(r=RSA, e=EC))
    judge = accounts(key_set=str(file))
    assert (await judge.identify(signed(RSA, "RS256", "r"))).subject == "u-1"
    assert (await judge.identify(signed(EC, "ES256", "e"))).subject == "u-1"
    for token in (
        signed(RSA, "RS256", "e"),  # a key's algorithm is the key's, not the token's
        signed(rsa.generate_private_key(65537, 2048), "RS256", "r"),
        signed(RSA, "RS512", "r"),
        signed(RSA, "PS256", "r"),
        signed(RSA, "RS256"),  # which of the two?
        signed(SECRET, "HS256", "r"),
        signed(None, "none", "r"),
    ):
        with pytest.raises(NotAuthenticated):
            await judge.identify(token)


async def test_a_public_key_is_no_secret(tmp_path: Path) -> None:
    """The classic: the issuer's public key, which everybody has, used as the secret of HS256 (RFC 8725 2.1)."""
    file = tmp_path / "keys.json"
    file.write_bytes(key_set(r=RSA))
    said = signed(b"x" * 32, "HS256", "r").rpartition(".")[0]
    signature = base64.urlsafe_b64encode(hmac.digest(PUBLIC_PEM, said.encode(), "sha256")).rstrip(b"=").decode()
    with pytest.raises(NotAuthenticated):
        await accounts(key_set=str(file)).identify(f"{said}.{signature}")


async def test_a_set_of_one_key_needs_no_id() -> None:
    keys = KeySet(lambda: key_set(r=RSA), lambda: 0.0)
    assert await keys.key(None) is not None


class Issuer:
    """Counts how often its keys are read."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.served: bytes | None = key_set(r=RSA)
        self.reads = 0
        self.keys = KeySet(self._read, lambda: self.now_s)

    def _read(self) -> bytes:
        self.reads += 1
        if self.served is None:
            raise OSError("not reachable")
        return self.served


async def test_keys_are_read_once_and_for_an_unknown_id_at_most_every_30_seconds() -> None:
    issuer = Issuer()
    for _ in range(5):
        assert await issuer.keys.key("r") is not None
        assert await issuer.keys.key("made-up") is None
    assert issuer.reads == 1
    issuer.served = key_set(r=RSA, e=EC)
    issuer.now_s = REFRESH_EVERY_S - 1
    assert await issuer.keys.key("e") is None
    issuer.now_s = REFRESH_EVERY_S
    assert await issuer.keys.key("e") is not None
    assert issuer.reads == 2


async def test_an_issuer_who_is_away_is_not_the_players_fault() -> None:
    issuer = Issuer()
    issuer.served = None
    with pytest.raises(KeysUnavailable):
        await issuer.keys.key("r")
    issuer.served = key_set(r=RSA)
    issuer.now_s = REFRESH_EVERY_S
    assert await issuer.keys.key("r") is not None
    issuer.served = None
    issuer.now_s += REFRESH_EVERY_S
    assert await issuer.keys.key("made-up") is None
    assert await issuer.keys.key("r") is not None  # what it had goes on to count


@pytest.mark.parametrize(
    "served",
    [
        *(b"", b"[]", b"{}", b"\xff", b"[" * 5000),
        *(b'{"keys": 1}', b'{"keys": []}', b'{"keys": [1]}', b'{"keys": [{"kty": []}]}'),
        key_set(r=RSA).replace(b'"r"', b'["r"]'),
        key_set(r=RSA).replace(b'"n": "', b'"n": 1, "m": "'),
    ],
)
async def test_an_issuer_who_serves_nonsense(served: bytes) -> None:
    issuer = Issuer()
    issuer.served = served
    with pytest.raises(KeysUnavailable):
        await issuer.keys.key("r")


@pytest.mark.parametrize("answer", [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"])
async def test_an_issuer_who_speaks_no_http(answer: bytes) -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(KeysUnavailable):
            await KeySet(reader_of(f"http://127.0.0.1:{port}/keys"), lambda: 0.0).key("r")


async def test_a_key_that_was_withdrawn_is_void_within_the_hour() -> None:
    issuer = Issuer()
    assert await issuer.keys.key("r") is not None
    issuer.served = key_set(e=EC)
    issuer.now_s = KEEP_S
    await issuer.keys.key("e")  # waits for the reading that the hour's end began
    assert await issuer.keys.key("r") is None


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("Bearer abc", "abc"),
        ("bearer  abc ", "abc"),
        ("Basic abc", None),
        ("Bearer", None),
        ("", None),
        (None, None),
    ],
)
def test_bearer(header: str | None, token: str | None) -> None:
    assert bearer_token(header) == token


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        (AuthSettings(secret=b"short"), "at least 32 bytes"),
        (AuthSettings(secret=SECRET, key_set="keys.json"), "not both"),
        (AuthSettings(key_set="http://id.example/keys"), "https"),
        (AuthSettings(secret=PUBLIC_PEM), "public key"),
    ],
)
def test_faults(settings: AuthSettings, fault: str) -> None:
    assert fault in "".join(settings.faults())


def test_secrets_are_not_printed() -> None:
    assert "secret of the issuer" not in repr(AuthSettings(AuthMode.REQUIRED, SECRET))
    assert AuthSettings(key_set="http://127.0.0.1:8/keys").faults() == []
