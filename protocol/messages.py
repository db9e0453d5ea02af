"""Every message, in both directions: one MessagePack array a binary WebSocket frame, its first item the kind.

Decoding validates: a message is well-formed, or ``decode`` raises ``MalformedMessage`` and nothing else.
docs/protocol.md says the same in prose; clients/web/src/generated/protocol.ts is made from these classes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct

from tickroom.protocol.errors import MalformedMessage as MalformedMessage
from tickroom.protocol.nickname import NAME_MAX_CHARACTERS as NAME_MAX_CHARACTERS
from tickroom.protocol.nickname import clean_nickname

if TYPE_CHECKING:  # the schema's fingerprint covers these messages, so it imports them
    from tickroom.protocol.schema import Schema

INT32_MAX = 2**31 - 1
# The longest valid message is a hello of 2,932 bytes: a signed identity of 2,048 and a token of 512, both ASCII, a
# password of 64 and a nickname of 24 characters, four bytes each. A line of chat is 2,412 at most.
MESSAGE_MAX_BYTES = 4096
TEXT_MAX_CHARACTERS = 300  # of a line of chat when it is clean; a longer one is refused as too_long

Tick = Annotated[int, Meta(ge=0, le=INT32_MAX)]
Unsigned32 = Annotated[int, Meta(ge=0, le=2**32 - 1)]
RequestId = Annotated[int, Meta(ge=0, le=INT32_MAX)]
Argument = Annotated[int, Meta(ge=-INT32_MAX - 1, le=INT32_MAX)]
Nickname = Annotated[str, Meta(min_length=1, max_length=NAME_MAX_CHARACTERS)]
Token = Annotated[str, Meta(max_length=512, pattern=r"^[!-~]*\Z")]  # signed ones have some 300 characters
Identity = Annotated[str, Meta(max_length=2048, pattern=r"^[!-~]*\Z")]  # a JWT; one signed by RSA has 600 and more
Password = Annotated[str, Meta(max_length=64)]
Text = Annotated[str, Meta(max_length=600)]  # as it is typed: making it safe may shorten it
Person = Annotated[int, Meta(ge=1, le=INT32_MAX)]
MessageId = Annotated[int, Meta(ge=1, le=INT32_MAX)]
ChannelNumber = Annotated[int, Meta(ge=0, le=255)]
ActionName = Annotated[str, Meta(min_length=1, max_length=32)]


# --- from client to server -------------------------------------------------------------------------------------------


class Hello(Struct, array_like=True, tag=0, frozen=True, forbid_unknown_fields=True):
    """The first message: who I am. With ``token`` it resumes the seat that the token was given for.

    ``bot``: a program plays, and says so; shown to the others. ``watch``: no seat, only what there is to see; the token
    does not count then. ``password``: the session's. ``identity``: a JWT of the deployment's issuer, where it has one.
    """

    fingerprint: Unsigned32
    nickname: Nickname
    token: Token | None = None
    bot: bool = False
    watch: bool = False
    password: Password | None = None
    identity: Identity | None = None


class Input(Struct, array_like=True, tag=1, frozen=True, forbid_unknown_fields=True):
    """What I hold from ``tick`` on; ``values`` are the game's input fields. Each game's decoder checks their ranges."""

    tick: Tick
    values: tuple[int, ...]


class Request(Struct, array_like=True, tag=2, frozen=True, forbid_unknown_fields=True):
    """Do this once and tell me whether you did; answered by a ``Reply`` with the same id."""

    id: RequestId
    action: ActionName
    arguments: Annotated[list[Argument], Meta(max_length=8)] = []


ROUND_S_SETTING = 1000  # request ``configure``: the round's length; below it stand the game's settings by their index


class Ping(Struct, array_like=True, tag=3, frozen=True, forbid_unknown_fields=True):
    """Answered at once by a ``Pong`` that carries ``echo`` back: round-trip time and clock."""

    echo: Unsigned32


class Resync(Struct, array_like=True, tag=4, frozen=True, forbid_unknown_fields=True):
    """My checksum at ``tick`` was not yours: send me a keyframe."""

    tick: Tick
    checksum: Unsigned32


class Leave(Struct, array_like=True, tag=5, frozen=True, forbid_unknown_fields=True):
    """I give my seat up. The server closes with ``LEFT``."""


class Say(Struct, array_like=True, tag=6, frozen=True, forbid_unknown_fields=True):
    """A line of chat; answered by a ``Reply`` with the same id, which is one of the requests' ids."""

    id: RequestId
    channel: ChannelNumber
    text: Text


