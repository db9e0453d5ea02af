"""The vectors of tests/vectors/messages.json: every kind in both directions, with the values at its edges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

import msgspec

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import (
    CHECKED_DELTA_KIND,
    DELTA_KIND,
    INT32_MAX,
    ChatMessage,
    ClientMessage,
    Closing,
    Dropped,
    Error,
    Events,
    Hello,
    History,
    Input,
    Joined,
    Keyframe,
    Leave,
    Left,
    Listed,
    Listing,
    ListingChanged,
    Member,
    Ping,
    Pong,
    Read,
    ReadFact,
    Reply,
    Request,
    Results,
    Resumed,
    Resync,
    Revise,
    Revised,
    Said,
    Say,
    ServerFact,
    Settings,
    Typing,
    TypingFact,
    WatchingFact,
    Welcome,
    encode,
    encode_delta,
)

INT32_MIN = -INT32_MAX - 1
UINT32_MAX = 2**32 - 1
LONGEST_NAME = "\N{GRINNING FACE}" * 24
TOKEN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
LONGEST_TOKEN = TOKEN * 8
LONGEST_IDENTITY = TOKEN * 32
LONGEST_TEXT = "\N{GRINNING FACE}" * 300
NOW_MS = 1_800_000_000_000  # in January 2027; more than 32 bits hold

ANN = Member(player=1, seat=0, nickname="Ann", bot=False, connected=True)
BOT = Member(player=INT32_MAX, seat=63, nickname=LONGEST_NAME, bot=True, connected=False)
LINE = ChatMessage(
    id=1, person=2, nickname="Ben", channel=0, text="hello \N{WAVING HAND SIGN}", tick=90, at_ms=NOW_MS, edited=False
)
LONGEST_LINE = ChatMessage(INT32_MAX, INT32_MAX, LONGEST_NAME, 255, LONGEST_TEXT, INT32_MAX, 2**53 - 1, True)
OPEN = Listing("K7P2QX", "arena", 1, 4, 2, 1, 3, 30, {"map": 0, "round_s": 180})

FROM_CLIENT: dict[str, ClientMessage] = {
    "hello": Hello(0x12345678, "Ann"),
    "hello with the least values": Hello(0, "A", "", False, False),
    "hello with the greatest values": Hello(
        UINT32_MAX, LONGEST_NAME, LONGEST_TOKEN, True, True, "\N{GRINNING FACE}" * 64, LONGEST_IDENTITY
    ),
    "hello with a password": Hello(0x12345678, "Ann", None, False, False, "open sesame"),
    "hello to watch": Hello(0x12345678, "Ann", None, False, True),
    "hello, name of several scripts": Hello(1, "Zo\N{LATIN SMALL LETTER E WITH DIAERESIS} 漢字 ب", None, True),
    "input": Input(43, (127, -127, 1)),
    "input at the first tick, nothing held": Input(0, (0, 0, 0)),
    "input at the last tick": Input(INT32_MAX, (-127, 127, 0)),
    "request": Request(1, "collect", [5]),
    "request without arguments": Request(0, "start", []),
    "request with the widest arguments": Request(
        INT32_MAX, "a" * 32, [INT32_MIN, INT32_MAX, -1, 0, 1, -33, 128, 65536]
    ),
    "ping": Ping(7),
    "ping, least echo": Ping(0),
    "ping, greatest echo": Ping(UINT32_MAX),
    "resync": Resync(43, 0xDEADBEEF),
    "resync before any keyframe": Resync(0, 0),
    "resync with the greatest values": Resync(INT32_MAX, UINT32_MAX),
    "leave": Leave(),
    "say": Say(2, 0, "hello \N{WAVING HAND SIGN}"),
    "say, least values": Say(0, 0, ""),
    "say, greatest values": Say(INT32_MAX, 255, LONGEST_TEXT * 2),
    "typing": Typing(0, True),
    "typing no longer": Typing(1, False),
    "read": Read(1),
    "read, greatest id": Read(INT32_MAX),
    "revise": Revise(3, 1, "hello!"),
    "revise, delete": Revise(INT32_MAX, INT32_MAX, None),
}

# What a client may leave out at the end.
SHORT_FORMS: dict[str, list[int | str | bool | None]] = {
    "hello without token and bot": [0, 0x12345678, "Ann"],
    "hello without bot": [0, 0x12345678, "Ann", None],
    "hello to resume, without bot": [0, 0x12345678, "Ann", "token"],
    "hello without watch": [0, 0x12345678, "Ann", None, True],
    "hello without password": [0, 0x12345678, "Ann", None, False, True],
    "hello without identity": [0, 0x12345678, "Ann", None, False, False, "open sesame"],
    "request, arguments left out": [2, 1, "start"],
}

FROM_SERVER: dict[str, ServerFact | Keyframe] = {
    "welcome": Welcome(
        code="K7P2QX",
        player=1,
        seat=0,
        token=TOKEN,
        tick=41,
        tick_hz=30,
        game="arena",
        rows=(4, 4, 32, 1),
        settings={"map": 0, "items": 32},
        max_lead_ticks=30,
        grace_ticks=900,
        roster=(ANN, BOT),
        watchers=((3, "Cleo"), (INT32_MAX, LONGEST_NAME)),
        host=1,
    ),
    "welcome, nothing in it": Welcome(
        code="222222",
        player=0,
        seat=0,
        token="",
        tick=0,
        tick_hz=10,
        game="",
        rows=(),
        settings={},
        max_lead_ticks=0,
        grace_ticks=0,
        roster=(),
        watchers=(),
        host=0,
    ),
    "keyframe": Keyframe(41, [0, 1, 1, 1000, 500, 0], [320, 0]),
    "keyframe of an empty layout": Keyframe(0, [], []),
    "keyframe of edge values": Keyframe(
        INT32_MAX,
        [INT32_MIN, INT32_MAX, -1, 0, 127, 128, -32, -33, -128, -129, 255, 256, 65535, 65536],
        [INT32_MIN, INT32_MAX],
    ),
    "keyframe of more cells than a short array holds": Keyframe(128, [*range(-20, 0), *range(120, 140)], [0] * 16),
    "events": Events(42, [[0, 1, 17, 2, 50], [1, 0, 1, 3]]),
    "events, one without fields": Events(1, [[0]]),
    "reply, done": Reply(1, ErrorCode.OK, ErrorCode.OK.reason, 44),
    "reply, refused by the game": Reply(INT32_MAX, ErrorCode.GAME_REFUSED, "out_of_reach", INT32_MAX),
    "error": Error(ErrorCode.MALFORMED, ErrorCode.MALFORMED.reason, 0),
    "error, worth a wait": Error(ErrorCode.TOO_MANY_REQUESTS, ErrorCode.TOO_MANY_REQUESTS.reason, 1000),
    "joined": Joined(ANN),
    "joined, a bot with the longest name": Joined(BOT),
    "left": Left(1, 0, "left"),
    "left, grace time over": Left(2, 63, "expired"),
    "left, kicked": Left(3, 1, "kicked"),
    "dropped": Dropped(1, 0, 942),
    "resumed": Resumed(1, 0),
    "pong": Pong(7, 43, 12_345),
    "pong, greatest values": Pong(UINT32_MAX, INT32_MAX, INT32_MAX),
    "results, a shared place": Results(1800, 1, [(2, 5, 1, 120), (0, 1, 1, 120), (1, 4, 3, 0)]),
    "results, nobody": Results(0, 0, []),
    "closing": Closing(CloseCode.SESSION_ENDED, CloseCode.SESSION_ENDED.reason, CloseCode.SESSION_ENDED.retryable),
    "settings": Settings({"round_s": 60, "map": 1, "items": 32}),
    "settings, none": Settings({}),
    "closing, come back": Closing(CloseCode.SHUTTING_DOWN, CloseCode.SHUTTING_DOWN.reason, True),
    "closing, go elsewhere": Closing(CloseCode.MOVED, CloseCode.MOVED.reason, True, "wss://two.example.org/ws/K7P2QX"),
    "reply, not so fast": Reply(3, ErrorCode.RATE_LIMITED, ErrorCode.RATE_LIMITED.reason, 44, 1000),
    "said": Said(LINE),
    "said, greatest values": Said(LONGEST_LINE),
    "revised": Revised(1, "hello!", False, NOW_MS),
    "revised, deleted": Revised(INT32_MAX, "", True, NOW_MS),
    "somebody typing": TypingFact(1, 0, True),
    "somebody typing no longer": TypingFact(INT32_MAX, 1, False),
    "somebody read": ReadFact(1, 1),
    "history": History([LINE, LONGEST_LINE], [(1, 1), (2, INT32_MAX)]),
    "history, nothing in it": History([], []),
    "watching": WatchingFact(3, "Cleo", True),
    "watching no longer": WatchingFact(3, "Cleo", False),
    "listed": Listed([OPEN]),
    "listed, none": Listed([]),
    "listing changed": ListingChanged([OPEN], ["222222"]),
}

DELTAS: dict[str, tuple[int, list[int], list[int]]] = {
    "delta": (DELTA_KIND, [43], [0, 1, -3, 3, -320, 320]),
    "delta without surprise": (DELTA_KIND, [0], []),
    "delta of edge values": (DELTA_KIND, [127], [2**31 - 1, INT32_MIN, INT32_MIN, 2**30 - 1, INT32_MAX, -1]),
    "checked delta": (CHECKED_DELTA_KIND, [43, 0xDEADBEEF], [0, 1, -3, 3, -320, 320]),
    "checked delta without surprise": (CHECKED_DELTA_KIND, [127, UINT32_MAX], []),
    "checked delta, checksum 0": (CHECKED_DELTA_KIND, [64, 0], []),
}


class MessageVector(TypedDict):
    """One line of messages.json."""

    name: str
    direction: str
    hex: str
    meaning: object


def message_vectors() -> Iterator[MessageVector]:
    """All of them, the client's first."""
    for name, message in FROM_CLIENT.items():
        yield _vector(name, "client", encode(message))
    for name, array in SHORT_FORMS.items():
        yield _vector(name, "client", msgspec.msgpack.encode(array))
    for name, fact in FROM_SERVER.items():
        yield _vector(name, "server", encode(fact))
    for name, (kind, head, tokens) in DELTAS.items():
        yield _vector(name, "server", encode_delta(kind, head, tokens))


def _vector(name: str, direction: str, payload: bytes) -> MessageVector:
    return {"name": name, "direction": direction, "hex": payload.hex(), "meaning": msgspec.msgpack.decode(payload)}
