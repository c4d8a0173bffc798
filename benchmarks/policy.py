"""What the admission policies add to a request: dry runs of pods on a real API server, with them and without.

Part of `make bench`; `python benchmarks/policy.py 50` tries it with fewer requests.

Needs the control plane that `make control-plane` builds. The namespaces take turns, so that whatever else the machine
does meets all of them; figures are medians over the turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent))  # the control plane and the policies of the tests


from igz_runtime import Cluster
from igz_runtime.audit.policies.facts import MOST_SHAPES
from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.schema import definition
from tests.cluster.binaries import CONTROL_PLANE, missing
from tests.cluster.control_plane import running
from tests.policy.enforced import FREE, Enforced
from tests.policy.random_pods import PROFILES

Plain = dict[str, Any]

TURNS: Final = 300
WARMING: Final = 10
SHAPES: Final = (5, 20, MOST_SHAPES)
ACTIONS: Final = {"all warn": (), "5 refuse": ("IGZ101", "IGZ107", "IGZ302", "IGZ401", "IGZ402")}
GROUP: Final = "app.iguazio.com/node-group"
AMOUNTS: Final = {"cpu": "2", "memory": "8Gi"}


def main() -> None:
    """Time the pods in every namespace, where there is a control plane: in that many turns, if told so."""
    turns, folder = int(next(iter(sys.argv[1:2]), TURNS)), CONTROL_PLANE.folder()
    if folder is None:
        print(f"\nThe benchmark of admission policies did not run: {missing()}.")
        return
    with running(folder) as plane:
        server = Enforced(plane.kubeconfig)
        namespaces = installed(server)
        for what, manifest in (("a pod without findings", pod("jobs-0")), ("a pod with findings", pod("spot-0"))):
            table(what, timed(server, [FREE, *namespaces], manifest, turns))


def installed(server: Enforced) -> list[str]:
    """Policies in force on a namespace for each number of shapes and what is done about findings; their names."""
    made = {f"{shapes} shapes, {how}": rules for shapes, (how, rules) in product(SHAPES, ACTIONS.items())}
    server.classes()
    server.crd(definition())
    server.namespaces([FREE, *map(name_of, made)])
    for what, rules in made.items():
        facts = spec_of(cluster(int(what.partition(" ")[0])), PROFILES)
        server.facts(name_of(what), {**facts, "rules": dict.fromkeys(rules, "Deny")})
    server.install(list(map(name_of, made)))
    return list(map(name_of, made))


def name_of(what: str) -> str:
    """A namespace's name, in which a blank may not be."""
    return what.replace(", ", "--").replace(" ", "-")


def cluster(shapes: int) -> Cluster:
    """A production cluster of that many node groups."""
    kinds = ("initial", "gpu", "spot", "jobs")
    groups = [
        {
            "name": f"{kind}-{number}",
            "labels": {GROUP: f"{kind}-{number}", "topology.kubernetes.io/zone": "a"},
            "taints": [{"key": kind, "value": "true", "effect": "NoSchedule"}] if kind in ("gpu", "spot") else [],
            "lifecycle": "spot" if kind == "spot" else "on-demand",
            "core": kind == "initial",
            "gpu": kind == "gpu",
            "allocatable": {"cpu": "16", "memory": "64Gi"},
        }
        for number, kind in ((each // len(kinds), kinds[each % len(kinds)]) for each in range(shapes))
    ]
    classes = ["igz-workload-low", "igz-workload-medium", "igz-workload-high"]
    return Cluster.from_dict({"environment": "production", "node_groups": groups, "priority_classes": classes})


def pod(group: str) -> Plain:
    """A run of MLRun's under a profile, on a node group."""
    labels = {
        "mlrun/class": "job",
        "mlrun/project": "churn",
        "mlrun/function": "train",
        "mlrun/name": "train",
        "mlrun/uid": "0" * 32,
        "mlrun/tag": "latest",
        "mlrun/owner": "dani",
        "igz-runtime/profile": "production_job",
    }
    environment = [{"name": f"MLRUN_SETTING_{number}", "value": "a value of some length"} for number in range(20)]
    container = {"name": "base", "image": "mlrun/mlrun", "env": environment}
    spec = {
        "containers": [container | {"resources": {"requests": AMOUNTS, "limits": AMOUNTS}}],
        "nodeSelector": {GROUP: group},
        "tolerations": [{"key": "spot", "operator": "Exists"}] if group == "spot-0" else [],
        "priorityClassName": "igz-workload-high",
    }
    return {"kind": "Pod", "metadata": {"generateName": "train-", "labels": labels}, "spec": spec}


def timed(server: Enforced, namespaces: list[str], manifest: Plain, turns: int) -> dict[str, float]:
    """Milliseconds that a dry run takes in each namespace; a few of the first are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in namespaces}
    for _ in range(turns + WARMING):
        for name, times in taken.items():
            began = time.perf_counter()
            server.ask(name, manifest)
            times.append((time.perf_counter() - began) * 1e3)
    return {name: statistics.median(times[WARMING:]) for name, times in taken.items()}


def table(what: str, taken: dict[str, float]) -> None:
    """Print what was timed, with times of the bare request."""
    bare = taken[FREE]
    print(f"\n{what:32} {'':>8}  times bare")
    for name, milliseconds in taken.items():
        shown = "no policy" if name == FREE else name.replace("--", ", ").replace("-", " ")
        print(f"  {shown:30} {milliseconds:5.1f} ms  {milliseconds / bare:10.2f}")


if __name__ == "__main__":
    main()