class Typing(Struct, array_like=True, tag=7, frozen=True, forbid_unknown_fields=True):
    """I am writing in a channel, or no longer. Say it again every few seconds: it expires. Never answered."""

    channel: ChannelNumber
    on: bool


class Read(Struct, array_like=True, tag=8, frozen=True, forbid_unknown_fields=True):
    """I have read everything up to the message ``message``. Never answered."""

    message: MessageId


class Revise(Struct, array_like=True, tag=9, frozen=True, forbid_unknown_fields=True):
    """Give a line of mine another text, or with nil delete it; the host deletes anybody's. Answered by a ``Reply``."""

    id: RequestId
    message: MessageId
    text: Text | None


ClientMessage = Hello | Input | Request | Ping | Resync | Leave | Say | Typing | Read | Revise


# --- from server to client -------------------------------------------------------------------------------------------


class Member(Struct, array_like=True, frozen=True):
    """One player of the roster."""

    player: int
    seat: int
    nickname: str
    bot: bool
    connected: bool


class ChatMessage(Struct, array_like=True, frozen=True):
    """A line of chat. ``at_ms``: unix milliseconds, the server's clock; ``edited``: the text is not the first one."""

    id: int
    person: int
    nickname: str
    channel: int
    text: str
    tick: int
    at_ms: int
    edited: bool


class Listing(Struct, array_like=True, frozen=True):
    """A public session in the lobby. ``status``: a ``Status``; ``settings``: as in the welcome."""

    code: str
    game: str
    status: int
    seats: int
    players: int
    connected: int
    watchers: int
    tick_hz: int
    settings: dict[str, int]


WATCHING_SEAT = -1


class Welcome(Struct, array_like=True, tag=0, frozen=True):
    """You are in. ``rows``: row count of each table, in wire order. A keyframe follows in the same tick.

    Who watches has ``seat`` -1 (WATCHING_SEAT) and an empty ``token``; ``player`` is an id of the same counter.
    ``watchers``: [person, nickname]. ``host``: the player who is host now, 0 for none.
    """

    code: str
    player: int
    seat: int
    token: str
    tick: int
    tick_hz: int
    game: str
    rows: tuple[int, ...]
    settings: dict[str, int]
    max_lead_ticks: int
    grace_ticks: int
    roster: tuple[Member, ...]
    watchers: tuple[tuple[int, str], ...]
    host: int


class Keyframe(Struct, array_like=True, tag=1, frozen=True):
    """The whole public state at ``tick``: every cell, then the rate of every gliding cell."""

    tick: int
    values: list[int]
    rates: list[int]


class Events(Struct, array_like=True, tag=4, frozen=True):
    """What happened in the step that led to ``tick``: each event is its kind and then its fields."""

    tick: int
    events: list[list[int]]


class Reply(Struct, array_like=True, tag=5, frozen=True):
    """The answer to the request ``id``, decided in the step that led to ``tick``. ``code`` 0 is success.

    ``retry_after_ms`` 0: waiting does not help, or nobody knows how long.
    """

    id: int
    code: int
    reason: str
    tick: int
    retry_after_ms: int = 0


class Error(Struct, array_like=True, tag=6, frozen=True):
    """A message of yours was refused; the socket stays open. ``retry_after_ms`` 0: waiting does not help."""

    code: int
    reason: str
    retry_after_ms: int = 0


class Joined(Struct, array_like=True, tag=7, frozen=True):
    """Somebody took a seat."""

    member: Member


class Left(Struct, array_like=True, tag=8, frozen=True):
    """A seat is free again. ``cause``: left; expired: the grace time ran out; kicked: by the host."""

    player: int
    seat: int
    cause: str


class Dropped(Struct, array_like=True, tag=9, frozen=True):
    """A player's socket is lost; the seat is kept until the tick ``until``."""

    player: int
    seat: int
    until: int


class Resumed(Struct, array_like=True, tag=10, frozen=True):
    """A dropped player is back in the seat."""

    player: int
    seat: int


class Pong(Struct, array_like=True, tag=11, frozen=True):
    """``tick``: the session's newest; ``age_us``: microseconds since that tick began, on the server's clock."""

    echo: int
    tick: int
    age_us: int


