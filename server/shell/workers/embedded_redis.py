"""A Redis of this run's own, for nodes on one machine: reached by a Unix socket that nobody else may open."""

from __future__ import annotations

import errno
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
        """``program``: redis-server. ``folder``: what it knows is kept there; None: nowhere.

        Raises OSError, also when somebody else has the folder: two that write to its files would lose what they hold.
        """
        self._lock = None if folder is None else _lock(folder)
        # tempfile makes folders that only their owner may enter (0700). In /tmp, not TMPDIR: a path there can be long.
        where = "/tmp" if len(tempfile.gettempdir()) > SOCKET_PATH_MOST_BYTES - 40 else None
        self._private = tempfile.TemporaryDirectory(prefix="tickroom-", dir=where)
        self._program = program
        self._folder = folder
        self._socket = Path(self._private.name) / "redis.sock"

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
        """Remove the private folder, and let the other one go."""
        self._private.cleanup()
        if self._lock is not None:
            os.close(self._lock)

    @property
    def _keeps_in(self) -> Path:
        return Path(self._private.name) if self._folder is None else self._folder

    async def _lives(self) -> bool:
        return await redis_answers(str(self._socket)) != b""  # while it loads it says so, and must not be killed

    async def _is_ready(self) -> bool:
        return await redis_answers(str(self._socket)) == b"+PONG"


def _lock(folder: Path) -> int:
    """Have the folder for this process alone, until the descriptor is closed or the process ends."""
    import fcntl  # not everywhere; only who keeps sessions needs it

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise OSError(errno.EBUSY, "another server keeps its sessions there", str(folder)) from None
    return descriptor
