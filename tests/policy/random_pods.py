"""Random clusters, and random pods and what makes pods, as MLRun, Nuclio, Jupyter's platforms and people write them."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, Final

from igz_runtime.cluster.clouds import SPOT_LABELS
from igz_runtime.cluster.model import LEVELS, Cluster
from tests.policy.enforced import CLASSES
from tests.policy.random_amounts import asked, offered
from tests.policy.random_pools import OF_NODES, PROTECTING, with_autoscalers

Plain = dict[str, Any]

GROUP, LIFECYCLE = "app.iguazio.com/node-group", "app.iguazio.com/lifecycle"
KEYS: Final[dict[str, tuple[str, ...]]] = {
    GROUP: ("initial", "jobs", "spot", "gpu", "other"),
    LIFECYCLE: ("preemptible", "non-preemptible"),
    "eks.amazonaws.com/capacityType": ("SPOT", "ON_DEMAND"),
    "cloud.google.com/gke-spot": ("true",),
    "cloud.google.com/gke-provisioning": ("spot", "standard", "preemptible"),
    "zone": ("a", "b"),
    "generation": ("1", "2", "3", "7", "12", "+4", "x"),
}
TAINTS: Final = (("spot", "true"), ("nvidia.com/gpu", ""), ("team", "risk"))
EFFECTS: Final = ("NoSchedule", "NoExecute", "PreferNoSchedule")
PROFILES: Final[dict[str, Plain]] = {
    "production_job": {"qos": "Guaranteed", "lifecycle": "on-demand", "development": False, "mission_critical": False},
    "spot_stateless": {"qos": "Burstable", "lifecycle": "spot", "development": False, "mission_critical": False},
    "gpu_notebook": {"qos": "Guaranteed", "lifecycle": "on-demand", "development": True, "mission_critical": False},
    "anything": {"qos": "Burstable", "lifecycle": "any", "development": False, "mission_critical": False},
    "risk_scoring": {"qos": "Burstable", "lifecycle": "any", "development": False, "mission_critical": True},
}
NAMES: Final = ("trainer", "prepare", "re-train-churn", "fine-tune", "fraud-serve-v2", "score", "outfit", "fit2", "x")
KINDS: Final = ("job", "spark", "mpijob", "dask", "databricks", "remote-spark", "serving", "nuclio", "application")
KINDS_OF_PODS: Final = (*KINDS, "build", "strange")


def a_cluster(pick: random.Random) -> Cluster:
    """What may be known of a cluster: node groups, or how MLRun and Nuclio are configured."""
    facts: Plain = {}
    if pick.random() < 0.85:
        facts["node_groups"] = [_group(pick, name) for name in pick.sample(KEYS[GROUP], pick.randint(1, 5))]
    if pick.random() < 0.5:
        facts["mlrun"] = _preemptible(pick)
    if pick.random() < 0.2:
        facts["nuclio"] = _preemptible(pick)
    if pick.random() < 0.7:
        facts["environment"] = pick.choice(("production", "development"))
    if pick.random() < 0.7:
        facts["priority_classes"] = pick.sample(CLASSES[:3], pick.randint(0, 3))
    if pick.random() < 0.5:
        facts["platform"] = pick.choice(("iguazio-3", "iguazio-4", "ce"))
    if pick.random() < 0.4:
        facts["priority_aliases"] = dict(zip(LEVELS, pick.choices(CLASSES, k=3), strict=True))
    cluster = Cluster.from_dict(facts)
    if pick.random() < 0.5:
        return replace(cluster, live=with_autoscalers(pick, cluster.node_groups, KEYS))
    return cluster


def _preemptible(pick: random.Random) -> Plain:
    held: Plain = {}
    if pick.random() < 0.7:
        key, value = pick.choice(SPOT_LABELS)
        held["node_selector"] = {key: value}
    if pick.random() < 0.6:
        held["tolerations"] = [_toleration(pick)]
    return held


def _group(pick: random.Random, name: str) -> Plain:
    group: Plain = {"name": name, "labels": {GROUP: name} if pick.random() < 0.9 else {}}
    for key, values in KEYS.items():
        if key != GROUP and pick.random() < 0.3:
            group["labels"][key] = pick.choice(values)
    taints = [
        {"key": key, "value": value, "effect": pick.choice(EFFECTS)} for key, value in TAINTS if pick.random() < 0.2
    ]
    group |= {"taints": taints, "core": name == "initial", "gpu": name == "gpu", "allocatable": offered(pick)}
    if pick.random() < 0.3:
        group["lifecycle"] = pick.choice(("spot", "on-demand"))
    return group


def a_pod(pick: random.Random) -> Plain:
    """A pod."""
    metadata: Plain = {"generateName": "pod-", "labels": _labels(pick), "annotations": _annotations(pick)}
    if pick.random() < 0.1:
        owner = {"apiVersion": "apps/v1", "kind": pick.choice(("ReplicaSet", "StatefulSet", "Job")), "uid": "1"}
        metadata["ownerReferences"] = [{**owner, "name": pick.choice(("notebook-5d4f", "trainer-5d4f", "trainer"))}]
        metadata["labels"]["pod-template-hash"] = "5d4f"
    return {"kind": "Pod", "metadata": metadata, "spec": _spec(pick)}


def a_workload(pick: random.Random) -> Plain:
    """What makes pods."""
    pod = a_pod(pick)
    kind = pick.choice(("Deployment", "StatefulSet", "Job"))
    labels = {**pod["metadata"]["labels"], "own": "x"}
    template = {"metadata": {"labels": labels, "annotations": pod["metadata"]["annotations"]}, "spec": pod["spec"]}
    spec: Plain = {"template": template}
    if kind == "Job":
        template["spec"]["restartPolicy"] = "Never"
    else:
        spec["selector"] = {"matchLabels": {"own": "x"}}
    if kind == "StatefulSet":
        spec["serviceName"] = "x"
    return {"kind": kind, "metadata": {"name": pick.choice(NAMES)}, "spec": spec}


def _labels(pick: random.Random) -> Plain:
    kind, name = pick.choice(KINDS_OF_PODS), pick.choice(NAMES)
    labels: Plain = {}
    way = pick.random()
    if way < 0.7:
        labels |= {"mlrun/class": kind, "mlrun/project": "fraud", "mlrun/function": name, "mlrun/name": name}
        if kind in ROLES and pick.random() < 0.8:
            key, values = ROLES[kind]
            labels[key] = pick.choice(values)
    if (way < 0.7 and kind in ("serving", "nuclio", "application")) or 0.7 <= way < 0.8:
        labels |= {"nuclio.io/class": "function", "nuclio.io/project-name": "fraud"}
        labels["nuclio.io/function-name"] = pick.choice((name, f"fraud-{name}", f"fraud-{name}-v2"))
        if pick.random() < 0.4:
            labels["mlrun/tag"] = pick.choice(("latest", "v2"))
    if 0.8 <= way < 0.95:
        labels |= pick.choice(OTHERS)
    return labels | _marks(pick)


ROLES: Final = {
    "spark": ("spark-role", ("driver", "executor")),
    "mpijob": ("mpi-job-role", ("launcher", "worker")),
    "dask": ("dask.org/component", ("scheduler", "worker")),
}
OTHERS: Final[tuple[Plain, ...]] = (
    {"app": "jupyter", "release": "lab"},
    {"component": "singleuser-server", "hub.jupyter.org/username": "dani"},
    {"notebook-name": "nb"},
    {"app.kubernetes.io/component": "jupyter-notebook"},
    {"workflows.argoproj.io/workflow": "flow", "mlrun/project": "fraud"},
)
SAYING: Final[tuple[Plain, ...]] = (
    {"framework": "PyTorch"},
    {"step": "ModelTraining"},
    {"trainer": ""},
    {"a": "x", "b": "Fit"},
)

NO_PROFILES: Final[tuple[Plain, ...]] = (
    {"job-type": "workflow-runner"},
    {"job-type": "rerun-workflow-runner"},
    {"job-type": "feature-ingest"},
    {"mlrun/parent-function": "graph"},
)
"""Labels of functions that need no profile, and one that is no such label."""


def _marks(pick: random.Random) -> Plain:
    """What a function's own labels say."""
    labels: Plain = {}
    if pick.random() < 0.5:
        labels["igz-runtime/profile"] = pick.choice((*PROFILES, "production_job", "unknown"))
    if pick.random() < 0.1:
        labels |= pick.choice(NO_PROFILES)
    if pick.random() < 0.15:
        labels["igz-runtime/workload"] = pick.choice(("stateful", "stateless", "maybe"))
    return labels | (pick.choice(SAYING) if pick.random() < 0.1 else {})


