"""The lobby: the public sessions, told to whoever subscribes, whole at first and then what changes.

The list is looked at on a timer, only while somebody subscribes, and never from within a tick. What there is to tell is
encoded once, however many hear it.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Closing, Error, Listed, Listing, ListingChanged, Ping, Pong, encode
from tickroom.server.shell.cluster.listings import AllNodes, Neighbours
from tickroom.server.shell.limits.messages import MessageBudgets, MessageClass
from tickroom.server.shell.public_list import PublicList
from tickroom.server.shell.sockets.frame import Frame, build_frame, join_frames
from tickroom.server.shell.sockets.interface import Socket

if TYPE_CHECKING:
    from tickroom.server.shell.node import Node

LOOK_EVERY_S = 0.25

_ping_decoder = msgspec.msgpack.Decoder(Ping)


class Lobby:
    """The public sessions as its subscribers know them: this node's, and where there are others, theirs as well.

    Everything happens on the event loop's thread.
    """

    def __init__(self, node: Node) -> None:
        self.public = PublicList(node)
        self._node = node
        self._subscribers: set[Subscriber] = set()
        self._neighbours: Neighbours | None = None
        self._all_nodes: AllNodes | None = None  # while somebody subscribes, where there are others
        self._listings: dict[str, Listing] = {}  # by code, newest first: what was told
        self._whole: Frame | None = None  # all that was told, for who comes now; made when it is needed
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        """How many subscribe, or are about to."""
        return len(self._subscribers)

    @property
    def neighbours(self) -> Neighbours | None:
        """The other nodes' public sessions; None for a node by itself."""
        if self._neighbours is None and self._node.cluster is not None:
            self._neighbours = Neighbours(self._node.cluster)
        return self._neighbours

    @property
    def is_looking(self) -> bool:
        """Whether the list is looked at now and then."""
        return self._timer is not None

    def subscriber(self) -> Subscriber:
        """For a socket that is about to open; it counts from now on."""
        subscriber = Subscriber(self._node, self)
        self._subscribers.add(subscriber)
        return subscriber

    def forget(self, subscriber: Subscriber) -> None:
        """A socket is gone. The last one stops everything."""
        self._subscribers.discard(subscriber)
        if not self._subscribers and self._timer is not None:
            self._timer.cancel()
            self._timer = self._whole = None
            self._all_nodes, self._listings = None, {}
            if self._node.cluster is None:  # else this node's list is looked at for the others
                self.public.clear()

    def whole(self) -> Frame:
        """The list as all others know it by now. Who is the first has it as it is."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
            self._collect_changes()
        if self._whole is None:
            self._whole = build_frame(encode(Listed(list(self._listings.values()))))
        return self._whole

    def close(self, code: CloseCode) -> None:
        """End every subscription."""
        for subscriber in tuple(self._subscribers):
            subscriber.close(code)

    def _look(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(LOOK_EVERY_S, self._look)
        change = self._collect_changes()
        if change is not None:
            self._whole = None
            frame = build_frame(encode(change))
            for subscriber in tuple(self._subscribers):
                subscriber.tell(frame)

    def _collect_changes(self) -> ListingChanged | None:
        """What is new or gone since the last time; it counts as told from now on."""
        before, now = self._listings, self._newest()
        changed = [listing for code, listing in now.items() if before.get(code) is not listing]
        if self._all_nodes is not None:  # what was read anew is another object, but seldom another listing
            changed = [listing for listing in changed if before.get(listing.code) != listing]
        gone = [code for code in before if code not in now]
        self._listings = now
        return ListingChanged(changed, gone) if changed or gone else None

    def _newest(self) -> dict[str, Listing]:
        entries = self.public.look()
        neighbours = self.neighbours
        if neighbours is None:
            return {code: entry.listing for code, entry in entries.items()}
        self._all_nodes = self._all_nodes or AllNodes(neighbours)
        return self._all_nodes.listings(entries)


class Subscriber:
    """One socket to the lobby. It hears; it may say *ping*, and everything else is refused."""

    def __init__(self, node: Node, lobby: Lobby) -> None:
        self._node = node
        self._lobby = lobby
        self._socket: Socket | None = None
        self._close_with: CloseCode | None = None
        self._closed = False
        self._waiting: deque[Frame] = deque()  # while the socket is full; bounded as a session's facts are
        self._budgets = MessageBudgets(node.settings.limits)
        self._malformed = 0

    def opened(self, socket: Socket) -> None:
        """The socket is accepted: it gets the list at once."""
        self._socket = socket
        if self._close_with is not None:
            self.close(self._close_with)
        elif not self._closed:
            self.tell(self._lobby.whole())

    # --- Receiver: what the socket calls ------------------------------------------------------------------------------

    def message_received(self, data: bytes) -> None:
        """One binary message."""
        self._node.messages_in += 1
        now_ns = time.monotonic_ns()
        wait_ns = self._budgets.take(MessageClass.OTHER, now_ns)
        if wait_ns:
            self._node.statistics.count_limited(MessageClass.OTHER.value)
            if self._budgets.forgive(now_ns):
                self._refuse(ErrorCode.RATE_LIMITED, retry_after_ms=-(-wait_ns // 1_000_000))
            else:
                self.close(CloseCode.RATE_LIMITED)
            return
        try:
            ping = _ping_decoder.decode(data)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            self._refuse_malformed()
        else:
            self.tell(build_frame(encode(Pong(ping.echo, 0, 0))))

    def text_received(self) -> None:
        """Text is not part of the protocol."""
        self.close(CloseCode.UNSUPPORTED_DATA)

    def stalled(self) -> None:
        """The socket is full: what is told waits."""

    def drained(self) -> None:
        """The socket is empty again."""
        if self._waiting and self._socket is not None:
            waiting = join_frames(*self._waiting)
            self._waiting.clear()
            self._socket.write(waiting)

    def closed(self, code: int, reason: str) -> None:  # noqa: ARG002 - whatever the end was
        """The socket is gone."""
        self._closed = True
        self._waiting.clear()
        self._lobby.forget(self)

    # --- out ---------------------------------------------------------------------------------------------------------

    def tell(self, frame: Frame) -> None:
        """Send something, or let it wait its turn; close who lets too much wait."""
        socket = self._socket
        if socket is None or self._closed:  # one that is still opening gets the whole list
            return
        self._node.statistics.facts_out += 1
        if socket.writable and not self._waiting:
            socket.write(frame)
        elif len(self._waiting) < self._node.settings.fact_queue_messages:
            self._waiting.append(frame)
        else:
            self.close(CloseCode.TOO_SLOW)

    def close(self, code: CloseCode) -> None:
        """Say why, then close. The first call decides."""
        socket = self._socket
        if socket is None:
            self._close_with = self._close_with or code
            return
        if self._closed:
            return
        self._closed = True
        self._waiting.clear()
        self._node.statistics.count_close(code.reason)
        if code >= 4000 and socket.writable:
            socket.write(build_frame(encode(Closing(code, code.reason, code.retryable))))
        socket.close(code, code.reason)

    def _refuse(self, error: ErrorCode, detail: str = "", retry_after_ms: int = 0) -> None:
        self._node.statistics.refused += 1
        self.tell(build_frame(encode(Error(error, error.reason + detail, retry_after_ms))))

    def _refuse_malformed(self) -> None:
        self._node.statistics.malformed += 1
        self._malformed += 1
        if self._malformed >= self._node.settings.malformed_allowed:
            self.close(CloseCode.BAD_MESSAGES)
        else:
            self._refuse(ErrorCode.MALFORMED, ": the lobby understands ping alone")
