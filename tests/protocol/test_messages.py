"""What a client may say, kind by kind: the valid, the edges, and everything that is refused."""

from __future__ import annotations

import math
import struct

import msgpack
import msgspec
import pytest

from tickroom.protocol.message_vectors import FROM_CLIENT
from tickroom.protocol.messages import (
    MESSAGE_MAX_BYTES,
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
    encode_delta,
)
from tickroom.protocol.schema import Field, Schema
from tickroom.protocol.tables import Column, Table

SCHEMA = Schema(
    game="test",
    version=1,
    tables=(Table("walkers", (Column("x", gliding=True),)),),
    inputs=(Field("x", -127, 127), Field("y", -127, 127), Field("buttons", 0, 1)),
)
INT32_MIN, INT32_MAX, UINT32_MAX = -(2**31), 2**31 - 1, 2**32 - 1
TOKEN = "~" * 512
PASSWORD = "\N{GRINNING FACE}" * 64
IDENTITY = "~" * 2048


@pytest.fixture(scope="module")
def decoder() -> ClientMessageDecoder:
    return ClientMessageDecoder(SCHEMA)


def pack(*items: object) -> bytes:
    payload: bytes = msgpack.packb(list(items), datetime=True)
    return payload


VALID: dict[str, tuple[bytes, ClientMessage]] = {
    "hello": (pack(0, 5, "Ann", "token", True), Hello(5, "Ann", "token", True)),
    "hello to watch": (pack(0, 5, "Ann", None, False, True), Hello(5, "Ann", watch=True)),
    "hello without bot": (pack(0, 5, "Ann", "token"), Hello(5, "Ann", "token")),
    "hello without token": (pack(0, 5, "Ann"), Hello(5, "Ann")),
    "hello with nil for a token": (pack(0, 5, "Ann", None), Hello(5, "Ann")),
    "hello with an empty token": (pack(0, 5, "Ann", ""), Hello(5, "Ann", "")),
    "hello at its least": (pack(0, 0, "A"), Hello(0, "A")),
    "hello at its greatest": (
        pack(0, UINT32_MAX, "\N{GRINNING FACE}" * 24, TOKEN, True, True, PASSWORD, IDENTITY),
        Hello(UINT32_MAX, "\N{GRINNING FACE}" * 24, TOKEN, True, True, PASSWORD, IDENTITY),
    ),
    "hello with a password": (pack(0, 5, "Ann", None, False, False, "p"), Hello(5, "Ann", password="p")),
    "hello with nil for a password": (pack(0, 5, "Ann", None, False, False, None), Hello(5, "Ann")),
    "hello with an identity": (
        pack(0, 5, "Ann", None, False, False, None, "a.b.c"),
        Hello(5, "Ann", identity="a.b.c"),
    ),
    "hello with a name to be cleaned": (pack(0, 5, "  e\N{COMBINING ACUTE ACCENT}   b "), Hello(5, "\xe9 b")),
    "request": (pack(2, 1, "collect", [5]), Request(1, "collect", [5])),
    "request without arguments": (pack(2, 1, "start"), Request(1, "start")),
    "request at its least": (pack(2, 0, "a", []), Request(0, "a", [])),
    "request at its greatest": (
        pack(2, INT32_MAX, "\N{GRINNING FACE}" * 32, [INT32_MIN, INT32_MAX] * 4),
        Request(INT32_MAX, "\N{GRINNING FACE}" * 32, [INT32_MIN, INT32_MAX] * 4),
    ),
    "ping at its least": (pack(3, 0), Ping(0)),
    "ping at its greatest": (pack(3, UINT32_MAX), Ping(UINT32_MAX)),
    "ping in the longest form of an int": (
        b"\x92\xd3" + struct.pack(">q", 3) + b"\xcf" + struct.pack(">Q", 7),
        Ping(7),
    ),
    "ping in the longest form of an array": (b"\xdd\x00\x00\x00\x02\x03\x07", Ping(7)),
    "resync at its least": (pack(4, 0, 0), Resync(0, 0)),
    "resync at its greatest": (pack(4, INT32_MAX, UINT32_MAX), Resync(INT32_MAX, UINT32_MAX)),
    "leave": (pack(5), Leave()),
    "say at its least": (pack(6, 0, 0, ""), Say(0, 0, "")),
    "say at its greatest": (
        pack(6, INT32_MAX, 255, "\N{GRINNING FACE}" * 600),
        Say(INT32_MAX, 255, "\N{GRINNING FACE}" * 600),
    ),
    "typing": (pack(7, 0, True), Typing(0, True)),
    "typing no longer": (pack(7, 255, False), Typing(255, False)),
    "read at its least": (pack(8, 1), Read(1)),
    "read at its greatest": (pack(8, INT32_MAX), Read(INT32_MAX)),
    "revise": (pack(9, 1, 7, "better"), Revise(1, 7, "better")),
    "revise, delete": (pack(9, 1, 7, None), Revise(1, 7, None)),
}


