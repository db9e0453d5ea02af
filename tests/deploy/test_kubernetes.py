"""kubernetes/ and agones/: each manifest by itself, and how they fit each other, the image and the server."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.files import documents, known_variables, served_paths, walk
from tests.deploy.kubernetes_schema import faults_of
from tickroom.server.shell.cluster.settings import ClusterSettings

FILES = ("kubernetes/settings.yaml", "kubernetes/nodes.yaml", "kubernetes/gate.yaml", "agones/fleet.yaml")
DRAIN_S = ClusterSettings("redis://localhost").drain_timeout_s

Manifest = dict[str, Any]


@pytest.fixture(scope="module")
def manifests(repository: Path) -> list[Manifest]:
    return [manifest for file in FILES for manifest in documents(repository / "deploy" / file)]


def one(manifests: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = [each for each in manifests if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The pod templates: of the nodes, of the gate, of the fleet."""
    return {
        "nodes": one(manifests, "StatefulSet", "tickroom")["spec"]["template"],
        "gate": one(manifests, "Deployment", "tickroom-gate")["spec"]["template"],
        "fleet": one(manifests, "Fleet", "tickroom")["spec"]["template"]["spec"]["template"],
    }


def container(pod: Manifest) -> Manifest:
    (found,) = pod["spec"]["containers"]
    assert isinstance(found, dict)
    return found


# ---- each by itself


def test_every_manifest_has_the_shape_of_its_kind(manifests: list[Manifest]) -> None:
    assert len(manifests) == 12
    assert [fault for manifest in manifests for fault in faults_of(manifest)] == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("apiVersion",), "apps/v1beta1", "no kind ('apps/v1beta1', 'StatefulSet')"),
        (("spec", "serviceName"), None, "StatefulSet.spec.serviceName is missing"),
        (("spec", "replica"), 3, "StatefulSet.spec.replica is unknown"),
        (("spec", "replicas"), "3", "StatefulSet.spec.replicas: '3' is of the wrong type"),
        (("spec", "replicas"), True, "StatefulSet.spec.replicas: True is of the wrong type"),
        (("spec", "podManagementPolicy"), "parallel", "'parallel' is none of Parallel, OrderedReady"),
        (("spec", "template", "spec", "containers"), {}, "StatefulSet.spec.template.spec.containers: not a list"),
    ],
)
def test_a_fault_is_found(manifests: list[Manifest], path: tuple[str, ...], value: object, fault: str) -> None:
    broken = copy.deepcopy(one(manifests, "StatefulSet", "tickroom"))
    inside = broken
    for name in path[:-1]:
        inside = inside[name]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    faults = faults_of(broken)
    assert len(faults) == 1
    assert fault in faults[0]


def test_no_secret_is_in_a_manifest(manifests: list[Manifest]) -> None:
    assert not [each for each in manifests if each["kind"] == "Secret"]
    secrets = [env for value in walk(manifests) if isinstance(value, dict) and "env" in value
               for env in value["env"] if env["name"] in ("TICKROOM_REDIS", "TICKROOM_SECRET_KEY")]  # fmt: skip
    assert len(secrets) == 4
    assert all(set(env["valueFrom"]) == {"secretKeyRef"} for env in secrets)


def test_the_secrets_keys_are_those_of_the_guide(repository: Path, manifests: list[Manifest]) -> None:
    references = [
        value["secretKeyRef"] for value in walk(manifests) if isinstance(value, dict) and "secretKeyRef" in value
    ]
    guide = (repository / "deploy" / "README.md").read_text()
    assert "create secret generic tickroom" in guide
    for reference in references:
        assert reference["name"] == "tickroom"
        assert re.search(rf"--from-(file|literal)={reference['key']}=", guide)


# ---- with the server


def test_variables_are_ones_that_a_node_reads(manifests: list[Manifest]) -> None:
    given = set(one(manifests, "ConfigMap", "tickroom")["data"])
    for name in ("nodes", "fleet"):
        given |= {env["name"] for env in container(pods(manifests)[name])["env"]}
    assert given - {"POD_IP"} <= known_variables()


