"""The Python client against a real server: two implementations of MessagePack, one protocol."""

import asyncio
import socket
from collections.abc import Callable

import pytest

from tickroom.game.arena.schema import PLAYERS
from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import Dropped, Joined, Left, Resumed
from tickroom.protocol.session_tables import Presence, Status
from tickroom.simulations import client as client_module
from tickroom.simulations.client import Client
from tickroom.simulations.errors import (
    ApiRefused,
    CannotConnect,
    ConnectionClosed,
    RequestRefused,
)
from tickroom.simulations.link import Link, connect
from tickroom.simulations.session import Session


def place(session: Session, seat: int) -> tuple[int, int]:
    row = session.table("players")[seat]
    return int(row[PLAYERS.index("x")]), int(row[PLAYERS.index("y")])


def stamp(session: Session) -> int:
    return int(session.table("seats")[session.seat, 0])


async def test_a_created_session_is_joined_and_its_state_held(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create("Ann", seats=3, tick_hz=20, countdown_s=0, options={"map": "corridors"})
        assert (session.seat, session.tick_hz, session.settings["map"]) == (0, 20, 1)
        await session.until(lambda it: it.status is Status.ACTIVE)
        assert session.table("seats")[:3, 1].tolist() == [Presence.CONNECTED, Presence.EMPTY, Presence.EMPTY]
        assert session.table("items")[:, 0].any(), "items lie about"
        assert place(session, 0) != (0, 0)


async def test_players_of_one_code_see_each_other_move(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2, countdown_s=0)
        bob = await client.join(ann.code.lower(), "Bob")
        assert [member.nickname for member in bob.roster.values()] == ["Ann", "Bob"]
        await bob.until(lambda it: place(it, ann.seat) != (0, 0))
        start = place(bob, ann.seat)
        for direction in ((127, 0), (-127, 0), (0, 127), (0, -127)):  # one of them is not blocked by a wall
            ann.set_input(*direction, 0)
            await bob.next_state()
            await bob.next_state()
        await bob.until(lambda it: place(it, ann.seat) != start)


async def test_stamps_show_the_inputs_and_five_in_a_row_are_in_time(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create(seats=1, tick_hz=10, countdown_s=0)
        await session.until(lambda it: it.clock.is_set)
        in_time = 0
        for number in range(40):  # a machine that stands still for a moment makes one late; then the lead is longer
            before, late = stamp(session), session.inputs.late
            session.set_input(number + 1, 0, 0)
            while stamp(session) == before:
                await session.next_state()
            in_time = in_time + 1 if session.inputs.late == late else 0
            if in_time == 5:
                break
        assert in_time == 5, f"{session.inputs.late} of 40 were late"


async def test_a_refused_request_says_why(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create(seats=1, countdown_s=0)
        await session.until(lambda it: it.status is Status.ACTIVE)
        with pytest.raises(RequestRefused, match="no_such_item") as refusal:
            await session.request("collect", 100_000)
        assert refusal.value.code == ErrorCode.GAME_REFUSED
        with pytest.raises(RequestRefused) as refusal:
            await session.request("fly")
        assert (refusal.value.code, refusal.value.retryable) == (ErrorCode.UNKNOWN_ACTION, False)


async def test_a_dropped_player_comes_back_to_the_same_seat(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await client.create("Ann", seats=2)
        bob = await client.join(ann.code, "Bob")
        facts = ann.facts()
        client.drop(bob)
        closed = await bob.wait_closed()
        assert (closed.code, closed.retryable) == (1006, True)
        assert isinstance(await anext(fact async for fact in facts if not isinstance(fact, Joined)), Dropped)
        assert ann.roster[bob.player].connected is False
        again = await client.resume(bob, "Bob")
        assert (again.player, again.seat) == (bob.player, bob.seat)
        assert again.token != bob.token
        facts = ann.facts()
        await again.leave()
        assert isinstance(await anext(fact async for fact in facts if not isinstance(fact, Resumed)), Left)
        assert bob.player not in ann.roster


async def test_leaving_ends_with_the_code_for_it(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create()
        closed = await session.leave()
        assert (closed.code, closed.retryable) == (CloseCode.LEFT, False)
        for too_late in (session.request("start"), session.next_state()):
            with pytest.raises(ConnectionClosed):
                await too_late


async def test_a_full_session_and_a_bad_token_are_told_apart(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create(seats=1)
        with pytest.raises(ConnectionClosed) as full:
            await client.join(session.code)
        assert full.value.code == CloseCode.SESSION_FULL
        with pytest.raises(ConnectionClosed) as stranger:
            await client.join(session.code, token="not-a-token")
        assert stranger.value.code != CloseCode.SESSION_FULL
        assert not stranger.value.retryable


async def test_http_refusals_carry_status_and_reason(server_url: str) -> None:
    async with Client(server_url) as client:
        with pytest.raises(ApiRefused) as unknown:
            await client.join("AAAAAA")
        assert (unknown.value.status, unknown.value.reason) == (404, "no_such_session")
        with pytest.raises(ApiRefused) as invalid:
            await client.create(seats=1000)
        assert (invalid.value.status, invalid.value.retryable) == (400, False)
        assert "seats" in invalid.value.detail


async def test_public_sessions_are_listed(server_url: str) -> None:
    async with Client(server_url) as client:
        session = await client.create(seats=5)
        listed = {listing.code: listing for listing in await client.api.sessions()}
        assert (listed[session.code].seats, listed[session.code].connected) == (5, 1)


async def test_nobody_at_home() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        async with Client(url) as client:
            with pytest.raises(CannotConnect, match="no answer from"):
                await client.create()


@pytest.mark.parametrize("address", ["nonsense", "http://", "ftp://127.0.0.1"])
async def test_an_address_that_is_none(address: str) -> None:
    async with Client(address) as client:
        with pytest.raises(CannotConnect):
            await client.join("AAAAAA")


async def test_a_cancelled_join_leaves_no_socket_open(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    links: list[Link] = []
    gone = asyncio.Event()

    async def connect_and_cancel(
        url: str,
        on_message: Callable[[bytes], None],
        on_close: Callable[[ConnectionClosed], None],
        timeout_s: float = 10.0,
    ) -> Link:
        def note_close(closed: ConnectionClosed) -> None:
            on_close(closed)
            gone.set()

        links.append(await connect(url, on_message, note_close))
        task = asyncio.current_task()
        assert task is not None
        task.cancel()  # takes effect at the next await: for the welcome
        return links[0]

    async with Client(server_url) as client:
        session = await client.create(seats=2)
        monkeypatch.setattr(client_module, "connect", connect_and_cancel)
        joining = asyncio.create_task(client.join(session.code))
        with pytest.raises(asyncio.CancelledError):
            await joining
        async with asyncio.timeout(5):
            await gone.wait()
        assert not links[0].is_open


async def test_one_server_that_does_not_answer_the_close_keeps_no_other_open(
    server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "CLOSE_TIMEOUT_S", 0.5)
    closes: list[Link] = []
    close = Link.close

    def close_all_but_the_first(link: Link) -> None:
        closes.append(link)
        if len(closes) > 1:
            close(link)

    monkeypatch.setattr(Link, "close", close_all_but_the_first)
    async with Client(server_url) as client:
        first = await client.create("Ann", seats=2)
        second = await client.join(first.code, "Bob")
    assert len(closes) == 2
    assert first.closed is not None, "cut when it did not close"
    assert second.closed is not None
