"""Several bots in one session, as ``tickroom bots`` runs them."""

from __future__ import annotations

import asyncio

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from tickroom.simulations.bots.bot import BehaviourName, Bot, BotReport, make_behaviour
from tickroom.simulations.client import Client

NAMES = ("Ada", "Bo", "Cleo", "Dot", "Edo", "Fay", "Gus", "Hal", "Ivy", "Jo", "Kit", "Lou", "Mo", "Nell", "Oz", "Pip")
ENTRY_GAP_S = 0.05  # between one bot's entrance and the next


async def run_crowd(
    url: str,
    code: str | None,
    count: int,
    behaviour: BehaviourName,
    seconds: float | None,
    seed: int,
    console: Console,
) -> None:
    """Let bots play until the session ends, for so many seconds, or until cancelled.

    Without a code a session is made for them. Raises the error of a bot when none of them could play at all.
    """
    async with Client(url) as client:
        if code is None:
            listing = await client.api.create_session({"seats": min(64, max(4, count)), "public": True})
            code = listing.code
            console.print(f"The bots play in session {code}: {url}/?code={code}", highlight=False)
        else:
            code = (await client.api.session(code)).code  # one plain error now instead of a late one for each bot
        names = [_name(number) for number in range(count)]
        bots = [
            Bot(client, code, name, make_behaviour(behaviour, seed + number), seed + number)
            for number, name in enumerate(names)
        ]
        with _progress(console) as progress:
            playing = asyncio.create_task(_play(bots))
            watching = asyncio.create_task(_watch(bots, progress))
            try:
                reports = await asyncio.wait_for(playing, seconds)
            except TimeoutError:
                return
            finally:
                watching.cancel()
    for bot, report in zip(bots, reports, strict=True):
        console.print(f"{bot.nickname}: {report.ended}", highlight=False)
    ends = [report.ended for report in reports if report.ended is not None]
    if ends and all(report.looks == 0 for report in reports):
        raise ends[0]


async def _play(bots: list[Bot]) -> list[BotReport]:
    async with asyncio.TaskGroup() as group:
        tasks = []
        for bot in bots:
            tasks.append(group.create_task(bot.run()))
            await asyncio.sleep(ENTRY_GAP_S)
    return [task.result() for task in tasks]


async def _watch(bots: list[Bot], progress: Progress) -> None:
    lines = [progress.add_task(bot.nickname, total=None, score=0) for bot in bots]
    while True:
        most = max((bot.score for bot in bots), default=0)
        for line, bot in zip(lines, bots, strict=True):
            progress.update(line, completed=bot.score, total=max(1, most), score=bot.score)
        await asyncio.sleep(0.5)


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<8}"), BarColumn(), TextColumn("{task.fields[score]:>5}"), console=console
    )


def _name(number: int) -> str:
    return NAMES[number % len(NAMES)] + (f" {number // len(NAMES) + 1}" if number >= len(NAMES) else "")
