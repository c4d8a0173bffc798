"""Jupyter services in documents: which are read, as what, and where each of their fields stands."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.idle import is_go_duration
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.k8s.pod import Toleration
from igz_runtime.k8s.quantity import quantity
from tests.examples import examples
from tests.unit.functions.jupyter_forms import ENTRY, FORMS, NOTEBOOK, SPEC, Plain, at, read

every_form = pytest.mark.parametrize("form", FORMS)


@every_form
def test_every_form_says_the_same(form: str) -> None:
    function = read(FORMS[form])
    (role,) = function.roles
    own = role.containers[0]

    assert (function.kind, function.name) == ("jupyter", "lab")
    assert {**own.limits} == {"cpu": quantity("8"), "memory": quantity("64Gi"), "nvidia.com/gpu": quantity("1")}
    assert own.requests.items() >= {"cpu": quantity("8"), "memory": quantity("64Gi")}.items()
    assert role.gpu_types == ("nvidia.com/gpu",)
    assert role.node_selector == {"pool": "gpu"}
    assert role.priority_class == "high"
    iguazio = form in ("specification", "set", "manifest", "request", "answer")
    assert role.tolerations == (None if iguazio else (Toleration("gpu", "Exists"),))
    assert [each.name for each in role.containers[1:]] == (
        ["sidecar-proxy"] if iguazio else ["proxy"] if form == "notebook" else []
    )


@every_form
def test_each_field_has_its_place(form: str) -> None:
    document = FORMS[form]
    (service,) = jupyter_services(document)
    (role,) = service.read().roles
    own = role.containers[0]
    stated = {
        ("priority_class",): "high",
        ("node_selector", "pool"): "gpu",
        ("containers", own.name, "limits", "nvidia.com/gpu"): "1",
    }
    for field, value in stated.items():
        held = at(document, service.place(field))
        assert str(held["value"] if isinstance(held, dict) else held) == value, field
    assert at(document, service.place(("containers", own.name, "limits", "memory"))) in ("64Gi", "64G")
    if role.tolerations:
        assert at(document, service.place(("tolerations", 0, "key"))) == "gpu"
    assert at(document, service.path) is not None


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "job", "metadata": {"name": "a"}, "spec": {"image": "i"}},
        {"kind": "shell", "name": "sh"},
        {"apiVersion": "v1", "kind": "jupyter", "metadata": {"name": "a"}, "spec": {}},
        {"apiVersion": "kubeflow.org/v1", "kind": "PyTorchJob", "metadata": {"name": "a"}},
        {"apiVersion": "example.com/v1", "kind": "Notebook", "metadata": {"name": "a"}, "spec": {}},
        {"services": {"jupyter": {"image": "i"}}, "jupyter": {"port": 8888}},
        {"singleuser": {"image": {"name": "i"}}},
        {"singleuser": None, "profileList": None},
        {"app_services": None},
        {"data": "text"},
        [],
        [1, None, "kind: jupyter"],
        None,
        "jupyter",
        7,
    ],
    ids=str,
)
def test_what_is_not_a_jupyter_service_is_none(document: Any) -> None:
    assert jupyter_services(document) == ()


def test_the_kind_may_be_left_out_as_igz_mgmt_lets_it() -> None:
    assert read({"name": "lab", "jupyter": {"image_name": "jupyter-all"}}).name == "lab"


@pytest.mark.parametrize(
    ("document", "message", "field"),
    [
        ({**SPEC, "resources": 7}, "resources: a mapping is required", ("resources",)),
        ({**SPEC, "advanced": []}, "advanced: a mapping is required", ("advanced",)),
        (
            {**SPEC, "advanced": {"node_selector": {"pool": "gpu"}}},
            "its labels stand under 'entries'",
            ("advanced", "node_selector"),
        ),
        ({**SPEC, "scale_to_zero": "on"}, "scale_to_zero: a mapping is required", ("scale_to_zero",)),
        (
            {**ENTRY, "kubespawner_override": {"cpu_limit": "500m"}},
            "cpu_limit: KubeSpawner refuses '500m'; write cores as a number",
            ("kubespawner_override", "cpu_limit"),
        ),
        (
            {"singleuser": {"memory": {"limit": "64Gi"}, "profileList": [{"slug": "lab"}]}},
            "mem_limit: KubeSpawner refuses '64Gi'",
            ("singleuser", "memory", "limit"),
        ),
        (
            {**ENTRY, "kubespawner_override": {"node_affinity_required": [{"matchExpressions": 7}]}},
            "a list is required",
            ("kubespawner_override", "node_affinity_required", 0, "matchExpressions"),
        ),
        ({**NOTEBOOK, "spec": {"template": 7}}, "template: a mapping is required", ("template",)),
        (
            {**NOTEBOOK, "spec": {"template": {"spec": {"containers": [{"image": "i"}]}}}},
            "a container needs a name",
            ("spec", "template", "spec", "containers", 0, "name"),
        ),
    ],
)
def test_a_field_of_the_wrong_type_is_named_with_its_place(document: Plain, message: str, field: Any) -> None:
    with pytest.raises(BrokenFunction, match=message) as raised:
        read(document)

    assert str(raised.value).startswith("jupyter 'lab': ")
    assert raised.value.field == field


@every_form
def test_no_profile_is_applied_to_a_service(form: str) -> None:
    document = FORMS[form]
    if isinstance(document, dict) and document.get("kind") == "jupyter":
        with pytest.raises(UnsupportedFunction, match=r"igz_runtime\.jupyter\.service"):
            adapter_for(copy.deepcopy(document))


@pytest.mark.parametrize(
    ("text", "read_by_go"),
    [
        *((text, True) for text in ("1h", "90m", "1h30m", "1.5h", ".5h", "1.h", "+1h", "300ms", "1µs", "1h0m")),
        *((text, False) for text in ("", "1d", "90", "1 h", "h", "1h ", "-1h", "0s", "1H", "one hour", "1h30", "1w")),
    ],
)
def test_a_window_is_a_duration_of_gos_above_nothing(text: str, read_by_go: bool) -> None:  # noqa: FBT001
    assert is_go_duration(text) is read_by_go


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def paths(held: Any, above: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a document."""
    for key, value in held.items() if isinstance(held, dict) else enumerate(held):
        yield (*above, key)
        if isinstance(value, dict | list):
            yield from paths(value, (*above, key))


PLACES = [(form, path) for form, document in FORMS.items() for path in paths(document)]


@settings(max_examples=examples(600))
@given(st.sampled_from(PLACES), VALUES)
def test_any_value_in_any_place_is_read_or_refused_in_words(place: tuple[str, Any], value: Any) -> None:
    form, (*above, last) = place
    document = copy.deepcopy(FORMS[form])
    at(document, tuple(above))[last] = value
    for service in jupyter_services(document):
        for field in (("idle",), ("node_selector", "pool"), ("containers",), ("affinity",), ("labels",), ()):
            assert isinstance(service.place(field), tuple)
        with suppress(BrokenFunction):
            assert service.read().kind == "jupyter"
