"""Turns by key."""

from __future__ import annotations

import asyncio

import pytest

from tickroom.server.shell.limits.turns import Turns


async def test_one_after_the_other_by_key_in_order_and_nothing_is_kept() -> None:
    turns, seen, inside = Turns(), [], {"a": 0, "b": 0}
    both_in = asyncio.Event()

    async def work(key: str, number: int) -> None:
        async with turns.take(key):
            inside[key] += 1
            assert inside[key] == 1, "two of one key at once"
            if inside == {"a": 1, "b": 1}:
                both_in.set()
            await both_in.wait()  # keys do not wait for each other, or this never ends
            seen.append((key, number))
            inside[key] -= 1

    await asyncio.gather(*(work(key, number) for number in range(5) for key in ("a", "b")))
    assert [number for key, number in seen if key == "a"] == list(range(5))
    assert len(turns) == 0


async def test_who_gives_up_or_fails_holds_up_nobody() -> None:
    turns = Turns()
    entered = asyncio.Event()

    async def hold() -> None:
        async with turns.take("a"):
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(hold())
    await entered.wait()
    waiter = asyncio.create_task(hold())
    await asyncio.sleep(0)  # it waits
    assert len(turns) == 1
    for task in (waiter, holder):
        task.cancel()
    await asyncio.gather(waiter, holder, return_exceptions=True)
    assert len(turns) == 0
    with pytest.raises(ValueError, match="inside"):
        async with turns.take("a"):
            raise ValueError("inside")
    async with turns.take("a"):
        assert len(turns) == 1
    assert len(turns) == 0
