"""Profiles keep their promise under every configuration of preemptible nodes, or are refused.

What was written is judged by others: MLRun's own enrichment (MLRun before 1.10 and Nuclio by the models that
test_enrichment.py holds to recorded pods), and a scheduler of a few lines that knows nothing of igz_runtime.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

import kubernetes.client
import mlrun
import mlrun.k8s_utils
import nuclio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, UnsafeCombination, Waiver, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.effective import mlrun_before_1_10
from igz_runtime.effective import nuclio as nuclio_enrichment
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import PodSettings, Toleration
from igz_runtime.profiles.profile import Profile
from tests.conftest import Mlconf
from tests.contract.functions import FUNCTIONS, SERVICES, state
from tests.examples import examples

API = kubernetes.client.ApiClient()
Plain = dict[str, Any]

LIFECYCLE = "app.iguazio.com/lifecycle"
LABELS = {LIFECYCLE: "preemptible"}
SPOT = {"key": "spot", "operator": "Equal", "value": "true", "effect": "NoSchedule"}
TOLERATION = (Toleration("spot", "Equal", "true", "NoSchedule"),)
CLOUDS = {**LABELS, "eks.amazonaws.com/capacityType": "SPOT", "cloud.google.com/gke-spot": "true"}
CONFIGURED = {
    "nothing": Preemptible(),
    "labels": Preemptible(LABELS),
    "two labels": Preemptible({**LABELS, "cloud.google.com/gke-spot": "true"}),
    "tolerations": Preemptible({}, TOLERATION),
    "both": Preemptible(LABELS, TOLERATION),
}
ANNOTATION = "nuclio.io/preemptible-mode"
VERSIONS = ("1.12.1", "1.9.2")
RESUBMITTED = {"IGZ101": Waiver("resubmitted by cron")}
MADE = tuple(make(cpu=1, memory="2Gi") for make in profiles.BUILT_IN)
PROFILES = tuple(each if each.lifecycle == "on-demand" else each.replace(waive=RESUBMITTED) for each in MADE)


class Server(NamedTuple):
    """MLRun's and Nuclio's configurations of preemptible nodes, which may differ, and MLRun's version."""

    mlrun: Preemptible
    nuclio: Preemptible
    version: str


class Asked(NamedTuple):
    """What one role of a function asks for, as Kubernetes spells it."""

    selector: Mapping[str, str] = {}
    affinity: Plain | None = None
    tolerations: Sequence[Plain] | None = None
    mode: str | None = None
    annotation: str | None = None


def required(*terms: Sequence[tuple[str, str, str]]) -> Plain:
    listed = [{"matchExpressions": [{"key": k, "operator": o, "values": [v]} for k, o, v in term]} for term in terms]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": listed}}}


ZONE, ON_SPOT, OFF_SPOT = ("zone", "In", "a"), (LIFECYCLE, "In", "preemptible"), (LIFECYCLE, "NotIn", "preemptible")
APART = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "zone"}]}}
IN_ZONE_A = (required([ZONE]), required([ZONE, ON_SPOT]))
BLANKETS = ([{"operator": "Exists"}], [{"key": "spot", "operator": "Exists"}])

by_hand = st.builds(
    Asked,
    selector=st.sampled_from([{}, {"zone": "a"}, LABELS, {LIFECYCLE: "non-preemptible"}, {"zone": "a", **LABELS}]),
    affinity=st.sampled_from(
        [None, APART, *IN_ZONE_A, required([ON_SPOT]), required([ZONE], [ON_SPOT]), required([OFF_SPOT])]
    ),
    tolerations=st.sampled_from([None, [SPOT], *BLANKETS, [{**SPOT, "key": "team"}]]),
    mode=st.sampled_from([None, "allow", "constrain", "prevent", "none", "bogus"]),
    annotation=st.sampled_from([None, "allow"]),
)
modes = product(CONFIGURED.values(), ("prevent", "allow", "constrain", "none"))
configurations = st.sampled_from([replace(configured, default_mode=mode) for configured, mode in modes])
servers = st.builds(Server, configurations, configurations, st.sampled_from(VERSIONS))


# The judge of node placement: Kubernetes' own filters, on nodes that are wholly known.


class Node(NamedTuple):
    labels: Mapping[str, str]
    taints: tuple[Plain, ...] = ()


def spot_nodes(*configured: Preemptible) -> list[Node]:
    """Spot nodes in zone a: with each label, and each taint or none; with the taint alone where no label is known."""
    labels = [label for one in configured for label in one.node_selector.items()] or list(CLOUDS.items())
    taints = ((), ({name: SPOT[name] for name in ("key", "value", "effect")},))
    tainted = taints if any(one.tolerations for one in configured) else taints[:1]
    marked = [Node({"zone": "a", key: value}, taint) for (key, value), taint in product(labels, tainted)]
    return marked + [Node({"zone": "a"}, taints[1]) for one in configured if one.tolerations and not one.node_selector]


