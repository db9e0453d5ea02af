"""The headless client: create a session or join one by code, and play it from Python.

    async with Client("http://127.0.0.1:2567") as client:
        session = await client.create(nickname="Ann", seats=2)
        session.set_input(127, 0, 0)
        await session.until(lambda it: it.status is Status.ACTIVE)
        await session.leave()

Where a server is one of several nodes, a session may be on another one, or move there: see ``join``.

It reads MessagePack with ``msgpack``, which shares no code with the server's ``msgspec``.
"""

from __future__ import annotations

import asyncio
from typing import Unpack
from urllib.parse import urlsplit, urlunsplit

from msgspec.structs import replace

from tickroom.protocol.messages import Closing, Hello, Welcome
from tickroom.simulations.errors import CannotConnect, ConnectionClosed, ServerFault, explain_close
from tickroom.simulations.http_api import TIMEOUT_S, GameDescription, HttpApi, SessionSettings
from tickroom.simulations.link import CONNECT_TIMEOUT_S, Link, connect
from tickroom.simulations.session import Session
from tickroom.simulations.wire import decode, encode

WELCOME_TIMEOUT_S = 5.0
CLOSE_TIMEOUT_S = 2.0
PROTOCOL_ERROR = 1002


class Client:
    """A way to a server; ``async with`` closes what it opened. All methods raise CannotConnect and ApiRefused.

    ``patience_s``: how long an HTTP request, a socket's opening and a welcome may take each; by default what is usual
    for each of them.
    """

    def __init__(self, url: str, patience_s: float | None = None) -> None:
        self.api = HttpApi(url, patience_s or TIMEOUT_S)
        self._connect_timeout_s = patience_s or CONNECT_TIMEOUT_S
        self._welcome_timeout_s = patience_s or WELCOME_TIMEOUT_S
        self._games: dict[str, GameDescription] = {}
        self._codes: dict[str, str] = {}  # the game of each session that we asked for
        self._links: dict[Session, Link] = {}

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(self, *_: object) -> None:
        open_links = {session: link for session, link in self._links.items() if session.closed is None}
        for link in open_links.values():
            link.close()
        waits = (session.wait_closed(CLOSE_TIMEOUT_S) for session in open_links)
        await asyncio.gather(*waits, return_exceptions=True)
        silent = [session for session in open_links if session.closed is None]
        for session in silent:
            open_links[session].cut()
        for session in silent:
            await session.wait_closed(CLOSE_TIMEOUT_S)

    async def create(
        self, nickname: str = "Player", *, bot: bool = False, **settings: Unpack[SessionSettings]
    ) -> Session:
        """Make a session and take its first seat."""
        listing = await self.api.create_session(settings)
        return await self.join(listing.code, nickname, bot=bot, password=settings.get("password"))

    async def join(
        self,
        code: str,
        nickname: str = "Player",
        *,
        token: str | None = None,
        bot: bool = False,
        password: str | None = None,
        identity: str | None = None,
        moved_to: str = "",
    ) -> Session:
        """Take a seat in the session with this code; with ``token``, the seat that the token was given for.

        ``password``: the session's. ``identity``: a JWT of the deployment's issuer, where it has accounts.
        ``moved_to``: of the ConnectionClosed that says that the session is on another node now.

        A word that the session is elsewhere is followed at once, and once; if nobody answers there, or it has moved
        again, we go back to the address that we came by, and follow no more.

        Raises ConnectionClosed with the server's code when it does not let us in (full, bad token, wrong version).
        """
        return await self._enter(code, Hello(0, nickname, token, bot, False, password, identity), moved_to)

    async def watch(
        self, code: str, nickname: str = "Spectator", *, password: str | None = None, identity: str | None = None
    ) -> Session:
        """See the session with this code without a seat: no inputs, and of requests ``sit`` and ``mute``.

        Raises as ``join`` does.
        """
        return await self._enter(code, Hello(0, nickname, watch=True, password=password, identity=identity))

    async def _enter(self, code: str, hello: Hello, moved_to: str = "") -> Session:
        """Enter where the session was said to be, else by our own address and from there once to another."""
        known = self._codes.get(code)  # no question to our own server first: it may be the one that goes
        if moved_to and known is not None:
            try:
                return await self._enter_at(moved_to, await self.game(known), hello)
            except (CannotConnect, ConnectionClosed) as error:
                if not error.retryable:
                    raise
        listing = await self.api.session(code)
        game = await self.game(listing.game)
        self._codes[code] = self._codes[listing.code] = listing.game
        try:
            return await self._enter_at(self._websocket_url(listing.code), game, hello)
        except ConnectionClosed as closed:
            if moved_to or not closed.moved_to:
                raise
            return await self._enter_at(closed.moved_to, game, hello)

    async def _enter_at(self, url: str, game: GameDescription, hello: Hello) -> Session:
        """Say this hello, with the fingerprint of the session's game, and wait for the welcome."""
        hello = replace(hello, fingerprint=game.fingerprint)
        entrance = _Entrance(game)
        link = await connect(url, entrance.receive, entrance.close, self._connect_timeout_s)
        entrance.link = link
        try:
            link.send(encode(hello))
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with the result.
            async with asyncio.timeout(self._welcome_timeout_s):
                session = await entrance.session
        except TimeoutError:
            link.cut()
            waited = f"{self._welcome_timeout_s:g} s"
            raise CannotConnect(f"the server did not answer the hello within {waited}") from None
        except BaseException:  # a cancelled join above all: nobody else knows of this socket
            entrance.session.cancel()
            link.cut()
            raise
        self._links = {known: itself for known, itself in self._links.items() if known.closed is None}
        self._links[session] = link
        session.start()
        return session

    async def resume(self, session: Session, nickname: str = "Player", *, bot: bool = False) -> Session:
        """Take the seat of a session whose socket was lost; a new Session, for everything in the old one is void.

        One that moved is looked for where it said it would be, first.
        """
        moved_to = session.closed.moved_to if session.closed is not None else ""
        return await self.join(session.code, nickname, token=session.token, bot=bot, moved_to=moved_to)

    def address(self, session: Session) -> str:
        """The WebSocket's address of an open session. Raises KeyError for one that was closed and forgotten."""
        return self._links[session].url

    def drop(self, session: Session) -> None:
        """Cut the socket without a word, as a lost network does; the seat waits for its grace time."""
        self._links[session].cut()

    async def game(self, name: str) -> GameDescription:
        """A game's tables, fingerprint and maps; asked for once."""
        if name not in self._games:
            self._games[name] = await self.api.game(name)
        return self._games[name]

    def _websocket_url(self, code: str) -> str:
        parts = urlsplit(self.api.url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        return urlunsplit((scheme, parts.netloc, f"{parts.path}/ws/{code}", "", ""))


class _Entrance:
    """Between the open socket and the welcome. The keyframe may come in the same read, so all of it is synchronous."""

    def __init__(self, game: GameDescription) -> None:
        self.session: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self.link: Link | None = None
        self._game = game
        self._seated: Session | None = None
        self._closing: Closing | None = None

    def receive(self, payload: bytes) -> None:
        try:
            if self._seated is not None:
                self._seated.receive(payload)
                return
            message = decode(payload)
            if isinstance(message, Welcome):
                self._welcome(message)
            elif isinstance(message, Closing):
                self._closing = message
        except ServerFault as fault:
            self.close(ConnectionClosed(PROTOCOL_ERROR, str(fault), retryable=False))
            if self.link is not None:
                self.link.cut()

    def close(self, closed: ConnectionClosed) -> None:
        if self._seated is not None:
            self._seated.end(closed)
        if not self.session.done():
            self.session.set_exception(explain_close(closed, self._closing))

    def _welcome(self, welcome: Welcome) -> None:
        layout = self._game.layout(welcome.rows)
        self._seated = Session(welcome, layout, len(self._game.inputs), self._send)
        if not self.session.done():
            self.session.set_result(self._seated)

    def _send(self, payload: bytes) -> bool:
        return self.link is not None and self.link.send(payload)
