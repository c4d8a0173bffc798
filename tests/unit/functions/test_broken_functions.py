"""Functions that are half broken: one clear error that names function, role and field, and the function untouched."""

from __future__ import annotations

import copy
import pickle
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, IgzRuntimeError, Waiver, check, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.places import place_of_error
from igz_runtime.profiles.profile import Profile
from tests.examples import examples

PRODUCTION = profiles.production_job(cpu=1, memory="2Gi")
PROFILES = (
    PRODUCTION,
    profiles.opportunistic_job(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("resubmitted by cron")}),
    profiles.gpu_notebook(cpu=1, memory="2Gi", sizes={"main": {"cpu": 2}}),
)
CLUSTERS = (Cluster.iguazio(), Cluster(), Cluster(mlrun=Preemptible({"app.iguazio.com/lifecycle": "preemptible"})))
TERMS = "nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"

Plain = dict[str, Any]


def required(terms: Any) -> Plain:
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}


MLRUN: list[tuple[str, Plain, str]] = [
    ("job", {"node_selector": ["zone"]}, "(main): spec.node_selector: a mapping is required, found a list"),
    (
        "job",
        {"node_selector": {"zone": 7}},
        "(main): spec.node_selector['zone']: a label value is text, found a number",
    ),
    (
        "job",
        {"node_selector": {"gpu": True}},
        "(main): spec.node_selector['gpu']: a label value is text, found a boolean",
    ),
    ("job", {"node_name": 7}, "(main): spec.node_name: text is required, found a number"),
    ("job", {"tolerations": {"key": "spot"}}, "(main): spec.tolerations: a list is required, found a mapping"),
    ("job", {"tolerations": ["spot"]}, "(main): spec.tolerations[0]: a mapping is required, found text"),
    ("job", {"tolerations": [{"key": "a"}, {"key": 7}]}, "(main): spec.tolerations[1].key: text is required"),
    (
        "job",
        {"tolerations": [{"tolerationSeconds": "5"}]},
        "(main): spec.tolerations[0].tolerationSeconds: a whole number",
    ),
    ("job", {"affinity": "zone"}, "(main): spec.affinity: a mapping is required, found text"),
    ("job", {"affinity": {"nodeAffinity": [1]}}, "(main): spec.affinity.nodeAffinity: a mapping is required"),
    ("job", {"affinity": required("a")}, f"(main): spec.affinity.{TERMS}: a list is required, found text"),
    ("job", {"affinity": required([7])}, f"(main): spec.affinity.{TERMS}[0]: a mapping is required"),
    (
        "job",
        {"affinity": required([{"matchExpressions": [{"key": "zone", "values": "a"}]}])},
        f"(main): spec.affinity.{TERMS}[0].matchExpressions[0].values: a list is required, found text",
    ),
    ("job", {"priority_class_name": ["high"]}, "(main): spec.priority_class_name: text is required, found a list"),
    ("job", {"preemption_mode": 1}, "(main): spec.preemption_mode: text is required, found a number"),
    ("job", {"resources": "4Gi"}, "(main): spec.resources: a mapping is required, found text"),
    ("job", {"resources": {"limits": ["cpu"]}}, "(main): spec.resources.limits: a mapping is required, found a list"),
    ("job", {"resources": {"limits": {"cpu": True}}}, "(main): spec.resources.limits['cpu']: a quantity is required"),
    ("job", {"resources": {"requests": {"cpu": {}}}}, "(main): spec.resources.requests['cpu']: a quantity is required"),
    ("job", {"build": {"requirements": 7}}, ": build.requirements: a list is required, found a number"),
    ("job", {"state_thresholds": [1]}, "(main): spec.state_thresholds: a mapping is required, found a list"),
    (
        "job",
        {"state_thresholds": {"pending_not_scheduled": ["1h"]}},
        "(main): spec.state_thresholds.pending_not_scheduled: text is required, found a list",
    ),
    ("job", {"resources": {"limits": {"cpu": 10**5000}}}, "(main): spec.resources.limits['cpu']: a number that is too"),
    ("remote", {"replicas": 10**5000}, "(main): spec.replicas: a number that is too large"),
    ("spark", {"executor_resources": [], "driver_tolerations": 7}, "(driver): spec.driver_tolerations: a list"),
    ("spark", {"executor_node_selector": "zone"}, "(executor): spec.executor_node_selector: a mapping is required"),
    ("spark", {"node_selector": "zone"}, "(step): spec.node_selector: a mapping is required, found text"),
    ("dask", {"worker_resources": {"limits": 7}}, "(worker): spec.worker_resources.limits: a mapping is required"),
    ("mpijob", {"tolerations": 7}, "(worker): spec.tolerations: a list is required, found a number"),
    ("remote", {"min_replicas": "1"}, "(main): spec.min_replicas: a whole number is required, found text"),
    ("remote", {"replicas": True}, "(main): spec.replicas: a whole number is required, found a boolean"),
    (
        "remote",
        {"config": {"spec.sidecars": {"name": "logs"}}},
        "(main): spec.config[spec.sidecars]: a list is required",
    ),
    ("remote", {"config": {"spec.sidecars": [7]}}, "(main): spec.config[spec.sidecars][0]: a mapping is required"),
    ("remote", {"config": {"spec.targetCPU": "75"}}, "(main): spec.config[spec.targetCPU]: a whole number"),
    ("remote", {"base_spec": {"spec": {"nodeSelector": 7}}}, "(main): spec.node_selector: a mapping is required"),
]


