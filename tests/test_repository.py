"""What holds for the repository as a whole: its tree, its layers, its locked dependencies, its wheel."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDERS = {"protocol", "game", "server", "clients", "simulations", "tests", "docs", "deploy"}
PACKAGES = ("protocol", "game", "server", "simulations")
PURE_PACKAGES = ("protocol", "game", "server/core")

# ---- tree


def test_top_level_folders_are_those_of_the_design(repository: Path) -> None:
    folders = {path.name for path in repository.iterdir() if path.is_dir() and not path.name.startswith(".")}
    assert folders - {"build", "dist", "reports"} == FOLDERS


@pytest.mark.parametrize("package", PACKAGES)
def test_each_package_has_its_import_name_through_a_relative_link(repository: Path, package: str) -> None:
    link = repository / ".src" / "tickroom" / package
    assert link.readlink() == Path("..", "..", package)
    assert (link / "__init__.py").is_file()


# ---- layers


def run_import_linter(config: Path, source: Path) -> subprocess.CompletedProcess[str]:
    linter = Path(sys.executable).with_name("lint-imports")
    command: list[str | Path] = [linter, "--no-logo", "--no-cache", "--config", config]
    environment = os.environ | {"PYTHONPATH": str(source)}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


def copy_source(repository: Path, to: Path) -> Path:
    without_built = shutil.ignore_patterns("page", "sdk", "__pycache__")
    shutil.copytree(repository / ".src" / "tickroom", to / "tickroom", ignore=without_built)
    return to


def test_every_package_keeps_to_its_layer(repository: Path, tmp_path: Path) -> None:
    result = run_import_linter(repository / "pyproject.toml", copy_source(repository, tmp_path))
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("protocol/offence.py", "import tickroom.game", "layers"),
        ("game/offence.py", "from tickroom.server import core", "layers"),
        ("server/core/offence.py", "import tickroom.server.shell", "layers"),
        ("protocol/offence.py", "import time", "no clock"),
        ("game/offence.py", "from random import randint", "no clock"),
        ("game/offence.py", "def step():\n    import asyncio", "no clock"),
        ("server/core/offence.py", "from starlette.routing import Route", "no clock"),
        ("server/core/offence.py", "import redis", "no clock"),
        ("server/shell/offence.py", "import tickroom.simulations", "nothing below"),
        ("simulations/offence.py", "import tickroom.server.core", "over the wire only"),
        ("simulations/testing/offence.py", "import tickroom.server.shell", "over the wire only"),
    ],
)
def test_an_import_across_a_layer_breaks_its_contract(
    repository: Path, tmp_path: Path, module: str, line: str, contract: str
) -> None:
    source = copy_source(repository, tmp_path)
    (source / "tickroom" / module).write_text(line + "\n")
    result = run_import_linter(repository / "pyproject.toml", source)
    assert result.returncode == 1, result.stdout
    broken = [name for name in result.stdout.splitlines() if " BROKEN" in name]  # "(12 ignored imports)" may follow
    assert any(contract in name for name in broken), result.stdout


def test_the_command_line_loads_simulations_only_when_one_is_called() -> None:
    code = "import sys, tickroom.server.cli; sys.exit(any(m.startswith('tickroom.simulations') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# ---- numpy's random numbers: the import rules see packages, not `numpy.random` inside one


def uses_of_numpy_random(source: str) -> list[int]:
    """The lines that reach for ``numpy.random``, by attribute or by import."""
    tree = ast.parse(source)
    numpy_names = {"numpy"} | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name == "numpy" and alias.asname
    }

    def offends(node: ast.AST) -> bool:
        match node:
            case ast.Attribute(value=ast.Name(id=name), attr="random"):
                return name in numpy_names
            case ast.ImportFrom(module="numpy"):
                return any(alias.name == "random" for alias in node.names)
            case ast.Import() | ast.ImportFrom():
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
                return any(module == "numpy.random" or module.startswith("numpy.random.") for module in modules)
            case _:
                return False

    return sorted(node.lineno for node in ast.walk(tree) if isinstance(node, ast.expr | ast.stmt) and offends(node))


def pure_sources(repository: Path) -> Iterator[Path]:
    for package in PURE_PACKAGES:
        yield from sorted((repository / package).rglob("*.py"))


def test_no_numpy_random_where_chance_must_be_repeatable(repository: Path) -> None:
    sources = list(pure_sources(repository))
    assert sources
    found = {str(path): lines for path in sources if (lines := uses_of_numpy_random(path.read_text()))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    [
        "import numpy as np\nx = np.random.rand()",
        "import numpy\ngenerator = numpy.random.default_rng(3)",
        "from numpy import random as chance",
        "from numpy.random import default_rng",
        "import numpy.random as chance",
        "import numpy.random.mtrand",
    ],
)
def test_the_search_for_numpy_random_finds_it(source: str) -> None:
    assert uses_of_numpy_random(source)


def test_the_search_for_numpy_random_passes_over_the_rest() -> None:
    assert not uses_of_numpy_random(
        "import numpy as np\nfrom numpy import int32\nx = np.zeros(3)\nrandom = self.random"
    )


# ---- locks


def test_python_lock_holds_names_and_versions_only(repository: Path) -> None:
    lines = (repository / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert pins
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []


def test_python_lock_pins_every_declared_dependency(repository: Path) -> None:
    declared = tomllib.loads((repository / "pyproject.toml").read_text())
    requirements: list[str] = list(declared["project"]["dependencies"])
    requirements += [line for extra in declared["project"]["optional-dependencies"].values() for line in extra]
    requirements += [line for group in declared["dependency-groups"].values() for line in group]
    lock = (repository / "constraints.txt").read_text()
    pinned = {canonical_name(line) for line in lock.splitlines() if "==" in line}
    assert {canonical_name(requirement) for requirement in requirements} <= pinned


def canonical_name(requirement: str) -> str:
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert name
    return re.sub(r"[-_.]+", "-", name[0]).lower()


def test_npm_lock_holds_names_versions_and_hashes_but_no_address(repository: Path) -> None:
    lock = json.loads((repository / "clients" / "web" / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [
        name for name, package in packages.items() if "integrity" not in package and not package.get("inBundle")
    ] == []
    npmrc = (repository / "clients" / "web" / ".npmrc").read_text().splitlines()
    assert "omit-lockfile-registry-resolved=true" in npmrc
    assert not any("registry=" in line.replace(" ", "") for line in npmrc if not line.startswith("omit-"))


def test_npm_lock_holds_the_packages_of_every_platform(repository: Path) -> None:
    """``npm ci`` refuses a lock that leaves out an optional package, even one for another platform."""
    lock = json.loads((repository / "clients" / "web" / "package-lock.json").read_text())
    optional = {name for package in lock["packages"].values() for name in package.get("optionalDependencies", {})}
    locked = {path.rpartition("node_modules/")[2] for path in lock["packages"]}
    assert optional - locked == set()


# ---- wheel


@pytest.fixture(scope="module")
def wheel_names(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel built from a copy of the sources, so as to leave no traces here."""
    for built in ("page/index.html", "sdk/client.js"):
        if not (repository / "server" / "shell" / built).is_file():
            pytest.fail(f"{built} is not built; `make test-python` builds it first")
    copy = tmp_path_factory.mktemp("wheel") / "repository"
    parts = ("pyproject.toml", "LICENSE", "README.md", "MANIFEST.in", ".src", *PACKAGES)
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info")
    copy.mkdir()
    for part in parts:
        if (repository / part).is_dir():
            shutil.copytree(repository / part, copy / part, symlinks=True, ignore=leave_out)
        elif (repository / part).is_file():
            shutil.copy(repository / part, copy)
    out = copy / "out"
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(copy)]
    result = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, text=True, check=False)
    assert result.returncode == 0, result.stderr
    (wheel,) = out.glob("*.whl")
    return zipfile.ZipFile(wheel).namelist()


@pytest.mark.slow
def test_wheel_carries_everything_it_runs_on(repository: Path, wheel_names: list[str]) -> None:
    wanted = {"tickroom/py.typed", "tickroom/server/shell/page/index.html", "tickroom/server/shell/sdk/client.js"}
    for package in PACKAGES:
        for suffix in ("*.py", "*.txt", "*.c"):
            for path in (repository / package).rglob(suffix):
                wanted.add(f"tickroom/{path.relative_to(repository).as_posix()}")
    assert wanted - set(wheel_names) == set()
    assert any(name.startswith("tickroom/game/arena/maps/") for name in wheel_names)
    assert any(re.fullmatch(r"tickroom/server/shell/page/assets/.*\.js", name) for name in wheel_names)
    assert any(re.fullmatch(r"tickroom/server/shell/sdk/chunks/.*\.js", name) for name in wheel_names)


@pytest.mark.slow
def test_wheel_carries_one_import_name_and_nothing_of_the_workshop(wheel_names: list[str]) -> None:
    tops = {name.split("/", 1)[0] for name in wheel_names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"tickroom"}
    assert [name for name in wheel_names if "node_modules" in name or "/tests/" in name or "__pycache__" in name] == []
