"""The server's HTTP side: create and list sessions, describe a game, read the server's figures.

Plain ``urllib`` in a thread: a handful of requests a session does not ask for an HTTP client among the dependencies.
"""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from functools import cache
from typing import Literal, TypedDict, TypeVar

import msgspec
from msgspec import Struct

from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Column, Layout, Table
from tickroom.simulations.errors import ApiRefused, CannotConnect, ServerFault

TIMEOUT_S = 10.0

Answer = TypeVar("Answer")


class SessionSettings(TypedDict, total=False):
    """What a new session may be given; everything else is the server's default. See docs/protocol.md, section 2."""

    game: str
    seats: int
    public: bool
    tick_hz: int
    round_s: int
    countdown_s: int
    grace_s: int
    auto_start: bool
    rematch_after_s: int
    anyone_starts: bool
    late_join: Literal["play", "wait", "watch"]
    spectators: int
    spectator_delay_ticks: int
    chat: bool
    history: int
    password: str
    seed: int
    options: dict[str, int | str]


class SessionListing(Struct, frozen=True):
    """One session as the server lists it."""

    code: str
    game: str
    status: str
    seats: int
    players: int
    connected: int
    tick_hz: int
    websocket: str


class SessionList(Struct, frozen=True):
    """The public sessions."""

    sessions: tuple[SessionListing, ...]


class ColumnDescription(Struct, frozen=True):
    """A column of a game's table."""

    name: str
    gliding: bool = False


class TableDescription(Struct, frozen=True):
    """A table of a game."""

    name: str
    columns: tuple[ColumnDescription, ...]


class MapDescription(Struct, frozen=True):
    """A map: rows of characters, ``#`` a wall; ``tile`` is the side of one of them in units."""

    name: str
    tile: int
    rows: tuple[str, ...]


class FieldDescription(Struct, frozen=True):
    """One integer of an input."""

    name: str
    minimum: int
    maximum: int


class GameDescription(Struct, frozen=True):
    """What a client must know of a game; taken from the server, so that this client plays any."""

    fingerprint: int
    tables: tuple[TableDescription, ...]
    inputs: tuple[FieldDescription, ...]
    maps: tuple[MapDescription, ...] = ()

    def layout(self, rows: tuple[int, ...]) -> Layout:
        """The layout of a session whose welcome told these row counts. Raises ServerFault when they do not fit."""
        own = tuple(
            Table(table.name, tuple(Column(column.name, gliding=column.gliding) for column in table.columns))
            for table in self.tables
            if table.name not in (SEATS.name, SESSION.name)
        )
        try:
            return Layout((SEATS, *own, SESSION), rows)
        except ValueError as error:
            raise ServerFault(str(error)) from None


class _Refusal(Struct, frozen=True):
    error: str
    detail: str = ""


class HttpApi:
    """The HTTP requests of docs/protocol.md, section 2. Each raises CannotConnect or ApiRefused."""

    def __init__(self, url: str, timeout_s: float = TIMEOUT_S) -> None:
        self.url = url.rstrip("/")
        self._timeout_s = timeout_s

    async def create_session(self, settings: SessionSettings) -> SessionListing:
        """Make a session."""
        return await self._ask("/api/sessions", SessionListing, msgspec.json.encode(settings))

    async def session(self, code: str) -> SessionListing:
        """One session. Raises ApiRefused with 404 when there is none."""
        return await self._ask(f"/api/sessions/{code}", SessionListing)

    async def sessions(self) -> tuple[SessionListing, ...]:
        """The public sessions."""
        return (await self._ask("/api/sessions", SessionList)).sessions

    async def game(self, name: str) -> GameDescription:
        """A game's tables, fingerprint and maps."""
        return await self._ask(f"/api/games/{name}", GameDescription)

    async def _ask(self, path: str, answer: type[Answer], body: bytes | None = None) -> Answer:
        return await asyncio.to_thread(ask, self.url + path, answer, body, self._timeout_s)


def ask(url: str, answer: type[Answer], body: bytes | None = None, timeout_s: float = TIMEOUT_S) -> Answer:
    """One request, a POST when there is a body; blocks. Raises CannotConnect, ApiRefused or ServerFault."""
    headers = {"Accept": "application/json"}
    if body is not None:
        headers["Content-Type"] = "application/json"
    try:
        request = urllib.request.Request(url, body, headers)
        with _opener().open(request, timeout=timeout_s) as response:
            content: bytes = response.read()
        return msgspec.json.decode(content, type=answer)
    except urllib.error.HTTPError as error:
        raise _refusal(error.code, error.read()) from None
    except msgspec.MsgspecError as error:
        raise ServerFault(f"{url} answered something else than expected: {error}") from None
    except (OSError, ValueError) as error:  # URLError is an OSError; ValueError: not a URL at all
        raise CannotConnect(f"no answer from {url}: {getattr(error, 'reason', error)}") from None


def _refusal(status: int, body: bytes) -> ApiRefused:
    try:
        refusal = msgspec.json.decode(body, type=_Refusal)
    except msgspec.MsgspecError:
        refusal = _Refusal(f"HTTP status {status}")
    return ApiRefused(status, refusal.error, refusal.detail)


@cache
def _opener() -> urllib.request.OpenerDirector:
    # No proxy from the environment: the WebSocket would not go through it either.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))
