"""A Redis of this run's own, for nodes on one machine: reached by a Unix socket that nobody else may open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tickroom.server.shell.workers.asking import redis_answers
from tickroom.server.shell.workers.program import Launch

NAME = "redis"
SOCKET_PATH_MOST_BYTES = 103  # unix(7): 108 with its end; 104 on other systems


class EmbeddedRedis:
    """Where it lives, and how it is started. Give it back with :meth:`close` when it has ended."""

    def __init__(self, program: Path, folder: Path | None = None) -> None:
        """``program``: redis-server. ``folder``: what it knows is kept there; None: nowhere. Raises OSError."""
        # tempfile makes folders that only their owner may enter (0700). In /tmp, not TMPDIR: a path there can be long.
        where = "/tmp" if len(tempfile.gettempdir()) > SOCKET_PATH_MOST_BYTES - 40 else None
        self._private = tempfile.TemporaryDirectory(prefix="tickroom-", dir=where)
        self._program = program
        self._folder = folder
        self._socket = Path(self._private.name) / "redis.sock"
        if folder is not None:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        """For the nodes."""
        return f"unix://{self._socket}"

    @property
    def log(self) -> Path:
        """What it says of itself."""
        return self._keeps_in / "redis.log"

    def launch(self) -> Launch:
        """How to start it (again)."""
        persistence = ["--appendonly", "no" if self._folder is None else "yes", "--appendfsync", "everysec"]
        return Launch(
            name=NAME,
            command=[
                str(self._program),
                *("--port", "0", "--unixsocket", str(self._socket), "--unixsocketperm", "700"),
                *("--daemonize", "no", "--dir", str(self._keeps_in), "--logfile", str(self.log), "--save", ""),
                *persistence,
            ],
            environment=os.environ,
            lives=self._lives,
            is_ready=self._is_ready,
            place=self.url,
        )

    def close(self) -> None:
        """Remove the private folder."""
        self._private.cleanup()

    @property
    def _keeps_in(self) -> Path:
        return Path(self._private.name) if self._folder is None else self._folder

    async def _lives(self) -> bool:
        return await redis_answers(str(self._socket)) != b""  # while it loads it says so, and must not be killed

    async def _is_ready(self) -> bool:
        return await redis_answers(str(self._socket)) == b"+PONG"
