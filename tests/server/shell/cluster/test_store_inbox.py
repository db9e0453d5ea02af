"""Questions from node to node; each promise shown of both backends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.server.shell.cluster.backends import LEASE_MS, Backend, entry_of
from tickroom.server.shell.cluster.interface import NoAnswer, Store

PATIENCE_S = 10.0  # far more than an answer takes


@asynccontextmanager
async def serving(store: Store, incarnation: str, answer: Callable[[bytes], Awaitable[bytes]]) -> AsyncIterator[None]:
    """A node that answers."""
    task = asyncio.create_task(store.inbox.serve(incarnation, answer))
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.fixture
async def asked(other_store: Store) -> Store:
    """The node that is asked, with the incarnation "b"."""
    await other_store.directory.register(entry_of("b"), LEASE_MS)
    return other_store


async def test_a_question_is_answered(store: Store, asked: Store) -> None:
    async def answer(question: bytes) -> bytes:
        return question.upper()

    async with serving(asked, "b", answer):
        assert await store.inbox.ask("b", b"what\x00\r\n", PATIENCE_S) == b"WHAT\x00\r\n"
        assert await store.inbox.ask("b", b"x" * 100_000, PATIENCE_S) == b"X" * 100_000
        assert await asked.inbox.ask("b", b"itself", PATIENCE_S) == b"ITSELF"


async def test_each_asker_gets_its_own_answer(backend: Backend, asked: Store) -> None:
    stores = [await backend.store() for _ in range(4)]

    async def answer(question: bytes) -> bytes:
        return b"re " + question

    async with serving(asked, "b", answer):
        questions = [b"%d" % number for number in range(120)]
        answers = await asyncio.gather(
            *(stores[number % 4].inbox.ask("b", one, PATIENCE_S) for number, one in enumerate(questions))
        )
    assert answers == [b"re " + one for one in questions]


async def test_a_slow_answer_does_not_hold_up_the_next(store: Store, asked: Store) -> None:
    go_on = asyncio.Event()

    async def answer(question: bytes) -> bytes:
        if question == b"slow":
            await go_on.wait()
        else:
            go_on.set()
        return question

    async with serving(asked, "b", answer):
        both = await asyncio.gather(
            store.inbox.ask("b", b"slow", PATIENCE_S), store.inbox.ask("b", b"fast", PATIENCE_S)
        )
    assert both == [b"slow", b"fast"]


async def test_a_question_waits_for_who_begins_to_serve(store: Store, asked: Store) -> None:
    asking = asyncio.create_task(store.inbox.ask("b", b"early", PATIENCE_S))
    await asyncio.sleep(0.05)  # the question is there, and nobody serves; were it not yet, the answer would be the same

    async def answer(question: bytes) -> bytes:
        return question

    async with serving(asked, "b", answer):
        assert await asking == b"early"


async def test_who_lapsed_or_never_was_is_not_waited_for(backend: Backend, store: Store, asked: Store) -> None:
    await backend.lapse("b")
    for name in ("b", "nobody"):
        with pytest.raises(NoAnswer):
            await asyncio.wait_for(store.inbox.ask(name, b"there?", 60), timeout=5)


async def test_patience_ends_and_then_the_question_is_not_answered(store: Store, asked: Store) -> None:
    heard = []

    async def answer(question: bytes) -> bytes:
        heard.append(question)
        return question

    with pytest.raises(NoAnswer):
        await store.inbox.ask("b", b"too early", 0.1)
    async with serving(asked, "b", answer):
        assert await store.inbox.ask("b", b"in time", PATIENCE_S) == b"in time"
    assert heard == [b"in time"]


async def test_an_answer_that_takes_too_long_is_no_answer(store: Store, asked: Store) -> None:
    go_on = asyncio.Event()

    async def answer(question: bytes) -> bytes:
        if question == b"slow":
            await go_on.wait()
        return question

    async with serving(asked, "b", answer):
        with pytest.raises(NoAnswer):
            await store.inbox.ask("b", b"slow", 0.1)
        go_on.set()
        assert await store.inbox.ask("b", b"next", PATIENCE_S) == b"next"


async def test_a_question_that_breaks_is_logged_and_the_next_answered(
    store: Store, asked: Store, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(question: bytes) -> bytes:
        if question == b"bad":
            raise RuntimeError("cannot")
        return question

    async with serving(asked, "b", answer):
        with pytest.raises(NoAnswer):
            await store.inbox.ask("b", b"bad", 0.3)
        assert await store.inbox.ask("b", b"good", PATIENCE_S) == b"good"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert caplog.records[0].exc_info is not None


async def test_two_who_serve_one_inbox_answer_each_question_once(backend: Backend, store: Store, asked: Store) -> None:
    second = await backend.store()
    heard: list[bytes] = []

    async def answer(question: bytes) -> bytes:
        heard.append(question)
        return question

    questions = [b"%d" % number for number in range(40)]
    async with serving(asked, "b", answer), serving(second, "b", answer):
        assert await asyncio.gather(*(store.inbox.ask("b", one, PATIENCE_S) for one in questions)) == questions
    assert sorted(heard) == sorted(questions)
