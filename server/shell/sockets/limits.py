"""Every bound of a socket, with what happens when it is met written beside it."""

from typing import Final

MAX_MESSAGE_BYTES: Final = 4096
"""Default limit on one frame and on one reassembled message: more closes with 1009. An input is ~30 bytes, a chat line
a few hundred; uvicorn's ``ws_max_size`` lowers it further."""

MAX_FRAGMENTS: Final = 64
"""Frames of one fragmented message: more closes with 1008. No browser fragments a message of 4 KiB; without this bound
empty fragments, which no size limit stops, would be collected for ever."""

SEND_BUFFER_BYTES: Final = 32 * 1024
"""SO_SNDBUF of an accepted socket (Linux doubles it for its own book-keeping). Left alone it grows to megabytes, and a
reader who stopped would be noticed minutes late. 32 KiB is some seconds of state of a 16-player session."""

CLOSE_DEADLINE_S: Final = 3.0
"""How long a peer may take to answer our Close, or to read what is buffered; then TCP is dropped."""

CLOSING_BYTES: Final = 64 * 1024
"""What a peer may still send after our Close: more drops TCP at once. To parse what a flood sends in the seconds of
``CLOSE_DEADLINE_S`` took half a core for ten peers; an honest one has a round trip of inputs under way, 100 bytes."""

SHUTDOWN_DEADLINE_S: Final = 1.0
"""The same when the server goes down: SIGTERM to exit takes a few seconds in all."""

LINGER_S: Final = 1.0
"""How long the input of a peer that broke the protocol is read and thrown away, so that our Close frame reaches it: to
close a socket with unread input makes the kernel send RST, which may overtake the Close (RFC 6455 7.1.1)."""

LINGER_BYTES: Final = 256 * 1024
"""And how much of it: more drops TCP at once."""

EARLY_BYTES: Final = 8 * 1024
"""What a peer may send before the application has accepted: more stops reading until it has."""

PLAIN_QUEUE_MESSAGES: Final = 256
"""Plain path: messages that wait for ASGI ``send``: more closes with 1008."""

PLAIN_WRITABLE_MESSAGES: Final = 8
"""Plain path: as many waiting messages make ``writable`` False."""
