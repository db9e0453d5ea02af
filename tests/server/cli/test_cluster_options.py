"""Flags and variables of clusters and workers: what they become, what is refused, and what workers inherit."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tickroom.server.cli.cluster_options import EMBEDDED
from tickroom.server.cli.key_of_run import NAME, key_of_run
from tickroom.server.cli.options import node_options
from tickroom.server.cli.site import site_fault
from tickroom.server.cli.site import site_url as site_url_of
from tickroom.server.cli.workers import worker_arguments
from tickroom.server.shell.cluster.settings import ClusterSettings
from tickroom.server.shell.settings import ServerSettings
from tickroom.server.shell.workers.settings import WorkersSettings

KEY = "k3y-of-the-tests-0123456789-abcdefghij-XYZ"
STORE = {"TICKROOM_REDIS": "redis://127.0.0.1:1", "TICKROOM_SECRET_KEY": KEY}


class Seen:
    """What the command was called with."""

    settings: ServerSettings
    workers: WorkersSettings | None
    arguments: list[str]


def call(*arguments: str, environment: dict[str, str] | None = None) -> tuple[Seen, Result]:
    seen = Seen()

    @click.command()
    @click.option("--game", "own_games", multiple=True)
    @node_options
    @click.pass_context
    def command(
        context: click.Context, settings: ServerSettings, workers: WorkersSettings | None, own_games: tuple[str, ...]
    ) -> None:
        seen.settings, seen.workers, seen.arguments = settings, workers, worker_arguments(context)

    return seen, CliRunner().invoke(command, arguments, env=environment or {})


def refusal(*arguments: str, environment: dict[str, str] | None = None) -> str:
    _, outcome = call(*arguments, environment=environment)
    assert outcome.exit_code == 1, outcome.output
    assert "Traceback" not in outcome.output
    return outcome.output


def test_a_server_is_alone_unless_it_is_told_otherwise() -> None:
    seen, outcome = call()
    assert outcome.exit_code == 0, outcome.output
    assert seen.settings.cluster is None
    assert seen.workers is None


def test_flags_become_the_clusters_settings_and_win_over_variables() -> None:
    seen, outcome = call(
        *("--node-name", "berlin", "--lease-s", "3", "--no-drain-on-stop", "--site-url", "https://a.example/"),
        environment={**STORE, "TICKROOM_NODE_NAME": "rome", "TICKROOM_AHEAD_S": "0.5", "TICKROOM_LEASE_S": "9"},
    )
    assert outcome.exit_code == 0, outcome.output
    assert seen.settings.cluster == ClusterSettings(
        STORE["TICKROOM_REDIS"], "berlin", lease_s=3.0, ahead_s=0.5, drain_on_stop=False
    )
    assert seen.settings.site_url == "https://a.example"


def test_defaults_of_flags_are_those_of_the_settings() -> None:
    seen, outcome = call(environment=STORE)
    assert outcome.exit_code == 0, outcome.output
    assert seen.settings.cluster == ClusterSettings(STORE["TICKROOM_REDIS"])


def test_a_node_of_a_cluster_needs_the_key_that_the_others_have() -> None:
    assert "the same key" in refusal("--redis", "redis://h")
    assert "the same key" in refusal("--redis", "redis://h", "--workers", "2")


def test_no_password_is_shown() -> None:
    said = refusal("--redis", "redis://:s3cret@host:port", environment={"TICKROOM_SECRET_KEY": KEY})
    assert "--redis: the store's address cannot be read" in said
    assert "s3cret" not in said


@pytest.mark.parametrize("lease_s", [0.2, 0.6, 0.7, 1.0, 1.2, 60.0])
def test_a_lease_alone_is_enough(lease_s: float) -> None:
    seen, outcome = call("--lease-s", str(lease_s), environment=STORE)
    assert outcome.exit_code == 0, outcome.output
    cluster = seen.settings.cluster
    assert cluster is not None
    assert cluster.renew_every_s == pytest.approx(min(0.4, lease_s / 3))
    assert cluster.ahead_s == min(1.0, lease_s)


def test_what_is_said_beside_a_lease_is_taken_and_a_third_is_a_third() -> None:
    seen, outcome = call("--lease-s", "0.6", "--renew-every-s", "0.2", "--ahead-s", "0.3", environment=STORE)
    assert outcome.exit_code == 0, outcome.output  # although 3 * 0.2 > 0.6 in floats
    assert seen.settings.cluster == ClusterSettings(
        STORE["TICKROOM_REDIS"], lease_s=0.6, renew_every_s=0.2, ahead_s=0.3
    )


def test_a_worker_makes_of_a_lease_what_its_supervisor_makes_of_it() -> None:
    supervisor, _ = call("--lease-s", "0.7", "--workers", "2", environment=STORE)
    worker, outcome = call(*supervisor.arguments, environment=STORE)
    assert outcome.exit_code == 0, outcome.output
    assert worker.settings.cluster == supervisor.settings.cluster


def test_what_is_said_of_a_cluster_without_one_is_warned_of() -> None:
    seen, outcome = call("--lease-s", "3", "--no-drain-on-stop", environment={"TICKROOM_NODE_NAME": "rome"})
    assert outcome.exit_code == 0, outcome.output
    assert seen.settings.cluster is None
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("tickroom: without --redis or --workers there is no cluster")
    assert line.endswith("nothing comes of TICKROOM_NODE_NAME, --lease-s, --no-drain-on-stop")
    for arguments, environment in (([], {}), (["--lease-s", "3"], STORE), (["--lease-s", "3", "--workers", "2"], {})):
        _, outcome = call(*arguments, environment=environment)
        assert (outcome.exit_code, outcome.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--workers", "0"], "--workers must be 1 to 64, not 0"),
        (["--workers", "65"], "--workers must be 1 to 64"),
        (["--workers", "2", "--worker-port", "65533"], "--worker-port: 4 ports"),
        (["--workers", "2", "--hung-after-s", "0"], "--hung-after-s must be"),
        (["--data", "x"], "--data goes with --workers"),
        (["--workers", "2", "--data", "x", "--redis", "redis://h"], "--data is for the Redis"),
        (["--workers", "2", "--host", "0.0.0.0"], "--public-url is needed"),
        (
            ["--redis", "redis://h", "--renew-every-s", "1"],
            "--renew-every-s (1.0) must be at most a third of --lease-s",
        ),
        (["--redis", "redis://h", "--ahead-s", "2"], "--ahead-s (2.0) must be at most --lease-s (1.5)"),
        (
            ["--redis", "redis://h", "--node-name", "lease_s!"],
            "and begin with a letter or digit, not 'lease_s!'",
        ),
        (["--port", "70000"], "--port must be 0 to 65535"),
        (["--allow-origin", "x"], "--allow-origin: 'x'"),
        (["--trusted-proxy", "x"], "--trusted-proxy: "),
        (["--max-seats", "-1"], "--max-seats must be"),
        (["--site-url", "http://{node}"], "--site-url is one address for all nodes: only --public-url may"),
        (["--auth-jwks", "https://a.example"], "--auth: there are keys"),
    ],
)
def test_what_does_not_go_together_is_said_plainly(arguments: list[str], word: str) -> None:
    assert word in refusal(*arguments, environment={"TICKROOM_SECRET_KEY": KEY})


def test_a_fault_from_the_environment_is_called_as_it_is_there(tmp_path: Path) -> None:
    said = refusal("--lease-s", "99", environment={**STORE, "TICKROOM_ASK_TIMEOUT_S": "0", "PORT": "70000"})
    assert "--lease-s must be 0.2 to 60, not 99" in said
    assert "TICKROOM_ASK_TIMEOUT_S must be" in said
    assert "PORT must be 0 to 65535" in said
    assert "TICKROOM_SECRET_KEY must have at least" in refusal(environment={"TICKROOM_SECRET_KEY": "short"})
    short = tmp_path / "key"
    short.write_text("short")
    assert "--secret-key-file must have at least" in refusal("--secret-key-file", str(short))
    assert "--secret-key-file: all nodes" in refusal("--redis", "redis://h")


def test_workers_get_a_key_made_for_the_run() -> None:
    (one, _), (other, _) = call("--workers", "2"), call("--workers", "2")
    assert one.settings.secret_key is not None
    assert one.settings.secret_key != other.settings.secret_key
    assert one.settings.cluster == ClusterSettings(EMBEDDED)
    assert one.workers == WorkersSettings(2)


def test_a_worker_is_a_node_whatever_its_supervisors_environment_says() -> None:
    seen, outcome = call(
        *("--listener-fd", "7", "--listener-fd", "8", "--node-name", "w-1"),
        environment={**STORE, "TICKROOM_WORKERS": "4", "TICKROOM_DATA": "x"},
    )
    assert outcome.exit_code == 0, outcome.output
    assert seen.workers is None
    assert seen.settings.listener_fds == (7, 8)


def test_workers_are_started_with_what_was_given_and_without_what_is_the_supervisors() -> None:
    seen, outcome = call(
        *("--workers", "2", "--worker-port", "3000", "--hung-after-s", "9", "--site-url", "http://a.example"),
        *("--game", "a:A", "--game", "b:B", "--max-sessions", "5", "--access-log", "--no-drain-on-stop"),
        *("--allow-origin", "https://a.example", "--redis", "redis://:s3cret@h", "--node-name", "x"),
        environment={"TICKROOM_PHASES": "2", "TICKROOM_SECRET_KEY": KEY},
    )
    assert outcome.exit_code == 0, outcome.output
    assert sorted(seen.arguments) == sorted(
        [
            *("--game", "a:A", "--game", "b:B", "--max-sessions", "5", "--access-log", "--no-drain-on-stop"),
            *("--allow-origin", "https://a.example"),
        ]
    )
    again, outcome = call(*seen.arguments, environment={**STORE, "TICKROOM_PHASES": "2"})
    assert outcome.exit_code == 0, outcome.output
    assert (again.settings.max_sessions, again.settings.phases, again.settings.access_log) == (5, 2, True)


def test_a_key_is_kept_where_sessions_are_kept_and_nobody_else_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    key = key_of_run(folder)
    assert key_of_run(folder) == key
    assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(key) >= 32


def test_a_folder_that_cannot_be_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text(json.dumps("not a folder"))
    assert "--data" in refusal("--workers", "2", "--data", str(tmp_path / "file" / "below"))


@pytest.mark.parametrize(
    ("public_url", "site_url", "expected"),
    [
        (None, None, "http://127.0.0.1:80"),
        ("http://192.168.1.5:{port}", None, "http://192.168.1.5:80"),
        ("https://game.example.org/node/{node}", None, "https://game.example.org"),
        ("https://{node}.example.org", "https://game.example.org", "https://game.example.org"),
    ],
)
def test_the_address_for_people(public_url: str | None, site_url: str | None, expected: str) -> None:
    settings = ServerSettings(public_url=public_url, site_url=site_url)
    assert site_fault(settings) is None
    assert site_url_of(settings, 80) == expected


@pytest.mark.parametrize(
    ("public_url", "word"), [("https://game.example.org", "{port}"), ("https://{node}.example.org", "--site-url")]
)
def test_workers_that_could_not_be_told_apart_are_refused(public_url: str, word: str) -> None:
    assert word in (site_fault(ServerSettings(public_url=public_url)) or "")