def _annotations(pick: random.Random) -> Plain:
    waived = pick.sample(WAIVED, pick.choice((0, 0, 0, 1, 2)))
    waivers = {f"igz-runtime/waive-{rule}": pick.choice(WAIVERS) for rule in waived}
    return {**waivers, **pick.choice(PROTECTING)}


WAIVED: Final = ("IGZ101", "IGZ201", "IGZ401", "IGZ402", "IGZ302", "IGZ303", "IGZ404", "IGZ908")
WAIVERS: Final = (
    "resubmitted by cron",
    "until 2099-01-31: resubmitted by cron",
    "until 2020-01-31: resubmitted by cron",
    "until 2099-02-30: x",
    "",
    "until 2099-01-31",
    "reason: until we retry",
)


def _spec(pick: random.Random) -> Plain:
    names = ("base", "jupyter", "worker", "launcher", "scheduler", "executor", "sidecar-proxy", "nuclio", "application")
    containers = [_container(pick, name) for name in pick.sample(names, pick.choice((1, 1, 1, 2, 3)))]
    spec: Plain = {"containers": containers}
    if pick.random() < 0.15:
        spec["initContainers"] = [_container(pick, "setup")]
        if pick.random() < 0.4:
            spec["initContainers"][0]["restartPolicy"] = "Always"
    if pick.random() < 0.5:
        values = {**KEYS, **OF_NODES}
        keys = pick.sample(list(values), pick.choice((1, 1, 2)))
        spec["nodeSelector"] = {key: pick.choice((*values[key], "", "zz")) for key in keys}
    if pick.random() < 0.5:
        terms = [_term(pick) for _ in range(pick.choice((1, 1, 2)))]
        required = {"nodeSelectorTerms": terms}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    if pick.random() < 0.5:
        spec["tolerations"] = [_toleration(pick) for _ in range(pick.choice((1, 2)))]
    if pick.random() < 0.6:
        spec["priorityClassName"] = pick.choice(CLASSES)
    if pick.random() < 0.05:
        spec["nodeName"] = "node-1"
    return spec


