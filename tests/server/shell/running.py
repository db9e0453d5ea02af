"""A real server on a real socket, in a thread of this process: quick to start, and its node can be looked at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import uvloop

from tickroom.game.interface import Game
from tickroom.server.shell.app import build_app
from tickroom.server.shell.identity.identity import Authenticate
from tickroom.server.shell.limits.admission import Admission
from tickroom.server.shell.node import Node
from tickroom.server.shell.serve import Server, build_server
from tickroom.server.shell.settings import ServerSettings

Answer = TypeVar("Answer")


@dataclass
class Running:
    """A server that serves. Its node belongs to the thread: reach it through ``ask``."""

    url: str
    node: Node
    loop: asyncio.AbstractEventLoop
    admission: Admission

    @property
    def websocket_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    def ask(self, question: Callable[[Node], Answer]) -> Answer:
        """Run a question on the server's thread."""

        async def answer() -> Answer:
            return question(self.node)

        return asyncio.run_coroutine_threadsafe(answer(), self.loop).result(5)

    def post(
        self, path: str, body: bytes | dict[str, object], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._send(urllib.request.Request(self.url + path, payload, dict(headers or {}), method="POST"))

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status, and what the answer's JSON says; its text where it is none."""
        return self._send(urllib.request.Request(self.url + path, headers=dict(headers or {})))

    def create(self, **settings: object) -> str:
        """A session's code."""
        status, body = self.post("/api/sessions", settings)
        assert status == 201, body
        code: str = body["code"]
        return code

    def _send(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, _content(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _content(error.read())


def _content(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


@contextlib.contextmanager
def running(
    settings: ServerSettings, games: Mapping[str, Game[Any]], authenticate: Authenticate | None = None
) -> Iterator[Running]:
    """Serve on a free loopback port until the end of the block, then shut down and check that nothing hung."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = build_app(settings, games, authenticate)
    server = build_server(app, settings)
    started = threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    def serve() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            loops.append(runner.get_loop())
            runner.run(_serve(server, listener, started))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        assert started.wait(10)
        yield Running(url, app.state.node, loops[0], app.state.admission)
    finally:
        server.should_exit = True
        thread.join(15)
        listener.close()
    assert not thread.is_alive(), "the server did not stop"


async def _serve(server: Server, listener: socket.socket, started: threading.Event) -> None:
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    await server.listening.wait()
    started.set()
    await serving
