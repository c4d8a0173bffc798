"""Names of fields that are almost right. That MLRun drops them is shown with MLRun itself, in tests/contract."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.functions.kinds import with_pods
from igz_runtime.functions.misspelled import unknown_fields
from igz_runtime.text.place import Path
from tests.kinds import head

HEADS: dict[str, dict[str, Any]] = {
    **{kind: head(kind) for kind in with_pods()},
}
TERMS = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


def found(kind: str, spec: Any, **metadata: Any) -> dict[Path, str]:
    return dict(unknown_fields({**HEADS[kind], "metadata": {"name": "etl", **metadata}, "spec": spec}))


@pytest.mark.parametrize(
    ("kind", "spec", "path", "meant"),
    [
        ("job", {"nodeSelector": {}}, ("spec", "nodeSelector"), "node_selector"),
        ("job", {"node-selector": {}}, ("spec", "node-selector"), "node_selector"),
        ("job", {"preemption_mod": ""}, ("spec", "preemption_mod"), "preemption_mode"),
        ("job", {"resource": {}}, ("spec", "resource"), "resources"),
        ("job", {"resorces": {}}, ("spec", "resorces"), "resources"),
        ("job", {"stateThresholds": {}}, ("spec", "stateThresholds"), "state_thresholds"),
        (
            "job",
            {"state_thresholds": {"pendingNotScheduled": "1h"}},
            ("spec", "state_thresholds", "pendingNotScheduled"),
            "pending_not_scheduled",
        ),
        ("job", {"resources": {"Limits": {}}}, ("spec", "resources", "Limits"), "limits"),
        ("job", {"resources": {"limits": {"CPU": 1}}}, ("spec", "resources", "limits", "CPU"), "cpu"),
        ("job", {"resources": {"limits": {"gpu": 1}}}, ("spec", "resources", "limits", "gpu"), "nvidia.com/gpu"),
        ("job", {"tolerations": [{"keys": "a"}]}, ("spec", "tolerations", 0, "keys"), "key"),
        ("job", {"affinity": {"nodeaffinity": {}}}, ("spec", "affinity", "nodeaffinity"), "nodeAffinity"),
        (
            "job",
            {"affinity": {"nodeAffinity": {"requiredDuringScheduling": {}}}},
            ("spec", "affinity", "nodeAffinity", "requiredDuringScheduling"),
            "requiredDuringSchedulingIgnoredDuringExecution",
        ),
        (
            "job",
            {"affinity": {"nodeAffinity": {TERMS[2]: {TERMS[3]: [{"matchExpression": []}]}}}},
            ("spec", *TERMS, 0, "matchExpression"),
            "matchExpressions",
        ),
        ("spark", {"executorNodeSelector": {}}, ("spec", "executorNodeSelector"), "executor_node_selector"),
        ("dask", {"workerResources": {}}, ("spec", "workerResources"), "worker_resources"),
        ("remote", {"minReplicas": 1}, ("spec", "minReplicas"), "min_replicas"),
        (
            "remote",
            {"config": {"spec.node_selector": {}}},
            ("spec", "config", "spec.node_selector"),
            "spec.nodeSelector",
        ),
        (
            "remote",
            {"base_spec": {"spec": {"toleration": []}}},
            ("spec", "base_spec", "spec", "toleration"),
            "tolerations",
        ),
        (
            "remote",
            {"config": {"spec.sidecars": [{"resource": {}}]}},
            ("spec", "config", "spec.sidecars", 0, "resource"),
            "resources",
        ),
        ("nuclio", {"node_selector": {}}, ("spec", "node_selector"), "nodeSelector"),
        ("nuclio", {"Resources": {"request": {}}}, ("spec", "Resources", "request"), "requests"),
    ],
)
def test_the_name_that_is_meant_is_said(kind: str, spec: Any, path: Path, meant: str) -> None:
    said = found(kind, spec)

    assert set(said) == {path}
    assert said[path].endswith(f"; did you mean {meant!r}?")


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("job", {"note": "", "owner": "me", "node_port": 1, "retry_policy": {}, "min_replicas": 1, "source": "s3://a"}),
        ("job", {"resources": {"limits": {"example.com/fpga": 1, "ephemeral-storage": "1Gi", "hugepages-2Mi": "1Gi"}}}),
        ("job", {"resources": {"claims": []}}),
        ("nuclio", {"nodeselector": {}, "PRIORITYCLASSNAME": "", "preemptionPolicy": "Never", "eventTimeout": "5s"}),
        ("remote", {"config": {"spec.loggerSinks": [], "spec.nodeSelector.zone": "a", "metadata.label": "a"}}),
        ("spark", {"driver_cores": {}, "executor_volume_mounts": [], "resources": {"limit": 1}}),
        ("job", {"sidecar": [], "targetCPU": 75}),
    ],
)
def test_what_is_merely_unknown_is_nobodys_business(kind: str, spec: Any) -> None:
    assert found(kind, spec, owner="me", labelled=True) == {}


def test_metadata_are_looked_at_under_either_name() -> None:
    assert set(found("job", {}, label={})) == {("metadata", "label")}
    assert set(dict(unknown_fields({"kind": "NuclioFunction", "meta": {"annotation": {}}}))) == {("meta", "annotation")}


junk: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["limits", "nodeAffinity", "spec", "resources", "spec.sidecars", "tolerations", 7, None]),
            inner,
            max_size=2,
        )
    ),
    max_leaves=6,
)
NAMES = st.sampled_from(["config", "base_spec", "resources", "affinity", "tolerations", "sidecars", "state_thresholds"])


@given(kind=st.sampled_from(sorted(HEADS)), spec=st.dictionaries(NAMES, junk, max_size=3) | junk, metadata=junk)
def test_a_document_of_any_types_is_looked_through(kind: str, spec: Any, metadata: Any) -> None:
    for path, message in unknown_fields({**HEADS[kind], "metadata": metadata, "spec": spec}):
        assert path[0] in ("metadata", "meta", "spec")
        assert message