@pytest.mark.parametrize(("payload", "message"), VALID.values(), ids=VALID.keys())
def test_valid(decoder: ClientMessageDecoder, payload: bytes, message: ClientMessage) -> None:
    assert decoder.decode(payload) == message
    assert decoder.decode(memoryview(payload)) == message


@pytest.mark.parametrize("values", [(0, 0, 0), (-127, 127, 1), (127, -127, 0)])
@pytest.mark.parametrize("tick", [0, 1, INT32_MAX])
def test_valid_input(decoder: ClientMessageDecoder, tick: int, values: tuple[int, ...]) -> None:
    message = decoder.decode(pack(1, tick, values))
    assert isinstance(message, Input)
    assert (message.tick, message.values) == (tick, values)


def test_a_game_without_input_fields() -> None:
    decoder = ClientMessageDecoder(Schema("still", 1, SCHEMA.tables, ()))
    message = decoder.decode(pack(1, 5, []))
    assert isinstance(message, Input)
    assert message.values == ()
    with pytest.raises(MalformedMessage):
        decoder.decode(pack(1, 5, [0]))


@pytest.mark.parametrize("message", FROM_CLIENT.values(), ids=FROM_CLIENT.keys())
def test_what_a_client_encodes_is_decoded(decoder: ClientMessageDecoder, message: ClientMessage) -> None:
    decoded = decoder.decode(encode(message))
    assert msgspec.to_builtins(decoded) == msgspec.to_builtins(message)


@pytest.mark.parametrize("payload", [payload for payload, _ in VALID.values()], ids=VALID.keys())
def test_valid_messages_are_below_the_limit(payload: bytes) -> None:
    assert len(payload) < MESSAGE_MAX_BYTES


def test_the_longest_message(decoder: ClientMessageDecoder) -> None:
    """The figures beside MESSAGE_MAX_BYTES."""
    hello, _ = VALID["hello at its greatest"]
    say, _ = VALID["say at its greatest"]
    assert len(hello) == max(len(payload) for payload, _ in VALID.values()) == 2932
    assert len(say) == 2412


@pytest.mark.parametrize("message", FROM_CLIENT.values(), ids=FROM_CLIENT.keys())
def test_cut_short_anywhere(decoder: ClientMessageDecoder, message: ClientMessage) -> None:
    payload = encode(message)
    for length in range(len(payload)):
        with pytest.raises(MalformedMessage):
            decoder.decode(payload[:length])


@pytest.mark.parametrize("rest", [b"\x00", b"\xc0", b"\x90", b"\xc1", b"\xff" * 100, encode(Leave())])
@pytest.mark.parametrize("message", FROM_CLIENT.values(), ids=FROM_CLIENT.keys())
def test_with_something_after_it(decoder: ClientMessageDecoder, message: ClientMessage, rest: bytes) -> None:
    with pytest.raises(MalformedMessage):
        decoder.decode(encode(message) + rest)


NO_INTEGERS: dict[str, object] = {
    "nil": None,
    "false": False,
    "true": True,
    "float": 1.0,
    "negative zero": -0.0,
    "not a number": math.nan,
    "infinity": math.inf,
    "text": "1",
    "bytes": b"\x01",
    "array": [1],
    "map": {},
    "extension": msgpack.ExtType(5, b"\x01"),
    "timestamp": msgpack.Timestamp(1, 1),
    "above uint32": 2**32,
    "greatest int": 2**64 - 1,
    "below int32": -(2**31) - 1,
    "least int": -(2**63),
}
NO_TEXT: dict[str, object] = {**NO_INTEGERS, "text": 1, "empty": "", "too long": "a" * 33}

INT_PLACES: dict[str, list[object]] = {
    "kind": [..., 1],
    "hello.fingerprint": [0, ..., "Ann"],
    "input.tick": [1, ..., [0, 0, 0]],
    "input.values.x": [1, 5, [..., 0, 0]],
    "input.values.buttons": [1, 5, [0, 0, ...]],
    "request.id": [2, ..., "start"],
    "request.arguments": [2, 1, "collect", [0, ...]],
    "ping.echo": [3, ...],
    "say.id": [6, ..., 0, "a"],
    "say.channel": [6, 1, ..., "a"],
    "typing.channel": [7, ..., True],
    "read.message": [8, ...],
    "revise.message": [9, 1, ..., None],
    "resync.tick": [4, ..., 0],
    "resync.checksum": [4, 0, ...],
}
TEXT_PLACES: dict[str, list[object]] = {
    "hello.nickname": [0, 5, ...],
    "request.action": [2, 1, ...],
}


