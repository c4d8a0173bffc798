"""Plans of functions that are alike in most of what decides: what is remembered of one is met by others."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from igz_runtime import Cluster, Waiver, profiles
from igz_runtime.cluster import NodeGroup, Preemptible

SAVED = Cluster.load(Path(__file__).parents[3] / "examples" / "cluster.json")
NOT_ON_SPOT = {"IGZ101": Waiver("checkpoints every hour", "2030-06-30"), "IGZ102": Waiver("the team accepts it")}
PROFILES = (
    profiles.production_job(cpu=1, memory="2Gi"),
    profiles.production_job(cpu="1000m", memory="2Gi"),
    profiles.production_job(cpu=1, memory="2Gi", node_group="jobs", running_limit="48h"),
    profiles.spot_stateless(cpu=1, memory="2Gi"),
    profiles.spot_stateless(cpu=1, memory="2Gi", waive=NOT_ON_SPOT),
    profiles.spot_stateless(cpu=1, memory="2Gi", workload="mission-critical", waive=NOT_ON_SPOT),
    profiles.production_service(cpu=1, memory="2Gi", replicas=3),
    profiles.opportunistic_job(cpu=1, memory="2Gi"),
    profiles.opportunistic_job(),
)
CONFIGURATIONS = (
    "",
    "waivers:\n- {rule: IGZ101, reason: restarted by hand}\n",
    "waivers:\n- {rule: IGZ101, reason: for now, until: 2030-03-31}\n",
    "waivers:\n- {rule: IGZ209, reason: asked for elsewhere, function: 'etl*'}\n",
)
DAYS = (date(2030, 1, 1), date(2030, 5, 1), date(2031, 1, 1))


class Case(NamedTuple):
    """What one plan is made of: numbers of what stands above, and the function itself."""

    function: dict[str, Any]
    profile: int
    cluster: int
    configuration: int
    day: int


def cluster_of(number: int) -> Cluster:
    """One of a few clusters, made anew each time."""
    spot: dict[str, Any] = {"node_selector": {"lifecycle": "spot"}, "tolerations": ()}
    groups = tuple(
        NodeGroup(name, labels={"app.iguazio.com/node-group": name, "lifecycle": name}, gpu=name == "gpu")
        for name in ("jobs", "gpu", "spot")
    )
    made = (
        Cluster.iguazio(),
        Cluster.iguazio(environment="production"),
        Cluster(mlrun=Preemptible(**spot), node_groups=groups, mlrun_version="1.8.0"),
        Cluster(mlrun=Preemptible(**spot), nuclio=Preemptible(), default_priority="igz-workload-low"),
        replace(SAVED, environment="development"),
        SAVED.in_project({"pool": "blue"}),
    )
    return made[number]


def cases(rng: random.Random, count: int) -> Iterator[Case]:
    """Functions; of ten, nine ask for the same as one of the last, on the same cluster, and differ in all else."""
    met: list[Case] = []
    for _ in range(count):
        if met and rng.random() < 0.9:
            one = rng.choice(met[-20:])
            kind, spec, profile, cluster = one.function["kind"], one.function["spec"], one.profile, one.cluster
        else:
            kind, spec = rng.choice(KINDS), asked(rng)
            profile = 6 if kind in ("serving", "nuclio") else rng.choice((0, 1, 0, 1, *range(len(PROFILES))))
            cluster = rng.randrange(6)
        if rng.random() < 0.3:  # the same, spelled in another way
            spec = {**spec, "resources": resources(rng)}
            profile = {0: 1, 1: 0}.get(profile, profile)
        document = {"kind": kind, "metadata": metadata(rng), "spec": {**spec, **evidence(rng)}}
        case = Case(document, profile, cluster, rng.randrange(len(CONFIGURATIONS)), rng.randrange(len(DAYS)))
        met.append(case)
        yield case


KINDS = ("job", "job", "mpijob", "dask", "serving", "nuclio", "spark")


def resources(rng: random.Random) -> dict[str, Any]:
    """Amounts that are the same, and are not spelled so."""
    cpu, memory = rng.choice(("1", "1000m", 1)), rng.choice(("2Gi", "2147483648"))
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def asked(rng: random.Random) -> dict[str, Any]:
    """What a function asks of Kubernetes, with amounts in several spellings."""
    return {
        "node_selector": rng.choice(({}, {}, {"lifecycle": "spot"}, {"pool": "blue"})),
        "resources": rng.choice(({}, resources(rng))),
        "preemption_mode": rng.choice((None, "allow", "constrain", "prevent", "none")),
        "priority_class_name": rng.choice(("", "igz-workload-high", "high", "system-node-critical")),
        "tolerations": rng.choice((None, [], [{"key": "spot", "operator": "Exists"}])),
        "affinity": rng.choice((None, None, {"podAffinity": {"weight": rng.choice((1, True, 1.0))}})),
        "min_replicas": rng.choice((None, 0, 2)),
    }


def evidence(rng: random.Random) -> dict[str, Any]:
    """What a function says of its work."""
    return {
        "default_handler": rng.choice(("", "handle", "train")),
        "image": rng.choice(("mlrun/mlrun", "horovod/horovod")),
        "command": rng.choice(("", "torchrun train.py")),
    }


def metadata(rng: random.Random) -> dict[str, Any]:
    """What a function is called, and what stands on it."""
    return {
        "name": rng.choice(("etl", "etl-trainer", "model-training", "")),
        "project": rng.choice(("", "fraud")),
        "labels": rng.choice(({}, {"framework": "sklearn"}, {"igz-runtime/workload": "stateful"})),
        "annotations": rng.choice(({}, {}, {"igz-runtime/waive-IGZ101": "it writes checkpoints"})),
        "categories": rng.choice(([], ["model-training"])),
    }
