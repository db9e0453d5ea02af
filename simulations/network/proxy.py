"""The emulator: listens on loopback, carries connections to a server on loopback, and does what it is told."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from tickroom.simulations.network.conditions import Conditions, Lane, Way, jitter_generator
from tickroom.simulations.network.control import Change, Command, ControlInvalid, Cut, CutMode, Direction, Redirect
from tickroom.simulations.network.counts import Counts
from tickroom.simulations.network.crossing import LOOPBACK, Crossing, End, Pipe

BACKLOG = 4096


class Network:
    """Between clients and the server at ``to_port``. Everything happens on the event loop's thread.

    Args:
        conditions: of both directions at first.
        seed: of the jitter; see ``jitter_generator``.
        when_back: called when a cut is over.
    """

    def __init__(self, to_port: int, conditions: Conditions, seed: int, when_back: Callable[[], None]) -> None:
        self.counts = Counts()
        self.port = 0  # 0: not listening yet
        self._to_port = to_port
        self._seed = seed
        self._when_back = when_back
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._ways = {direction: Way(conditions) for direction in Direction}
        self._crossings: dict[asyncio.Task[None], Crossing] = {}
        self._listener: asyncio.Server | None = None
        self._place: socket.socket | None = None
        self._cut: CutMode | None = None
        self._end_of_cut: asyncio.Task[None] | None = None
        self._connected = asyncio.Event()  # clear during a silent cut
        self._connected.set()

    async def listen(self, port: int = 0) -> int:
        """Take clients on a loopback port, 0: a free one; the port. Raises OSError: it is taken."""
        # Bound for as long as we live and never listening: it keeps the port ours while a cut refuses connections.
        self._place = _bound_socket(port)
        self.port = int(self._place.getsockname()[1])
        await self._start_listening()
        return self.port

    def apply(self, command: Command) -> None:
        """Do it. Raises ControlInvalid, ConditionsInvalid."""
        match command:
            case Cut():
                self._begin_cut(command)
            case Redirect(to_port):
                self._to_port = to_port
            case Change():
                self._change(command)

    async def close(self) -> None:
        """Reset every connection and listen no more."""
        if self._end_of_cut is not None:
            self._end_of_cut.cancel()
        self._stop_listening()
        if self._place is not None:
            self._place.close()
        for crossing in self._crossings:
            crossing.cancel()
        await asyncio.gather(*self._crossings, return_exceptions=True)

    # --- connections -------------------------------------------------------------------------------------------------

    def _accept(self) -> End:
        self.counts.connections += 1
        self.counts.open += 1
        number = self.counts.connections
        up, down = self._pipe(number, Direction.UP), self._pipe(number, Direction.DOWN)
        crossing = Crossing(up, down)
        task = self._loop.create_task(self._carry(crossing))
        self._crossings[task] = crossing
        task.add_done_callback(self._forget)
        return crossing.client

    def _pipe(self, number: int, direction: Direction) -> Pipe:
        generator = jitter_generator(self._seed, number, direction)
        way_counts = self.counts.up if direction is Direction.UP else self.counts.down
        return Pipe(Lane(self._ways[direction], generator), self._now_us, self.counts, way_counts)

    async def _carry(self, crossing: Crossing) -> None:
        if self._cut is CutMode.DROP:
            self.counts.reset += 1
            crossing.reset()
            return
        await self._connected.wait()
        try:
            await crossing.run(self._to_port)
        except OSError:
            self.counts.unreachable += 1
            crossing.reset()

    def _forget(self, task: asyncio.Task[None]) -> None:
        crossing = self._crossings.pop(task)
        self.counts.open -= 1
        if task.cancelled():  # perhaps before it began, so that it could not do this itself
            crossing.reset()
        elif (error := task.exception()) is not None:
            crossing.reset()
            self._loop.call_exception_handler({"message": "a crossing failed", "exception": error, "task": task})

    # --- conditions --------------------------------------------------------------------------------------------------

    def _change(self, change: Change) -> None:
        now_us = self._now_us()
        chosen = [self._ways[change.direction]] if change.direction else list(self._ways.values())
        after = [change.on(way.conditions) for way in chosen]  # all or none: it may raise
        for way, conditions in zip(chosen, after, strict=True):
            way.change(conditions, now_us)
            if change.stalls_once and change.stall_ms is not None:
                way.stall(now_us, round(change.stall_ms * 1000))

    def _begin_cut(self, cut: Cut) -> None:
        if self._cut is not None:
            raise ControlInvalid("the network is cut already")
        self.counts.cuts += 1
        self._cut = cut.mode
        if cut.mode is CutMode.SILENT:
            self._connected.clear()
            for way in self._ways.values():
                way.stall(self._now_us(), round(cut.cut_s * 1_000_000))
        else:
            if cut.mode is CutMode.REFUSE:
                self._stop_listening()
            for crossing in self._crossings:
                self.counts.reset += crossing.cancel()
        self._end_of_cut = self._loop.create_task(self._wait_for_end_of_cut(cut.cut_s))

    async def _wait_for_end_of_cut(self, cut_s: float) -> None:
        await asyncio.sleep(cut_s)
        if self._cut is CutMode.REFUSE:
            await self._start_listening()
        self._cut = None
        self._connected.set()
        self._when_back()

    async def _start_listening(self) -> None:
        self._listener = await self._loop.create_server(self._accept, sock=_bound_socket(self.port), backlog=BACKLOG)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def _now_us(self) -> int:
        return int((self._loop.time() - self._began_s) * 1_000_000)


def _bound_socket(port: int) -> socket.socket:
    """A socket that shares its port with others of this process (SO_REUSEPORT), which the system allows one user."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound
