"""RFC 6455 section 4.2: the opening handshake as a server sees it."""

import logging

import pytest

from .echo_server import EchoServer
from .raw_client import (
    BINARY,
    KEY,
    RawClient,
    check_accepted,
    check_close,
    check_failed,
    check_frame,
    close_frame,
    encode_frame,
    request,
)

CHROMIUM = f"""\
GET /echo HTTP/1.1
Host: 127.0.0.1:8000
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36
Upgrade: websocket
Origin: http://127.0.0.1:8000
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-GB,en;q=0.9
Cookie: a=b
Sec-WebSocket-Key: {KEY}
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
Sec-WebSocket-Protocol: tickroom.1

"""

FIREFOX = f"""\
GET /echo HTTP/1.1
Host: 127.0.0.1:8000
User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0
Accept: */*
Accept-Language: en-GB,en;q=0.5
Accept-Encoding: gzip, deflate, br, zstd
Sec-WebSocket-Version: 13
Origin: http://127.0.0.1:8000
Sec-WebSocket-Protocol: tickroom.1
Sec-WebSocket-Extensions: permessage-deflate
Sec-WebSocket-Key: {KEY}
Connection: keep-alive, Upgrade
Sec-Fetch-Dest: empty
Sec-Fetch-Mode: websocket
Sec-Fetch-Site: same-origin
Pragma: no-cache
Cache-Control: no-cache
Upgrade: websocket

"""

SAFARI = f"""\
GET /echo HTTP/1.1
Upgrade: websocket
Connection: Upgrade
Host: 127.0.0.1:8000
Origin: http://127.0.0.1:8000
Pragma: no-cache
Cache-Control: no-cache
Sec-WebSocket-Key: {KEY}
Sec-WebSocket-Version: 13
Sec-WebSocket-Protocol: tickroom.1
Sec-WebSocket-Extensions: x-webkit-deflate-frame, permessage-deflate
User-Agent: Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Safari/605

"""


