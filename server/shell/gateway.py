"""The WebSocket route: finds the session, opens the socket, and leaves the rest to the connection."""

from __future__ import annotations

from starlette.websockets import WebSocket

from tickroom.protocol.codes import CloseCode
from tickroom.protocol.messages import MESSAGE_MAX_BYTES
from tickroom.protocol.version import SUBPROTOCOL
from tickroom.server.shell.node import Node, NodeFull
from tickroom.server.shell.origins import OriginRules
from tickroom.server.shell.sockets import open_socket
from tickroom.server.shell.turned_away import TurnedAway


async def session_socket(websocket: WebSocket) -> None:
    """``/ws/{code}``. Refusals come as close codes after the handshake, for a browser sees no HTTP status."""
    node: Node = websocket.app.state.node
    offered = websocket.scope.get("subprotocols", [])
    # Whatever version of ours the client offers is echoed: a browser that gets none back sees a failed handshake and no
    # close code, but it should see VERSION_MISMATCH.
    spoken = next((name for name in (SUBPROTOCOL, *offered) if name in offered and name.startswith("tickroom.")), None)
    rules: OriginRules = websocket.app.state.origins
    welcome = rules.allow(websocket.headers.getlist("origin"), websocket.headers.getlist("host"))
    session = node.find(websocket.path_params["code"])
    refusal = CloseCode.VERSION_MISMATCH if spoken != SUBPROTOCOL else CloseCode.NO_SUCH_SESSION
    if not welcome:
        refusal = CloseCode.NOT_ALLOWED
        node.statistics.origins_refused += 1
    elif spoken == SUBPROTOCOL and session is not None:
        try:
            connection = node.connect(session)
        except NodeFull:
            refusal = CloseCode.SHUTTING_DOWN if node.closing else CloseCode.TRY_AGAIN_LATER
        else:
            try:
                socket = await open_socket(
                    websocket, connection, subprotocol=spoken, max_message_bytes=MESSAGE_MAX_BYTES
                )
            except BaseException:
                node.forget(connection)
                raise
            connection.opened(socket)
            await socket.wait_closed()
            return
    node.statistics.count_close(refusal.reason)
    stranger = TurnedAway(refusal)
    socket = await open_socket(websocket, stranger, subprotocol=spoken, max_message_bytes=MESSAGE_MAX_BYTES)
    stranger.send_away(socket)
    await socket.wait_closed()