def function(kind: str, spec: Any, **metadata: Any) -> Plain:
    return {"kind": kind, "metadata": {"name": "etl", **metadata}, "spec": spec}


def assert_named(fn: Plain, says: str) -> None:
    """Every way of asking gives this error, in one line, and leaves the function as it was."""
    before = copy.deepcopy(fn)
    for ask in (check, PRODUCTION.plan, PRODUCTION.apply, profiles.applied_to):
        with pytest.raises(BrokenFunction) as caught:
            ask(fn)
        assert says in str(caught.value)
        assert "\n" not in str(caught.value)
    assert fn == before


@pytest.mark.parametrize(("kind", "spec", "says"), MLRUN)
def test_a_field_of_the_wrong_type_is_named_with_function_and_role(kind: str, spec: Plain, says: str) -> None:
    assert_named(function(kind, spec), f"{kind} 'etl'{' ' if says[0] == '(' else ''}{says}")


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (function("job", "image"), "job function: spec: a mapping is required, found text"),
        ({"kind": "job", "metadata": ["etl"]}, "job function: metadata: a mapping is required, found a list"),
        (function("job", {}, annotations="by hand"), "metadata.annotations: a mapping is required, found text"),
        (function("job", {}, labels=["team"]), "job 'etl': metadata.labels: a mapping is required, found a list"),
        (function("job", {}, categories="etl"), "job 'etl': metadata.categories: a list is required, found text"),
        (
            function("job", {}, annotations={"igz-runtime/applied": 7}),
            "job 'etl': igz-runtime/applied: text is required",
        ),
        (function("NuclioFunction", 7), "nuclio 'etl' (main): spec: a mapping is required, found a number"),
        (
            function("NuclioFunction", {"nodeSelector": 7}),
            "nuclio 'etl' (main): spec.nodeSelector: a mapping is required",
        ),
        (
            function("NuclioFunction", {"REPLICAS": "2"}),
            "nuclio 'etl' (main): spec.replicas: a whole number is required",
        ),
        (function("NuclioFunction", {"sidecars": 7}), "nuclio 'etl' (main): spec.sidecars: a list is required"),
        (function("NuclioFunction", {"volumes": {"a": 1}}), "nuclio 'etl' (main): spec.volumes: a list is required"),
        (function("NuclioFunction", {"build": "x"}), "nuclio 'etl' (main): spec.build: a mapping is required"),
        (
            function("NuclioFunction", {"triggers": {"a.b": {"kind": 7}}}),
            "nuclio 'etl' (main): spec.triggers['a.b'].kind: text is required, found a number",
        ),
        ({"kind": "NuclioFunction", "metadata": 7}, "nuclio function: metadata: a mapping is required, found a number"),
    ],
)
def test_a_broken_document_is_named_as_far_as_it_can_be_read(fn: Plain, says: str) -> None:
    assert_named(fn, says)


@pytest.mark.parametrize(("kind", "spec"), [(kind, spec) for kind, spec, _ in MLRUN])
def test_what_stands_at_the_field_of_the_error_is_what_is_wrong(kind: str, spec: Plain) -> None:
    fn = copy.deepcopy(function(kind, spec))
    with pytest.raises(BrokenFunction) as caught:
        check(fn)

    *above, last = place_of_error(fn, caught.value.field)
    holder: Any = fn
    for part in above:
        holder = holder[part]
    del holder[last]

    try:
        check(fn)
    except BrokenFunction as other:
        assert str(other) != str(caught.value)  # noqa: PT017  (another field may be wrong as well)
    assert pickle.loads(pickle.dumps(caught.value)).field == caught.value.field  # noqa: S301  (our own)


@pytest.mark.parametrize(
    ("fn", "field"),
    [
        (
            function("job", {}, annotations={"igz-runtime/applied": 7}),
            ("metadata", "annotations", "igz-runtime/applied"),
        ),
        (function("job", {}, labels=["team"]), ("metadata", "labels")),
        (function("NuclioFunction", {"REPLICAS": "2"}), ("spec", "REPLICAS")),
        (function("NuclioFunction", {"triggers": {"a.b": {"kind": 7}}}), ("spec", "triggers", "a.b", "kind")),
        ({"kind": "NuclioFunction", "meta": {"labels": 7}, "spec": {}}, ("meta", "labels")),
        ({"kind": "NuclioFunction", "metadata": 7}, ("metadata",)),
        (
            function("NuclioFunction", {}, annotations={"nuclio.io/preemptible-mode": 7}),
            ("metadata", "annotations", "nuclio.io/preemptible-mode"),
        ),
        (function("job", {"node_selector": {"a.b/c[0]'": 7}}), ("spec", "node_selector", "a.b/c[0]'")),
        (
            function("job", {"tolerations": [{"toleration_seconds": 5}]}),
            ("spec", "tolerations", 0, "toleration_seconds"),
        ),
        (
            function("remote", {"config": {"spec.sidecars": [{"name": "a"}, {"name": "a"}]}}),
            ("spec", "config", "spec.sidecars", 1, "name"),
        ),
    ],
)
def test_the_field_of_an_error_is_spelled_as_the_document_spells_it(fn: Plain, field: tuple[str | int, ...]) -> None:
    with pytest.raises(BrokenFunction) as caught:
        check(fn)

    assert caught.value.field == field


