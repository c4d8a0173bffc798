"""Our enrichment against its judges: MLRun's own function, and the recorded pods of real servers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kubernetes.client
import mlrun
import mlrun.k8s_utils
import pytest
from hypothesis import given, settings

from igz_runtime.cluster import Preemptible
from igz_runtime.effective import mlrun_1_10 as newest
from igz_runtime.effective import mlrun_before_1_10 as before_1_10
from igz_runtime.effective import nuclio
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Requirement, Term, Toleration
from igz_runtime.k8s.qos import qos_class
from tests import strategies
from tests.conftest import Mlconf
from tests.examples import examples

DATA = Path(__file__).parent.parent / "data"
API = kubernetes.client.ApiClient()


def test_the_newest_enrichment_is_mlruns_own(mlconf: Mlconf) -> None:
    """Random placements under random configurations, each judged by MLRun's own function: in CI at least 10,000."""
    judged = 0

    @settings(max_examples=examples(10_000))
    @given(asked=strategies.placements, configured=strategies.preemptibles)
    def law(asked: PodSettings, configured: Preemptible) -> None:
        nonlocal judged
        judged += 1
        mlconf.preemptible(configured)
        selector, tolerations, affinity = mlrun.k8s_utils.enrich_preemption_mode(
            asked.preemption_mode, dict(asked.node_selector), v1_tolerations(asked), v1_affinity(asked)
        )

        ours = newest.enrich(asked, configured)

        assert dict(ours.node_selector) == (selector or {})
        assert list(ours.tolerations or ()) == [toleration(t) for t in tolerations or []]
        assert written(ours.affinity) == API.sanitize_for_serialization(affinity)

    law()
    assert judged >= examples(10_000)


def v1_tolerations(asked: PodSettings) -> list[kubernetes.client.V1Toleration] | None:
    if asked.tolerations is None:
        return None
    return [
        kubernetes.client.V1Toleration(
            key=t.key, operator=t.operator, value=t.value, effect=t.effect, toleration_seconds=t.seconds
        )
        for t in asked.tolerations
    ]


def v1_affinity(asked: PodSettings) -> Any:
    if asked.affinity is None:
        return None
    return API._ApiClient__deserialize(codec.write_affinity(asked.affinity), "V1Affinity")


def toleration(t: kubernetes.client.V1Toleration) -> Toleration:
    return Toleration(t.key, t.operator, t.value, t.effect, t.toleration_seconds)


def written(affinity: Affinity | None) -> dict[str, Any] | None:
    return None if affinity is None else codec.write_affinity(affinity)


def recorded(file: str) -> list[Any]:
    """Every recorded case, as (configuration, asked for, case)."""
    parameters = []
    record = json.loads((DATA / file).read_text())
    for number, case in enumerate(record["cases"]):
        name = f"{number}-{case['config']}-{case['shape']}-{case['mode']}"
        configured = preemptible_of(record["configs"][case["config"]])
        parameters.append(pytest.param(configured, asked_of(case), case, id=name))
    return parameters


def preemptible_of(config: Mapping[str, Any] | None) -> Preemptible:
    config = config or {}
    return Preemptible(
        node_selector=config.get("nodeSelector", {}),
        tolerations=codec.read_tolerations(config.get("tolerations", []), "tolerations") or (),
        gpu_tolerations=codec.read_tolerations(config.get("gpuTolerations", []), "gpuTolerations") or (),
        default_mode=config.get("defaultMode", "prevent"),
    )


def asked_of(case: Mapping[str, Any]) -> PodSettings:
    spec = case["spec"]
    requests, limits = codec.read_resources(spec.get("resources"), "resources")
    containers = [Container("main", requests, limits)]
    containers += codec.read_containers(spec.get("sidecars"), "sidecars", "sidecar")
    containers += codec.read_containers(spec.get("initContainers"), "initContainers", "init")
    return PodSettings(
        containers=tuple(containers),
        node_selector=spec.get("nodeSelector", {}),
        tolerations=codec.read_tolerations(spec.get("tolerations"), "tolerations"),
        affinity=codec.read_affinity(spec.get("affinity"), "affinity"),
        preemption_mode=spec.get("preemptionMode", case["mode"]),
        mode_annotation=spec.get("annotations", {}).get("nuclio.io/preemptible-mode"),
    )


