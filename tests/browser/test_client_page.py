"""The twenty lines of docs/client.md, as they stand there, in a real headless Chromium, watched by a second client."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import TypedDict

import numpy as np
import pytest

from tests.docs.blocks import blocks
from tests.docs.node import run_page
from tests.server.process import tickroom_process
from tickroom.simulations.client import Client

STORY = Path(__file__).with_name("client_page.mjs")
WRITTEN = "localhost:2567"  # the only thing that is replaced: by the place where this test's server listens
SUB = 48


class Square(TypedDict):
    """Middle and number of the pixels of a colour."""

    x: float
    y: float
    count: int


class Seen(TypedDict):
    """What client_page.mjs prints; distances in pixels, of which the page draws one for a unit."""

    own: Square
    others: Square
    moved: int
    key: str | None
    faults: list[str]


class Line:
    """The page's process, spoken to by lines."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def read(self) -> bytes:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 60)
        if not line:
            assert self.process.stderr is not None
            pytest.fail((await self.process.stderr.read()).decode())
        return line

    async def say(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n".encode())
        await self.process.stdin.drain()


@pytest.mark.browser
@pytest.mark.slow
async def test_the_square_moves_in_the_page_and_on_the_server(
    repository: Path, with_node: str, chromium_path: str, tmp_path: Path
) -> None:
    (example,) = blocks(repository / "docs" / "client.md", "html")
    assert len(example.splitlines()) <= 20, "the guide promises twenty lines"
    with tickroom_process("serve") as server:
        place = server.url.removeprefix("http://")
        assert example.count(WRITTEN) == 3
        (tmp_path / "index.html").write_text(example.replace(WRITTEN, place))
        process = await asyncio.create_subprocess_exec(
            with_node,
            "node",
            STORY,
            tmp_path,
            chromium_path,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with Client(server.url) as second:
                seen, walked = await watch_walk(Line(process), second)
            await asyncio.wait_for(process.communicate(), 20)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert seen["faults"] == []
    assert seen["own"]["count"] == pytest.approx(24 * 24, rel=0.2)  # a square; its edges lie between pixels
    assert seen["others"]["count"] == pytest.approx(24 * 24, rel=0.2)
    assert seen["moved"] >= 40
    assert walked >= 40


async def watch_walk(page: Line, second: Client) -> tuple[Seen, float]:
    """What the page saw of its square, and how far (units) the second client saw its player move meanwhile."""
    assert json.loads(await page.read()) == {"joined": True}
    (listing,) = await second.api.sessions()
    session = await second.join(listing.code, "Ben")
    await session.until(lambda it: it.is_in_step)
    seat = 1 - session.seat
    before = session.table("players")[seat, :2].copy()
    await page.say("move")
    seen: Seen = json.loads(await page.read())
    tick = session.server_tick
    await session.until(lambda it: it.tick >= tick)
    walked = float(np.hypot(*(session.table("players")[seat, :2] - before))) / SUB
    await page.say("end")
    return seen, walked


@pytest.mark.browser
@pytest.mark.slow
def test_the_javascript_of_the_readme_runs(
    repository: Path, with_node: str, chromium_path: str, tmp_path: Path
) -> None:
    (example,) = blocks(repository / "README.md", "js")
    with tickroom_process("serve") as server:
        assert WRITTEN in example
        script = example.replace(WRITTEN, server.url.removeprefix("http://"))
        page = f'<link rel="icon" href="data:,"><script type="module">{script}globalThis.told = {{ x, y }};</script>'
        (tmp_path / "index.html").write_text(page)
        told = run_page(with_node, chromium_path, tmp_path)
    assert told["faults"] == []
    assert told["x"] > SUB
    assert told["y"] > SUB
