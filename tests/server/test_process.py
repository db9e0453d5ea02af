"""The server as a process: how it starts, how it fails, and how it goes."""

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import msgpack
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.server.process import tickroom_process
from tickroom.game.registry import GAMES


def create_session(url: str) -> dict[str, str]:
    with urllib.request.urlopen(
        urllib.request.Request(f"{url}/api/sessions", b"{}", method="POST"), timeout=5
    ) as answer:
        created: dict[str, str] = json.loads(answer.read())
    return created


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "tickroom", *arguments], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("command", [[], ["play"], ["serve"], ["bots"], ["loadtest"]])
def test_every_command_has_help_worth_reading(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.returncode == 0
    assert "Usage: tickroom" in result.stdout
    assert len(result.stdout.splitlines()) > 8
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["serve", "--port", "70000"], 1, "port must be 0 to 65535"),
        (["serve", "--phases", "0", "--public-url", "ftp://x"], 1, "--public-url must start with http"),
        (["serve", "--nonsense"], 2, "No such option"),
        (["dance"], 2, "No such command"),
        (["play", "--map", "atlantis", "--port", "0"], 1, "option 'map' must be"),
    ],
)
def test_errors_are_plain(arguments: list[str], code: int, words: str) -> None:
    result = run(*arguments)
    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "choose another with --port" in result.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_tells_the_players_and_exits_with_0(number: signal.Signals) -> None:
    with tickroom_process("serve") as server:
        address = create_session(server.url)["websocket"]
        async with connect(address, subprotocols=[Subprotocol("tickroom.1")], compression=None) as player:
            await player.send(msgpack.packb([0, GAMES["arena"].schema.fingerprint, "Ann"]))
            assert msgpack.unpackb(await player.recv())[0] == 0
            began = time.monotonic()
            server.process.send_signal(number)
            heard = []
            try:
                while True:
                    heard.append(msgpack.unpackb(await player.recv()))
            except ConnectionClosed:
                pass
            assert heard[-1] == [13, 4010, "shutting_down", True, ""]
            assert (player.close_code, player.close_reason) == (4010, "shutting_down")
        _, errors = server.process.communicate(timeout=10)
        assert server.process.returncode == 0
        assert time.monotonic() - began < 5
        assert "Traceback" not in errors


async def test_a_stalled_player_does_not_hold_the_exit_up() -> None:
    with tickroom_process("serve") as server:
        code = create_session(server.url)["code"]
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as raw:  # shakes hands, then never reads or answers
            raw.sendall(
                f"GET /ws/{code} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Protocol: tickroom.1\r\n\r\n".encode()
            )
            assert b"101" in raw.recv(4096)
            began = time.monotonic()
            server.process.terminate()
            server.process.communicate(timeout=15)
            assert server.process.returncode == 0
            assert time.monotonic() - began < 8


def test_play_prints_the_address_and_the_code_and_takes_its_bots_along() -> None:
    with tickroom_process("play", "--bots", "2") as server:
        assert server.process.stdout is not None
        line = next(line for line in server.process.stdout if "Bots play in session" in line)
        code = line.split()[4].rstrip(".")
        assert f"{server.url}/?code={code}" in line
        deadline = time.monotonic() + 20
        while True:
            with urllib.request.urlopen(f"{server.url}/api/sessions/{code}", timeout=5) as answer:
                if json.loads(answer.read())["connected"] == 2:
                    break
            assert time.monotonic() < deadline, "the bots did not come"
        server.process.terminate()
        server.process.communicate(timeout=15)
        assert server.process.returncode == 0
