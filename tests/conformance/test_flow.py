"""Back-pressure, bounds and keep-alive: not the RFC's, but what makes it safe to serve."""

import contextlib
import queue
from typing import Any

import pytest

from tickroom.server.shell.sockets import Socket, build_frame, join_frames, limits

from .echo_server import EchoServer, Peer, running_server
from .raw_client import (
    BINARY,
    PING,
    PONG,
    RawClient,
    check_frame,
    close_frame,
    encode_frame,
)

FRAME = build_frame(bytes(range(250)) * 4)


def fill(peer: Peer) -> int:
    """Write until the peer is not writable and stays so; how many messages that took."""

    def write_while_writable(it: Socket) -> int:
        written = 0
        while it.writable and written < 5000:
            it.write(FRAME)
            written += 1
        return written

    total = 0
    while total < 50_000:
        total += int(peer.call(write_while_writable))
        try:
            assert peer.events.get(timeout=0.5)[0] == "drained"
        except queue.Empty:
            return total
    pytest.fail("50 MB did not fill the socket of a peer that does not read")


def test_peer_that_stops_reading(server: EchoServer) -> None:
    with RawClient(server.port, receive_buffer_bytes=4096) as client:
        client.shake_hands(path="/sink")
        peer = server.peer(client)
        written = fill(peer)
        assert not peer.call(lambda it: it.writable)
        assert peer.call(lambda it: it.buffered_bytes()) > 0
        if server.fast:
            # Noticed after tens of kilobytes: SO_SNDBUF (doubled by Linux), the peer's own buffer, nothing of ours.
            assert written * 1000 < 8 * limits.SEND_BUFFER_BYTES
            assert peer.call(lambda it: it.buffered_bytes()) <= len(FRAME.wire)
        for _ in range(written):
            check_frame(client.read_frame(), BINARY, FRAME.payloads[0])
        assert peer.heard() == ("drained", True, 0)
        assert peer.call(lambda it: it.writable)


def test_pings_of_a_peer_that_does_not_read(server: EchoServer) -> None:
    if not server.fast:
        pytest.skip("uvicorn's class queues a pong for every ping, without bound")
    with RawClient(server.port, receive_buffer_bytes=4096) as client:
        client.shake_hands(path="/sink")
        peer = server.peer(client)
        written = fill(peer)
        buffered = peer.call(lambda it: it.buffered_bytes())
        for i in range(5000):
            client.send(encode_frame(PING, i.to_bytes(4) * 25))
        client.send(encode_frame(BINARY, b"all pings are read"))
        assert peer.heard() == ("message", b"all pings are read")
        assert peer.call(lambda it: it.buffered_bytes()) == buffered
        for _ in range(written):
            check_frame(client.read_frame(), BINARY, FRAME.payloads[0])
        check_frame(client.read_frame(), PONG, (4999).to_bytes(4) * 25)  # 5.5.3: the most recent one alone


def test_close_of_a_peer_that_does_not_read(server: EchoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLOSE_DEADLINE_S", 0.3)
    with RawClient(server.port, receive_buffer_bytes=4096) as client:
        client.shake_hands(path="/sink")
        peer = server.peer(client)
        fill(peer)
        peer.call(lambda it: it.close(1008, "too slow"))
        assert peer.heard() == ("closed", 1008, "too slow")
        assert peer.heard() == ("gone",)
        assert peer.call(lambda it: it.buffered_bytes()) == 0


def test_peer_that_says_goodbye_and_does_not_read(server: EchoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CLOSE_DEADLINE_S", 0.3)
    with RawClient(server.port, receive_buffer_bytes=4096) as client:
        client.shake_hands(path="/sink")
        peer = server.peer(client)
        fill(peer)
        client.send(close_frame(1001))
        assert peer.heard() == ("closed", 1001, "")
        assert peer.heard() == ("gone",)


def test_plain_queue_is_bounded(server: EchoServer, monkeypatch: pytest.MonkeyPatch) -> None:
    if server.fast:
        pytest.skip("the fast path has no queue; its caller honours `writable`")
    monkeypatch.setattr(limits, "CLOSE_DEADLINE_S", 0.3)
    with RawClient(server.port, receive_buffer_bytes=4096) as client:
        client.shake_hands(path="/sink")
        peer = server.peer(client)
        fill(peer)

        def ignore_writable(it: Socket) -> None:
            for _ in range(limits.PLAIN_QUEUE_MESSAGES + 1):
                it.write(FRAME)

        peer.call(ignore_writable)
        assert peer.heard() == ("closed", 1008, "too slow")


def test_paused_reading(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    peer.call(lambda it: it.pause_reading())
    sent = [b"first", b"second", b"third"]
    for message in sent:
        client.send(encode_frame(BINARY, message))
    heard = []
    with contextlib.suppress(queue.Empty):
        while True:
            heard.append(peer.events.get(timeout=0.2))
    # The plain path has one ASGI receive under way when it is paused.
    assert heard == ([] if server.fast else [("message", b"first")])
    peer.call(lambda it: it.resume_reading())
    heard += [peer.heard() for _ in range(3 - len(heard))]
    assert heard == [("message", message) for message in sent]


def test_joined_frames_are_separate_messages(server: EchoServer, client: RawClient) -> None:
    client.shake_hands()
    peer = server.peer(client)
    payloads = [b"facts", b"", b"s" * 200, b"t" * 70_000]
    peer.call(lambda it: it.write(join_frames(*map(build_frame, payloads))))
    for payload in payloads:
        check_frame(client.read_frame(), BINARY, payload)


@pytest.fixture(params=["fast", "plain"])
def pinging_server(request: pytest.FixtureRequest) -> Any:
    with running_server(request.param, ws_ping_interval=0.3, ws_ping_timeout=0.5) as (server, _):
        yield server


def test_keep_alive(pinging_server: EchoServer) -> None:
    with RawClient(pinging_server.port) as client:
        client.shake_hands()
        peer = pinging_server.peer(client)
        seen = set()
        for _ in range(3):
            ping = client.read_frame()
            assert ping.opcode == PING
            seen.add(ping.payload)
            client.send(encode_frame(PONG, ping.payload))
        assert len(seen) == 3  # else an old pong could answer a new ping
        ping = client.read_frame()
        client.send(encode_frame(PONG, b"not what was asked"))
        # uvicorn's class sends Close 1011 first; ours takes a peer at its silence.
        assert bool(client.read_end()) is not pinging_server.fast
        assert peer.heard() == ("closed", 1006, "")
        assert peer.heard() == ("gone",)