def on_demand_nodes(zone: str = "a") -> list[Node]:
    return [Node({"zone": zone}), Node({"zone": zone, LIFECYCLE: "non-preemptible"})]


def runs_on(pod: Plain, nodes: Sequence[Node]) -> bool:
    return any(_fits(pod, node) for node in nodes)


def _fits(pod: Plain, node: Node) -> bool:
    if any(node.labels.get(key) != value for key, value in (pod.get("nodeSelector") or {}).items()):
        return False
    affinity = (pod.get("affinity") or {}).get("nodeAffinity") or {}
    terms = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if terms is not None and not any(_matches(term, node) for term in terms["nodeSelectorTerms"]):
        return False
    return all(any(_tolerates(t, taint) for t in pod.get("tolerations") or ()) for taint in node.taints)


def _matches(term: Plain, node: Node) -> bool:
    expressions = term.get("matchExpressions") or []
    assert all(e["operator"] in ("In", "NotIn") for e in expressions)
    holds = [(node.labels.get(e["key"]) in e["values"]) is (e["operator"] == "In") for e in expressions]
    return bool(holds) and all(holds)


def _tolerates(toleration: Plain, taint: Plain) -> bool:
    assert toleration.get("effect") in (None, "NoSchedule")
    if toleration.get("operator") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return bool((toleration["key"], toleration["value"]) == (taint["key"], taint["value"]))


# The judge of enrichment: what was written, through MLRun and Nuclio.


def pods(fn: Any, server: Server) -> Iterator[tuple[str, Plain]]:
    """Each role's pods as the platforms make them; two where servers of one version are known to differ."""
    if isinstance(fn, nuclio.ConfigSpec):
        spec, fn = fn, {"apiVersion": "nuclio.io/v1", "metadata": {}, "spec": {}}
        spec.merge(fn)
    if isinstance(fn, dict) and "apiVersion" in fn:
        yield "main", modelled(nuclio_enrichment.enrich, fn["spec"], server.nuclio, fn["metadata"].get("annotations"))
        return
    fn = mlrun.new_function(runtime=copy.deepcopy(fn)) if isinstance(fn, dict) else fn
    for holder, role, prefix in roles(fn):
        for pod in mlrun_pods(holder, prefix, server):
            if hasattr(holder.spec, "base_spec"):
                annotations = holder.spec.base_spec.get("metadata", {}).get("annotations")
                yield role, modelled(nuclio_enrichment.enrich, pod, server.nuclio, annotations)
            else:
                yield role, pod


def roles(fn: Any) -> Iterator[tuple[Any, str, str]]:
    """The object that holds each role's settings, the role, and what stands before the names of its fields."""
    for holder in (fn, *(ref.function_object for ref in getattr(fn.spec, "function_refs", None) or [])):
        yield holder, "step" if fn.kind == "spark" else "main", ""
    if fn.kind == "spark":
        yield fn, "driver", "driver_"
        yield fn, "executor", "executor_"


def mlrun_pods(fn: Any, prefix: str, server: Server) -> Iterator[Plain]:
    names = ("node_selector", "tolerations", "affinity", "preemption_mode")
    selector, tolerations, affinity, mode = (copy.deepcopy(getattr(fn.spec, prefix + name)) for name in names)
    if server.version.startswith("1.9"):
        yield modelled(mlrun_before_1_10.enrich, spelled(selector, tolerations, affinity, mode), server.mlrun)
        return
    enriched = mlrun.k8s_utils.enrich_preemption_mode(mode, dict(selector), tolerations, affinity)
    yield spelled(*enriched, mode)
    if fn.kind in ("job", "databricks", "remote-spark", "dask"):
        # Servers since 1.10 build these pods with `tolerations or spec.tolerations`, and so with the affinity.
        yield spelled(enriched[0], enriched[1] or tolerations, enriched[2] or affinity, mode)


def spelled(*parts: Any) -> Plain:
    names = ("nodeSelector", "tolerations", "affinity", "preemptionMode")
    return dict(zip(names, map(API.sanitize_for_serialization, parts), strict=True))


def modelled(enrich: Any, spec: Plain, configured: Preemptible, annotations: Mapping[str, str] | None = None) -> Plain:
    settings = PodSettings(
        node_selector=spec.get("nodeSelector") or {},
        tolerations=codec.read_tolerations(spec.get("tolerations"), "tolerations"),
        affinity=codec.read_affinity(spec.get("affinity"), "affinity"),
        preemption_mode=spec.get("preemptionMode"),
        mode_annotation=(annotations or {}).get(ANNOTATION),
    )
    pod = enrich(settings, configured)
    return {
        "nodeSelector": dict(pod.node_selector),
        "tolerations": codec.write_tolerations(pod.tolerations or ()),
        "affinity": codec.write_affinity(pod.affinity) if pod.affinity else None,
        "preemptionMode": pod.preemption_mode,
    }


