"""HTTP on several nodes of one cluster: whichever is asked, the answer is the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from tests.server.shell.cluster.members import BUSY, ROOMY, Served, served, until
from tickroom.server.shell.cluster.errands import ask_show
from tickroom.server.shell.cluster.interface import NodeLoad
from tickroom.server.shell.cluster.memory import MemoryStore
from tickroom.server.shell.limits.settings import Limits


@pytest.fixture
async def nodes() -> AsyncIterator[list[Served]]:
    async with served(MemoryStore(), "one", "two") as both:
        yield both


async def codes_at(node: Served) -> list[str]:
    return [session["code"] for session in (await node.http.get("/api/sessions")).json()["sessions"]]


async def listed_at(node: Served, *codes: str) -> None:
    """Until a node lists these."""

    async def are_listed() -> bool:
        return set(codes) <= set(await codes_at(node))

    await until(are_listed)


# --- one session ------------------------------------------------------------------------------------------------------


async def test_any_node_shows_any_session_with_its_owner_s_address(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here(seats=3, options={"start": 5}, public=False)
    at_owner, elsewhere = [(await node.http.get(f"/api/sessions/{code.lower()}")).json() for node in (two, one)]
    assert elsewhere == at_owner
    assert elsewhere["websocket"] == f"{two.url.replace('http', 'ws')}/ws/{code}"
    assert (elsewhere["seats"], elsewhere["options"]["start"], elsewhere["public"]) == (3, 5, False)


async def test_what_is_shown_is_how_it_is_now(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    async with two.talker(code) as talker:
        await talker.hello()
        shown = (await one.http.get(f"/api/sessions/{code}")).json()
        assert (shown["players"], shown["connected"]) == (1, 1)


async def test_a_code_that_nobody_has_is_404_and_counts(nodes: list[Served]) -> None:
    said = await nodes[0].http.get("/api/sessions/AAAAAA")
    assert (said.status_code, said.json()["error"]) == (404, "no_such_session")


async def test_codes_cannot_be_guessed_at_any_node_however_many_at_once() -> None:
    async with served(MemoryStore(), "one", "two", limits=Limits(unknown_codes_per_minute=3)) as (one, two):
        code = await two.create_here()
        for _ in range(5):
            assert (await one.http.get(f"/api/sessions/{code}")).status_code == 200
        guesses = [f"AAAAA{letter}" for letter in "ABCDEFGH"]
        answers = await asyncio.gather(*(one.http.get(f"/api/sessions/{guess}") for guess in guesses))
        assert sorted(answer.status_code for answer in answers) == [404] * 3 + [429] * 5
        assert (await one.http.get(f"/api/sessions/{code}")).status_code == 429


async def assert_try_again(node: Served, path: str, body: dict[str, object] | None = None) -> None:
    said = await (node.http.get(path) if body is None else node.http.post(path, json=body))
    assert (said.status_code, said.json()["error"]) == (503, "try_again"), said.text
    assert said.headers["retry-after"] == "1"


async def test_an_owner_that_died_or_does_not_answer_is_503_to_be_tried_again(
    nodes: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickroom.server.shell.cluster.errands.SHOW_TIMEOUT_S", 0.05)
    one, two = nodes
    code = await two.create_here()
    for task in two.tasks:
        task.cancel()  # it holds its lease, and hears nothing
    await asyncio.gather(*two.tasks, return_exceptions=True)
    await assert_try_again(one, f"/api/sessions/{code}")
    await two.die()
    await assert_try_again(one, f"/api/sessions/{code}")
    del two.member.shared.sessions_or_away()[code]
    assert (await one.http.get(f"/api/sessions/{code}")).status_code == 404


async def test_who_asks_during_a_takeover_is_answered_as_soon_as_it_is_over(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    for task in two.tasks:
        task.cancel()
    await asyncio.gather(*two.tasks, return_exceptions=True)
    asking = asyncio.create_task(one.http.get(f"/api/sessions/{code}"))
    await asyncio.sleep(0.3)  # longer than the dead owner is waited for: that the question stands is what is shown
    assert not asking.done()
    one.node.sessions[code] = two.node.sessions.pop(code)
    assert await one.member.store.directory.claim(code, two.member.incarnation, one.member.incarnation) is not None
    said = await asking
    assert (said.status_code, said.json()["code"]) == (200, code)
    assert said.json()["websocket"].startswith(one.url.replace("http", "ws"))
    del one.node.sessions[code]


async def test_however_many_ask_for_a_session_one_search_is_made(
    nodes: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = nodes
    code = await two.create_here()
    for task in two.tasks:
        task.cancel()
    await asyncio.gather(*two.tasks, return_exceptions=True)
    asked = 0

    async def count(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        return await ask_show(*arguments)

    monkeypatch.setattr("tickroom.server.shell.cluster.showing.ask_show", count)
    answers = await asyncio.gather(*(one.http.get(f"/api/sessions/{code.lower()}") for _ in range(20)))
    assert [answer.status_code for answer in answers] == [503] * 20
    assert asked == 1


async def test_a_search_for_too_many_codes_is_not_waited_for(
    nodes: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickroom.server.shell.cluster.showing.SEARCHES_MOST", 1)
    one, two = nodes
    first, second = await two.create_here(), await two.create_here()
    for task in two.tasks:
        task.cancel()
    await asyncio.gather(*two.tasks, return_exceptions=True)
    asking = asyncio.create_task(one.http.get(f"/api/sessions/{first}"))
    await asyncio.sleep(0.1)  # the first search has begun
    await assert_try_again(one, f"/api/sessions/{second}")
    assert not asking.done()
    assert (await asking).status_code == 503


async def test_a_session_that_its_owner_just_ended_is_to_be_asked_for_again(nodes: list[Served]) -> None:
    one, two = nodes
    code = await two.create_here()
    del two.node.sessions[code]  # the directory hears of it a moment later
    await assert_try_again(one, f"/api/sessions/{code}")
    await assert_try_again(two, f"/api/sessions/{code}")


async def test_without_the_store_others_sessions_are_503_and_ones_own_are_shown(nodes: list[Served]) -> None:
    one, two = nodes
    own, other = await one.create_here(), await two.create_here()
    one.member.shared.is_away = True
    assert (await one.http.get(f"/api/sessions/{own}")).status_code == 200
    await assert_try_again(one, f"/api/sessions/{other}")
    one.member.is_active = False
    await assert_try_again(one, f"/api/sessions/{own}")
    await assert_try_again(one, "/api/sessions", {"game": "toy"})
    await assert_try_again(one, "/api/quickplay", {"game": "toy"})


# --- making one -------------------------------------------------------------------------------------------------------


async def test_a_session_is_made_here_when_here_is_room(nodes: list[Served]) -> None:
    one, _ = nodes
    said = (await one.http.post("/api/sessions", json={"game": "toy", "seats": 5})).json()
    assert said["code"] in one.node.sessions
    assert said["websocket"] == f"{one.url.replace('http', 'ws')}/ws/{said['code']}"


async def test_a_busy_node_has_it_made_elsewhere(nodes: list[Served]) -> None:
    one, two = nodes
    await one.member.say(BUSY)
    wishes = {"game": "toy", "seats": 5, "password": "swordfish", "options": {"start": 8}}
    said = await one.http.post("/api/sessions", json=wishes)
    assert said.status_code == 201
    session = two.node.sessions[said.json()["code"]]
    assert (session.settings.seats, session.password.is_set, session.plan.options) == (5, True, {"start": 8})
    assert said.json() == (await two.http.get(f"/api/sessions/{session.code}")).json()
    assert not one.node.sessions


async def test_settings_that_are_wrong_are_400_in_the_same_words_wherever_they_are_judged(nodes: list[Served]) -> None:
    one, two = nodes
    answers = []
    for load in (ROOMY, BUSY):
        await one.member.say(load)
        answers.append(await one.http.post("/api/sessions", json={"game": "toy", "options": {"start": 1000, "x": 1}}))
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json() == answers[1].json()
    assert not two.node.sessions


async def test_when_the_other_does_not_answer_it_is_made_here(
    nodes: list[Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tickroom.server.shell.cluster.errands.CREATE_TIMEOUT_S", 0.05)
    one, two = nodes
    await one.member.say(BUSY)
    for task in two.tasks:
        task.cancel()
    await asyncio.gather(*two.tasks, return_exceptions=True)
    assert (await one.create()) in one.node.sessions


async def test_when_the_other_is_full_after_all_it_is_made_here() -> None:
    async with served(MemoryStore(), "one", "two", max_sessions=1) as (one, two):
        await one.member.say(BUSY)
        await two.create_here()
        assert (await one.create()) in one.node.sessions
        said = await one.http.post("/api/sessions", json={"game": "toy"})
        assert (said.status_code, said.json()["error"]) == (503, "server_full")


# --- the list and quick play ------------------------------------------------------------------------------------------


async def test_the_list_is_that_of_all_nodes(nodes: list[Served]) -> None:
    one, two = nodes
    here, there = await one.create_here(), await two.create_here()
    await two.create_here(public=False)
    for node in nodes:
        await listed_at(node, here, there)
    by_code = {session["code"]: session for session in (await one.http.get("/api/sessions")).json()["sessions"]}
    assert list(by_code) == await codes_at(two)
    assert by_code[there] == (await two.http.get(f"/api/sessions/{there}")).json()
    assert by_code[here] == (await one.http.get(f"/api/sessions/{here}")).json()


async def quick(node: Served, **wishes: object) -> tuple[int, str]:
    said = await node.http.post("/api/quickplay", json={"game": "toy"} | wishes)
    assert said.status_code in (200, 201), said.text
    return said.status_code, said.json()["code"]


async def test_quick_play_finds_the_fullest_of_all_nodes(nodes: list[Served]) -> None:
    one, two = nodes
    here, there = await one.create_here(), await two.create_here()
    await listed_at(one, here, there)
    async with AsyncExitStack() as stack:
        for node, code, count in ((one, here, 1), (two, there, 2)):
            for _ in range(count):
                await (await stack.enter_async_context(node.talker(code))).hello()

        async def players_are_known() -> bool:
            sessions = (await one.http.get("/api/sessions")).json()["sessions"]
            return {session["players"] for session in sessions} == {1, 2}

        await until(players_are_known)
        said = await one.http.post("/api/quickplay", json={"game": "toy"})
        assert (said.status_code, said.json()["code"]) == (200, there)
        assert said.json()["websocket"] == f"{two.url.replace('http', 'ws')}/ws/{there}"
        assert (await quick(one, options={"start": 8}))[0] == 201, "what does not suit is not found elsewhere either"


async def test_nobody_is_sent_to_a_node_that_is_being_drained(nodes: list[Served]) -> None:
    one, two = nodes
    await one.create_here()
    one.member.is_draining = True
    await one.member.say(NodeLoad(seats_left=1000, is_draining=True))
    status, code = await quick(one)
    assert (status, code in two.node.sessions) == (201, True)


@pytest.mark.parametrize("load", [ROOMY, BUSY], ids=["made here", "made elsewhere"])
async def test_many_at_once_make_one_session_wherever_it_is_made(nodes: list[Served], load: NodeLoad) -> None:
    one, _ = nodes
    await one.member.say(load)
    answers = await asyncio.gather(*(quick(one) for _ in range(12)))
    assert sorted(status for status, _ in answers) == [200] * 11 + [201]
    assert len({code for _, code in answers}) == 1


async def test_a_dead_node_s_sessions_are_listed_for_a_while_and_nobody_is_sent_there(nodes: list[Served]) -> None:
    one, two = nodes
    there = await two.create_here()
    await listed_at(one, there)
    await two.die()

    async def is_known_to_be_dead() -> bool:
        sessions = (await one.http.get("/api/sessions")).json()["sessions"]
        websocket: str = sessions[0]["websocket"]
        return websocket.startswith(one.url.replace("http", "ws"))

    await until(is_known_to_be_dead)
    assert there in await codes_at(one)
    assert (await quick(one))[0] == 201


# --- the node itself --------------------------------------------------------------------------------------------------


async def test_a_node_that_drains_or_holds_no_lease_is_not_ready(nodes: list[Served]) -> None:
    one, _ = nodes
    assert (await one.http.get("/readyz")).status_code == 200
    one.member.is_draining = True
    assert (await one.http.get("/readyz")).status_code == 503
    one.member.is_draining, one.member.is_active = False, False
    assert (await one.http.get("/readyz")).status_code == 503
    assert (await one.http.get("/healthz")).status_code == 200


async def test_figures_of_the_cluster_stand_in_the_statistics(nodes: list[Served]) -> None:
    one, _ = nodes
    figures = (await one.http.get("/api/stats")).json()["cluster"]
    assert (figures["node"], figures["incarnation"]) == ("one", one.member.incarnation)
    assert (figures["is_active"], figures["is_draining"], figures["pauses"]) == (True, False, 0)