def assert_pod(ours: PodSettings, case: Mapping[str, Any]) -> None:
    """Ours is the recorded pod; where Kubernetes refused it, ours has what it refused: an empty list of terms."""
    if "error" in case:
        assert "must have at least one node selector term" in case["error"]
        assert ours.affinity is not None
        assert ours.affinity.required == ()
        return
    pod = case["pod"]
    tolerated = codec.read_tolerations(pod.get("tolerations"), "tolerations") or ()

    assert dict(ours.node_selector) == pod.get("nodeSelector", {})
    assert set(ours.tolerations or ()) == set(tolerated)
    assert (written(ours.affinity) or {}) == pod.get("affinity", {})
    assert qos_class(ours.containers) == case["qosClass"]


@pytest.mark.parametrize(("configured", "asked", "case"), recorded("nuclio-enrichment.json"))
def test_a_real_nuclio_made_the_same_pod(configured: Preemptible, asked: PodSettings, case: Mapping[str, Any]) -> None:
    assert_pod(nuclio.enrich(asked, configured), case)


@pytest.mark.parametrize(("configured", "asked", "case"), recorded("mlrun-1.8-pods.json"))
def test_a_real_mlrun_1_8_made_the_same_pod(
    configured: Preemptible, asked: PodSettings, case: Mapping[str, Any]
) -> None:
    assert_pod(before_1_10.enrich(asked, configured), case)


LABEL, ZONE = Requirement("app.iguazio.com/lifecycle", "In", ("preemptible",)), Requirement("zone", "In", ("a",))
OFF, TAINT = LABEL._replace(operator="NotIn"), Toleration("spot", "Equal", "true", "NoExecute")
BOTH = Preemptible({LABEL.key: "preemptible"}, (TAINT,))


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("prevent", [ZONE, LABEL, OFF], [ZONE]),
        ("prevent", [LABEL, ZONE], []),
        ("allow", [ZONE, LABEL], [ZONE]),
        ("allow", [ZONE, OFF], []),
    ],
)
def test_nuclio_takes_what_stands_behind_a_spot_label_and_leaves_what_stands_before_it(
    mode: str, before: list[Requirement], after: list[Requirement]
) -> None:
    """As functionconfig.PruneAffinityNodeSelectorRequirement of 1.14.1 does; the records have one order alone."""
    required = (Term(tuple(before)), Term((ZONE,)))
    asked = PodSettings(preemption_mode=mode, affinity=Affinity(required))

    kept = nuclio.enrich(asked, BOTH).affinity

    assert kept == Affinity((*(Term(tuple(after)) for _ in after[:1]), Term((ZONE,))))


def test_nuclio_drops_an_empty_list_of_terms_that_mlrun_left_beside_a_preference() -> None:
    preferred = ({"weight": 1, "preference": {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}},)
    asked = PodSettings(preemption_mode="allow", affinity=Affinity((), preferred))

    assert nuclio.enrich(asked, BOTH).affinity == Affinity(None, preferred)


@pytest.mark.parametrize(
    ("tolerated", "left"),
    [
        ([TAINT._replace(seconds=30)], None),
        ([TAINT, TAINT], None),
        ([TAINT, TAINT, TAINT._replace(seconds=30)], (TAINT._replace(seconds=30),)),
        ([TAINT._replace(operator=None)], (TAINT._replace(operator=None),)),
    ],
)
def test_nuclios_prevent_removes_a_toleration_whatever_its_seconds_and_twice(
    tolerated: list[Toleration], left: tuple[Toleration, ...] | None
) -> None:
    """As PruneTolerations of 1.14.1 does, in the dashboard and once more in the platform."""
    asked = PodSettings(preemption_mode="prevent", tolerations=tuple(tolerated))

    assert nuclio.enrich(asked, BOTH).tolerations == left


def test_an_empty_annotation_leaves_the_mode_to_nuclios_default() -> None:
    asked = PodSettings(preemption_mode="prevent", mode_annotation="")

    assert nuclio.mode_in_force(asked, Preemptible(default_mode="allow")) == "allow"
