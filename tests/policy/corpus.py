"""What mutants are asked of: the same facts and cases in every run, so that what nothing notices is the same too."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any, Final

from igz_runtime.audit.policies.policy import LONGEST
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.workloads import TABLE
from igz_runtime.functions.kinds import KINDS
from igz_runtime.rules.terms import Terms, Waivable
from tests.policy.cases import a_case
from tests.policy.compared import Case, old_workload
from tests.policy.mutants import MESSAGE
from tests.policy.random_facts import Facts, some_declarable, some_facts, some_terms
from tests.policy.random_pods import EFFECTS, GROUP, KEYS, SAYING, TAINTS
from tests.policy.random_waivers import RULE, annotated, bare, each_day

Plain = dict[str, Any]

_PREFIX: Final = "mutants-"
_CLUSTERS, _LIMITED = 24, 30
_NAMES: Final = (
    "trainer",
    "fraud-trainer",
    "fraud-trainer-v2",
    "prepare",
    "prepare-latest",
    "fraud-",
    "x",
    "fraud-2",
    "",
)
_CLASSES: Final = (
    *("igz-system-high", "igz-system-x", "my-igz-system-x", "igz-workload-low", "igz-workload-high", "none"),
    *("system-node-critical", "system-x", "my-system-x", "end-system"),
)
_RESOURCES: Final = ("nvidia.com/gpu", "example.com/hugepages-2Mi", "a.kubernetes.io/gpu", "example.com/fpga")


def corpus() -> tuple[dict[str, Facts], list[Case]]:
    """Facts by namespace, and what is made or changed there."""
    pick = random.Random("corpus")
    facts = {f"{_PREFIX}{number}": some_facts(pick) for number in range(_CLUSTERS)}
    limited = {
        f"{_PREFIX}terms-{number}": Facts(Cluster(), {}, {}, some_terms(pick, (RULE,))) for number in range(_LIMITED)
    }
    declarable = {
        f"{_PREFIX}declared-{number}": some_facts(pick)._replace(terms=Terms(declarable=some_declarable(pick)))
        for number in range(_LIMITED)
    }
    free, days = f"{_PREFIX}free", f"{_PREFIX}days"
    a_month = Terms(waivable=(Waivable("agreed", days=30),))

    def any_case(namespaces: Iterable[str] = facts) -> Case:
        return a_case(pick, pick.choice(list(namespaces)))

    cases = [any_case() for _ in range(500)]
    cases += [*each_day(free), *each_day(days)]
    cases += [annotated(pick, pick.choice([free, *limited])) for _ in range(250)]
    cases += [bare(pick, pick.choice(list(limited))) for _ in range(150)]
    cases += [_anybody(pick, any_case([*facts, *limited])) for _ in range(350)]
    cases += [_narrow(pick, any_case()) for _ in range(250)]
    cases += [_tolerating(pick, any_case()) for _ in range(150)]
    cases += [_declaring(pick, any_case([*facts, *declarable])) for _ in range(200)]
    with_gpus = {f"{_PREFIX}gpus-{number}": _with_gpus(pick, number) for number in range(1, 7)}
    cases += [_for_gpus(pick, pick.choice(list(with_gpus))) for _ in range(120)]
    cases += [_classed(pick, pick.choice(list(facts))) for _ in range(150)]
    cases += [_odd(pick, any_case()) for _ in range(80)]
    cases += [_long(free, LONGEST + more) for more in (-1, 0, 1, 2, 300)]
    pick.shuffle(cases)
    return {
        **facts,
        **limited,
        **declarable,
        **with_gpus,
        free: Facts(Cluster(), {}, {}),
        days: Facts(Cluster(), {}, {}, a_month),
    }, cases


def _long(namespace: str, length: int) -> Case:
    """A pod of which as much is said: names of containers make up what is missing."""
    labels = {"mlrun/class": "job", "mlrun/function": "prepare", "igz-runtime/profile": "production_job"}
    containers = [{"name": f"c{number}", "image": "x"} for number in range(20)]
    metadata = {"generateName": "x-", "labels": labels, "namespace": namespace}
    pod = {"kind": "Pod", "metadata": metadata, "spec": {"containers": containers}}
    said = Facts(Cluster(), {}, {}).said_of(pod)
    missing = length - len(f"{said.about}: {' | '.join(said.warned)}")
    for container in containers:
        more = min(missing, 50)
        container["name"] += "x" * more
        missing -= more
    return Case(namespace, pod, shows=MESSAGE)


def _spec(case: Case) -> Plain:
    spec: Plain = case.manifest["spec"]
    return spec if case.manifest["kind"] == "Pod" else spec["template"]["spec"]


def _metadata(case: Case) -> Plain:
    pod: Plain = case.manifest if case.manifest["kind"] == "Pod" else case.manifest["spec"]["template"]
    return pod["metadata"]  # type: ignore[no-any-return]


def _named(case: Case) -> Case:
    """Something is said of it, so that it must be called by its kind and name, and waived by its project."""
    _spec(case)["nodeName"] = "node-1"
    return case


def _anybody(pick: random.Random, case: Case) -> Case:
    """Labels by which somebody's work is known, of one kind or of several, and the names that they give it."""
    labels: Plain = {"own": "x"}
    for row in pick.sample(TABLE, pick.choice((1, 1, 2))):
        for each in row.labels:
            labels[each.key] = pick.choice(each.values or ("x",))
        labels |= {key: pick.choice(_NAMES) for key in row.function if pick.random() < 0.8}
        labels |= {row.project: pick.choice(("fraud", "churn", ""))} if row.project else {}
    for key, value in (role.label for kind in KINDS.values() for role in kind.roles if role.label):
        if pick.random() < 0.2:
            labels[key] = value
    if pick.random() < 0.5:
        labels["mlrun/tag"] = pick.choice(("latest", "v2", "2", ""))
    if pick.random() < 0.7:
        labels["igz-runtime/profile"] = "production_job"
    _metadata(case)["labels"] = labels | ({"pod-template-hash": "5d4f"} if pick.random() < 0.5 else {})
    return _named(case)