def put(template: object, value: object) -> object:
    if template is ...:
        return value
    return [put(item, value) for item in template] if isinstance(template, list) else template


@pytest.mark.parametrize("value", NO_INTEGERS.values(), ids=NO_INTEGERS.keys())
@pytest.mark.parametrize("template", INT_PLACES.values(), ids=INT_PLACES.keys())
def test_where_an_int_belongs(decoder: ClientMessageDecoder, template: list[object], value: object) -> None:
    with pytest.raises(MalformedMessage):
        decoder.decode(msgpack.packb(put(template, value)))


@pytest.mark.parametrize("value", NO_TEXT.values(), ids=NO_TEXT.keys())
@pytest.mark.parametrize("template", TEXT_PLACES.values(), ids=TEXT_PLACES.keys())
def test_where_text_belongs(decoder: ClientMessageDecoder, template: list[object], value: object) -> None:
    with pytest.raises(MalformedMessage):
        decoder.decode(msgpack.packb(put(template, value)))


MALFORMED: dict[str, bytes] = {
    "nothing": b"",
    "no MessagePack": b"\xc1",
    "an int": b"\x00",
    "nil": b"\xc0",
    "text": msgpack.packb("hello"),
    "bytes": msgpack.packb(b"\x91\x05"),
    "a map": msgpack.packb({0: 5}),
    "a map with a kind": msgpack.packb({"type": 3, "echo": 1}),
    "an extension": msgpack.packb(msgpack.ExtType(0, b"\x91\x05")),
    "an empty array": pack(),
    "JSON": b"[3, 1]",
    "unknown kind": pack(10),
    "a kind below 0": pack(-1),
    "a kind of the server": pack(13, 4000, "left", False),
    "hello alone": pack(0),
    "hello without nickname": pack(0, 5),
    "hello with an item more": pack(0, 5, "Ann", None, False, False, None, None, 0),
    "hello with a fingerprint below 0": pack(0, -1, "Ann"),
    "hello with a name of 25": pack(0, 5, "a" * 25),
    "hello with a name of spaces": pack(0, 5, "   "),
    "hello with a line feed in the name": pack(0, 5, "Ann\n"),
    "hello with a right-to-left override in the name": pack(0, 5, "\u202eAnn"),
    "hello with a name that composing lengthens": pack(0, 5, "\u0958" * 24),
    "hello with bytes for a name": pack(0, 5, b"Ann"),
    "hello with a name that is not UTF-8": b"\x93\x00\x05\xa2\xff\xfe",
    "hello with a name cut within a character": b"\x93\x00\x05\xa2\xf0\x9f",
    "hello with an overlong slash in the name": b"\x93\x00\x05\xa2\xc0\xaf",
    "hello with half a pair in the name": b"\x93\x00\x05\xa3\xed\xa0\x80",
    "hello with a code point above Unicode's in the name": b"\x93\x00\x05\xa4\xf4\x90\x80\x80",
    "hello with a token of 513": pack(0, 5, "Ann", "t" * 513),
    "hello with a token that is not ASCII": pack(0, 5, "Ann", "tok\xe9n"),
    "hello with a line feed after the token": pack(0, 5, "Ann", "token\n"),
    "hello with a password of 65": pack(0, 5, "Ann", None, False, False, "p" * 65),
    "hello with an int for a password": pack(0, 5, "Ann", None, False, False, 1),
    "hello with an identity of 2,049": pack(0, 5, "Ann", None, False, False, None, "i" * 2049),
    "hello with an identity that is not ASCII": pack(0, 5, "Ann", None, False, False, None, "\xe9"),
    "hello with an int for an identity": pack(0, 5, "Ann", None, False, False, None, 1),
    "hello with an int for a token": pack(0, 5, "Ann", 7),
    "hello with bytes for a token": pack(0, 5, "Ann", b"token"),
    "hello with a token that is not UTF-8": b"\x94\x00\x05\xa1A\xa1\xff",
    "hello with an int for bot": pack(0, 5, "Ann", None, 1),
    "hello with nil for bot": pack(0, 5, "Ann", None, None),
    "hello with an int for watch": pack(0, 5, "Ann", None, False, 1),
    "hello with nil for watch": pack(0, 5, "Ann", None, False, None),
    "input without values": pack(1, 5),
    "input with nil for values": pack(1, 5, None),
    "input with an item more": pack(1, 5, [0, 0, 0], 0),
    "input with a value short": pack(1, 5, [0, 0]),
    "input with a value more": pack(1, 5, [0, 0, 0, 0]),
    "input with values beside the array": pack(1, 5, 0, 0, 0),
    "input with x too small": pack(1, 5, [-128, 0, 0]),
    "input with x too great": pack(1, 5, [128, 0, 0]),
    "input with a button too many": pack(1, 5, [0, 0, 2]),
    "input with a tick below 0": pack(1, -1, [0, 0, 0]),
    "input with a tick above int32": pack(1, 2**31, [0, 0, 0]),
    "input with values as map": pack(1, 5, {0: 0, 1: 0, 2: 0}),
    "request without action": pack(2, 1),
    "request with an item more": pack(2, 1, "start", [], 0),
    "request with nine arguments": pack(2, 1, "start", [0] * 9),
    "request with nil for arguments": pack(2, 1, "start", None),
    "request with an argument above int32": pack(2, 1, "start", [2**31]),
    "request with an id above int32": pack(2, 2**31, "start"),
    "request with an id below 0": pack(2, -1, "start"),
    "request with an argument as array": pack(2, 1, "start", [[0]]),
    "ping alone": pack(3),
    "ping with an item more": pack(3, 1, 2),
    "ping below 0": pack(3, -1),
    "resync without checksum": pack(4, 5),
    "resync with an item more": pack(4, 5, 6, 7),
    "resync with a tick above int32": pack(4, 2**31, 0),
    "say without text": pack(6, 1, 0),
    "say with nil for text": pack(6, 1, 0, None),
    "say with a text of 601": pack(6, 1, 0, "a" * 601),
    "say with bytes for text": pack(6, 1, 0, b"a"),
    "say with half a pair": b"\x94\x06\x01\x00\xa3\xed\xa0\x80",
    "say with a channel below 0": pack(6, 1, -1, "a"),
    "say with a channel of 256": pack(6, 1, 256, "a"),
    "say with an item more": pack(6, 1, 0, "a", 0),
    "typing without on": pack(7, 0),
    "typing with an int for on": pack(7, 0, 1),
    "typing with an item more": pack(7, 0, True, 0),
    "read alone": pack(8),
    "read up to 0": pack(8, 0),
    "read above int32": pack(8, 2**31),
    "revise without text": pack(9, 1, 1),
    "revise of message 0": pack(9, 1, 0, "a"),
    "revise with an int for text": pack(9, 1, 1, 1),
    "revise with an item more": pack(9, 1, 1, "a", 0),
    "leave with an item more": pack(5, 0),
    "leave with nil": pack(5, None),
    "100,000 arrays deep": b"\x91" * 100_000,
    "100,000 arrays deep, closed": b"\x91" * 100_000 + b"\xc0",
    "100,000 maps deep": b"\x81\x00" * 100_000,
    "100,000 arrays deep in the values": b"\x93\x01\x05" + b"\x91" * 100_000,
    "100,000 arrays deep in the arguments": b"\x94\x02\x01\xa1a" + b"\x91" * 100_000,
    "100,000 arrays deep in an item more": b"\x93\x03\x01" + b"\x91" * 100_000,
    "an array said to hold 2^32 - 1": b"\xdd\xff\xff\xff\xff",
    "an array said to hold 2^32 - 1, a kind in it": b"\xdd\xff\xff\xff\xff\x03\x01",
    "a map said to hold 2^32 - 1": b"\xdf\xff\xff\xff\xff",
    "text said to be 2^32 - 1 long": b"\x93\x00\x05\xdb\xff\xff\xff\xff",
    "bytes said to be 2^32 - 1 long": b"\x93\x00\x05\xc6\xff\xff\xff\xff",
    "an extension said to be 2^32 - 1 long": b"\x92\x03\xc9\xff\xff\xff\xff\x01",
    "values said to be 2^32 - 1": b"\x93\x01\x05\xdd\xff\xff\xff\xff",
    "arguments said to be 2^32 - 1": b"\x94\x02\x01\xa1a\xdd\xff\xff\xff\xff",
    "a delta": encode_delta(2, [5], [0, 1]),
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed(decoder: ClientMessageDecoder, payload: bytes) -> None:
    for form in (payload, memoryview(payload)):
        with pytest.raises(MalformedMessage) as refusal:
            decoder.decode(form)
        assert str(refusal.value)


def test_a_refused_message_says_where_it_is_wrong(decoder: ClientMessageDecoder) -> None:
    with pytest.raises(MalformedMessage, match=r"<= 127.*\[2\]\[0\]"):
        decoder.decode(pack(1, 5, [128, 0, 0]))


def test_a_delta_is_one_flat_array() -> None:
    assert msgpack.unpackb(encode_delta(3, [43, UINT32_MAX], [-1, 3, INT32_MIN, INT32_MAX])) == [
        3,
        43,
        UINT32_MAX,
        -1,
        3,
        INT32_MIN,
        INT32_MAX,
    ]
