"""Reading a large cluster from a real API server beside kubectl, and fitting pods to its nodes: part of `make bench`.

Needs the control plane that `make control-plane` builds, and kubectl. Times and peak memory are of whole processes that
run in turns; making the cluster is not timed.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))  # the control plane of the tests

from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import ControlPlane, running

NODES, PODS, FITS, TURNS = 5_000, 50_000, 1_000, 3
GROUPS = ("initial", "jobs", "gpu", "spot")
Plain = dict[str, Any]

READ = """
import sys, time
from igz_runtime import Cluster
began = time.perf_counter()
cluster = Cluster.from_kubernetes(kubeconfig=sys.argv[1], timeout=300)
taken = time.perf_counter() - began
assert not cluster.live.unknown, cluster.live.unknown
assert len(cluster.live.nodes) == int(sys.argv[2]) and sum(n.pods for n in cluster.live.nodes) == int(sys.argv[3])
assert [g.lifecycle for g in cluster.node_groups] == ["on-demand"] * 3 + ["spot"], cluster.node_groups
"""

FIT = """
import sys, time
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.scheduling import fit
from igz_runtime.k8s.pod import Container, PodSettings, Toleration
from igz_runtime.k8s.quantity import quantity
began = time.perf_counter()
cluster = Cluster.load(sys.argv[1])
loaded = time.perf_counter()
eligible = 0
for i in range(int(sys.argv[2])):
    amounts = {"cpu": quantity(f"{i % 8 + 1}"), "memory": quantity(f"{i % 31 + 1}Gi")}
    selector = {"app.iguazio.com/node-group": ("jobs", "spot", "gpu")[i % 3]} if i % 4 else {}
    tolerations = (Toleration("spot", "Exists"),) if i % 2 else ()
    containers = (Container("base", amounts, amounts),)
    pod = PodSettings(containers=containers, node_selector=selector, tolerations=tolerations)
    eligible += len(fit(pod, cluster.live.nodes).eligible)
done = time.perf_counter()
print(loaded - began, done - loaded, eligible)
"""


def main() -> None:
    """Run both benchmarks, where there is a control plane."""
    kubectl, folder = shutil.which("kubectl"), CONTROL_PLANE.folder()
    if folder is None or kubectl is None:
        print(f"\nThe benchmarks of a cluster did not run: {missing() if kubectl else 'there is no kubectl'}.")
        return
    with running(folder) as plane, tempfile.TemporaryDirectory() as made:
        print(f"\nmaking {NODES:,} nodes and {PODS:,} pods on a Kubernetes API server takes minutes", flush=True)
        fill(plane)
        reading(plane, kubectl)
        fitting(plane, Path(made) / "cluster.json")


def reading(plane: ControlPlane, kubectl: str) -> None:
    """Read and classify everything, beside kubectl printing the same objects."""
    ours = [sys.executable, "-c", READ, str(plane.kubeconfig), str(NODES), str(PODS)]
    theirs = [kubectl, f"--kubeconfig={plane.kubeconfig}", "get", "nodes,pods", "-A", "-o", "json"]
    runs = [(process(ours), process(theirs)) for _ in range(TURNS)]
    (read, read_memory), (got, got_memory) = (middle(each) for each in zip(*runs, strict=True))
    print(f"kubectl get nodes,pods -A -o json {got:6.1f} s, {got_memory:6,.0f} MB at most")
    figures = f"{read:6.1f} s, {read_memory:6,.0f} MB at most; {read / got:.2f} times as long"
    print(f"Cluster.from_kubernetes           {figures}")


def fitting(plane: ControlPlane, saved: Path) -> None:
    """Fit different pods to every node of the cluster, loaded from a file."""
    from igz_runtime import Cluster

    Cluster.from_kubernetes(kubeconfig=str(plane.kubeconfig), timeout=300).save(saved)
    command = [sys.executable, "-c", FIT, str(saved), str(FITS)]
    lines = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(TURNS)]
    load, fits = (statistics.median(float(line[i]) for line in lines) for i in range(2))
    print(f"Cluster.load of it from a file    {load:6.1f} s, {saved.stat().st_size / 1e6:,.1f} MB")
    each = fits / FITS / NODES * 1e9
    figures = f"{fits:6.1f} s, {fits / FITS * 1e3:.1f} ms a pod, {each:,.0f} ns a node"
    print(f"{FITS:,} pods against {NODES:,} nodes    {figures}")


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


def fill(plane: ControlPlane) -> None:
    """Make the nodes, then the pods, each bound to a node."""
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
            ("/api/v1/nodes", node, NODES),
            ("/api/v1/namespaces/default/pods", pod, PODS),
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


def pod(number: int) -> Plain:
    """A pod as MLRun makes it for a run of a job."""
    environment = [{"name": f"MLRUN_SETTING_{i}", "value": f"a value of some length, number {i}"} for i in range(20)]
    amounts = {"cpu": "500m", "memory": "1Gi"}
    return {
        "metadata": {
            "generateName": "etl-",
            "labels": {"mlrun/project": "fraud", "mlrun/function": "etl", "mlrun/uid": f"{number:032x}"},
        },
        "spec": {
            "nodeName": f"node-{number % NODES}",
            "containers": [
                {
                    "name": "base",
                    "image": "registry.example/mlrun/mlrun:1.12.0",
                    "command": ["mlrun", "run", "--from-env"],
                    "env": environment,
                    "resources": {"requests": amounts, "limits": amounts},
                    "volumeMounts": [{"name": "v3io", "mountPath": "/v3io"}],
                }
            ],
            "volumes": [{"name": "v3io", "emptyDir": {}}],
            "priorityClassName": "",
        },
    }


if __name__ == "__main__":
    main()