def test_probes_ask_paths_that_are_there(manifests: list[Manifest]) -> None:
    probes = {
        (name, kind): container(pod)[kind]
        for name, pod in pods(manifests).items()
        for kind in ("startupProbe", "readinessProbe", "livenessProbe")
        if kind in container(pod)
    }
    paths = {key: probe["httpGet"]["path"] for key, probe in probes.items() if "httpGet" in probe}
    assert set(paths.values()) <= served_paths()
    assert paths["nodes", "readinessProbe"] == paths["fleet", "readinessProbe"] == "/readyz"
    assert paths["nodes", "livenessProbe"] == "/healthz"


def test_ports_match_from_the_image_to_the_people(repository: Path, manifests: list[Manifest]) -> None:
    dockerfile = (repository / "deploy" / "Dockerfile").read_text()
    (exposed,) = re.findall(r"^EXPOSE (\d+)$", dockerfile, re.M)
    for name in ("nodes", "fleet"):
        assert [port["containerPort"] for port in container(pods(manifests)[name])["ports"]] == [int(exposed)]
    for manifest in manifests:
        if manifest["kind"] == "Service":
            target = pod_behind(manifests, manifest["spec"]["selector"])
            names = {port["name"] for port in container(target)["ports"]}
            assert {port["targetPort"] for port in manifest["spec"]["ports"]} <= names
    (rule,) = one(manifests, "NetworkPolicy", "tickroom")["spec"]["ingress"]
    assert [port["port"] for port in rule["ports"]] == [int(exposed)]
    nginx = (repository / "deploy" / "nginx" / "nodes-kubernetes.conf").read_text()
    assert set(re.findall(r"\.local:(\d+)", nginx)) == {exposed}


def pod_behind(manifests: list[Manifest], selector: dict[str, str]) -> Manifest:
    """A pod template that a selector selects."""
    found = [pod for pod in pods(manifests).values() if selector.items() <= pod["metadata"]["labels"].items()]
    assert found, selector
    return found[0]


