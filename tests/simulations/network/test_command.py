"""``tickroom network`` as a process, driven over its stdin."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tickroom.simulations.client import Client


class Driven:
    """The process and its lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def next(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "it ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def tell(self, command: object) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write((command if isinstance(command, str) else json.dumps(command)) + "\n")
        self.process.stdin.flush()
        return self.next()


@contextmanager
def emulator(*arguments: str) -> Iterator[Driven]:
    command = [sys.executable, "-m", "tickroom", "network", "--seconds", "60", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Driven(process)
        finally:
            process.kill()


def port_of(url: str) -> str:
    return url.rsplit(":", 1)[1]


def status_of(url: str) -> int:
    with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
        status: int = answer.status
    return status


async def test_a_client_plays_through_it_and_comes_back_after_a_cut(server_url: str) -> None:
    with emulator("--to", port_of(server_url), "--delay-ms", "20", "--jitter-ms", "5") as driven:
        listening = driven.next()
        assert listening["event"] == "listening"
        assert listening["address"] == f"http://127.0.0.1:{listening['port']}"
        async with Client(listening["address"]) as client:
            session = await client.create(seats=2)
            await session.until(lambda it: it.seat >= 0)
        assert driven.tell({"cut_s": 0.2, "mode": "refuse"})["event"] == "done"
        with pytest.raises(urllib.error.URLError, match="refused"):
            status_of(listening["address"])
        assert driven.next() == {"event": "back"}
        assert status_of(listening["address"]) == 200
        assert driven.process.stdin is not None
        driven.process.stdin.close()
        counts = driven.next()
        assert counts["event"] == "counts"
        assert counts["cuts"] == 1
        assert counts["connections"] >= 3
        assert counts["up"]["bytes"] > 100
        assert counts["down"]["chunks"] > 0
        assert counts["late_ms"]["max"] >= counts["late_ms"]["p50"] > 0
        assert driven.process.wait(10) == 0


def test_commands_are_acknowledged_and_wrong_ones_told_apart() -> None:
    with emulator("--to", "1") as driven:
        driven.next()
        assert driven.tell({"delay_ms": 150}) == {"event": "done", "command": {"delay_ms": 150}}
        for wrong in ("nonsense", '{"delay": 5}', '{"stall_every_s": 1}', "x" * 100_000):
            answer = driven.tell(wrong)
            assert answer["event"] == "error"
            assert answer["detail"]
        assert driven.tell({"cut_s": 0, "mode": "drop"})["event"] == "done"
        assert driven.next() == {"event": "back"}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_counts(number: signal.Signals) -> None:
    with emulator("--to", "1") as driven:
        driven.next()
        driven.process.send_signal(number)
        assert driven.next()["event"] == "counts"
        assert driven.process.wait(10) == 0


def test_it_ends_by_itself_and_not_because_nothing_is_at_stdin() -> None:
    command = [sys.executable, "-m", "tickroom", "network", "--to", "1", "--seconds", "0.5"]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert result.returncode == 0, result.stderr
    assert [json.loads(line)["event"] for line in result.stdout.splitlines()] == ["listening", "counts"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "Missing option '--to'"),
        (["--to", "1", "--stall-ms", "5"], 1, "--stall-ms needs --stall-every-s"),
        (["--to", "1", "--stall-every-s", "1"], 1, "a stall must be longer than 0"),
        (["--to", "1", "--delay-ms", "-1"], 2, "--delay-ms"),
    ],
)
def test_errors_are_plain(arguments: list[str], code: int, words: str) -> None:
    command = [sys.executable, "-m", "tickroom", "network", *arguments]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert result.returncode == code
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_taken_port_is_one_plain_line(server_url: str) -> None:
    command = [sys.executable, "-m", "tickroom", "network", "--to", "1", "--port", port_of(server_url)]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "cannot listen on port" in result.stderr


def test_help_says_what_it_is_for() -> None:
    command = [sys.executable, "-m", "tickroom", "network", "--help"]
    result = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert result.returncode == 0
    for words in ("Usage: tickroom network", '{"cut_s": 5, "mode": "silent"}', "--jitter-ms"):
        assert words in result.stdout
