"""``tickroom network``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
import threading

import click

from tickroom.simulations.network.conditions import Conditions, ConditionsInvalid
from tickroom.simulations.network.control import ControlInvalid, parse_command
from tickroom.simulations.network.proxy import Network

LINE_MAX_BYTES = 4096


@click.command()
@click.option("--to", "to_port", type=click.IntRange(1, 65535), required=True, help="Port of the server.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Port for clients; 0: free.")
@click.option("--delay-ms", type=click.FloatRange(0, 60_000), default=0, show_default=True, help="One way, each way.")
@click.option(
    "--jitter-ms",
    type=click.FloatRange(0, 60_000),
    default=0,
    show_default=True,
    help="Up to so much more, drawn anew for each chunk; order is kept, as TCP does.",
)
@click.option("--stall-every-s", type=click.FloatRange(0, 600), default=0, show_default=True, help="0: no stalls.")
@click.option(
    "--stall-ms", type=click.FloatRange(0), default=0, show_default=True, help="How long nothing passes then."
)
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same jitter.")
@click.option(
    "--seconds", type=click.FloatRange(0.1, 86_400), default=3600, show_default=True, help="End after so long."
)
def network(
    to_port: int,
    port: int,
    delay_ms: float,
    jitter_ms: float,
    stall_every_s: float,
    stall_ms: float,
    seed: int,
    seconds: float,
) -> None:
    """Put a bad network between clients and a server on this machine.

    A TCP proxy on loopback: open the address that it prints instead of the server's. It says what happens in JSON
    lines, the last of which counts what passed and how late the emulator itself was, and takes commands as JSON lines
    on stdin. It ends with Ctrl-C, SIGTERM, after --seconds, or when a pipe to its stdin is closed.

    \b
        tickroom network --to 2567 --delay-ms 50 --jitter-ms 30
        tickroom network --to 2567 --stall-every-s 5 --stall-ms 300

    \b
    Commands:
        {"delay_ms": 150, "jitter_ms": 30}          from now on; with "direction": "up" or "down" for one way only
        {"stall_ms": 300}                           nothing passes for 300 ms, once, from now
        {"stall_ms": 300, "stall_every_s": 5}       the same every 5 s; {"stall_every_s": 0} ends that
        {"cut_s": 5, "mode": "silent"}              nothing passes and nobody is told; then all goes on
        {"cut_s": 5, "mode": "refuse"}              connections are reset, new ones refused
        {"cut_s": 5, "mode": "drop"}                connections are reset, new ones accepted and reset
        {"to_port": 2568}                           where new connections go
    """  # noqa: D301  (click's mark for lines to keep is a real backspace)
    try:
        conditions = Conditions(
            delay_us=round(delay_ms * 1000),
            jitter_us=round(jitter_ms * 1000),
            stall_every_us=round(stall_every_s * 1_000_000),
            stall_us=round(stall_ms * 1000),
        )
        if stall_ms and not stall_every_s:
            raise ConditionsInvalid("--stall-ms needs --stall-every-s")
    except ConditionsInvalid as error:
        raise click.ClickException(str(error)) from None
    try:
        asyncio.run(_run(to_port, port, conditions, seed, seconds))
    except OSError as error:
        raise click.ClickException(f"cannot listen on port {port}: {error.strerror}") from None


async def _run(to_port: int, port: int, conditions: Conditions, seed: int, seconds: float) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    emulator = Network(to_port, conditions, seed, when_back=lambda: _say("back"))
    try:
        listening_on = await emulator.listen(port)
        _say("listening", address=f"http://127.0.0.1:{listening_on}", port=listening_on, to_port=to_port)
        if sys.stdin is not None:
            # A thread of its own: stdin may be a terminal or a file, which an event loop cannot wait for.
            threading.Thread(target=_read_lines, args=(loop, emulator, stop), daemon=True).start()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
    finally:
        await emulator.close()
    _say("counts", **emulator.counts.summary())


def _read_lines(loop: asyncio.AbstractEventLoop, emulator: Network, stop: asyncio.Event) -> None:
    """Have each line of stdin obeyed; stop at its end, if whoever held the other end of a pipe is gone."""
    # Not sys.stdin itself: its lock, held by a thread that still reads, stops the interpreter from ending.
    descriptor = sys.stdin.fileno()
    rest = b""
    with contextlib.suppress(RuntimeError):  # the loop is closed: we are ending
        while chunk := os.read(descriptor, LINE_MAX_BYTES):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                obeyed = threading.Event()
                loop.call_soon_threadsafe(_obey, emulator, line, obeyed)
                obeyed.wait()
            if len(rest) > LINE_MAX_BYTES:
                rest = b"a line that is too long"
        if _is_pipe(descriptor):
            loop.call_soon_threadsafe(stop.set)


def _obey(emulator: Network, line: bytes, obeyed: threading.Event) -> None:
    try:
        if line.strip():
            emulator.apply(parse_command(line))
            _say("done", command=json.loads(line))
    except (ControlInvalid, ConditionsInvalid) as error:
        _say("error", detail=str(error))
    finally:
        obeyed.set()


def _is_pipe(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def _say(event: str, **what: object) -> None:
    click.echo(json.dumps({"event": event} | what))
    sys.stdout.flush()