def _wire(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _check_echo(client: RawClient, payload: bytes = b"hello") -> None:
    client.send(encode_frame(BINARY, payload))
    check_frame(client.read_frame(), BINARY, payload)


@pytest.mark.parametrize("head", [CHROMIUM, FIREFOX, SAFARI], ids=["chromium", "firefox", "safari"])
@pytest.mark.parametrize("bytewise", [False, True])
def test_browsers_are_accepted(client: RawClient, head: str, bytewise: bool) -> None:
    client.send(_wire(head), bytewise=bytewise)
    answer = client.read_answer()
    check_accepted(answer)
    assert answer.values("Sec-WebSocket-Protocol") == ["tickroom.1"]
    # Compression is offered by all three and granted to none: it would need the reserved bits.
    assert answer.values("Sec-WebSocket-Extensions") == []
    _check_echo(client)


@pytest.mark.parametrize(
    "head",
    [
        request(replace={"Upgrade": "WebSocket", "Connection": "UPGRADE"}),
        request(replace={"Connection": "keep-alive,Upgrade"}),
        request(replace={"Connection": "Upgrade , foo"}),
        request(without=("Connection",), extra=("Connection: keep-alive", "Connection: Upgrade")),
        request().replace(b"Sec-WebSocket-Key", b"SEC-WEBSOCKET-KEY").replace(b"Upgrade:", b"uPGRADE:"),
        request().replace(b": ", b":"),
        request(extra=("Sec-WebSocket-Extensions: foo; bar=1, baz",)),
        request(extra=("Origin: null",)),
        request(path="/echo?a=b%20c"),
    ],
)
def test_case_and_lists_of_headers(client: RawClient, head: bytes) -> None:
    client.shake_hands(head)
    _check_echo(client)


@pytest.mark.parametrize(
    ("offers", "chosen"),
    [
        (("tickroom.1",), ["tickroom.1"]),
        (("other, tickroom.1",), ["tickroom.1"]),
        (("other", "tickroom.1"), ["tickroom.1"]),
        (("a,b", "c , tickroom.1 ,d"), ["tickroom.1"]),
        (("Tickroom.1",), []),  # 4.1: subprotocols are compared with case
        (("other",), []),
        ((), []),
    ],
)
def test_subprotocol(client: RawClient, offers: tuple[str, ...], chosen: list[str]) -> None:
    answer = client.shake_hands(request(extra=tuple(f"Sec-WebSocket-Protocol: {offer}" for offer in offers)))
    assert answer.values("Sec-WebSocket-Protocol") == chosen


@pytest.mark.parametrize("version", ["0", "7", "8", "12", "14", "013", "13.0", "abc"])
def test_unknown_version(server: EchoServer, client: RawClient, version: str) -> None:
    client.send(request(replace={"Sec-WebSocket-Version": version}))
    answer = client.read_answer()
    if server.fast:
        # 4.2.2, /version/: abort with an error "(such as 426 Upgrade Required) and a |Sec-WebSocket-Version| header".
        assert answer.status == 426
        assert answer.values("Sec-WebSocket-Version") == ["13"]
        assert answer.values("Upgrade") == ["websocket"]
    else:
        # The `websockets` library answers 400 and does not say which version it speaks, which 4.4 asks for.
        assert answer.status == 400
        assert answer.values("Sec-WebSocket-Version") == []


@pytest.mark.parametrize(
    "head",
    [
        request(without=("Sec-WebSocket-Version",)),
        request(extra=("Sec-WebSocket-Version: 13",)),  # 11.3.5: MUST NOT appear more than once
        request(without=("Sec-WebSocket-Key",)),
        request(replace={"Sec-WebSocket-Key": ""}),
        request(replace={"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAA"}),  # 15 bytes
        request(replace={"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAAA="}),  # 17 bytes
        request(replace={"Sec-WebSocket-Key": "not base64 at all!!"}),
        request(replace={"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ"}),  # no padding
        request(extra=(f"Sec-WebSocket-Key: {KEY}",)),  # 11.3.1: MUST NOT appear more than once
        request(extra=("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",)),
    ],
)
def test_bad_versions_and_keys_get_400(client: RawClient, head: bytes) -> None:
    client.send(head)
    assert client.read_answer().status == 400
    client.read_end()


@pytest.mark.parametrize("head", [request(without=("Host",)), request(extra=("Host: other",))])
def test_host(server: EchoServer, client: RawClient, head: bytes) -> None:
    client.send(head)
    # 4.2.1, 2 wants a Host header; RFC 9112 3.2 wants 400 without. Neither uvicorn nor `websockets` looks.
    assert client.read_answer().status == (400 if server.fast else 101)


def test_http_1_0(server: EchoServer, client: RawClient) -> None:
    client.send(request(version="HTTP/1.0"))
    # 4.2.1, 1: HTTP/1.1 or higher. uvicorn passes every upgrade on as HTTP/1.1, so that `websockets` cannot tell.
    assert client.read_answer().status == (505 if server.fast else 101)


@pytest.mark.parametrize("method", ["POST", "PUT", "HEAD", "DELETE"])
def test_only_get(client: RawClient, method: str) -> None:
    client.send(request(method=method))
    answer = client.read_answer()
    assert answer.status == 405  # 4.2.1, 1
    assert answer.values("Allow") == ["GET"]


@pytest.mark.parametrize(
    "head",
    [
        request(without=("Upgrade",)),
        request(without=("Connection",)),
        request(without=("Upgrade", "Connection")),
        request(replace={"Upgrade": "h2c"}),
        request(replace={"Connection": "keep-alive"}),
        # RFC 9110 5.3 makes one list of these two lines, so that this is a correct upgrade; uvicorn looks at the last
        # line alone, before any WebSocket class is asked. It also wants "websocket" alone in Upgrade.
        request(without=("Connection",), extra=("Connection: Upgrade", "Connection: keep-alive")),
        request(replace={"Upgrade": "foo, websocket"}),
    ],
)
def test_no_upgrade_is_plain_http(client: RawClient, head: bytes) -> None:
    """Nothing there to GET: the route is a WebSocket's."""
    client.send(head)
    assert client.read_answer().status == 404


@pytest.mark.parametrize("path", ["/nothing", "/refuse"])
def test_refused_by_the_application(client: RawClient, path: str) -> None:
    client.send(request(path))
    assert client.read_answer().status == 403
    client.read_end()


@pytest.mark.may_log_errors  # uvicorn's class logs an error for each denial response, ours does not
def test_denial_response(server: EchoServer, client: RawClient, caplog: pytest.LogCaptureFixture) -> None:
    client.send(request("/deny"))
    answer = client.read_answer()
    assert answer.status == 418
    assert answer.values("Content-Length") == ["9"]
    assert client.read_end() == b"not today"
    assert bool([record for record in caplog.records if record.levelno >= logging.ERROR]) is not server.fast


def test_first_frame_in_the_segment_of_the_request(client: RawClient) -> None:
    # 4.1: "the client MUST wait for a response from the server before sending any further data". uvicorn's HTTP class
    # throws away what follows the request in the same segment, on both paths; the connection goes on undamaged.
    client.send(request() + encode_frame(BINARY, b"too early"))
    check_accepted(client.read_answer())
    _check_echo(client, b"in time")


@pytest.mark.parametrize("size", [10, 4000])
def test_frames_before_the_application_accepts(server: EchoServer, client: RawClient, size: int) -> None:
    """Early as well, but in a segment of its own: kept until the application has decided."""
    client.send(request("/slow"))
    doorkeeper = server.peer(client)
    _, gate = doorkeeper.heard()
    messages = [bytes([i]) * size for i in range(20)]
    for message in messages:
        client.send(encode_frame(BINARY, message))
    doorkeeper.loop.call_soon_threadsafe(gate.set)
    check_accepted(client.read_answer())
    for message in messages:
        check_frame(client.read_frame(), BINARY, message)
    _check_echo(client)


def test_malformed_frame_before_the_application_accepts(server: EchoServer, client: RawClient) -> None:
    if not server.fast:
        pytest.skip("uvicorn's class drops the connection with its parser before the answer")
    client.send(request("/slow"))
    doorkeeper = server.peer(client)
    _, gate = doorkeeper.heard()
    client.send(encode_frame(BINARY, b"unmasked", mask=None))
    doorkeeper.loop.call_soon_threadsafe(gate.set)
    check_accepted(client.read_answer())
    check_failed(client, 1002)


def test_peer_leaves_before_it_is_accepted(server: EchoServer, client: RawClient) -> None:
    client.send(request("/slow"))
    doorkeeper = server.peer(client)
    _, gate = doorkeeper.heard()
    client.socket.close()
    doorkeeper.loop.call_soon_threadsafe(gate.set)
    with RawClient(server.port) as other:
        other.shake_hands()
        _check_echo(other)


def test_application_that_never_asks_for_the_extension(client: RawClient) -> None:
    """Our class is then uvicorn's, without compression."""
    client.shake_hands(path="/plain_asgi")
    _check_echo(client)
    client.send(close_frame(1000))
    check_close(client.read_frame(), 1000)


def test_http_beside_it(server: EchoServer, client: RawClient) -> None:
    client.send(b"GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
    assert client.read_answer().status == 200
