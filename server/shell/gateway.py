"""The WebSocket routes: who is let in, to which session or to the lobby; the rest is the connection's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocket

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import MESSAGE_MAX_BYTES, Error
from tickroom.protocol.version import SUBPROTOCOL
from tickroom.server.shell.cluster.whereabouts import Elsewhere, Here, Nowhere, TryAgain, look_up
from tickroom.server.shell.connection import Connection
from tickroom.server.shell.entrance import address_of
from tickroom.server.shell.identity.identity import KeysUnavailable, NotAuthenticated
from tickroom.server.shell.identity.recognition import Recognition
from tickroom.server.shell.limits.admission import Admission, Refusal
from tickroom.server.shell.lobby import Subscriber
from tickroom.server.shell.node import Node, NodeFull
from tickroom.server.shell.origins import OriginRules
from tickroom.server.shell.sockets import open_socket, rfc6455
from tickroom.server.shell.turned_away import TurnedAway

Entered = Connection | Subscriber | TurnedAway
Enter = Callable[[WebSocket, Node, Admission, str], Awaitable[Entered]]


async def session_socket(websocket: WebSocket) -> None:
    """``/ws/{code}``: a session."""
    await _receive(websocket, _enter)


async def lobby_socket(websocket: WebSocket) -> None:
    """``/ws/lobby``: the public sessions as they come, change and go."""
    await _receive(websocket, _enter_lobby)


async def _receive(websocket: WebSocket, enter: Enter) -> None:
    """Refusals come as close codes after the handshake, for a browser sees no HTTP status."""
    node: Node = websocket.app.state.node
    admission: Admission = websocket.app.state.admission
    address = address_of(websocket)
    stranger: TurnedAway | None = None
    if not _is_allowed(websocket, node):
        # Before it is counted: a stranger's page must not use up its visitor's connections.
        stranger = TurnedAway(CloseCode.NOT_ALLOWED)
    elif (refused := admission.open(address)) is not None:
        stranger = _limited(node, refused)
    if stranger is not None:
        if admission.may_be_told(address):
            await _turn_away(websocket, node, stranger)
        else:
            node.statistics.count_close(stranger.code.reason)
            await websocket.close()  # not opened yet: 403
        return
    try:
        entered = await enter(websocket, node, admission, address)
        if isinstance(entered, TurnedAway):
            if entered.code in (CloseCode.MOVED, CloseCode.TRY_AGAIN_LATER):
                admission.give_back(address)
            await _turn_away(websocket, node, entered)
        else:
            await _serve(websocket, entered)
    finally:
        admission.close(address)


def _is_allowed(websocket: WebSocket, node: Node) -> bool:
    rules: OriginRules = websocket.app.state.origins
    hosts = websocket.headers.getlist("host")
    if not rules.know_host(hosts):
        node.statistics.hosts_refused += 1
        return False
    if not rules.allow(websocket.headers.getlist("origin"), hosts):
        node.statistics.origins_refused += 1
        return False
    return True


async def _enter(websocket: WebSocket, node: Node, admission: Admission, address: str) -> Connection | TurnedAway:
    """A connection to the session that the path names."""
    if _spoken(websocket) != SUBPROTOCOL:
        return TurnedAway(CloseCode.VERSION_MISMATCH)
    recognition: Recognition = websocket.app.state.recognition
    try:
        identity = await recognition.by_request(websocket)
    except (NotAuthenticated, KeysUnavailable) as fault:
        return _not_recognised(node, fault)
    found = await look_up(node, websocket.path_params["code"], admission, address)
    # Nothing waits from here on: the session that was found is still there, and of many who ask each counts.
    match found:
        case Refusal():
            return _limited(node, found)
        case Elsewhere():
            return TurnedAway(CloseCode.MOVED, url=found.websocket)
        case Nowhere() | TryAgain() if node.closing:
            return TurnedAway(CloseCode.SHUTTING_DOWN)  # its sessions have ended: whoever comes back asks its successor
        case TryAgain():
            return TurnedAway(CloseCode.TRY_AGAIN_LATER)
        case Nowhere():
            return TurnedAway(CloseCode.NO_SUCH_SESSION)
        case Here(session):
            pass
    try:
        connection = node.connect(session)
    except NodeFull:
        return TurnedAway(CloseCode.SHUTTING_DOWN if node.closing else CloseCode.TRY_AGAIN_LATER)
    connection.address = node.tokens.digest(address)
    connection.identity = identity
    return connection


async def _enter_lobby(
    websocket: WebSocket, node: Node, _admission: Admission, _address: str
) -> Subscriber | TurnedAway:
    """A subscription, for whoever may also ask for the list over HTTP."""
    if _spoken(websocket) != SUBPROTOCOL:
        return TurnedAway(CloseCode.VERSION_MISMATCH)
    recognition: Recognition = websocket.app.state.recognition
    try:
        await recognition.of_request(websocket)
    except (NotAuthenticated, KeysUnavailable) as fault:
        return _not_recognised(node, fault)
    if (neighbours := node.lobby.neighbours) is not None:
        await neighbours.read()  # the first message is the whole list, other nodes' sessions too
    try:
        return node.subscribe()
    except NodeFull:
        return TurnedAway(CloseCode.SHUTTING_DOWN if node.closing else CloseCode.TRY_AGAIN_LATER)


async def _serve(websocket: WebSocket, connection: Connection | Subscriber) -> None:
    try:
        socket = await open_socket(websocket, connection, subprotocol=SUBPROTOCOL, max_message_bytes=MESSAGE_MAX_BYTES)
    except BaseException:  # cancelled, too: the node would count it for ever
        connection.closed(rfc6455.LOST, "")
        raise
    connection.opened(socket)
    await socket.wait_closed()


async def _turn_away(websocket: WebSocket, node: Node, stranger: TurnedAway) -> None:
    node.statistics.count_close(stranger.code.reason)
    spoken = _spoken(websocket)
    socket = await open_socket(websocket, stranger, subprotocol=spoken, max_message_bytes=MESSAGE_MAX_BYTES)
    stranger.send_away(socket)
    await socket.wait_closed()


def _spoken(websocket: WebSocket) -> str | None:
    """Whatever version of ours the client offers, ours first.

    It is echoed even if we do not speak it: a browser that gets none back sees a failed handshake and no close code,
    but it should see VERSION_MISMATCH.
    """
    offered = websocket.scope.get("subprotocols", [])
    return next((name for name in (SUBPROTOCOL, *offered) if name in offered and name.startswith("tickroom.")), None)


def _not_recognised(node: Node, fault: NotAuthenticated | KeysUnavailable) -> TurnedAway:
    if isinstance(fault, KeysUnavailable):
        return TurnedAway(CloseCode.TRY_AGAIN_LATER)
    node.statistics.not_authenticated += 1
    return TurnedAway(CloseCode.NOT_AUTHENTICATED)


def _limited(node: Node, refused: Refusal) -> TurnedAway:
    node.statistics.count_limited(refused.reason.value)
    if refused.is_ours:
        return TurnedAway(CloseCode.TRY_AGAIN_LATER)
    error = Error(ErrorCode.RATE_LIMITED, refused.reason.value, refused.retry_after_ms)
    return TurnedAway(CloseCode.RATE_LIMITED, error)