class Results(Struct, array_like=True, tag=12, frozen=True):
    """A round ended at ``tick``. ``ranking``: [seat, player, place, score], best first; equal scores share a place."""

    tick: int
    round: int
    ranking: list[tuple[int, int, int, int]]


class Closing(Struct, array_like=True, tag=13, frozen=True):
    """The server is about to close this socket with ``code``; ``retryable`` says whether to come back by yourself.

    ``url``: with ``MOVED``, the WebSocket's address at the node that has the session now; "" for none.
    """

    code: int
    reason: str
    retryable: bool
    url: str = ""


class Settings(Struct, array_like=True, tag=14, frozen=True):
    """The host changed the settings: these are what the welcome's were, all of them.

    When one of the game's own changed, its tables are fresh.
    """

    settings: dict[str, int]


class Said(Struct, array_like=True, tag=15, frozen=True):
    """Somebody said something."""

    message: ChatMessage


class Revised(Struct, array_like=True, tag=16, frozen=True):
    """A line has another text now, or is ``deleted`` and has none."""

    message: int
    text: str
    deleted: bool
    at_ms: int


class TypingFact(Struct, array_like=True, tag=17, frozen=True):
    """Somebody else is writing, or no longer."""

    person: int
    channel: int
    on: bool


class ReadFact(Struct, array_like=True, tag=18, frozen=True):
    """Somebody else has read everything up to ``message``."""

    person: int
    message: int


class History(Struct, array_like=True, tag=19, frozen=True):
    """What was said before you came, oldest first, and up to where each person has read: [person, message]."""

    messages: list[ChatMessage]
    reads: list[tuple[int, int]]


class WatchingFact(Struct, array_like=True, tag=20, frozen=True):
    """Somebody watches now, or no longer."""

    person: int
    nickname: str
    on: bool


class Listed(Struct, array_like=True, tag=21, frozen=True):
    """The public sessions: the first message of the lobby's socket."""

    sessions: list[Listing]


class ListingChanged(Struct, array_like=True, tag=22, frozen=True):
    """Sessions that are new or have changed, and the codes of those that are listed no more."""

    changed: list[Listing]
    gone: list[str]


DELTA_KIND = 2  # [2, tick & 127, *tokens]: see delta.py; built by hand, for it is the hot path
CHECKED_DELTA_KIND = 3  # [3, tick & 127, checksum, *tokens]

ServerFact = (
    Welcome
    | Events
    | Reply
    | Error
    | Joined
    | Left
    | Dropped
    | Resumed
    | Pong
    | Results
    | Closing
    | Settings
    | Said
    | Revised
    | TypingFact
    | ReadFact
    | History
    | WatchingFact
    | Listed
    | ListingChanged
)

_encoder = msgspec.msgpack.Encoder()


def encode(message: ClientMessage | ServerFact | Keyframe) -> bytes:
    """MessagePack bytes of a message."""
    return _encoder.encode(message)


def encode_delta(kind: int, head: list[int], tokens: list[int]) -> bytes:
    """MessagePack bytes of a delta: ``[kind, *head, *tokens]``, all ints."""
    return _encoder.encode([kind, *head, *tokens])


class ClientMessageDecoder:
    """Decodes and validates what a client of one game sends. Made once a game."""

    def __init__(self, schema: Schema) -> None:
        ranges = tuple(Annotated[int, Meta(ge=field.minimum, le=field.maximum)] for field in schema.inputs)
        game_input = msgspec.defstruct(
            "GameInput",
            [("tick", Tick), ("values", tuple[ranges])],  # type: ignore[valid-type]
            bases=(Input,),
            array_like=True,
            tag=1,
            frozen=True,
            forbid_unknown_fields=True,
        )
        kinds: Any = Hello | game_input | Request | Ping | Resync | Leave | Say | Typing | Read | Revise
        self._decoder = msgspec.msgpack.Decoder(kinds)

    def decode(self, payload: bytes | memoryview) -> ClientMessage:
        """The one message in ``payload``, with a hello's nickname in its clean form.

        Raises MalformedMessage, and nothing else, for anything that is not one.
        """
        try:
            message: ClientMessage = self._decoder.decode(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise MalformedMessage(str(error)) from None
        if type(message) is Hello:
            nickname = clean_nickname(message.nickname)
            return message if nickname == message.nickname else msgspec.structs.replace(message, nickname=nickname)
        return message