def function_with(name: str, asked: Asked) -> Any:
    """A function of a kind on which a user has set, in every role, what is asked for."""
    annotations = {ANNOTATION: asked.annotation} if asked.annotation else {}
    if name in ("ConfigSpec", "nuclio mapping"):
        document = FUNCTIONS["nuclio mapping"]()
        document["spec"] |= spelled(dict(asked.selector), asked.tolerations, asked.affinity, asked.mode)
        document["metadata"]["annotations"] = annotations
        if name == "nuclio mapping":
            return document
        config = {f"spec.{field}": value for field, value in document["spec"].items()}
        return nuclio.ConfigSpec(config=config | {"metadata.annotations": annotations})
    fn, v1 = FUNCTIONS[name.removesuffix(" mapping")](), API._ApiClient__deserialize
    for holder, _, prefix in roles(fn):
        setattr(holder.spec, f"{prefix}node_selector", dict(asked.selector))
        setattr(holder.spec, f"{prefix}tolerations", [v1(t, "V1Toleration") for t in asked.tolerations or ()] or None)
        setattr(holder.spec, f"{prefix}affinity", v1(asked.affinity, "V1Affinity"))
        setattr(holder.spec, f"{prefix}preemption_mode", asked.mode)
        if annotations and hasattr(holder.spec, "base_spec"):
            holder.with_annotations(annotations)
    return fn.to_dict() if name.endswith("mapping") else fn


def assert_kept(profile: Profile, name: str, asked: Asked, server: Server, mlconf: Mlconf) -> bool:
    """The profile's promise holds for every pod, or the plan was refused and nothing was written."""
    fn = function_with(name, asked)
    before = state(fn)
    try:
        profile.apply(fn, Cluster(mlrun=server.mlrun, nuclio=server.nuclio, mlrun_version=server.version))
    except UnsafeCombination:
        assert state(fn) == before
        return False
    mlconf.preemptible(server.mlrun)
    for role, pod in pods(fn, server):
        landings = runs_on(pod, spot_nodes(server.mlrun, server.nuclio)), runs_on(pod, on_demand_nodes())
        if profile.lifecycle == "on-demand" or role in ("driver", "step"):
            assert landings == (False, True), (role, pod)
        elif profile.lifecycle == "spot":
            assert landings == (True, False), (role, pod)
        else:
            # A selection of the user's own may narrow where stateless work runs.
            assert all(landings) or (any(landings) and LIFECYCLE in str(asked)), (role, pod)
        if "zone" in asked.selector or asked.affinity in IN_ZONE_A:
            assert not runs_on(pod, on_demand_nodes("b")), (role, pod)
    return True


EVERY = product(PROFILES, FUNCTIONS)
FITTING = [(profile, name) for profile, name in EVERY if not profile.services_only or name in SERVICES]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("configured", CONFIGURED.values(), ids=CONFIGURED)
def test_a_bare_function_is_never_refused(configured: Preemptible, version: str, mlconf: Mlconf) -> None:
    server = Server(configured, configured, version)

    assert all(assert_kept(profile, name, Asked(), server, mlconf) for profile, name in FITTING)


def test_whatever_a_user_has_set_the_promise_is_kept_or_the_plan_refused(mlconf: Mlconf) -> None:
    outcomes: Counter[bool] = Counter()

    @settings(max_examples=examples(2000))
    @given(fitting=st.sampled_from(FITTING), asked=by_hand, server=servers)
    def law(fitting: tuple[Profile, str], asked: Asked, server: Server) -> None:
        outcomes[assert_kept(*fitting, asked, server, mlconf)] += 1

    law()
    assert min(outcomes[True], outcomes[False]) > 100


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("tolerations", [None, *BLANKETS], ids=["none", "any key", "the key"])
@pytest.mark.parametrize("configured", ["nothing", "labels", "both"])
def test_a_function_written_without_a_server_stays_on_demand_on_any_that_labels_its_spot_nodes(
    configured: str, tolerations: list[Plain] | None, version: str, mlconf: Mlconf
) -> None:
    server = Server(CONFIGURED[configured], CONFIGURED[configured], version)
    steady = [fitting for fitting in FITTING if fitting[0].lifecycle == "on-demand"]
    written = [profile.apply(function_with(name, Asked(tolerations=tolerations))) for profile, name in steady]
    mlconf.preemptible(server.mlrun)

    for fn in written:
        for role, pod in pods(fn, server):
            assert not runs_on(pod, spot_nodes(CONFIGURED["both"])), (role, pod)
            assert runs_on(pod, on_demand_nodes()), (role, pod)
