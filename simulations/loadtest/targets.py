"""The servers that are measured: how each is started, and the WebSocket address of each client."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from importlib.resources import as_file, files
from pathlib import Path

import msgspec

from tickroom.simulations.http_api import GameDescription, SessionListing, SessionSettings, ask
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed, Target
from tickroom.simulations.loadtest.redis_process import redis_process
from tickroom.simulations.loadtest.server_process import ServerProcess, server_process

ROUND_S = 3600  # the longest that a session allows: no round ends during a test
CREATING_AT_ONCE = 4
COMPILE_TIMEOUT_S = 60.0
GAME = "arena"

Advance = Callable[[int], None]  # called with how many are done


@contextmanager
def running(target: Target, parameters: LoadParameters, payload_bytes: int) -> Iterator[ServerProcess]:
    """The server of a target, alone on its core. ``payload_bytes``: what the floor sends each tick."""
    python = [sys.executable, "-m"]
    match target:
        case Target.TICKROOM | Target.JOURNALED:
            limits = ["--max-sessions", str(parameters.sessions + 1), "--max-connections", str(parameters.clients + 16)]
            # All clients have one address, and open their sockets at once.
            by_address = ("connections-per-minute", "connections-per-address", "creates-per-minute")
            limits += [
                part for name in (*by_address, "api-requests-per-minute", "max-seats") for part in (f"--{name}", "0")
            ]
            limits += ["--inputs-per-tick", str(2 * max(1, -(-parameters.input_hz // parameters.tick_hz)))]
            options = ["--port", "0", "--log-level", "warning", *limits, *parameters.server_options]
            if parameters.workers:
                options += ["--workers", str(parameters.workers)]
            with ExitStack() as stack:
                journal = target is Target.JOURNALED
                redis = stack.enter_context(redis_process(parameters.generator_cpus)) if journal else None
                command = [*python, "tickroom", "serve", *options]
                yield stack.enter_context(server_process(command, parameters.server_cpus, redis))
        case Target.PLAIN:
            command = [*python, "tickroom.simulations.loadtest.plain", str(parameters.tick_hz)]
            with server_process(command, parameters.server_cpus) as server:
                yield server
        case Target.FLOOR:
            with _compiled_floor() as program:
                command = [str(program), str(payload_bytes), str(parameters.tick_hz)]
                with server_process(command, parameters.server_cpus) as server:
                    yield server


def client_urls(target: Target, parameters: LoadParameters, server: ServerProcess, advance: Advance) -> list[str]:
    """A WebSocket address for each client, seats of a session side by side; makes the sessions where there are any."""
    if target.is_ours:
        addresses = create_sessions(server.url, parameters, parameters.sessions, advance)
        return [addresses[client // parameters.seats] for client in range(parameters.clients)]
    base = f"ws{server.url.removeprefix('http')}/ws"
    return [f"{base}/{client // parameters.seats}/{client % parameters.seats}" for client in range(parameters.clients)]


def create_sessions(
    url: str, parameters: LoadParameters, count: int, advance: Advance, *, auto_start: bool = True
) -> list[str]:
    """Make sessions that start at once and play for an hour, or wait for ever; returns their WebSocket addresses."""
    settings = SessionSettings(
        game=GAME,
        seats=parameters.seats,
        tick_hz=parameters.tick_hz,
        public=False,
        countdown_s=0,
        round_s=ROUND_S,
        auto_start=auto_start,
    )

    def create(number: int) -> str:
        body = msgspec.json.encode(settings | SessionSettings(seed=parameters.seed * 100_003 + number))
        return ask(f"{url}/api/sessions", SessionListing, body).websocket

    addresses = []
    with ThreadPoolExecutor(CREATING_AT_ONCE) as pool:
        for address in pool.map(create, range(count)):
            addresses.append(address)
            advance(len(addresses))
    return addresses


def describe_game(url: str) -> GameDescription:
    """What the generators must know to play and to check what they see."""
    return ask(f"{url}/api/games/{GAME}", GameDescription)


def compiler() -> str | None:
    """A C compiler on this machine, or None."""
    return shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")


def require_compiler() -> str:
    """The C compiler of this machine. Raises LoadTestFailed when there is none."""
    found = compiler()
    if found is None:
        raise LoadTestFailed("the floor is a C program and this machine has no C compiler (cc, gcc or clang)")
    return found


@contextmanager
def _compiled_floor() -> Iterator[Path]:
    found = require_compiler()
    with tempfile.TemporaryDirectory() as folder, as_file(files(__package__) / "floor.c") as source:
        program = Path(folder) / "floor"
        _compile([found, "-O2", "-o", str(program), str(source)])
        yield program


def _compile(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=COMPILE_TIMEOUT_S)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", b"") or b""
        raise LoadTestFailed(f"the floor did not compile: {said.decode(errors='replace').strip() or error}") from None
