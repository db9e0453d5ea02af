"""WebSockets of the shell: one small interface, two ways to serve it.

Read :mod:`~tickroom.server.shell.sockets.interface` first. The *fast* path (:class:`FastProtocol`, given to uvicorn as
``ws=``) hands an accepted socket to picows; the *plain* path needs nothing but ASGI. The gateway calls
:func:`open_socket` and sees no difference. Why there are two: ``docs/decisions/0003-fast-websocket-path.md``.
"""

from tickroom.server.shell.sockets.fast_protocol import FastProtocol
from tickroom.server.shell.sockets.frame import Frame, build_frame, join_frames
from tickroom.server.shell.sockets.interface import FRAMES_EXTENSION, FrameExtension, Receiver, Socket
from tickroom.server.shell.sockets.opening import open_socket

__all__ = [
    "FRAMES_EXTENSION",
    "FastProtocol",
    "Frame",
    "FrameExtension",
    "Receiver",
    "Socket",
    "build_frame",
    "join_frames",
    "open_socket",
]