def _narrow(pick: random.Random, case: Case) -> Case:
    """Expressions on one label that nodes carry, or that none is known to carry, which must hold together."""
    key = pick.choice(("generation", "generation", *KEYS))
    expressions = [_on(pick, key) for _ in range(pick.choice((1, 2, 2, 2, 3)))]
    terms = [{"matchExpressions": expressions}]
    required = {"nodeSelectorTerms": terms}
    spec = _spec(case)
    spec.pop("nodeName", None)
    spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    spec["nodeSelector"] = {key: pick.choice(KEYS[key])} if pick.random() < 0.25 else {}
    spec["tolerations"] = [{"operator": "Exists"}]
    return case._replace(shows="lands")


def _tolerating(pick: random.Random, case: Case) -> Case:
    """Tolerations beside the taints that there are, of work that is meant to stay on demand, or says that it trains."""
    spec, keys, values = _spec(case), ("", "other", *(key for key, _ in TAINTS)), ("true", "", "risk", "other")
    spec["tolerations"] = []
    for _ in range(pick.choice((1, 1, 2))):
        toleration: Plain = {"key": pick.choice(keys), "operator": pick.choice(("Exists", "Equal", ""))}
        if not toleration["key"]:
            toleration["operator"] = "Exists"
        elif toleration["operator"] != "Exists":
            toleration["value"] = pick.choice(values)
        spec["tolerations"].append(toleration | ({"effect": pick.choice(EFFECTS)} if pick.random() < 0.5 else {}))
    labels = _metadata(case)["labels"]
    labels["igz-runtime/profile"] = pick.choice(("production_job", "gpu_notebook", "anything"))
    if pick.random() < 0.5:
        labels |= {"mlrun/class": "job", "mlrun/function": "prepare"} | pick.choice(SAYING)
    spec.pop("affinity", None)
    spec.pop("nodeSelector", None)
    return case


def _declaring(pick: random.Random, case: Case) -> Case:
    """Work that says of itself that no node's loss matters, or the opposite, and may land anywhere."""
    spec = _spec(case)
    spec["tolerations"] = [{"operator": "Exists"}]
    for constraint in ("nodeSelector", "affinity"):
        spec.pop(constraint, None)
    named = pick.choice(("trainer", "prepare"))
    labels = {"own": "x", "mlrun/class": pick.choice(("job", "job", "mpijob")), "mlrun/function": named}
    labels |= {"mlrun/project": pick.choice(("fraud", "churn"))} if pick.random() < 0.9 else {}
    says = pick.choice(("stateless", "stateless", "stateful", "restartable"))
    _metadata(case)["labels"] = labels | ({"igz-runtime/workload": says} if pick.random() < 0.8 else {})
    return case._replace(shows="undeclarable")


