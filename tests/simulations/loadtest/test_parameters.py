import pytest

from tickroom.simulations.loadtest.generator import shares
from tickroom.simulations.loadtest.parameters import LoadParameters, LoadTestFailed, available_cpus

CPU = available_cpus()[-1]


def test_all_faults_are_told_together() -> None:
    with pytest.raises(LoadTestFailed) as failure:
        LoadParameters(clients=0, seats=65, cpu=4096)
    for word in ("clients", "seats", "cpu"):
        assert word in str(failure.value)


def test_sessions_hold_all_clients() -> None:
    assert LoadParameters(clients=9, seats=4, cpu=CPU).sessions == 3
    assert LoadParameters(clients=8, seats=4, cpu=CPU).sessions == 2


def test_generators_keep_off_the_servers_core_where_they_can() -> None:
    cpus = LoadParameters(cpu=CPU).generator_cpus
    assert cpus
    assert (CPU in cpus) == (available_cpus() == [CPU])


@pytest.mark.parametrize(("total", "parts"), [(10, 3), (3, 3), (1600, 7)])
def test_shares_are_equal_and_whole(total: int, parts: int) -> None:
    found = shares(total, parts)
    assert [number for share in found for number in share] == list(range(total))
    sizes = [len(share) for share in found]
    assert max(sizes) - min(sizes) <= 1
