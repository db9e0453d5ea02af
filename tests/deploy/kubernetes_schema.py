"""As much of Kubernetes' schemas as the manifests here use: what each kind must have, and what it may.

Kubernetes ignores a misspelled field in silence, or refuses the whole manifest, depending on who sends it; so a field
that is not listed is a fault here. Written by hand from the API reference (v1.37); Agones' from its reference for
``Fleet`` and ``GameServer``. deploy/README.md has the command that asks the real schemas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fields:
    """An object: fields that must be there, and ones that may. The value is the shape of what is inside."""

    required: dict[str, Any] = field(default_factory=dict)
    optional: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Each:
    """A list whose items all have one shape."""

    item: Any


class OneOf(tuple[Any, ...]):
    """A value out of a few."""


TEXT, NUMBER, FLAG = str, int, bool
ANY = dict  # an object whose keys are the author's own: labels, data, matchLabels
COUNT = (int, str)  # a number or a percentage; a port by number or name

PROBE = Fields(
    optional={
        "httpGet": Fields({"path": TEXT, "port": COUNT}),
        "tcpSocket": Fields({"port": COUNT}),
        "periodSeconds": NUMBER,
        "timeoutSeconds": NUMBER,
        "failureThreshold": NUMBER,
    }
)
LABELS = Fields({"matchLabels": ANY})
CONTAINER = Fields(
    {"name": TEXT, "image": TEXT},
    {
        "command": Each(TEXT),
        "args": Each(TEXT),
        "ports": Each(Fields({"name": TEXT, "containerPort": NUMBER})),
        "envFrom": Each(Fields({"configMapRef": Fields({"name": TEXT})})),
        "env": Each(
            Fields(
                {"name": TEXT},
                {
                    "value": TEXT,
                    "valueFrom": Fields(
                        optional={
                            "fieldRef": Fields({"fieldPath": OneOf(("metadata.name", "status.podIP"))}),
                            "secretKeyRef": Fields({"name": TEXT, "key": TEXT}),
                        }
                    ),
                },
            )
        ),
        "startupProbe": PROBE,
        "readinessProbe": PROBE,
        "livenessProbe": PROBE,
        "lifecycle": Fields({"preStop": Fields({"exec": Fields({"command": Each(TEXT)})})}),
        "resources": Fields({"requests": ANY, "limits": ANY}),
        "securityContext": Fields(
            {"allowPrivilegeEscalation": FLAG, "readOnlyRootFilesystem": FLAG},
            {"capabilities": Fields({"drop": Each(TEXT)})},
        ),
        "volumeMounts": Each(Fields({"name": TEXT, "mountPath": TEXT}, {"subPath": TEXT})),
    },
)
POD = Fields(
    {
        "metadata": Fields({"labels": ANY}),
        "spec": Fields(
            {"containers": Each(CONTAINER), "enableServiceLinks": FLAG, "terminationGracePeriodSeconds": NUMBER},
            {
                "automountServiceAccountToken": FLAG,
                "securityContext": Fields(
                    {"runAsNonRoot": FLAG, "runAsUser": NUMBER, "runAsGroup": NUMBER},
                    {"fsGroup": NUMBER, "seccompProfile": Fields({"type": OneOf(("RuntimeDefault",))})},
                ),
                "topologySpreadConstraints": Each(
                    Fields(
                        {
                            "maxSkew": NUMBER,
                            "topologyKey": TEXT,
                            "whenUnsatisfiable": OneOf(("ScheduleAnyway", "DoNotSchedule")),
                            "labelSelector": LABELS,
                        }
                    )
                ),
                "volumes": Each(Fields({"name": TEXT}, {"configMap": Fields({"name": TEXT}), "emptyDir": ANY})),
            },
        ),
    }
)
BUDGETED = Fields({"maxUnavailable": COUNT, "maxSurge": COUNT})
METADATA = Fields({"name": TEXT, "labels": ANY}, {"namespace": TEXT})
SERVICE_PORT = Fields({"name": TEXT, "port": NUMBER, "targetPort": COUNT})

SPECS: dict[tuple[str, str], dict[str, Any]] = {
    ("v1", "ConfigMap"): {"data": ANY},
    ("v1", "Service"): {
        "spec": Fields(
            {"selector": ANY, "ports": Each(SERVICE_PORT)},
            {"clusterIP": OneOf(("None",)), "publishNotReadyAddresses": FLAG},
        )
    },
    ("apps/v1", "StatefulSet"): {
        "spec": Fields(
            {"replicas": NUMBER, "serviceName": TEXT, "selector": LABELS, "template": POD},
            {
                "podManagementPolicy": OneOf(("Parallel", "OrderedReady")),
                "minReadySeconds": NUMBER,
                "updateStrategy": Fields({"type": OneOf(("RollingUpdate", "OnDelete"))}),
            },
        )
    },
    ("apps/v1", "Deployment"): {
        "spec": Fields(
            {"replicas": NUMBER, "selector": LABELS, "template": POD},
            {"strategy": Fields({"type": OneOf(("RollingUpdate", "Recreate"))}, {"rollingUpdate": BUDGETED})},
        )
    },
    ("policy/v1", "PodDisruptionBudget"): {
        "spec": Fields(
            {"maxUnavailable": COUNT, "selector": LABELS},
            {"unhealthyPodEvictionPolicy": OneOf(("AlwaysAllow", "IfHealthyBudget"))},
        )
    },
    ("networking.k8s.io/v1", "NetworkPolicy"): {
        "spec": Fields(
            {
                "podSelector": LABELS,
                "policyTypes": Each(OneOf(("Ingress", "Egress"))),
                "ingress": Each(
                    Fields(
                        {
                            "from": Each(Fields({"podSelector": LABELS})),
                            "ports": Each(Fields({"protocol": OneOf(("TCP", "UDP")), "port": COUNT})),
                        }
                    )
                ),
            }
        )
    },
    ("networking.k8s.io/v1", "Ingress"): {
        "spec": Fields(
            {
                "tls": Each(Fields({"hosts": Each(TEXT), "secretName": TEXT})),
                "rules": Each(
                    Fields(
                        {
                            "host": TEXT,
                            "http": Fields(
                                {
                                    "paths": Each(
                                        Fields(
                                            {
                                                "path": TEXT,
                                                "pathType": OneOf(("Prefix", "Exact")),
                                                "backend": Fields(
                                                    {"service": Fields({"name": TEXT, "port": Fields({"name": TEXT})})}
                                                ),
                                            }
                                        )
                                    )
                                }
                            ),
                        }
                    )
                ),
            }
        )
    },
    ("agones.dev/v1", "Fleet"): {
        "spec": Fields(
            {
                "replicas": NUMBER,
                "scheduling": OneOf(("Packed", "Distributed")),
                "strategy": Fields({"type": OneOf(("RollingUpdate", "Recreate"))}, {"rollingUpdate": BUDGETED}),
                "template": Fields(
                    {
                        "metadata": Fields({"labels": ANY}),
                        "spec": Fields(
                            {"template": POD},
                            {
                                "ports": Each(Fields()),
                                "eviction": Fields({"safe": OneOf(("Always", "OnUpgrade", "Never"))}),
                                "health": Fields(
                                    {"initialDelaySeconds": NUMBER, "periodSeconds": NUMBER, "failureThreshold": NUMBER}
                                ),
                            },
                        ),
                    }
                ),
            }
        )
    },
}


def faults_of(manifest: Any) -> list[str]:
    """What is missing, unknown or of the wrong type in a manifest; empty when it may be sent."""
    kind = (manifest.get("apiVersion"), manifest.get("kind"))
    if kind not in SPECS:
        return [f"no kind {kind}"]
    shape = Fields({"apiVersion": TEXT, "kind": TEXT, "metadata": METADATA, **SPECS[kind]})
    return list(_faults(manifest, shape, str(kind[1])))


def _faults(value: Any, shape: Any, place: str) -> Iterator[str]:
    match shape:
        case Fields():
            if not isinstance(value, dict):
                yield f"{place}: not an object"
                return
            known = shape.required | shape.optional
            yield from (f"{place}.{name} is missing" for name in shape.required.keys() - value.keys())
            yield from (f"{place}.{name} is unknown" for name in value.keys() - known.keys())
            for name in value.keys() & known.keys():
                yield from _faults(value[name], known[name], f"{place}.{name}")
        case Each():
            if not isinstance(value, list):
                yield f"{place}: not a list"
                return
            for index, item in enumerate(value):
                yield from _faults(item, shape.item, f"{place}[{index}]")
        case OneOf():
            if value not in shape:
                yield f"{place}: {value!r} is none of {', '.join(shape)}"
        case _:
            # A bool is an int to Python, not to Kubernetes.
            if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
                yield f"{place}: {value!r} is of the wrong type"
