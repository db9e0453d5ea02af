"""Whatever bytes come in: one valid message, or MalformedMessage. Never anything else, never a message out of range."""

from __future__ import annotations

import random

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tickroom.protocol.message_vectors import message_vectors
from tickroom.protocol.messages import (
    INT32_MAX,
    ClientMessage,
    ClientMessageDecoder,
    Hello,
    Input,
    Leave,
    MalformedMessage,
    Ping,
    Read,
    Request,
    Resync,
    Revise,
    Say,
    Typing,
    encode,
)
from tickroom.protocol.nickname import clean_nickname
from tickroom.protocol.schema import Field, Schema
from tickroom.protocol.tables import Column, Table

SCHEMA = Schema(
    "test", 1, (Table("t", (Column("c"),)),), (Field("x", -127, 127), Field("y", -127, 127), Field("buttons", 0, 1))
)
DECODER = ClientMessageDecoder(SCHEMA)
VALID = [bytes.fromhex(vector["hex"]) for vector in message_vectors() if vector["direction"] == "client"]

# Bytes that begin something in MessagePack, drawn more often than chance would.
MARKERS = bytes([0x80, 0x81, 0x90, 0x91, 0x9F, 0xA0, 0xBF, *range(0xC0, 0xE0), 0xFF, 0x7F, 0x00])
ROUNDS = 100_000


def assert_valid(message: ClientMessage) -> None:
    """The ranges of docs/protocol.md, written out a second time."""
    match message:
        case Hello(fingerprint, nickname, token, bot, watch, password, identity):
            assert 0 <= fingerprint < 2**32
            assert nickname == clean_nickname(nickname)
            assert token is None or (len(token) <= 512 and token.isascii())
            assert password is None or len(password) <= 64
            assert identity is None or (len(identity) <= 2048 and identity.isascii())
            assert type(bot) is type(watch) is bool
        case Input(tick, values):
            assert 0 <= tick <= INT32_MAX
            x, y, buttons = values
            assert -127 <= x <= 127
            assert -127 <= y <= 127
            assert buttons in (0, 1)
        case Request(number, action, arguments):
            assert 0 <= number <= INT32_MAX
            assert 1 <= len(action) <= 32
            assert len(arguments) <= 8
            assert all(-(2**31) <= argument < 2**31 for argument in arguments)
        case Ping(echo):
            assert 0 <= echo < 2**32
        case Resync(tick, checksum):
            assert 0 <= tick <= INT32_MAX
            assert 0 <= checksum < 2**32
        case Say(number, channel, text):
            assert 0 <= number <= INT32_MAX
            assert 0 <= channel <= 255
            assert len(text) <= 600
        case Typing(channel, on):
            assert 0 <= channel <= 255
            assert type(on) is bool
        case Read(line):
            assert 1 <= line <= INT32_MAX
        case Revise(number, line, new_text):
            assert 0 <= number <= INT32_MAX
            assert 1 <= line <= INT32_MAX
            assert new_text is None or len(new_text) <= 600
        case Leave():
            pass
        case _:
            pytest.fail(f"not a message of a client: {message!r}")


def receive(payload: bytes) -> ClientMessage | None:
    """The checked message in the bytes, None if they are refused; anything else that is raised fails the test."""
    try:
        message = DECODER.decode(payload)
    except MalformedMessage:
        return None
    assert_valid(message)
    assert DECODER.decode(encode(message)) == message
    return message


@st.composite
def mutations(draw: st.DrawFn) -> bytes:
    payload = bytearray(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(payload)))
        piece = draw(st.binary(max_size=4) | st.sampled_from([bytes([marker]) for marker in MARKERS]))
        payload[place : place + draw(st.integers(0, 3))] = piece
    return bytes(payload)


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=30)
    | st.binary(max_size=9),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=1000)
@given(st.binary(max_size=80))
@example(b"\x93\x00\x00\xa1\xff")
def test_random_bytes(payload: bytes) -> None:
    receive(payload)


@settings(max_examples=1000)
@given(mutations())
def test_mutated_messages(payload: bytes) -> None:
    receive(payload)


@settings(max_examples=1000)
@given(st.integers(-1, 10), st.lists(values, max_size=8))
def test_messagepack_of_anything(kind: int, items: list[object]) -> None:
    receive(msgspec.msgpack.encode([kind, *items]))


def test_a_hundred_thousand_mutations() -> None:
    """The same with a plain generator: cheap enough for many rounds. Its seed is fixed, so that red stays red."""
    generator = random.Random(20_26)
    accepted = 0
    for _ in range(ROUNDS):
        payload = bytearray(generator.choice(VALID))
        for _ in range(generator.randrange(1, 5)):
            place = generator.randrange(len(payload) + 1)
            change = generator.randrange(4)
            if change == 0:
                payload[place:] = generator.randbytes(generator.randrange(4))
            elif change == 1:
                payload[place : place + 1] = bytes([generator.choice(MARKERS)])
            elif change == 2:
                payload[place:place] = generator.choice(VALID)[: generator.randrange(8)]
            elif payload:
                payload[place % len(payload)] ^= 1 << generator.randrange(8)
        accepted += receive(bytes(payload)) is not None
    assert ROUNDS * 0.01 < accepted < ROUNDS * 0.5, "mutations that never or nearly always pass show nothing"


@pytest.mark.parametrize(
    "message",
    [
        Hello(2**32, "Ann"),
        Hello(0, "Ann\u202e"),
        Hello(0, "Ann", "t" * 513),
        Hello(0, "Ann", password="p" * 65),
        Say(1, 0, "a" * 601),
        Revise(1, 0, "a"),
        Input(2**31, (0, 0, 0)),
        Input(0, (128, 0, 0)),
        Request(0, "", []),
        Request(0, "a", [2**31]),
        Ping(-1),
        Resync(0, 2**32),
        Resync(-1, 0),
    ],
)
def test_the_check_of_ranges_can_fail(message: ClientMessage) -> None:
    with pytest.raises((AssertionError, MalformedMessage)):
        assert_valid(message)
