"""A session with messages moved by hand: no socket, no server, no clock but the machine's."""

import asyncio

import msgspec
import numpy as np
import pytest

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.delta import Forecast
from tickroom.protocol.messages import (
    CHECKED_DELTA_KIND,
    DELTA_KIND,
    ClientMessage,
    Closing,
    Error,
    Hello,
    Input,
    Joined,
    Keyframe,
    Leave,
    Member,
    Ping,
    Reply,
    Request,
    Resync,
    ServerFact,
    Welcome,
    encode,
    encode_delta,
)
from tickroom.protocol.session_tables import SEATS, SESSION
from tickroom.protocol.tables import Column, Layout, Table
from tickroom.server.shell.connection import RESYNC_EVERY_S
from tickroom.simulations.errors import ABNORMAL_CLOSURE, ConnectionClosed, RequestRefused, RequestTimedOut, ServerFault
from tickroom.simulations.facts import READER_FACTS
from tickroom.simulations.session import RESYNC_INTERVAL_S, Session

LAYOUT = Layout((SEATS, Table("things", (Column("x", gliding=True), Column("kind"))), SESSION), (2, 3, 1))
FIRST_THING = LAYOUT.span("things")[0]
WELCOME = Welcome(
    code="K7P2QX",
    player=7,
    seat=1,
    token="t",
    tick=10,
    tick_hz=20,
    game="made-up",
    rows=LAYOUT.rows,
    settings={},
    max_lead_ticks=20,
    grace_ticks=600,
    roster=(Member(7, 1, "Ann", False, True),),
    watchers=(),
    host=7,
)
FROM_CLIENT = msgspec.msgpack.Decoder(Hello | Input | Request | Ping | Resync | Leave)


class Server:
    """The other end: the server's own codec, and a list of what the client sent."""

    def __init__(self) -> None:
        self.received: list[ClientMessage] = []
        self.session = Session(WELCOME, LAYOUT, 2, self._receive)
        self.forecast = Forecast(LAYOUT, 1)
        self.cells = np.zeros((1, LAYOUT.cells), dtype=np.int32)
        self.tick = 10

    def tell(self, fact: ServerFact) -> None:
        self.session.receive(encode(fact))

    def send_keyframe(self) -> None:
        self.session.receive(encode(Keyframe(self.tick, *self.forecast.keyframe(0))))

    def step(self, *, checked: bool = False, wrong: int = 0) -> bytes:
        """One tick; returns the delta, not yet sent."""
        self.tick += 1
        tokens, _ = self.forecast.collect_surprises(self.cells)
        if checked:
            return encode_delta(CHECKED_DELTA_KIND, [self.tick & 127, self.forecast.checksum(0) ^ wrong], tokens)
        return encode_delta(DELTA_KIND, [self.tick & 127], tokens)

    def sent(self, kind: type[ClientMessage]) -> list[ClientMessage]:
        return [message for message in self.received if isinstance(message, kind)]

    def _receive(self, payload: bytes) -> bool:
        self.received.append(FROM_CLIENT.decode(payload))
        return True


@pytest.fixture
async def server() -> Server:
    return Server()


async def test_keyframe_and_deltas_give_the_servers_tables(server: Server) -> None:
    assert not server.session.is_in_step
    server.send_keyframe()
    server.cells[0, FIRST_THING] = 48  # things, row 0, x
    server.session.receive(server.step())
    server.cells[0, FIRST_THING] = 96  # glides on: no surprise
    server.session.receive(server.step(checked=True))
    assert server.session.tick == 12
    assert server.session.table("things")[0].tolist() == [96, 0]


async def test_a_wrong_checksum_asks_for_a_keyframe_once_and_it_heals(server: Server) -> None:
    server.send_keyframe()
    server.session.receive(server.step(checked=True, wrong=1))
    assert not server.session.is_in_step
    server.session.receive(server.step())
    server.session.receive(server.step())
    assert [type(message) for message in server.received] == [Resync], "one a second at most"
    server.send_keyframe()
    assert server.session.is_in_step
    assert server.session.tick == server.tick


async def test_a_lost_delta_is_found_by_the_next_checksum(server: Server) -> None:
    server.send_keyframe()
    server.cells[0, 7] = 3
    server.step()  # lost on the way
    server.session.receive(server.step(checked=True))
    assert len(server.sent(Resync)) == 1


@pytest.mark.parametrize(
    "payload", [b"", b"\xc1", b"\x90", b"\x91\xcc\xff", b"\x91\xa1x", b"\x92\x0d\x01", b"\x91\x91\x01"]
)
async def test_what_is_no_message_is_the_servers_fault(server: Server, payload: bytes) -> None:
    with pytest.raises(ServerFault):
        server.session.receive(payload)