def _container(pick: random.Random, name: str) -> Plain:
    return {"name": name, "image": "x", "resources": asked(pick)}


def _term(pick: random.Random) -> Plain:
    term: Plain = {"matchExpressions": [_expression(pick) for _ in range(pick.choice((0, 1, 1, 2, 3)))]}
    if pick.random() < 0.05:
        term["matchFields"] = [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]
    return term


def _expression(pick: random.Random) -> Plain:
    keys = {**KEYS, **OF_NODES}
    key = pick.choice((*keys, GROUP, LIFECYCLE, "generation"))
    operator = pick.choice(
        (
            "In",
            "In",
            "NotIn",
            "Exists",
            "DoesNotExist",
            *(("Gt", "Lt") * (key in ("generation", "karpenter.k8s.aws/instance-cpu"))),
        )
    )
    values = (*keys[key], "zz")
    if operator in ("Gt", "Lt"):
        return {"key": key, "operator": operator, "values": [pick.choice(("1", "2", "3", "7"))]}
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    return {"key": key, "operator": operator, "values": pick.sample(values, pick.randint(1, min(3, len(values))))}


def _toleration(pick: random.Random) -> Plain:
    key, value = pick.choice(TAINTS)
    toleration: Plain = {"key": key, "operator": pick.choice(("Exists", "Equal"))}
    if toleration["operator"] == "Equal":
        toleration["value"] = pick.choice((value, "other"))
    elif pick.random() < 0.3:
        del toleration["key"]
    if pick.random() < 0.6:
        toleration["effect"] = pick.choice(EFFECTS)
    return toleration
