"""How each kind of fault is done, and when exactly it struck."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tickroom.simulations.chaos.child import Child
from tickroom.simulations.chaos.cluster import Cluster, Node
from tickroom.simulations.chaos.parameters import ChaosFailed, FaultKind
from tickroom.simulations.chaos.plan import Step

DRAINED_TIMEOUT_S = 45.0
REACHED_TIMEOUT_S = 12.0  # for a node to come to the point at which it dies
SLOW_DELAY_MS = 60.0  # each way
DOWN_S = 0.5  # a platform notices that a process is gone, and starts another


@dataclass
class Deed:
    """A fault that was done. ``struck_s``: when players began to be without; ``settled_s``: when all played again.

    ``nodes``: addresses of those that it took away. ``is_settled``: False when that took longer than it may.
    """

    kind: FaultKind
    nodes: tuple[str, ...]
    struck_s: float
    settled_s: float = 0.0
    is_settled: bool = False
    note: str = ""


Settle = Callable[[], Awaitable[bool]]


async def carry_out(step: Step, cluster: Cluster, busy: Sequence[int], settle: Settle) -> Deed:
    """Do one step; the cluster is whole again after it.

    ``busy``: the numbers of the nodes that have sessions; ``settle`` waits until all play. Raises ChaosFailed.
    """
    number = busy[step.node % len(busy)]
    node = cluster.nodes[number]
    match step.kind:
        case FaultKind.KILL:
            return await _kill(node)
        case FaultKind.PAUSE | FaultKind.STUTTER:
            return await _pause(step, node)
        case FaultKind.STOP:
            return await _stop(node)
        case FaultKind.CUT:
            struck_s = time.monotonic()
            cluster.cut(number, step.length_s)
            await asyncio.sleep(step.length_s)
            return Deed(step.kind, (node.address,), struck_s)
        case FaultKind.SLOW:
            struck_s = time.monotonic()
            cluster.slow(SLOW_DELAY_MS)
            await asyncio.sleep(step.length_s)
            cluster.slow(0.0)
            return Deed(step.kind, (), struck_s)
        case FaultKind.REDIS_RESTART | FaultKind.REDIS_EMPTY:
            return await _restart_redis(step, cluster)
        case _:
            victim = cluster.nodes[(number + 1) % len(cluster.nodes)]
            return await _die_at_point(step, victim, node, settle)


async def _kill(node: Node) -> Deed:
    struck_s = node.signal(signal.SIGKILL)
    await _come_back(node)
    return Deed(FaultKind.KILL, (node.address,), struck_s)


async def _come_back(node: Node) -> None:
    assert node.child is not None
    await node.child.ended.wait()
    await asyncio.sleep(DOWN_S)
    await node.start()


async def _pause(step: Step, node: Node) -> Deed:
    struck_s = node.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(step.length_s)
    finally:
        node.signal(signal.SIGCONT)
    return Deed(step.kind, (node.address,), struck_s)


async def _stop(node: Node) -> Deed:
    struck_s = node.signal(signal.SIGTERM)
    code = await _end_of(node)
    await node.start()
    return Deed(FaultKind.STOP, (node.address,), struck_s, note="" if code == 0 else f"ended with {code}")


async def _end_of(node: Node) -> int | None:
    assert node.child is not None
    try:
        async with asyncio.timeout(DRAINED_TIMEOUT_S):
            await node.child.ended.wait()
    except TimeoutError:
        raise ChaosFailed(f"{node.name} does not end on SIGTERM: {node.child.last_words()}") from None
    return node.child.returncode


async def _restart_redis(step: Step, cluster: Cluster) -> Deed:
    struck_s = time.monotonic()
    await cluster.redis.kill()
    if step.kind is FaultKind.REDIS_EMPTY:
        cluster.redis.lose_data()
    await asyncio.sleep(step.length_s)
    await cluster.redis.start()
    return Deed(step.kind, (), struck_s)


async def _die_at_point(step: Step, node: Node, other: Node, settle: Settle) -> Deed:
    """Start a node anew so that it dies there; then another one gives its sessions away, so that it gets to it."""
    node.signal(signal.SIGTERM)
    await _end_of(node)
    child = await node.start(f"{step.kind.point}:{step.passages}")
    await settle()
    # A claim is made of who is dead; everything else also follows from an orderly move.
    other.signal(signal.SIGKILL if step.kind is FaultKind.AT_CLAIMED else signal.SIGTERM)
    reached = await _reaches(child)
    deed = Deed(step.kind, (node.address, other.address), child.ended_s)
    if not reached:
        deed.note = "it was never there"
        deed.struck_s = node.signal(signal.SIGKILL)
        await child.ended.wait()
    await _end_of(other)
    await asyncio.gather(node.start(), other.start())
    return deed


async def _reaches(child: Child) -> bool:
    try:
        async with asyncio.timeout(REACHED_TIMEOUT_S):
            await child.ended.wait()
    except TimeoutError:
        return False
    return True
