"""How flags, files and environment become limits, key and accounts."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tickroom.server.cli.options import server_options
from tickroom.server.shell.identity.accounts import AuthMode
from tickroom.server.shell.limits.settings import Limits
from tickroom.server.shell.settings import ServerSettings

KEY = "a key of thirty-two bytes or more"


def run(arguments: list[str], environment: dict[str, str] | None = None) -> tuple[Result, list[ServerSettings]]:
    seen: list[ServerSettings] = []

    @click.command()
    @server_options
    def command(settings: ServerSettings) -> None:
        seen.append(settings)

    return CliRunner().invoke(command, arguments, env=environment or {}), seen


def settings_of(arguments: list[str], environment: dict[str, str] | None = None) -> ServerSettings:
    outcome, seen = run(arguments, environment)
    assert outcome.exit_code == 0, outcome.output
    return seen[0]


def test_every_limit_has_a_flag_and_a_variable() -> None:
    names = list(Limits.__slots__)
    flags = [part for number, name in enumerate(names) for part in (f"--{name.replace('_', '-')}", str(number))]
    wanted = Limits(**{name: number for number, name in enumerate(names)})
    assert settings_of(flags).limits == wanted
    variables = {f"TICKROOM_{name.upper()}": str(number) for number, name in enumerate(names)}
    assert settings_of([], variables).limits == wanted
    assert settings_of([]).limits == Limits()


def test_key_from_a_file_or_the_environment(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert settings_of(["--secret-key-file", str(file)]).secret_key == KEY.encode()
    assert settings_of([], {"TICKROOM_SECRET_KEY": KEY}).secret_key == KEY.encode()
    assert (
        settings_of([], {"TICKROOM_SECRET_KEY_FILE": str(file), "TICKROOM_SECRET_KEY": "x"}).secret_key == KEY.encode()
    )
    assert settings_of([]).secret_key is None
    assert KEY not in repr(settings_of([], {"TICKROOM_SECRET_KEY": KEY}))


def test_accounts(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(KEY)
    given = ["--auth", "required", "--auth-secret-file", str(file), "--auth-issuer", "https://id.example"]
    auth = settings_of([*given, "--auth-audience", "game", "--auth-name-claim", "nickname"]).auth
    assert (auth.mode, auth.secret, auth.issuer) == (AuthMode.REQUIRED, KEY.encode(), "https://id.example")
    assert (auth.audience, auth.name_claim, auth.roles_claim) == ("game", "nickname", "roles")
    assert settings_of(["--auth", "optional", "--auth-jwks", "keys.json"]).auth.key_set == "keys.json"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (["--host", "0.0.0.0"], {}, "--secret-key-file"),
        (
            ["--host", "0.0.0.0"],
            {"TICKROOM_SECRET_KEY": "short"},
            "TICKROOM_SECRET_KEY must have at least 32 bytes, not 5",
        ),
        ([], {"TICKROOM_SECRET_KEY": "ssh-rsa " + "A" * 40}, "TICKROOM_SECRET_KEY is a public key"),
        (["--secret-key-file", "/nonexistent/key"], {}, "cannot read /nonexistent/key: No such file"),
        (["--auth", "required"], {}, "--auth required needs --auth-secret-file or --auth-jwks"),
        (["--auth-jwks", "keys.json"], {}, "say --auth optional or --auth required"),
        (["--auth", "required", "--auth-jwks", "http://id.example/keys"], {}, "https, for whoever"),
        (["--trusted-proxy", "10.0.0.1/8"], {}, "is no address and no network"),
        (["--connections-per-minute", "-1"], {}, "--connections-per-minute must be 0 (without limit)"),
    ],
)
def test_what_is_wrong_is_one_plain_line(arguments: list[str], environment: dict[str, str], said: str) -> None:
    outcome, seen = run(arguments, environment)
    assert outcome.exit_code == 1
    assert said in outcome.output
    assert outcome.output.count("\n") == 1
    assert not seen


def test_one_secret_for_two_things_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(KEY)
    files = ["--secret-key-file", str(file), "--auth-secret-file", str(file)]
    outcome, _ = run([*files, "--auth", "optional"])
    assert "must differ" in outcome.output


def test_everywhere_with_a_key() -> None:
    settings = settings_of(["--host", "0.0.0.0"], {"TICKROOM_SECRET_KEY": KEY})
    assert settings.resolved_limits.connections_per_minute == 10
    assert settings_of([]).resolved_limits.connections_per_minute == 1000
    behind = settings_of([], {"TICKROOM_TRUSTED_PROXY": "127.0.0.1 10.0.0.0/8"})
    assert behind.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")
    assert behind.resolved_limits.connections_per_minute == 10, "whoever comes through the proxy is a stranger"
