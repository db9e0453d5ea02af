"""Accept a WebSocket on the best path that the server offers."""

from starlette.websockets import WebSocket

from tickroom.server.shell.sockets import limits
from tickroom.server.shell.sockets.interface import FRAMES_EXTENSION, FrameExtension, Receiver, Socket
from tickroom.server.shell.sockets.plain_socket import PlainSocket


async def open_socket(
    websocket: WebSocket,
    receiver: Receiver,
    *,
    subprotocol: str | None,
    max_message_bytes: int = limits.MAX_MESSAGE_BYTES,
) -> Socket:
    """Accept ``websocket`` and let ``receiver`` hear it; the route goes on with ``await socket.wait_closed()``.

    Takes the ASGI extension ``tickroom.frames`` where the scope has it, else plain ASGI. ``receiver`` is called from
    the next turn of the event loop on, never from within this call.

    Args:
        subprotocol: the one chosen of ``websocket.scope["subprotocols"]``, or None.
        max_message_bytes: limit on a frame and on a reassembled message; the server's own limit holds besides.
    Raises:
        OSError: the peer left before it was accepted (uvicorn's ``ClientDisconnected``); uvicorn expects it to pass
            through the route and logs nothing.
    """
    extension = websocket.scope.get("extensions", {}).get(FRAMES_EXTENSION)
    if isinstance(extension, FrameExtension):
        extension.deliver_to(receiver, max_message_bytes=max_message_bytes)
        await websocket.accept(subprotocol)
        return extension.opened()
    await websocket.accept(subprotocol)
    return PlainSocket(websocket, receiver, max_message_bytes=max_message_bytes)
