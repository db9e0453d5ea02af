"""People gather: they watch, get ready, are kicked, play by other settings; the Python client against a real server."""

from __future__ import annotations

import pytest

from tickroom.protocol.codes import CloseCode, ErrorCode
from tickroom.protocol.messages import ROUND_S_SETTING, Left, Settings
from tickroom.protocol.session_tables import Status
from tickroom.simulations.client import Client
from tickroom.simulations.errors import ConnectionClosed, RequestRefused
from tickroom.simulations.session import Session

MAP = 0  # the arena's settings, in order


async def alone(client: Client, spectators: int = 16) -> Session:
    """A host in a session that waits for somebody to start it."""
    return await client.create(
        "Ann", auto_start=False, rematch_after_s=0, countdown_s=0, seats=2, spectators=spectators
    )


async def test_a_spectator_holds_the_state_and_may_do_nothing(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await alone(client)
        eve = await client.watch(ann.code)
        assert (eve.is_watching, ann.is_watching) == (True, False)
        assert (eve.player, eve.token, [member.nickname for member in eve.roster.values()]) == (2, "", ["Ann"])
        ann.set_input(127, 0, 0)
        await eve.until(lambda it: it.table("seats")[0, 0] > 0)
        tick = eve.tick
        await eve.until(lambda it: it.tick > tick + it.tick_hz + 5)
        assert eve.resyncs == 0, "a checksum or two went by"
        with pytest.raises(ValueError, match="spectator"):
            eve.set_input(1, 0, 0)
        with pytest.raises(RequestRefused) as refusal:
            await eve.ready()
        assert refusal.value.code == ErrorCode.NOT_SEATED
        assert (await eve.leave()).code == CloseCode.LEFT
        assert len(ann.roster) == 1


async def test_a_session_for_players_alone_is_full_for_a_spectator(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await alone(client, spectators=0)
        with pytest.raises(ConnectionClosed) as full:
            await client.watch(ann.code)
        assert full.value.code == CloseCode.SESSION_FULL


async def test_all_ready_starts(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await alone(client)
        bob = await client.join(ann.code, "Bob")
        with pytest.raises(RequestRefused) as refusal:
            await bob.request("start")
        assert refusal.value.code == ErrorCode.NOT_HOST
        await ann.ready()
        await ann.ready(False)
        await ann.ready()
        assert ann.status is Status.WAITING
        await bob.ready()
        await bob.until(lambda it: it.status is Status.ACTIVE)
        assert bob.host == ann.player


async def test_the_host_changes_settings_for_all(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await alone(client)
        bob = await client.join(ann.code, "Bob")
        facts = bob.facts()
        await ann.configure(MAP, 2)
        told = await anext(fact async for fact in facts if isinstance(fact, Settings))
        assert told.settings == bob.settings == ann.settings
        assert bob.settings["map"] == 2
        with pytest.raises(RequestRefused) as refusal:
            await bob.configure(ROUND_S_SETTING, 60)
        assert refusal.value.code == ErrorCode.NOT_HOST
        listing = await client.api.session(ann.code)
        assert listing.status == "waiting"
        tick = ann.tick
        await ann.until(lambda it: it.tick > tick + 2 * it.tick_hz)
        assert (ann.resyncs, bob.resyncs) == (0, 0), "both follow the game that was opened anew"


async def test_who_is_kicked_is_told_so(server_url: str) -> None:
    async with Client(server_url) as client:
        ann = await alone(client)
        bob = await client.join(ann.code, "Bob")
        facts = bob.facts()
        await ann.kick(bob.player)
        closed = await bob.wait_closed()
        assert (closed.code, closed.retryable) == (CloseCode.KICKED, False)
        assert Left(bob.player, bob.seat, "kicked") in [fact async for fact in facts]
        assert bob.player not in ann.roster
        with pytest.raises(ConnectionClosed) as refused:
            await client.resume(bob)
        assert refused.value.code == CloseCode.NOT_AUTHENTICATED