def test_selectors_select_their_own_pods(manifests: list[Manifest]) -> None:
    for kind, name in (("StatefulSet", "tickroom"), ("Deployment", "tickroom-gate")):
        spec = one(manifests, kind, name)["spec"]
        assert spec["selector"]["matchLabels"].items() <= spec["template"]["metadata"]["labels"].items()
    for manifest in manifests:
        if manifest["kind"] == "PodDisruptionBudget":
            pod_behind(manifests, manifest["spec"]["selector"]["matchLabels"])
    policy = one(manifests, "NetworkPolicy", "tickroom")["spec"]
    protected = [pod for pod in pods(manifests).values()
                 if policy["podSelector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()]  # fmt: skip
    assert len(protected) == 2
    ((let_in,),) = [rule["from"] for rule in policy["ingress"]]
    assert pod_behind(manifests, let_in["podSelector"]["matchLabels"]) is pods(manifests)["gate"]


def test_no_service_speaks_into_a_nodes_environment(manifests: list[Manifest]) -> None:
    """A Service "tickroom" would give each pod TICKROOM_PORT=tcp://..., which the server would read."""
    assert all(pod["spec"]["enableServiceLinks"] is False for pod in pods(manifests).values())


# ---- one by one, and with time


def test_a_node_has_the_time_to_hand_over(manifests: list[Manifest]) -> None:
    for name in ("nodes", "fleet"):
        assert pods(manifests)[name]["spec"]["terminationGracePeriodSeconds"] > DRAIN_S + 5


def test_nodes_go_one_at_a_time(manifests: list[Manifest]) -> None:
    assert one(manifests, "StatefulSet", "tickroom")["spec"]["updateStrategy"]["type"] == "RollingUpdate"
    assert one(manifests, "PodDisruptionBudget", "tickroom")["spec"]["maxUnavailable"] == 1
    for kind in ("Deployment", "Fleet"):
        name = "tickroom-gate" if kind == "Deployment" else "tickroom"
        assert one(manifests, kind, name)["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_nothing_runs_as_root_or_may_become_it(manifests: list[Manifest]) -> None:
    for pod in pods(manifests).values():
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        context = container(pod)["securityContext"]
        assert context == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }


# ---- ways


def test_a_node_that_drains_is_still_found_by_its_name(repository: Path, manifests: list[Manifest]) -> None:
    nginx = (repository / "deploy" / "nginx" / "nodes-kubernetes.conf").read_text()
    by_name = set(re.findall(r"\$node\.([a-z-]+)\.tickroom\.svc", nginx))
    assert by_name == {"tickroom-nodes", "tickroom-fleet"}
    for name in by_name:
        spec = one(manifests, "Service", name)["spec"]
        assert (spec["clusterIP"], spec["publishNotReadyAddresses"]) == ("None", True)
    assert one(manifests, "StatefulSet", "tickroom")["spec"]["serviceName"] == "tickroom-nodes"


def test_each_node_has_a_url_that_the_gate_knows(repository: Path, manifests: list[Manifest]) -> None:
    settings = one(manifests, "ConfigMap", "tickroom")["data"]
    assert settings["TICKROOM_PUBLIC_URL"] == f"{settings['TICKROOM_SITE_URL']}/node/{{node}}"
    ingress = one(manifests, "Ingress", "tickroom")["spec"]
    (rule,) = ingress["rules"]
    assert f"https://{rule['host']}" == settings["TICKROOM_SITE_URL"]
    assert ingress["tls"][0]["hosts"] == [rule["host"]]
    (path,) = rule["http"]["paths"]
    service = one(manifests, "Service", path["backend"]["service"]["name"])
    assert path["backend"]["service"]["port"]["name"] in {port["name"] for port in service["spec"]["ports"]}
    assert pod_behind(manifests, service["spec"]["selector"]) is pods(manifests)["gate"]


def test_the_gate_has_all_files_of_nginx(repository: Path, manifests: list[Manifest]) -> None:
    (kustomization,) = documents(repository / "deploy" / "kustomization.yaml")
    (generated,) = kustomization["configMapGenerator"]
    files = dict(entry.split("=") for entry in generated["files"])
    assert all((repository / "deploy" / source).is_file() for source in files.values())
    included = {
        name
        for source in files.values()
        for name in re.findall(r"^\s*include tickroom/(\S+);", (repository / "deploy" / source).read_text(), re.M)
    }
    assert included == set(files) - {"nginx.conf"}
    spec = pods(manifests)["gate"]["spec"]
    assert {volume["name"] for volume in spec["volumes"]} == {
        mount["name"] for mount in container(pods(manifests)["gate"])["volumeMounts"]
    }
    assert [volume["configMap"]["name"] for volume in spec["volumes"] if "configMap" in volume] == [generated["name"]]


def test_kustomize_takes_everything_but_the_fleet(repository: Path) -> None:
    (kustomization,) = documents(repository / "deploy" / "kustomization.yaml")
    assert set(kustomization["resources"]) == {file for file in FILES if file.startswith("kubernetes/")}
    assert [image["name"] for image in kustomization["images"]] == ["tickroom"]


def test_the_fleet_runs_the_program_that_the_image_has(repository: Path, manifests: list[Manifest]) -> None:
    *shell, script = container(pods(manifests)["fleet"])["command"]
    assert shell == ["sh", "-c"]
    (program,) = re.findall(r"exec python (\S+) -- tickroom serve", script)
    assert f"COPY deploy/agones/health.py {program}" in (repository / "deploy" / "Dockerfile").read_text()
    health = one(manifests, "Fleet", "tickroom")["spec"]["template"]["spec"]["health"]
    (every_s,) = re.findall(
        r'"--every-s", type=float, default=([0-9.]+)', (repository / "deploy" / "agones" / "health.py").read_text()
    )
    assert float(every_s) * 2 < health["periodSeconds"]
