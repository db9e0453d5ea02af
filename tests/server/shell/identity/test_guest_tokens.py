"""Seats' tokens: what we signed for this session is taken, nothing else."""

import base64
import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.server.shell.identity.guest_tokens import AUDIENCE, BEYOND_GRACE_S, GuestTokens, development_key
from tickroom.server.shell.identity.identity import NotAuthenticated

KEY = b"0123456789abcdef0123456789abcdef"
CODE = "K7P2QX"
RANDOM = "q" * 22


class Clock:
    now_s = 1_800_000_000.5

    def __call__(self) -> float:
        return self.now_s


def claims(**changed: object) -> dict[str, object]:
    now = int(Clock.now_s)
    usual = {"sub": "3", "ses": CODE, "seat": 2, "jti": RANDOM, "iat": now, "exp": now + 60, "aud": AUDIENCE}
    return {name: value for name, value in (usual | changed).items() if value is not None}


def unsigned(header: object, payload: object, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_ours_comes_back_as_the_random_token() -> None:
    tokens = GuestTokens(KEY, Clock())
    token = tokens.sign(CODE, 3, 2, RANDOM, grace_s=60)
    assert len(token) < 512
    assert tokens.random_token(token, CODE) == RANDOM
    told = jwt.decode(token, options={"verify_signature": False})
    assert (told["sub"], told["ses"], told["seat"], told["jti"]) == ("3", CODE, 2, RANDOM)


def test_it_expires_a_day_after_the_grace_time() -> None:
    clock = Clock()
    tokens = GuestTokens(KEY, clock)
    token = tokens.sign(CODE, 3, 2, RANDOM, grace_s=60)
    clock.now_s = int(clock.now_s) + 60 + BEYOND_GRACE_S - 0.001
    assert tokens.random_token(token, CODE) == RANDOM
    clock.now_s += 0.001
    with pytest.raises(NotAuthenticated, match="expired"):
        tokens.random_token(token, CODE)


@pytest.mark.parametrize(
    "token",
    [
        jwt.encode(claims(ses="ABCDEF"), KEY, "HS256"),  # of another session
        jwt.encode(claims(), b"another key, of 32 bytes or more", "HS256"),
        jwt.encode(claims(), KEY * 2, "HS512"),
        jwt.encode(claims(), KEY + KEY, "HS256"),
        jwt.encode(claims(aud="somebody else"), KEY, "HS256"),
        jwt.encode(claims(aud=None), KEY, "HS256"),  # an account's token, signed with the same key by mistake
        *(jwt.encode(claims(**{name: None}), KEY, "HS256") for name in ("sub", "ses", "seat", "jti", "iat", "exp")),
        jwt.encode(claims(exp=int(Clock.now_s)), KEY, "HS256"),
        unsigned({"alg": "none"}, claims()),
        unsigned({"alg": "HS256"}, claims()),
        unsigned({"alg": ["HS256"]}, claims()),
        unsigned([], claims()),
        base64.urlsafe_b64encode(b"[" * 370).decode() + ".e30.e30",  # brackets that a parser would descend into
        RANDOM,  # the core's token itself
        "",
        "..",
        "a.b.c",
    ],
)
def test_all_else_is_refused(token: str) -> None:
    with pytest.raises(NotAuthenticated) as refusal:
        GuestTokens(KEY, Clock()).random_token(token, CODE)
    assert RANDOM not in str(refusal.value)
    assert not token or token not in str(refusal.value)


@given(st.data())
def test_no_other_bytes_pass(data: st.DataObject) -> None:
    tokens = GuestTokens(KEY, Clock())
    token = tokens.sign(CODE, 3, 2, RANDOM, grace_s=60)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(min_codepoint=32, max_codepoint=126))
    changed = token[:at] + other + token[at + 1 :]
    signature = base64.urlsafe_b64decode(changed.rpartition(".")[2] + "==") if changed.count(".") == 2 else b""
    # The last letter of a signature carries two bits that no byte has: another letter can mean the same signature.
    is_same = changed.rpartition(".")[0] == token.rpartition(".")[0] and signature == base64.urlsafe_b64decode(
        token.rpartition(".")[2] + "=="
    )
    if is_same:
        assert tokens.random_token(changed, CODE) == RANDOM
    else:
        with pytest.raises(NotAuthenticated):
            tokens.random_token(changed, CODE)


@given(st.text(max_size=600))
def test_any_text_is_survived(text: str) -> None:
    with pytest.raises(NotAuthenticated):
        GuestTokens(KEY, Clock()).random_token(text, CODE)


def test_development_keys_differ() -> None:
    assert development_key() != development_key()


def test_a_digest_is_the_same_for_the_same_and_needs_the_key() -> None:
    tokens = GuestTokens(KEY, Clock())
    assert tokens.digest("203.0.113.5") == tokens.digest("203.0.113.5")
    assert tokens.digest("203.0.113.5") != tokens.digest("203.0.113.6")
    assert tokens.digest("203.0.113.5") != GuestTokens(development_key(), Clock()).digest("203.0.113.5")
