"""The preemption mode in force: the effective pod carries it, and every rule goes by that one."""

from __future__ import annotations

from typing import Any

import pytest

from igz_runtime import Cluster, check
from igz_runtime.cluster import Preemptible
from igz_runtime.effective import effective_pod
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.rules import Subject, judge

SPOT = {"app.iguazio.com/lifecycle": "preemptible"}
ANNOTATION = {"nuclio.io/preemptible-mode": "constrain"}


def cluster(mlrun: str, nuclio: str) -> Cluster:
    return Cluster(mlrun=Preemptible(SPOT, default_mode=mlrun), nuclio=Preemptible(SPOT, default_mode=nuclio))


def of_nuclio(mode: str | None = None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"nodeSelector": SPOT} | ({"preemptionMode": mode} if mode else {})
    metadata: dict[str, Any] = {"name": "scorer"} | ({"annotations": annotations} if annotations else {})
    return {"apiVersion": "nuclio.io/v1", "kind": "NuclioFunction", "metadata": metadata, "spec": spec}


def of_mlrun(kind: str, mode: str | None = None, annotations: dict[str, str] | None = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"node_selector": SPOT} | ({"preemption_mode": mode} if mode else {})
    if annotations:
        spec["base_spec"] = {"metadata": {"annotations": annotations}}
    return {"kind": kind, "metadata": {"name": "scorer"}, "spec": spec}


@pytest.mark.parametrize(
    ("document", "mode"),
    [
        (of_nuclio(), "allow"),
        (of_nuclio("prevent"), "prevent"),
        (of_nuclio("prevent", ANNOTATION), "constrain"),
        (of_mlrun("remote"), "prevent"),
        (of_mlrun("remote", "allow"), "allow"),
        (of_mlrun("remote", "allow", ANNOTATION), "constrain"),
        (of_mlrun("job"), "prevent"),
        (of_mlrun("job", "constrain"), "constrain"),
        (of_mlrun("job", "constrain", ANNOTATION), "constrain"),
    ],
)
def test_whose_default_counts(document: dict[str, Any], mode: str) -> None:
    known = cluster(mlrun="prevent", nuclio="allow")
    function = adapter_for(document).read()
    assert [effective_pod(function, role, known).mode for role in function.roles] == [mode]
    assert [Subject(function, role, known).mode for role in function.roles] == [mode]
    contradicted = [finding for finding in check(document, known) if finding.rule == "IGZ104"]
    assert bool(contradicted) == (mode == "prevent")


def test_nuclios_default_is_not_asked_of_a_function_that_mlrun_sends() -> None:
    known = cluster(mlrun="allow", nuclio="none")
    function = adapter_for(of_mlrun("remote")).read()
    alone = adapter_for(of_nuclio()).read()
    assert effective_pod(function, function.roles[0], known).settings.node_selector == {}
    assert effective_pod(alone, alone.roles[0], known).settings.node_selector == SPOT


def test_the_annotation_is_held_against_the_mode_that_it_overrides() -> None:
    known = cluster(mlrun="prevent", nuclio="constrain")
    assert not [f for f in check(of_nuclio(annotations=ANNOTATION), known) if f.rule == "IGZ111"]
    assert [f for f in check(of_mlrun("remote", annotations=ANNOTATION), known) if f.rule == "IGZ111"]


def test_a_pipelines_step_has_no_mode_to_contradict() -> None:
    step = Function("train", STEP, (PodSettings(role="step", node_selector=SPOT),))
    subject = Subject(step, step.roles[0], cluster(mlrun="prevent", nuclio="prevent"))
    found = {finding.rule for finding in judge([subject])}
    assert subject.mode == "none"
    assert "IGZ104" not in found
    assert "IGZ103" in found  # its pod goes to spot nodes, and nothing restarts it
