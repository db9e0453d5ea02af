"""compose.yaml: its services fit each other, nginx's files, and what a node understands."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import documents, known_variables, walk
from tickroom.server.shell.cluster.settings import ClusterSettings


@pytest.fixture(scope="module")
def compose(repository: Path) -> Any:
    (found,) = documents(repository / "deploy" / "compose.yaml")
    return found


@pytest.fixture
def nodes(compose: Any) -> dict[str, Any]:
    return {name: service for name, service in compose["services"].items() if service["image"] == "tickroom"}


def test_three_nodes_a_redis_and_one_address(compose: Any, nodes: dict[str, Any]) -> None:
    assert set(nodes) == {"node-1", "node-2", "node-3"}
    assert set(compose["services"]) == {*nodes, "redis", "nginx"}
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]


def test_whatever_is_referred_to_is_there(repository: Path, compose: Any) -> None:
    for name, service in compose["services"].items():
        assert set(service.get("depends_on", [])) <= set(compose["services"]), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("."):
                assert (repository / "deploy" / source).is_file(), source
            else:
                assert source in compose["volumes"], source
    waits = [service["depends_on"] for service in compose["services"].values() if "depends_on" in service]
    conditions = [pair for wait in waits if isinstance(wait, dict) for pair in wait.items()]
    assert conditions
    for name, wait in conditions:
        assert wait == {"condition": "service_healthy"}
        assert "healthcheck" in compose["services"][name]


def test_the_image_is_built_once_by_the_dockerfile(repository: Path, nodes: dict[str, Any]) -> None:
    (build,) = [service["build"] for service in nodes.values() if "build" in service]
    context = repository / "deploy" / build["context"]
    assert (context / build["dockerfile"]).resolve() == repository / "deploy" / "Dockerfile"


def test_nodes_differ_in_their_name_alone(nodes: dict[str, Any]) -> None:
    for name, service in nodes.items():
        assert service["environment"]["TICKROOM_NODE_NAME"] == name
    assert len({str({**service["environment"], "TICKROOM_NODE_NAME": ""}) for service in nodes.values()}) == 1


def test_variables_are_ones_that_a_node_reads(nodes: dict[str, Any]) -> None:
    given = {name for service in nodes.values() for name in service["environment"]}
    assert given <= known_variables()
    assert {"TICKROOM_REDIS", "TICKROOM_SECRET_KEY", "TICKROOM_NODE_NAME", "TICKROOM_PUBLIC_URL"} <= given


def test_no_secret_is_written_down(compose: Any) -> None:
    mappings = [value for value in walk(compose) if isinstance(value, dict)]
    keys = {mapping["TICKROOM_SECRET_KEY"] for mapping in mappings if "TICKROOM_SECRET_KEY" in mapping}
    assert len(keys) == 1
    assert all(re.fullmatch(r"\$\{TICKROOM_SECRET_KEY:\?[^}]+\}", text) for text in keys)


def test_nodes_find_redis_and_believe_their_proxy(compose: Any, nodes: dict[str, Any]) -> None:
    (subnet,) = [entry["subnet"] for entry in compose["networks"]["inside"]["ipam"]["config"]]
    for service in nodes.values():
        assert service["environment"]["TICKROOM_REDIS"].startswith("redis://redis:6379")
        assert service["environment"]["TICKROOM_TRUSTED_PROXY"] == subnet


def test_nginx_has_all_its_files_and_the_port_that_people_open(repository: Path, compose: Any, nodes: Any) -> None:
    nginx = compose["services"]["nginx"]
    placed = dict(volume.removesuffix(":ro").split(":") for volume in nginx["volumes"])
    files = {place.removeprefix("/etc/nginx/"): repository / "deploy" / source for source, place in placed.items()}
    included = {name for file in files.values() for name in re.findall(r"^\s*include (\S+);", file.read_text(), re.M)}
    assert included - {"mime.types"} == set(files) - {"nginx.conf"}
    (ports,) = nginx["ports"]
    outside, inside = ports.split(":")
    assert f"listen {inside};" in files["tickroom/site.conf"].read_text()
    (site,) = {service["environment"]["TICKROOM_SITE_URL"] for service in nodes.values()}
    assert site == f"${{TICKROOM_SITE_URL:-http://localhost:{outside}}}"
    (public,) = {service["environment"]["TICKROOM_PUBLIC_URL"] for service in nodes.values()}
    assert public == f"{site}/node/{{node}}"


def test_redis_keeps_what_it_has(compose: Any) -> None:
    command = compose["services"]["redis"]["command"]
    settings = dict(zip(command[1::2], command[2::2], strict=True))
    assert settings["--appendonly"] == "yes"
    assert settings["--maxmemory-policy"] == "noeviction"


def test_nodes_have_time_to_hand_over(nodes: dict[str, Any]) -> None:
    longest = ClusterSettings("redis://localhost").drain_timeout_s
    for service in nodes.values():
        assert float(service["stop_grace_period"].removesuffix("s")) > longest