async def test_requests_meet_their_replies_in_any_order(server: Server) -> None:
    first = asyncio.create_task(server.session.request("collect", 5))
    second = asyncio.create_task(server.session.request("start"))
    await asyncio.sleep(0)
    assert server.received == [Request(1, "collect", [5]), Request(2, "start", [])]
    server.tell(Reply(2, 0, "ok", 11))
    server.tell(Reply(99, 0, "ok", 11))  # for nobody
    server.tell(Reply(1, 10, "out_of_reach", 12))
    assert (await second).tick == 11
    with pytest.raises(RequestRefused, match="out_of_reach"):
        await first


async def test_a_request_without_a_reply_times_out(server: Server) -> None:
    with pytest.raises(RequestTimedOut):
        await server.session.request("start", timeout_s=0.01)
    server.tell(Reply(1, 0, "ok", 11))  # too late; nobody waits any more


async def test_the_end_reaches_everybody_who_waits(server: Server) -> None:
    waiting = [
        asyncio.create_task(server.session.request("start")),
        asyncio.create_task(server.session.next_state()),
    ]
    facts = server.session.facts()
    await asyncio.sleep(0)
    server.tell(Closing(1008, "no_more", True))
    server.session.end(ConnectionClosed(1008, "no_more"))
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, ConnectionClosed)
        assert outcome.retryable, "the closing message knows better than the table of codes"
    assert [type(fact) async for fact in facts] == [Closing]
    assert [fact async for fact in server.session.facts()] == [], "after the end there is nothing to wait for"


async def test_a_reader_that_lags_loses_the_oldest_facts_alone(server: Server) -> None:
    seen: list[ServerFact] = []
    server.session.on_fact(seen.append)
    facts = server.session.facts()
    for player in range(READER_FACTS + 10):
        server.tell(Joined(Member(player, 0, "x", True, True)))
    assert len(seen) == READER_FACTS + 10
    first = await anext(facts)
    assert isinstance(first, Joined)
    assert first.member.player == 10


async def test_a_forecast_glides_and_the_copy_does_not(server: Server) -> None:
    server.send_keyframe()
    server.cells[0, FIRST_THING] = 48
    server.session.receive(server.step())
    server.session.clock.assume(server.tick + 3, asyncio.get_running_loop().time())
    ahead = server.session.server_tick - server.session.tick
    assert ahead >= 3
    assert server.session.forecast("things")[0, 0] == 48 * (1 + min(ahead, WELCOME.tick_hz))
    assert server.session.table("things")[0, 0] == 48


async def test_a_closing_message_stands_when_the_close_frame_is_lost(server: Server) -> None:
    server.tell(Closing(CloseCode.SUPERSEDED, "superseded", False))
    server.session.end(ConnectionClosed(ABNORMAL_CLOSURE, "the connection broke off"))
    closed = await server.session.wait_closed()
    assert (closed.code, closed.reason, closed.retryable) == (CloseCode.SUPERSEDED, "superseded", False)


async def test_another_close_code_is_believed_over_a_closing_message(server: Server) -> None:
    server.tell(Closing(CloseCode.SUPERSEDED, "superseded", False))
    server.session.end(ConnectionClosed(CloseCode.GOING_AWAY, "bye"))
    closed = await server.session.wait_closed()
    assert (closed.code, closed.reason, closed.retryable) == (CloseCode.GOING_AWAY, "bye", True)


async def test_a_broken_connection_without_a_closing_message_is_just_that(server: Server) -> None:
    server.session.end(ConnectionClosed(ABNORMAL_CLOSURE, "the connection broke off"))
    closed = await server.session.wait_closed()
    assert (closed.code, closed.retryable) == (ABNORMAL_CLOSURE, True)


async def test_an_input_refused_as_too_early_is_sent_again_and_told(server: Server) -> None:
    server.send_keyframe()
    facts: list[ServerFact] = []
    server.session.on_fact(facts.append)
    server.session.set_input(1, 0)
    server.tell(Error(ErrorCode.NOT_SEATED, "not_seated"))
    assert len(server.sent(Input)) == 1, "another refusal is not about inputs"
    server.tell(Error(ErrorCode.INPUT_TOO_EARLY, "input_too_early"))
    assert [message.values for message in server.sent(Input) if isinstance(message, Input)] == [(1, 0), (1, 0)]
    assert len(facts) == 2


def test_resyncs_are_further_apart_than_the_server_demands() -> None:
    assert RESYNC_INTERVAL_S > RESYNC_EVERY_S
