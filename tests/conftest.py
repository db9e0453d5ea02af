"""What all tests share: Hypothesis profiles, and the places of the repository."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every run, here and in CI, so that a red test is red for everybody. To look for new ones:
#   HYPOTHESIS_PROFILE=explore .venv/bin/pytest tests/property
# No deadline: timings on a shared machine say nothing about the code; pytest-timeout bounds each test.
settings.register_profile(
    "ci", derandomize=True, database=None, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("explore", deadline=None, max_examples=2000, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def repository() -> Path:
    """The top folder of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def with_node(repository: Path) -> str:
    """The command that runs what follows it with a Node that is new enough: ``[with_node, "node", "x.mjs"]``."""
    return str(repository / "clients" / "web" / "scripts" / "with-node")


@pytest.fixture(scope="session")
def chromium_path(repository: Path, with_node: str) -> str:
    """A Chromium that starts here and draws WebGL 2; unpacked from an npm package where the machine has none."""
    script = repository / "clients" / "web" / "scripts" / "chromium.mjs"
    found = subprocess.run(
        [with_node, "node", script], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=100, check=False
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.strip()
