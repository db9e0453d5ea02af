"""The command ``tickroom bots``."""

import asyncio
import re
import signal
import sys

from click.testing import CliRunner

from tickroom.simulations.cli import bots, loadtest
from tickroom.simulations.client import Client


def test_help_says_what_it_is_for() -> None:
    for command in (bots, loadtest):
        outcome = CliRunner().invoke(command, ["--help"])
        assert outcome.exit_code == 0
        assert f"tickroom {command.name}" in outcome.output, "with examples"


def test_bots_make_a_session_play_and_leave(server_url: str) -> None:
    outcome = CliRunner().invoke(bots, ["--url", server_url, "--count", "2", "--seconds", "1"], catch_exceptions=False)
    assert outcome.exit_code == 0
    assert re.search(r"The bots play in session [A-Z2-9]{6}", outcome.output)


def test_an_unknown_code_is_one_plain_line(server_url: str) -> None:
    outcome = CliRunner().invoke(bots, ["--url", server_url, "--code", "AAAAAA"])
    assert outcome.exit_code == 1
    assert "no_such_session" in outcome.output
    assert "Traceback" not in outcome.output


def test_a_server_that_is_not_there_is_one_plain_line() -> None:
    outcome = CliRunner().invoke(bots, ["--url", "http://127.0.0.1:1"])
    assert outcome.exit_code == 1
    assert outcome.output.count("\n") == 1, outcome.output
    assert "no answer from" in outcome.output


async def test_sigterm_makes_them_give_their_seats_up(server_url: str) -> None:
    async with Client(server_url) as client:
        watcher = await client.create(seats=4)
        command = ["-m", "tickroom", "bots", "--url", server_url, "--code", watcher.code, "--count", "2", "--quiet"]
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=asyncio.subprocess.PIPE)
        await watcher.until(lambda it: len(it.roster) == 3, timeout_s=20)
        process.send_signal(signal.SIGTERM)
        _, said = await asyncio.wait_for(process.communicate(), 10)
        assert process.returncode == 0
        assert said == b""
        await watcher.until(lambda it: len(it.roster) == 1)
