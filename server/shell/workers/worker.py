"""How a worker is started: a node in a process of its own, with a socket of its own and the one that all share."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tickroom.server.shell.listening import PortTaken, bind_to
from tickroom.server.shell.settings import fill_in, url_host
from tickroom.server.shell.workers.asking import http_says_ok
from tickroom.server.shell.workers.program import Launch


@dataclass(frozen=True)
class WorkerPlan:
    """What all workers have in common."""

    command: Sequence[str]  # gets --node-name and --listener-fd (its own, then the shared one) behind it
    environment: Mapping[str, str] = field(repr=False)  # where secrets are: a command line is everybody's to read
    host: str
    public_url: str | None  # with {node} or {port} in it; None: each is reached at the host and its own port


def worker_launcher(plan: WorkerPlan, shared: socket.socket, name: str, ports: Sequence[int]) -> Callable[[], Launch]:
    """How one worker is started: each time on the next of its ports that is free, under the same name."""
    turns = itertools.cycle(ports)
    return lambda: _launch(plan, shared, name, _bind(plan.host, turns, len(ports)))


def _launch(plan: WorkerPlan, shared: socket.socket, name: str, own: socket.socket) -> Launch:
    port: int = own.getsockname()[1]
    address = url_host(plan.host)

    async def lives() -> bool:
        return await http_says_ok(address.strip("[]"), port, "/healthz")

    async def is_ready() -> bool:
        return await http_says_ok(address.strip("[]"), port, "/readyz")

    return Launch(
        name=name,
        command=[
            *plan.command,
            *("--node-name", name, "--listener-fd", str(own.fileno()), "--listener-fd", str(shared.fileno())),
        ],
        environment=plan.environment,
        lives=lives,
        is_ready=is_ready,
        handed_down=(own.fileno(), shared.fileno()),
        started=own.close,
        place=fill_in(plan.public_url or f"http://{address}:{{port}}", node=name, port=port),
    )


def _bind(host: str, turns: Iterator[int], count: int) -> socket.socket:
    """Raises PortTaken when none of the ports is free."""
    for port in itertools.islice(turns, count - 1):
        try:
            return bind_to(host, port)
        except PortTaken:
            continue  # the worker's predecessor, which is on its way out
    return bind_to(host, next(turns))
