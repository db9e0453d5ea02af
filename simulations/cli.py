"""``tickroom bots`` and ``tickroom loadtest``."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import click
from rich.console import Console

from tickroom.simulations.bots.bot import BehaviourName
from tickroom.simulations.bots.crowd import run_crowd
from tickroom.simulations.errors import ClientError
from tickroom.simulations.loadtest.parameters import LoadParameters, Mode, Target, available_cpus

DEFAULT_URL = "http://127.0.0.1:2567"


@click.command()
@click.option("--url", default=DEFAULT_URL, envvar="TICKROOM_URL", show_default=True, help="The server.")
@click.option("--code", help="The session to join. Without it a new public one is made, and its code printed.")
@click.option("--count", type=click.IntRange(1, 200), default=3, show_default=True, help="How many bots.")
@click.option(
    "--behaviour",
    type=click.Choice([name.value for name in BehaviourName]),
    default=BehaviourName.GREEDY.value,
    show_default=True,
    help="greedy: collects by the shortest ways and dashes at the rich. wander: walks about. idle: stands.",
)
@click.option("--seconds", type=click.FloatRange(min=0.1), help="Leave after so long. Without it: when all is over.")
@click.option("--seed", default=1, show_default=True, help="For wandering; the same seed walks the same way.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors.")
def bots(url: str, code: str | None, count: int, behaviour: str, seconds: float | None, seed: int, quiet: bool) -> None:
    """Let bots play in a session, each over its own connection, like any player.

    They come back by themselves when a connection is lost, and leave with Ctrl-C, SIGTERM, after --seconds, or when the
    session ends.

    \b
        tickroom bots --code K7P2QX --count 3
        tickroom bots --behaviour wander --seconds 60
    """  # noqa: D301  (click's mark for lines to keep is a real backspace)
    console = Console(stderr=True, quiet=quiet)
    try:
        asyncio.run(_until_terminated(run_crowd(url, code, count, BehaviourName(behaviour), seconds, seed, console)))
    except ClientError as error:
        raise click.ClickException(str(error)) from None


@click.command()
@click.option("--clients", default=1600, show_default=True, help="How many clients.")
@click.option("--seats", default=4, show_default=True, help="Clients in each session.")
@click.option("--tick-hz", default=20, show_default=True, help="Ticks a second.")
@click.option("--input-hz", default=20, show_default=True, help="Opportunities a second at which a client may send.")
@click.option("--seconds", default=20.0, show_default=True, help="How long to measure.")
@click.option("--warmup", "warmup_s", default=5.0, show_default=True, help="Seconds of play before that.")
@click.option(
    "--mode",
    type=click.Choice([mode.value for mode in Mode]),
    default=Mode.EVERY_TICK.value,
    show_default=True,
    help="every-tick: an input at every opportunity. on-change: when it changes, and once a second.",
)
@click.option("--cpu", type=int, help="The server's core. [default: the last one]")
@click.option("--generators", type=int, help="Processes that play the clients. [default: one for each other core]")
@click.option("--verify", "verified_each", default=4, show_default=True, help="Clients a generator that check all.")
@click.option("--seed", default=1, show_default=True, help="For motions and sessions.")
@click.option("--against", default="", help="Measure these as well, right after it: of floor, plain, journaled.")
@click.option("--rounds", default=1, show_default=True, help="Repeat the whole sequence; ratios are medians.")
@click.option("--server-option", "server_options", multiple=True, help="Passed on to tickroom serve; repeatable.")
@click.option(
    "--workers",
    default="",
    help="Measure so many workers behind one address, as 1,2,3; --clients is for each of them.",
)
@click.option("--idle", is_flag=True, help="Measure memory instead: sessions full of clients that do nothing.")
@click.option("--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Write the report there.")
@click.option("--plot", "plot_path", type=click.Path(dir_okay=False, path_type=Path), help="Draw it there (PNG).")
def loadtest(
    *,
    clients: int,
    seats: int,
    tick_hz: int,
    input_hz: int,
    seconds: float,
    warmup_s: float,
    mode: str,
    cpu: int | None,
    generators: int | None,
    verified_each: int,
    seed: int,
    against: str,
    rounds: int,
    server_options: tuple[str, ...],
    workers: str,
    idle: bool,
    json_path: Path | None,
    plot_path: Path | None,
) -> None:
    """Measure a server that is alone on one core, with clients on the other cores.

    Starts the server itself. Every client moves all the time and turns every one to two seconds; the same seed gives
    the same motions. docs/load-test.md says what each figure means.

    \b
        tickroom loadtest --clients 200 --seconds 5                 a first look
        tickroom loadtest --against floor,plain --plot load.png     the figures of the README
        tickroom loadtest --mode on-change                          the native way
        tickroom loadtest --against journaled --rounds 3            what a journal in Redis costs
        tickroom loadtest --workers 1,2,3 --clients 400             more cores, more players
        tickroom loadtest --idle --clients 4000                     memory
    """  # noqa: D301  (as above)
    # Not before it is needed: `tickroom bots` starts in half the time without.
    from tickroom.simulations.loadtest import command

    cpus = available_cpus()
    try:
        parameters = LoadParameters(
            clients=clients,
            seats=seats,
            tick_hz=tick_hz,
            input_hz=input_hz,
            seconds=seconds,
            warmup_s=warmup_s,
            mode=Mode(mode),
            cpu=cpus[-1] if cpu is None else cpu,
            generators=min(clients, max(1, len(cpus) - 1)) if generators is None else generators,
            verified_each=verified_each,
            seed=seed,
            against=_targets(against),
            rounds=rounds,
            server_options=tuple(part for option in server_options for part in option.split()),
        )
        if idle:
            command.idle(parameters, json_path)
        elif workers:
            command.scaling(parameters, _counts(workers), json_path)
        else:
            command.load(parameters, json_path, plot_path)
    except ClientError as error:
        raise click.ClickException(str(error)) from None


def _counts(text: str) -> list[int]:
    try:
        counts = [int(part) for part in text.split(",")]
    except ValueError:
        counts = []
    if not counts or min(counts) < 1:
        raise click.BadParameter(f"{text!r} is not a list of numbers as 1,2,3", param_hint="--workers")
    return counts


def _targets(names: str) -> tuple[Target, ...]:
    known = (Target.FLOOR, Target.PLAIN, Target.JOURNALED)
    try:
        chosen = {Target(name.strip()) for name in names.split(",") if name.strip()}
    except ValueError:
        chosen = {Target.TICKROOM}
    if not chosen <= set(known):
        raise click.BadParameter(f"{names!r} is not made of {' and '.join(known)}", param_hint="--against")
    return tuple(target for target in known if target in chosen)


async def _until_terminated(task: object) -> None:
    """Run until done or until SIGTERM or SIGINT, which end it as a cancellation: bots then give their seats up."""
    running = asyncio.ensure_future(task)  # type: ignore[call-overload]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        return
