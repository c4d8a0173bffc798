"""A large cluster on a Kubernetes API server of its own, and what a whole process costs that reads it."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))  # the control plane of the tests

from tests.cluster.control_plane import ControlPlane

GROUPS: Final = ("initial", "jobs", "gpu", "spot")
KINDS: Final = ("job", "spark", "mpijob", "databricks")
FUNCTIONS: Final = 500
Plain = dict[str, Any]


READ: Final = """
import sys, time
from igz_runtime import Cluster
began = time.perf_counter()
cluster = Cluster.from_kubernetes(kubeconfig=sys.argv[1], timeout=300)
taken = time.perf_counter() - began
assert not cluster.live.unknown, cluster.live.unknown
assert len(cluster.live.nodes) == int(sys.argv[2]) and sum(n.pods for n in cluster.live.nodes) == int(sys.argv[3])
assert [g.lifecycle for g in cluster.node_groups] == ["on-demand"] * 3 + ["spot"], cluster.node_groups
"""


class Size(NamedTuple):
    """How large the cluster is."""

    nodes: int = 5_000
    pods: int = 50_000


def process(command: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command; what it prints is thrown away."""
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    taken = time.perf_counter() - began
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"{command[0]} failed with {child.returncode}")
    return taken, usage.ru_maxrss / 1000


def middle(runs: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The median of the seconds, and of the memory."""
    seconds, memory = zip(*runs, strict=True)
    return statistics.median(seconds), statistics.median(memory)


def fill(plane: ControlPlane, size: Size) -> None:
    """Make the priority classes and the nodes, then the pods, each bound to a node."""
    import urllib3

    user = json.loads(plane.kubeconfig.read_text())["users"][0]["user"]
    headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}
    client = urllib3.PoolManager(maxsize=8, ca_certs=str(plane.certificate), headers=headers)

    def post(path: str, body: Plain) -> None:
        answer = client.request("POST", plane.url + path, body=json.dumps(body))
        if answer.status != HTTPStatus.CREATED:
            raise SystemExit(answer.data.decode())

    with ThreadPoolExecutor(8) as workers:
        for path, make, count in (
            ("/apis/scheduling.k8s.io/v1/priorityclasses", priority_class, len(CLASSES)),
            ("/api/v1/nodes", node, size.nodes),
            ("/api/v1/namespaces/default/pods", lambda number: pod(number, number % size.nodes), size.pods),
        ):
            list(workers.map(lambda i, path=path, make=make: post(path, make(i)), range(count)))


def node(number: int) -> Plain:
    """A node as a kubelet on EKS describes it."""
    group = GROUPS[number % len(GROUPS)]
    room = {"cpu": "15890m", "memory": "63Gi", "pods": "110", "ephemeral-storage": "95551679124"}
    labels = {
        "app.iguazio.com/node-group": group,
        "app.iguazio.com/lifecycle": "preemptible" if group == "spot" else "non-preemptible",
        "eks.amazonaws.com/nodegroup": group,
        "eks.amazonaws.com/capacityType": "SPOT" if group == "spot" else "ON_DEMAND",
        "kubernetes.io/hostname": f"node-{number}",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "m5.4xlarge",
        "topology.kubernetes.io/zone": f"us-east-1{'abc'[number % 3]}",
    }
    images = [{"names": [f"registry.example/platform/image-{i}:1.2.3"], "sizeBytes": 10**8 + i} for i in range(25)]
    return {
        "metadata": {"name": f"node-{number}", "labels": labels},
        "spec": {"taints": [{"key": "spot", "effect": "NoSchedule"}] if group == "spot" else []},
        "status": {
            "capacity": {**room, "cpu": "16"},
            "allocatable": {**room, **({"nvidia.com/gpu": "4"} if group == "gpu" else {})},
            "images": images,
        },
    }


CLASSES: Final = ("igz-workload-low", "igz-workload-medium", "igz-workload-high", "igz-system-high")


def priority_class(number: int) -> Plain:
    """One of Iguazio's priority classes."""
    own = {"preemptionPolicy": "Never"} if CLASSES[number].startswith("igz-workload") else {}
    return {"metadata": {"name": CLASSES[number]}, "value": number, **own}


def pod(number: int, on: int) -> Plain:
    """A pod of the core services on a node of theirs; else one as MLRun makes it for a run, of one of 500 functions."""
    group, function = GROUPS[on % len(GROUPS)], number // 7 % FUNCTIONS
    of_core = group == "initial"
    run = {
        "mlrun/class": KINDS[function % len(KINDS)],
        "mlrun/project": f"project-{function % 20}",
        "mlrun/function": f"function-{function}",
        "mlrun/uid": f"{number:032x}",
    }
    environment = [{"name": f"MLRUN_SETTING_{i}", "value": f"a value of some length, number {i}"} for i in range(20)]
    requests = {"cpu": "500m", "memory": "1Gi"}
    limits = requests if number % 3 else {"cpu": "2", "memory": "4Gi"}
    gpu = {"nvidia.com/gpu": "1"} if group == "gpu" and number % 2 else {}
    return {
        "metadata": {
            "generateName": "pod-",
            "labels": {"app.kubernetes.io/name": "mlrun"} if of_core else run,
            "annotations": {"mlrun/note": "an annotation of some length, which nobody reads"},
        },
        "spec": {
            "nodeName": f"node-{on}",
            "nodeSelector": {"app.iguazio.com/node-group": group},
            "tolerations": [{"key": "spot", "operator": "Exists"}] if group == "spot" else [],
            "containers": [
                {
                    "name": "base",
                    "image": "registry.example/mlrun/mlrun:1.12.0",
                    "command": ["mlrun", "run", "--from-env"],
                    "env": environment,
                    "resources": {"requests": {**requests, **gpu}, "limits": {**limits, **gpu}},
                    "volumeMounts": [{"name": "v3io", "mountPath": "/v3io"}],
                }
            ],
            "volumes": [{"name": "v3io", "emptyDir": {}}],
            "priorityClassName": CLASSES[3] if of_core else CLASSES[function % 3],
        },
    }
