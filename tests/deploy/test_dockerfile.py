"""The Dockerfile: what it copies is there, and it makes what `make build` makes. No image is built here."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

from tests.deploy.files import known_variables, served_paths
from tests.test_repository import PACKAGES

INSTRUCTIONS = {
    "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "STOPSIGNAL", "ENTRYPOINT", "CMD",
}  # fmt: skip


def instructions(text: str) -> list[tuple[str, str]]:
    """Each instruction and the rest of its line, continued lines joined, comments left out."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


def copied(text: str) -> list[str]:
    """What is copied out of the repository."""
    found = []
    for word, rest in instructions(text):
        if word == "COPY" and not rest.startswith("--from="):
            found += shlex.split(rest)[:-1]
    return found


def is_sent(ignore: list[str], path: str) -> bool:
    """Whether a path goes to the builder: the last pattern of .dockerignore that says something about it wins."""
    places = [path, *(str(parent) for parent in PurePosixPath(path).parents)]
    sent = True
    for line in ignore:
        pattern = line.removeprefix("!")
        anywhere = pattern.removeprefix("**/")
        names = [place.rpartition("/")[2] for place in places] if anywhere != pattern else places
        if pattern == "*" or any(fnmatch(name, anywhere) for name in names):
            sent = line.startswith("!")
    return sent


@pytest.fixture
def text(repository: Path) -> str:
    return (repository / "deploy" / "Dockerfile").read_text()


@pytest.fixture
def ignore(repository: Path) -> list[str]:
    lines = (repository / "deploy" / "Dockerfile.dockerignore").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_instructions_are_known(text: str) -> None:
    assert {word for word, _ in instructions(text)} <= INSTRUCTIONS


def test_what_it_copies_is_there_and_sent_to_the_builder(repository: Path, text: str, ignore: list[str]) -> None:
    paths = copied(text)
    assert len(paths) > 10
    assert [path for path in paths if not (repository / path).exists()] == []
    assert [path for path in paths if not is_sent(ignore, path)] == []


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        (".git/config", False),
        (".venv/bin/python", False),
        ("tickroom.key", False),
        ("clients/web/node_modules/vite/package.json", False),
        ("server/shell/page/index.html", False),
        ("server/shell/__pycache__/app.pyc", False),
        ("server/shell/app.py", True),
        ("clients/web/src/index.ts", True),
        (".src/tickroom/__init__.py", True),
        ("deploy/agones/health.py", True),
        ("deploy/compose.yaml", False),
    ],
)
def test_what_nobody_needs_stays_outside(ignore: list[str], path: str, sent: bool) -> None:
    assert is_sent(ignore, path) is sent


def test_the_wheel_is_made_of_what_the_projects_own_is(text: str) -> None:
    """The parts from which tests/test_repository.py builds a wheel that carries everything."""
    assert {"pyproject.toml", "LICENSE", "README.md", ".src", *PACKAGES} <= set(copied(text))


def test_every_package_is_pinned(text: str) -> None:
    installs = [rest for word, rest in instructions(text) if word == "RUN" and re.search(r"\bpip\b.* install ", rest)]
    assert installs
    assert all("-c constraints.txt" in install for install in installs)
    npm = [rest for word, rest in instructions(text) if word == "RUN" and "npm" in rest and "run" not in rest.split()]
    assert [rest.split()[:2] for rest in npm] == [["npm", "ci"]]


def test_npm_scripts_exist(repository: Path, text: str) -> None:
    scripts = json.loads((repository / "clients" / "web" / "package.json").read_text())["scripts"]
    called = re.findall(r"npm run --silent (\S+)", text)
    assert called == ["build", "build:sdk"]
    assert set(called) <= set(scripts)


def test_images_are_plain_names_and_stages_are_known(text: str) -> None:
    stages: set[str] = set()
    for word, rest in instructions(text):
        if word == "FROM":
            image, _, name = rest.partition(" AS ")
            assert re.fullmatch(r"[a-z]+:[0-9.]+-slim", image), image
            stages.add(name)
        if rest.startswith("--from="):
            assert rest.split()[0].removeprefix("--from=") in stages


def test_a_supported_python_runs_it(repository: Path, text: str) -> None:
    (version,) = set(re.findall(r"FROM python:([0-9.]+)-slim", text))
    assert f'"Programming Language :: Python :: {version}"' in (repository / "pyproject.toml").read_text()


def test_the_last_stage_is_small_not_root_and_watched(text: str) -> None:
    found = instructions(text)
    last = found[max(index for index, (word, _) in enumerate(found) if word == "FROM") :]
    assert not [rest for word, rest in last if word == "RUN"]
    settings = dict(last)
    user = settings["USER"]
    assert re.fullmatch(r"[1-9][0-9]*:[1-9][0-9]*", user)
    assert settings["STOPSIGNAL"] == "SIGTERM"
    assert json.loads(settings["ENTRYPOINT"]) == ["tickroom"]
    assert json.loads(settings["CMD"]) == ["serve"]
    variables = dict(pair.split("=", 1) for pair in shlex.split(settings["ENV"]))
    assert {name for name in variables if name.startswith("TICKROOM_")} <= known_variables()
    assert settings["EXPOSE"] == variables["TICKROOM_PORT"] == "2567"


def test_the_health_check_asks_a_path_that_is_there(text: str) -> None:
    (check,) = [rest for word, rest in instructions(text) if word == "HEALTHCHECK"]
    command = json.loads(check.partition(" CMD ")[2])
    compile(command[2], "HEALTHCHECK", "exec")
    (path,) = re.findall(r"\}(/[a-z]+)", command[2])
    assert path in served_paths()


def test_the_wheel_takes_every_file_that_is_read_at_run_time(repository: Path) -> None:
    """What is no Python in a package comes along only if a pattern of pyproject.toml says so."""
    patterns = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["*"]
    files = [path for package in PACKAGES for path in (repository / package).rglob("*") if path.is_file()]
    built = {"page", "sdk", "__pycache__"}
    kept = [path for path in files if path.suffix != ".py" and not built & set(path.parts)]
    assert kept
    assert [str(path.relative_to(repository)) for path in kept if not any(path.match(one) for one in patterns)] == []
