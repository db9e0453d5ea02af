"""The load test comes from one address with very many clients, and lifts what would stop it by itself."""

from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from tickroom.simulations.cli import loadtest
from tickroom.simulations.loadtest.machine import is_supported

STRICT = {
    "TICKROOM_CONNECTIONS_PER_MINUTE": "10",
    "TICKROOM_CONNECTIONS_PER_ADDRESS": "20",
    "TICKROOM_CREATES_PER_MINUTE": "10",
    "TICKROOM_API_REQUESTS_PER_MINUTE": "10",
    "TICKROOM_MAX_SEATS": "10",
}


@pytest.mark.skipif(not is_supported(), reason="reads /proc and pins processes to cores")
def test_fifty_clients_where_the_environment_allows_ten(tmp_path: Path) -> None:
    report_path = tmp_path / "report.json"
    options = ["--clients", "50", "--seconds", "2", "--warmup", "1", "--generators", "1", "--json", str(report_path)]
    outcome = CliRunner().invoke(loadtest, options, env=STRICT, catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    (run,) = msgspec.json.decode(report_path.read_bytes())["runs"]
    assert (run["dropped"], run["mismatches"]) == (0, 0)
