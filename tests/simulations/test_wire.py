import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickroom.game.arena.schema import SCHEMA
from tickroom.protocol.messages import (
    ClientMessage,
    ClientMessageDecoder,
    Hello,
    Input,
    Leave,
    Member,
    Ping,
    Pong,
    Request,
    Resync,
    Welcome,
)
from tickroom.protocol.messages import encode as encode_by_server
from tickroom.simulations.errors import ServerFault
from tickroom.simulations.wire import decode, encode


@pytest.mark.parametrize(
    "message",
    [
        Hello(2**32 - 1, "Zoë"),
        Hello(0, "x", "token", True),
        Input(2**31 - 1, (-127, 127, 1)),
        Request(3, "collect", [-(2**31), 2**31 - 1]),
        Ping(2**32 - 1),
        Resync(5, 77),
        Leave(),
    ],
)
def test_the_server_reads_what_the_client_writes(message: ClientMessage) -> None:
    read = ClientMessageDecoder(SCHEMA).decode(encode(message))
    assert encode_by_server(read) == encode_by_server(message)


def test_the_client_reads_what_the_server_writes() -> None:
    welcome = Welcome(
        "K7P2QX",
        1,
        0,
        "t",
        3,
        20,
        "arena",
        (4, 1),
        {"map": 2},
        20,
        60,
        (Member(1, 0, "Ä", False, True),),
        ((2, "Ö"),),
        1,
    )
    assert decode(encode_by_server(welcome)) == welcome
    assert decode(encode_by_server(Pong(1, 2, 3))) == Pong(1, 2, 3)
    assert decode(msgpack.packb([2, 5, 0, 1])) == [2, 5, 0, 1]


@given(payload=st.binary(max_size=64))
def test_garbage_raises_its_one_error(payload: bytes) -> None:
    try:
        decode(payload)
    except ServerFault:
        return


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(items=st.lists(VALUES, max_size=6), kind=st.integers(0, 15))
def test_any_array_is_a_message_or_raises_its_one_error(items: list[object], kind: int) -> None:
    try:
        decode(msgpack.packb([kind, *items]))
    except ServerFault:
        return
