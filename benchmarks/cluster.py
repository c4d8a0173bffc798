"""Reading a large cluster from a real API server beside kubectl, fitting pods to its nodes, and auditing it.

Part of `make bench`; `python benchmarks/cluster.py 200 2000` tries it on fewer nodes and pods.

Needs the control plane that `make control-plane` builds, and kubectl. Times and peak memory are of whole processes that
run in turns; making the cluster is not timed.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))  # the control plane of the tests

from audit import auditing
from large_cluster import READ, Size, fill, middle, process

from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import ControlPlane, running

FITS, TURNS = 1_000, 3

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
    """Run every benchmark of a cluster, where there is a control plane: of that many nodes and pods, if told so."""
    size = Size(*map(int, sys.argv[1:3]))
    kubectl, folder = shutil.which("kubectl"), CONTROL_PLANE.folder()
    if folder is None or kubectl is None:
        print(f"\nThe benchmarks of a cluster did not run: {missing() if kubectl else 'there is no kubectl'}.")
        return
    with running(folder) as plane, tempfile.TemporaryDirectory() as made:
        print(f"\nmaking {size.nodes:,} nodes and {size.pods:,} pods on an API server takes minutes", flush=True)
        fill(plane, size)
        reading(plane, kubectl, size)
        fitting(plane, Path(made) / "cluster.json", size)
        auditing(plane, Path(made) / "audited.json", size)


def reading(plane: ControlPlane, kubectl: str, size: Size) -> None:
    """Read and classify everything, beside kubectl printing the same objects."""
    ours = [sys.executable, "-c", READ, str(plane.kubeconfig), *map(str, size)]
    theirs = [kubectl, f"--kubeconfig={plane.kubeconfig}", "get", "nodes,pods", "-A", "-o", "json"]
    runs = [(process(ours), process(theirs)) for _ in range(TURNS)]
    (read, read_memory), (got, got_memory) = (middle(each) for each in zip(*runs, strict=True))
    print(f"kubectl get nodes,pods -A -o json {got:6.1f} s, {got_memory:6,.0f} MB at most")
    figures = f"{read:6.1f} s, {read_memory:6,.0f} MB at most; {read / got:.2f} times as long"
    print(f"Cluster.from_kubernetes           {figures}")


def fitting(plane: ControlPlane, saved: Path, size: Size) -> None:
    """Fit different pods to every node of the cluster, loaded from a file."""
    from igz_runtime import Cluster

    Cluster.from_kubernetes(kubeconfig=str(plane.kubeconfig), timeout=300).save(saved)
    command = [sys.executable, "-c", FIT, str(saved), str(FITS)]
    lines = [subprocess.run(command, check=True, capture_output=True, text=True).stdout.split() for _ in range(TURNS)]
    load, fits = (statistics.median(float(line[i]) for line in lines) for i in range(2))
    print(f"Cluster.load of it from a file    {load:6.1f} s, {saved.stat().st_size / 1e6:,.1f} MB")
    each = fits / FITS / size.nodes * 1e9
    figures = f"{fits:6.1f} s, {fits / FITS * 1e3:.1f} ms a pod, {each:,.0f} ns a node"
    print(f"{FITS:,} pods against {size.nodes:,} nodes    {figures}")


if __name__ == "__main__":
    main()