def test_an_error_keeps_its_field_when_it_is_said_of_what_it_was_found_in() -> None:
    error = BrokenFunction("key: text is required", ("key",)).inside("job 'etl': spec.", "spec", 0)

    assert str(error) == "job 'etl': spec.key: text is required"
    assert error.field == ("spec", 0, "key")
    assert BrokenFunction("no place is known").field == ()


def test_the_value_that_was_found_is_never_printed() -> None:
    """It may be a secret that slipped into the wrong field."""
    for kind, spec in (("job", {"tolerations": "s3cret"}), ("NuclioFunction", {"nodeSelector": ["s3cret"]})):
        with pytest.raises(BrokenFunction) as caught:
            check(function(kind, spec))
        assert "s3cret" not in str(caught.value)


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.floats()
    | st.sampled_from(["", "a", "1", "4Gi", "allow", "{{x}}"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["key", "name", "values", "limits", "cpu", "resources", "requirements", "spec", "metadata", "volume"]
            )
            | st.integers(0, 1),
            inner,
            max_size=2,
        )
    ),
    max_leaves=5,
)
FIELDS = [
    *("node_selector", "tolerations", "affinity", "preemption_mode", "priority_class_name", "node_name", "resources"),
    *(
        "state_thresholds",
        "replicas",
        "max_replicas",
        "config",
        "base_spec",
        "build",
        "volumes",
        "image",
        "default_handler",
    ),
    *("driver_resources", "executor_affinity", "worker_resources", "nodeSelector", "minReplicas", "sidecars", "volume"),
    *("targetCPU", "initContainers", "handler", "function_refs", "graph"),
]
specs = st.dictionaries(st.sampled_from(FIELDS), junk, max_size=4) | junk
metadata = (
    st.dictionaries(st.sampled_from(["name", "labels", "annotations", "project", "categories"]), junk, max_size=3)
    | junk
)
documents = st.fixed_dictionaries(
    {"kind": st.sampled_from(["job", "spark", "dask", "mpijob", "remote", "serving", "application", "NuclioFunction"])},
    optional={"spec": specs, "metadata": metadata, "meta": metadata, "apiVersion": junk},
)


@settings(max_examples=examples(1000), report_multiple_bugs=False)
@given(fn=documents, cluster=st.sampled_from(CLUSTERS))
@example({"kind": "job", "spec": {"volumes": True}}, CLUSTERS[0])
def test_a_random_document_gives_findings_or_one_of_our_errors(fn: Plain, cluster: Cluster) -> None:
    before = copy.deepcopy(fn)
    for ask in (partial(check, cluster=cluster), partial(PRODUCTION.plan, cluster=cluster), profiles.applied_to):
        try:
            ask(fn)
        except IgzRuntimeError as error:
            assert str(error)  # noqa: PT017  (some are read without error)
    assert repr(fn) == repr(before)


@settings(max_examples=examples(1000), report_multiple_bugs=False)
@given(fn=documents, profile=st.sampled_from(PROFILES), cluster=st.sampled_from(CLUSTERS))
@example({"kind": "job", "spec": {"config": [1]}}, PRODUCTION, CLUSTERS[0])
@example({"kind": "job", "spec": {"state_thresholds": [1]}}, PROFILES[1], CLUSTERS[0])
@example({"kind": "NuclioFunction", "metadata": {"name": "etl"}, "meta": {}}, PRODUCTION, CLUSTERS[0])
def test_a_random_document_is_written_wholly_or_not_at_all(fn: Plain, profile: Profile, cluster: Cluster) -> None:
    before = repr(fn)
    try:
        profile.apply(fn, cluster)
    except IgzRuntimeError:
        assert repr(fn) == before
    else:
        assert profiles.applied_to(fn) is not None


@settings(max_examples=300)
@given(fn=st.dictionaries(st.sampled_from(["kind", "apiVersion", "metadata", "spec"]), junk) | junk)
@example({"kind": "", "metadata": [1]})
def test_what_only_resembles_a_function_is_refused(fn: Any) -> None:
    for ask in (check, PRODUCTION.plan, profiles.applied_to):
        with pytest.raises(IgzRuntimeError):
            ask(fn)
