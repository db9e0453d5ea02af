"""Whether a program answers: an HTTP server on its port, a Redis on its Unix socket."""

from __future__ import annotations

import asyncio


async def http_says_ok(host: str, port: int, path: str) -> bool:
    """Whether ``GET path`` is answered with 200. ``host``: an IP address, so that no name must be looked up."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    try:
        name = f"[{host}]" if ":" in host else host
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {name}:{port}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
        return status.split(b" ", 2)[1:2] == [b"200"]
    except (OSError, ValueError):  # ValueError: the line has no end
        return False
    finally:
        writer.close()


async def redis_answers(path: str) -> bytes:
    """The first line of what a Redis says to PING: ``+PONG``, or why not; b"" when nothing comes."""
    try:
        reader, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return b""
    try:
        writer.write(b"PING\r\n")
        return (await reader.readline()).strip()
    except (OSError, ValueError):
        return b""
    finally:
        writer.close()