def _with_gpus(pick: random.Random, number: int) -> Facts:
    """As many node groups with GPUs, and one without; whatever may keep a pod off them does."""
    groups = [
        {
            "name": f"gpu-{one}",
            "gpu": True,
            "labels": {GROUP: f"gpu-{one}", "zone": pick.choice(("a", "b"))},
            "taints": [
                {"key": key, "value": value, "effect": "NoSchedule"} for key, value in TAINTS if pick.random() < 0.4
            ],
        }
        for one in range(number)
    ]
    return Facts(Cluster.from_dict({"node_groups": [*groups, {"name": "jobs", "labels": {GROUP: "jobs"}}]}), {}, {})


def _for_gpus(pick: random.Random, namespace: str) -> Case:
    """A pod that asks for GPUs, or for none, and is kept on some groups or off all of them."""
    spec: Plain = {"containers": [{"name": "base", "image": "x"}]}
    if pick.random() < 0.7:
        spec["containers"][0]["resources"] = {"limits": {"nvidia.com/gpu": "1", "cpu": "1", "memory": "1Gi"}}
    if pick.random() < 0.7:
        spec["nodeSelector"] = pick.choice(
            ({"zone": "a"}, {GROUP: "jobs"}, {GROUP: "jobs", "zone": "b"}, {"zone": "c"})
        )
    if pick.random() < 0.7:
        spec["tolerations"] = [_to_taint(pick, *taint) for taint in pick.sample(TAINTS, pick.choice((1, 2, 3)))]
    if pick.random() < 0.4:
        expression = {"key": GROUP, "operator": pick.choice(("NotIn", "In")), "values": ["jobs", "gpu-1"]}
        required = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
        spec["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}
    labels = {"mlrun/class": "job", "mlrun/function": "prepare"}
    pod = {"kind": "Pod", "metadata": {"generateName": "x-", "labels": labels}, "spec": spec}
    return Case(namespace, pod, shows="IGZ402")


def _to_taint(pick: random.Random, key: str, value: str) -> Plain:
    """A toleration that is for a taint more often than not."""
    toleration: Plain = {"key": key, "operator": pick.choice(("Exists", "Equal"))}
    if toleration["operator"] == "Equal":
        toleration["value"] = pick.choice((value, value, "other"))
    effect = pick.choice(("", "", "NoSchedule", "NoExecute"))
    return toleration | ({"effect": effect} if effect else {})


def _classed(pick: random.Random, namespace: str) -> Case:
    """A workload with a priority class of any name: of a pod Kubernetes takes none that does not exist."""
    made = old_workload(pick.choice(("Deployment", "StatefulSet")))
    made["metadata"]["name"] = "made"
    template = made["spec"]["template"]
    template["metadata"]["labels"] = {"own": "x", "mlrun/class": "job", "mlrun/function": "prepare"}
    template["spec"]["priorityClassName"] = pick.choice(_CLASSES)
    return Case(namespace, made)


def _odd(pick: random.Random, case: Case) -> Case:
    """Resources that look like accelerators, or like none."""
    for container in _spec(case)["containers"]:
        amounts = {pick.choice(_RESOURCES): pick.choice(("1", "2", "0")) for _ in range(pick.choice((0, 1, 2)))}
        container["resources"] = {
            "limits": {**amounts, **pick.choice(({}, {"cpu": "1"}, {"cpu": "0"}, {"memory": "1Gi"}))}
        }
        if pick.random() < 0.3:
            container["resources"]["requests"] = {"memory": "1Gi"}
    return case


def _on(pick: random.Random, key: str) -> Plain:
    operator = pick.choice(
        ("In", "NotIn", "Exists", "DoesNotExist", *(("Gt", "Lt", "Gt", "Lt") * (key == "generation")))
    )
    if operator in ("Exists", "DoesNotExist"):
        return {"key": key, "operator": operator}
    if operator in ("Gt", "Lt"):
        return {"key": key, "operator": operator, "values": [str(pick.choice((-1, 0, 1, 2, 3, 4, 11, 12)))]}
    return {"key": key, "operator": operator, "values": pick.sample((*KEYS[key], "zz"), pick.choice((1, 1, 2)))}
