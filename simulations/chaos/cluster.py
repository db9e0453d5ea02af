"""A cluster of its own: a Redis, nodes, and between each node and Redis a network that can be cut and slowed."""

from __future__ import annotations

import asyncio
import re
import secrets
import signal
import socket
import sys
import time
from pathlib import Path

from tickroom.simulations.chaos.child import Child, start_child
from tickroom.simulations.chaos.parameters import ChaosFailed, ChaosParameters, FaultKind
from tickroom.simulations.chaos.redis_server import RedisServer
from tickroom.simulations.network.conditions import Conditions
from tickroom.simulations.network.control import Change, Cut
from tickroom.simulations.network.proxy import Network

# Below where systems give ports to whoever asks for any: a node that is dead for a moment finds its own free again.
PORTS = range(21_000, 29_000)
LOST_LEASE = re.compile(
    rb"tickroom\.cluster: \S+ has lost its lease\n"
)  # as server/shell/cluster/membership.py logs it
NETWORK_KINDS = (FaultKind.CUT, FaultKind.SLOW)


def node_of(incarnation: str) -> str:
    """The name of the node whose life it is."""
    return incarnation.rpartition("-")[0]


class Node:
    """A node of the cluster, through all its lives. ``url``: the same in each."""

    def __init__(self, name: str, port: int, store_url: str, key: str, log: Path, options: tuple[str, ...]) -> None:
        self.name = name
        self.url = f"http://127.0.0.1:{port}"
        self.address = f"127.0.0.1:{port}"
        self.child: Child | None = None
        self.lives = 0
        self.log = log
        log.touch()
        self._log_begin = log.stat().st_size  # before it stands what an earlier run with the same folder said
        self._environment = {"TICKROOM_SECRET_KEY": key}
        self._command = [
            sys.executable, "-m", "tickroom", "serve", "--host", "127.0.0.1", "--port", str(port),
            "--redis", store_url, "--node-name", name, "--log-level", "warning", *options,
        ]  # fmt: skip

    @property
    def is_alive(self) -> bool:
        """Whether its process runs."""
        return self.child is not None and self.child.returncode is None

    @property
    def leases_lost(self) -> int:
        """How often it went on although its lease was gone, in all its lives: each time it says so in its log."""
        return len(LOST_LEASE.findall(self.log.read_bytes(), self._log_begin))

    def owns(self, incarnation: str) -> bool:
        """Whether this is one of its lives, by the name that they have."""
        return node_of(incarnation) == self.name

    async def start(self, fault: str = "") -> Child:
        """A new life; with a fault point it ends by itself. Raises ChaosFailed."""
        self.lives += 1
        # The empty one as well: whoever runs us may have one in the environment.
        self.child = await start_child(self._command, self.log, self._environment | {"TICKROOM_FAULT": fault})
        await self.child.line_with(" serves http")
        return self.child

    def signal(self, number: signal.Signals) -> float:
        """Send its process a signal; when, CLOCK_MONOTONIC."""
        if self.child is not None:
            self.child.signal(number)
        return time.monotonic()


class Cluster:
    """All of it; ``close`` leaves nothing behind. ``nodes`` and ``networks`` have the same order."""

    def __init__(self, parameters: ChaosParameters, folder: Path) -> None:
        self.nodes: list[Node] = []
        self.networks: list[Network] = []
        ports = _free_ports(parameters.nodes + 1)
        self.redis = RedisServer(folder, ports.pop())
        self._parameters = parameters
        self._folder = folder
        self._ports = ports

    async def start(self) -> None:
        """Redis first, then all nodes at once. Raises ChaosFailed."""
        self.redis.lose_data()  # of an earlier run with the same folder
        await self.redis.start()
        key = secrets.token_urlsafe(32)
        options = (*self._parameters.server_options, "--lease-s", str(self._parameters.lease_s))
        for number, port in enumerate(self._ports, 1):
            url = self.redis.url
            if any(kind in NETWORK_KINDS for kind in self._parameters.kinds):
                network = Network(self.redis.port, Conditions(), self._parameters.seed, when_back=lambda: None)
                url = f"redis://127.0.0.1:{await network.listen()}"
                self.networks.append(network)
            log = self._folder / f"n{number}.log"
            self.nodes.append(Node(f"n{number}", port, url, key, log, options))
        async with asyncio.TaskGroup() as group:
            for node in self.nodes:
                group.create_task(node.start())

    async def close(self) -> None:
        """End every process that was started here."""
        for network in self.networks:
            await network.close()
        children = [node.child for node in self.nodes if node.child is not None]
        await asyncio.gather(*(child.end() for child in children), return_exceptions=True)
        await self.redis.kill()

    def cut(self, number: int, seconds: float) -> None:
        """One node and Redis hear nothing of each other for so long."""
        self.networks[number].apply(Cut(seconds))

    def slow(self, delay_ms: float) -> None:
        """Everything between nodes and Redis takes so much longer, each way, from now on."""
        for network in self.networks:
            network.apply(Change(delay_ms=delay_ms))


def _free_ports(count: int) -> list[int]:
    """Ports that nobody has right now. Raises ChaosFailed."""
    found: list[int] = []
    start = secrets.randbelow(len(PORTS) - 1000)
    for port in PORTS[start:]:
        if len(found) == count:
            return found
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
    raise ChaosFailed(f"no {count} free ports in {PORTS.start} to {PORTS.stop}")
