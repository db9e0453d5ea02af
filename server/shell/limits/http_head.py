"""uvicorn's HTTP protocol with what it lacks: an end for requests that never end, and for who was told no too often."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

from starlette.datastructures import State
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tickroom.server.shell.limits.addresses import address_key, is_within, parse_address

HEAD_DEADLINE_S = 5.0  # a browser sends a head in one packet; one byte a second is no browser
BODY_DEADLINE_S = 10.0
"""For bodies that no route reads; those that read one are done, or have answered 408, well before. Without it a first
byte of an unread body ends uvicorn's deadline for kept connections, and nothing ever ends the connection."""
HEAD_MAX_BYTES = 32 * 1024  # cookies of a host's other services included; nginx takes as much


class GuardedHttp(HttpToolsProtocol):
    """The head of a request, the one of a WebSocket too, comes within 5 s and 32 KiB: else 408 or 431, and the end.

    Its body comes within 10 s more, whether or not it is read: else the end, for there was an answer by then.

    ``state``: of the application; its ``admission`` knows who is shunned, its ``proxies`` who is never.
    """

    state: State

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_bytes = 0
        self._in_head = True
        self._head_deadline: asyncio.TimerHandle | None = None
        self._body_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        """The first head is awaited; of who is shunned, nothing."""
        super().connection_made(transport)
        if self._is_shunned():
            transport.abort()
        else:
            self._await_head()

    def _is_shunned(self) -> bool:
        if self.client is None or not self.state.admission.is_shunned(address_key(self.client[0])):
            return False
        return not is_within(parse_address(self.client[0]), self.state.proxies)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is awaited any more."""
        self._cancel_head_deadline()
        self._cancel_body_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what belongs to a head; one read at most goes beyond the bound."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES:
                self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Another head begins, on a connection that was kept."""
        super().on_message_begin()
        if self._head_deadline is None:
            self._await_head()

    def on_headers_complete(self) -> None:
        """The head is there; what follows is the body, which the route bounds."""
        self._in_head = False
        self._cancel_head_deadline()
        self._body_deadline = self.loop.call_later(BODY_DEADLINE_S, self.transport.abort)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of a request is there."""
        self._cancel_body_deadline()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        """The transport is another protocol's from here on."""
        self._cancel_body_deadline()
        super().handle_websocket_upgrade()

    def _await_head(self) -> None:
        self._in_head = True
        self._head_bytes = 0
        self._head_deadline = self.loop.call_later(HEAD_DEADLINE_S, self._refuse, HTTPStatus.REQUEST_TIMEOUT)

    def _cancel_head_deadline(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _cancel_body_deadline(self) -> None:
        if self._body_deadline is not None:
            self._body_deadline.cancel()
            self._body_deadline = None

    def _refuse(self, status: HTTPStatus) -> None:
        self._cancel_head_deadline()
        if not self.transport.is_closing():
            head = f"HTTP/1.1 {status.value} {status.phrase}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            self.transport.write(head.encode())
            self.transport.close()
