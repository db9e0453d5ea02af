"""What a client gets that is late, wrong, rude or unlucky: its code, and nobody else is touched."""

import asyncio
import struct
from typing import Any

import msgpack
import pytest

from tests.server.core.toy_game import ToyGame
from tests.server.shell.running import Running, running
from tests.server.shell.talking import CLOSING, ERROR, FINGERPRINT, KEYFRAME, REPLY, Talker
from tests.standstill import standstill
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.server.shell.node import Node
from tickroom.server.shell.settings import ServerSettings


def toy(server: Running, **settings: object) -> str:
    return server.create(**({"game": "toy", "countdown_s": 0} | settings))


async def test_hello_welcome_keyframe_and_a_reply(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code.lower()) as ann:
        welcome = await ann.hello()
        assert welcome[1] == code
        keyframe = await ann.hear(KEYFRAME)
        assert keyframe[1] == welcome[5], "the keyframe is of the tick of the welcome"
        await ann.say(2, 77, "poke", [5])
        assert (await ann.hear(REPLY))[1:4] == [77, 0, "ok"]
        await ann.say(3, 4_000_000_000)
        pong = await ann.hear(11)
        assert pong[1] == 4_000_000_000
        assert 0 <= pong[3] < 1_000_000


async def test_two_players_are_told_of_each_other(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello("Ann")
        async with Talker(server.websocket_url, code) as bob:
            await bob.hello("Bob")
            joined = await ann.hear(7)
            assert joined[1] == [2, 1, "Bob", False, True]
        dropped = await ann.hear(9)
        assert dropped[1:3] == [2, 1]


async def refusal(server: Running, code: str, subprotocol: str | None = "tickroom.1") -> tuple[int, str, Talker]:
    async with Talker(server.websocket_url, code, subprotocol) as stranger:
        number, reason = await stranger.closed()
        return number, reason, stranger


async def test_an_unknown_code_is_4004(server: Running) -> None:
    number, reason, stranger = await refusal(server, "ABCDEF")
    assert (number, reason) == (4004, "no_such_session")
    assert stranger.heard == [[CLOSING, 4004, "no_such_session", False, ""]]


async def test_while_it_shuts_down_an_unknown_code_is_4010_and_may_be_tried_again(server: Running) -> None:
    def be_closing(node: Node, closing: bool) -> None:
        node.closing = closing

    server.ask(lambda node: be_closing(node, True))
    number, _, stranger = await refusal(server, "ABCDEF")
    server.ask(lambda node: be_closing(node, False))  # the server is the whole module's
    assert number == CloseCode.SHUTTING_DOWN
    assert stranger.heard == [[CLOSING, 4010, "shutting_down", True, ""]]


@pytest.mark.parametrize("subprotocol", ["tickroom.2", "chat", None])
async def test_another_protocol_version_is_4006(server: Running, subprotocol: str | None) -> None:
    if subprotocol == "chat":
        # Nothing of what the client offered is ours, so the handshake selects none, and the client sees the close.
        number, _, _ = await refusal(server, toy(server), subprotocol)
    else:
        number, _, _ = await refusal(server, toy(server), subprotocol)
    assert number == CloseCode.VERSION_MISMATCH


async def test_another_fingerprint_is_4006(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as old:
        await old.say(0, FINGERPRINT ^ 1, "Ann")
        assert await old.closed() == (4006, "version_mismatch")


async def test_a_full_session_is_4005(server: Running) -> None:
    code = toy(server, seats=1)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as bob:
        await ann.hello()
        await bob.say(0, FINGERPRINT, "Bob")
        assert await bob.closed() == (4005, "session_full")


async def test_a_bad_token_is_4001(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        await ann.say(0, FINGERPRINT, "Ann", "guess")
        assert await ann.closed() == (4001, "not_authenticated")


@pytest.mark.parametrize("is_fast", [True, False], ids=["fast", "plain"])
async def test_who_says_nothing_is_4007(is_fast: bool) -> None:
    with running(ServerSettings(hello_timeout_s=0.3, fast_path=is_fast), {"toy": ToyGame()}) as server:
        async with Talker(server.websocket_url, toy(server)) as silent:
            assert await silent.closed() == (4007, "hello_timeout")


async def test_text_is_1003_and_an_oversized_message_1009(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann:
        await ann.say_raw("hello")
        assert (await ann.closed())[0] == 1003
    async with Talker(server.websocket_url, code) as bob:
        await bob.say_raw(b"\x00" * 4097)
        assert (await bob.closed())[0] == 1009


async def test_leaving_is_4000_and_frees_the_seat(server: Running) -> None:
    code = toy(server, seats=1)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello()
        await ann.say(5)
        assert await ann.closed() == (4000, "left")
    async with Talker(server.websocket_url, code) as bob:
        await bob.hello()


async def test_a_token_resumes_the_seat_and_supersedes_an_older_socket(server: Running) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as first:
        welcome = await first.hello()
        async with Talker(server.websocket_url, code) as second:
            again = await second.hello(token=welcome[4])
            assert again[2:4] == welcome[2:4]
            assert again[4] != welcome[4]
            assert (await second.hear(KEYFRAME))[1] == again[5]
            assert await first.closed() == (4012, "superseded")
            await second.say(2, 1, "poke", [5])
            assert (await second.hear(REPLY))[2] == 0
        async with Talker(server.websocket_url, code) as third:
            await third.say(0, FINGERPRINT, "Eve", welcome[4])
            assert await third.closed() == (4001, "not_authenticated"), "the first token is void by now"


BAD_MESSAGES: list[bytes] = [
    b"",
    b"\xc1",
    b"hello",
    msgpack.packb({"kind": 0}),
    msgpack.packb([99]),
    msgpack.packb([1]),
    msgpack.packb([1, 5]),
    msgpack.packb([1, 5, [6]]),
    msgpack.packb([1, -1, [0]]),
    msgpack.packb([1, 2**31, [0]]),
    msgpack.packb([1, 5, [0.5]]),
    msgpack.packb([1, 5, [float("nan")]]),
    msgpack.packb([1, 5, [True]]),
    msgpack.packb([1, 5, ["1"]]),
    msgpack.packb([1, 5, [0], 9]),
    msgpack.packb([2, 1, "x" * 33, []]),
    msgpack.packb([2, 1, "poke", [1] * 9]),
    msgpack.packb([3, -1]),
    msgpack.packb([5]) + b"\x00",
    b"\x91" * 1000,
    b"\xdd\xff\xff\xff\xff",
    struct.pack(">BBd", 0x92, 0x01, 1.0),
]


@pytest.mark.parametrize("payload", BAD_MESSAGES)
async def test_a_malformed_message_is_answered_and_hurts_nobody(server: Running, payload: bytes) -> None:
    code = toy(server)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as bob:
        await ann.hello("Ann")
        await bob.hello("Bob")
        await ann.say_raw(payload)
        error = await ann.hear(ERROR)
        assert error[1] == ErrorCode.MALFORMED
        for talker in (ann, bob):
            await talker.say(2, 1, "poke", [5])
            assert (await talker.hear(REPLY))[2] == 0


async def test_the_tenth_malformed_message_is_4008(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        await ann.hello()
        for _ in range(10):
            await ann.say_raw(b"\xc1")
        assert await ann.closed() == (4008, "bad_messages")
        errors = sum(message[0] == ERROR for message in ann.heard)
        assert 7 <= errors <= 9, "each is answered; what still waited for the socket when it closed is lost with it"


@pytest.mark.parametrize("message", [[1, 5, [1]], [2, 1, "poke", [5]], [4, 0, 0], [5]])
async def test_nothing_but_hello_is_taken_before_hello(server: Running, message: list[Any]) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        await ann.say(*message)
        assert (await ann.hear(ERROR))[1] == ErrorCode.NOT_SEATED
        await ann.hello()
        await ann.say(0, FINGERPRINT, "Twice")
        assert (await ann.hear(ERROR))[1] == ErrorCode.ALREADY_SEATED


async def test_inputs_of_the_past_and_of_the_far_future_are_refused_and_counted(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        tick = (await ann.hello())[5]
        before = server.get("/api/stats")[1]
        await ann.say(1, tick + 3000, [1])
        assert (await ann.hear(ERROR))[1] == ErrorCode.INPUT_TOO_EARLY
        await ann.say(1, tick + 5, [1])
        await ann.say(1, tick + 5, [2])
        assert (await ann.hear(ERROR))[1] == ErrorCode.INPUT_OUT_OF_ORDER
        after = server.get("/api/stats")[1]
        assert after["inputs_too_early"] == before["inputs_too_early"] + 1
        assert after["inputs_out_of_order"] == before["inputs_out_of_order"] + 1


async def test_each_kind_of_refusal_is_told_once_a_second_and_always_counted(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        tick = (await ann.hello())[5]
        before = server.get("/api/stats")[1]["inputs_too_early"]
        for ahead in range(20):
            await ann.say(1, tick + 3000 + ahead, [1])
        await ann.say(2, 1, "poke", [5])
        await ann.hear(REPLY)
        assert sum(message[0] == ERROR for message in ann.heard) == 1
        assert server.get("/api/stats")[1]["inputs_too_early"] == before + 20


async def test_requests_beyond_four_a_tick_are_refused_whatever_they_ask(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server, tick_hz=10)) as ann:
        await ann.hello()
        for number in range(40):
            await ann.say(2, number, "fly", [])
        codes = [(await ann.hear(REPLY))[2] for _ in range(40)]
        assert set(codes) == {ErrorCode.UNKNOWN_ACTION, ErrorCode.TOO_MANY_REQUESTS}
        assert codes.count(ErrorCode.UNKNOWN_ACTION) <= 12, (
            "forty messages come within three ticks of a tenth of a second"
        )


async def test_a_resync_brings_a_keyframe_and_at_most_one_a_second(server: Running) -> None:
    async with Talker(server.websocket_url, toy(server)) as ann:
        await ann.hello()
        await ann.hear(KEYFRAME)
        before = server.get("/api/stats")[1]["resyncs"]
        for _ in range(3):
            await ann.say(4, 1, 0)
        await ann.hear(KEYFRAME)
        await ann.say(2, 1, "poke", [5])
        await ann.hear(REPLY)
        assert sum(message[0] == KEYFRAME for message in ann.heard) == 2
        assert server.get("/api/stats")[1]["resyncs"] == before + 1


async def test_a_game_that_raises_ends_its_session_alone(server: Running, caplog: pytest.LogCaptureFixture) -> None:
    async with (
        Talker(server.websocket_url, toy(server)) as eve,
        Talker(server.websocket_url, toy(server)) as ann,
    ):
        await eve.hello("Eve")
        code = (await ann.hello())[1]
        await eve.say(2, 1, "poke", [9])
        assert await eve.closed() == (4014, "session_failed")
        await ann.say(2, 1, "poke", [5])
        assert (await ann.hear(REPLY))[2] == 0
        assert server.get(f"/api/sessions/{code}")[0] == 200
    assert any("its game raised at tick" in record.message for record in caplog.records)


async def test_a_client_that_stops_reading_costs_the_others_nothing_and_gets_one_keyframe(server: Running) -> None:
    code = toy(server, seats=2, tick_hz=60)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as slow:
        await ann.hello("Ann")
        await slow.hello("Slow")
        await slow.hear(KEYFRAME)
        number = 2
        server.ask(lambda node: _stall(node, number))
        await ann.say(2, 1, "poke", [5])
        await ann.hear(REPLY)
        for _ in range(10):
            await ann.hear(2)  # deltas go on
        seen = len(slow.heard)
        server.ask(lambda node: _go_on(node, number))
        keyframe = await slow.hear(KEYFRAME)
        kinds = [message[0] for message in slow.heard[seen:]]
        assert 4 in kinds, "the fact that it missed came"
        assert kinds.index(4) < kinds.index(KEYFRAME), "facts first, then the state"
        assert keyframe[1] > 10


class _Stalled:
    """A socket that takes nothing, in front of one that does: what a full kernel buffer looks like to a connection."""

    writable = False

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    def write(self, frame: Any) -> None:
        raise AssertionError("a connection writes to a socket that takes nothing")

    def close(self, code: int, reason: str = "") -> None:
        self.socket.close(code, reason)


def _stall(node: Any, seated: int) -> None:
    connection = max(node.publisher.connections.values(), key=lambda one: one.number)
    assert len(node.publisher.connections) >= seated
    connection._socket = _Stalled(connection._socket)
    connection.stalled()


def _go_on(node: Any, seated: int) -> None:
    connection = max(node.publisher.connections.values(), key=lambda one: one.number)
    connection._socket = connection._socket.socket
    connection.drained()


async def test_a_client_whose_facts_pile_up_is_4009(server: Running) -> None:
    code = toy(server, seats=2, tick_hz=60)
    async with Talker(server.websocket_url, code) as ann, Talker(server.websocket_url, code) as slow:
        await ann.hello("Ann")
        await slow.hello("Slow")
        server.ask(lambda node: _stall(node, 2))
        for number in range(70):
            await ann.say(2, number, "poke", [5])
            await ann.hear(REPLY)
        assert (await asyncio.wait_for(slow.closed(), 5)) == (4009, "too_slow")
        dropped = next(message for message in ann.heard if message[0] == 9)
        assert dropped[1] == 2


async def test_a_flood_of_input_does_not_hold_the_ticks_up(server: Running) -> None:
    code = toy(server, tick_hz=60)
    async with Talker(server.websocket_url, code) as ann:
        await ann.hello("Ann")
        stale = msgpack.packb([1, 0, [1]])
        with standstill() as still:
            before = server.get("/api/stats")[1]
            for number in range(20):
                for _ in range(500):
                    await ann.say_raw(stale)
                await ann.say(2, number, "poke", [5])
                await ann.hear(REPLY)
            after = server.get("/api/stats")[1]
        assert after["messages_in"] - before["messages_in"] >= 10_000
        assert after["ticks_skipped"] - before["ticks_skipped"] <= 60 * still.total_s
