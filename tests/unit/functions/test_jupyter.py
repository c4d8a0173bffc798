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
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import Toleration
from igz_runtime.k8s.quantity import quantity
from tests.examples import examples

Plain = dict[str, Any]
AMOUNTS: Plain = {"cpu": "8", "memory": "64Gi"}

SPEC: Plain = {
    "name": "lab",
    "kind": "jupyter",
    "resources": {"limits": {**AMOUNTS, "nvidia_gpu": "1"}, "requests": AMOUNTS},
    "scale_to_zero": {"mode": "enabled", "scale_resources": []},
    "advanced": {"node_selector": {"entries": [{"key": "pool", "value": "gpu"}]}, "priority_class_name": "high"},
    "jupyter": {"image_name": "jupyter-gpu-cuda"},
}
SERVICES: Plain = {"lab": {key: held for key, held in SPEC.items() if key != "name"}, "nuclio": {"kind": "nuclio"}}
SET: Plain = {
    "apiVersion": "iguazio.com/v1beta1",
    "kind": "IguazioTenantAppServiceSet",
    "spec": {"spec": {"tenants": [{"spec": {"services": SERVICES}}]}},
}
MANIFEST: Plain = {
    "app_services": [{"spec": {"name": "sh", "kind": "shell"}}, {"spec": SPEC, "meta": {"labels": {"a": "b"}}}]
}
OVERRIDE: Plain = {
    "cpu_limit": 8,
    "cpu_guarantee": 8.0,
    "mem_limit": "64G",
    "mem_guarantee": 68719476736,
    "extra_resource_limits": {"nvidia.com/gpu": "1"},
    "node_selector": {"pool": "gpu"},
    "tolerations": [{"key": "gpu", "operator": "Exists"}],
    "priority_class_name": "high",
}
ENTRY: Plain = {"display_name": "GPU", "slug": "lab", "kubespawner_override": OVERRIDE}
CHART: Plain = {
    "singleuser": {
        "cpu": {"limit": 8, "guarantee": 8},
        "memory": {"limit": "64G", "guarantee": "64G"},
        "nodeSelector": {"pool": "gpu"},
        "extraTolerations": [{"key": "gpu", "operator": "Exists"}],
        "cloudMetadata": {"blockWithIptables": False},
        "profileList": {
            "lab": {
                "kubespawner_override": {"extra_resource_limits": {"nvidia.com/gpu": 1}, "priority_class_name": "high"}
            }
        },
    }
}
NOTEBOOK: Plain = {
    "apiVersion": "kubeflow.org/v1beta1",
    "kind": "Notebook",
    "metadata": {"name": "lab", "annotations": {"igz-runtime/waive-IGZ402": "one group"}},
    "spec": {
        "template": {
            "spec": {
                "containers": [
                    {"name": "proxy"},
                    {"name": "lab", "resources": {"limits": {**AMOUNTS, "nvidia.com/gpu": 1}, "requests": AMOUNTS}},
                ],
                "nodeSelector": {"pool": "gpu"},
                "tolerations": [{"key": "gpu", "operator": "Exists"}],
                "priorityClassName": "high",
            }
        }
    },
}
FORMS: dict[str, Any] = {
    "specification": SPEC,
    "set": SET,
    "manifest": MANIFEST,
    "request": {"data": {"type": "app_services_manifest", "attributes": MANIFEST}},
    "answer": {"data": [{"attributes": MANIFEST}]},
    "entry": ENTRY,
    "profile list": [{"display_name": "small"}, ENTRY],
    "chart": CHART,
    "umbrella chart": {"global": {}, "jupyterhub": CHART},
    "notebook": NOTEBOOK,
}
every_form = pytest.mark.parametrize("form", FORMS)


def read(document: Any) -> Function:
    (service,) = jupyter_services(document)
    return service.read()


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


def at(document: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        document = document[part]
    return document


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


def test_the_sites_own_counts_where_an_entry_says_nothing() -> None:
    values = copy.deepcopy(CHART)
    del values["singleuser"]["profileList"]
    function = read(values)

    assert function.name == "singleuser"
    assert function.roles[0].containers[0].limits["memory"] == quantity("64Gi")


def test_the_init_container_of_the_chart_is_there_unless_it_is_turned_off() -> None:
    values = copy.deepcopy(CHART)
    values["singleuser"]["cloudMetadata"] = {}
    values["singleuser"]["networkTools"] = {"resources": {"limits": {"cpu": "10m", "memory": "8Mi"}}}
    firewall = read(values).roles[0].containers[-1]

    assert (firewall.name, firewall.sort, firewall.reachable) == ("block-cloud-metadata", "init", False)
    assert firewall.limits["memory"] == quantity("8Mi")


def test_what_is_not_followed_is_said() -> None:
    options = {"image": {"unlisted_choice": {"enabled": True, "kubespawner_override": {"image": "{value}"}}}}
    entry = {**ENTRY, "profile_options": options, "kubespawner_override": {**OVERRIDE, "modify_pod_hook": "f"}}

    hook, free = read(entry).unreachable
    assert hook.startswith("modify_pod_hook changes the pod")
    assert free == "profile_options: what users write themselves for 'image' is not followed"


def test_each_choice_of_an_option_is_a_server_of_its_own() -> None:
    def choice(**override: Any) -> Plain:
        return {"display_name": "c", "kubespawner_override": override}

    sizes = {"small": choice(mem_limit="2G"), "large": {**choice(mem_limit="64G"), "default": True}}
    pools = {"cpu": choice(node_selector={"pool": "cpu"}), "gpu": choice(priority_class_name="igz-system-high")}
    entry = {**ENTRY, "profile_options": {"size": {"choices": sizes}, "pool": {"choices": pools}}}
    services = {each.name: each for each in jupyter_services([entry])}
    roles = {name: service.read().roles[0] for name, service in services.items()}

    assert list(services) == ["lab", "lab (size: small)", "lab (pool: gpu)"]
    assert [str(role.containers[0].limits["memory"]) for role in roles.values()] == ["64G", "2G", "64G"]
    assert [role.node_selector["pool"] for role in roles.values()] == ["cpu", "cpu", "gpu"]
    pool = (0, "profile_options", "pool", "choices")
    assert services["lab (pool: gpu)"].path == (*pool, "gpu", "kubespawner_override")
    assert at([entry], services["lab (pool: gpu)"].place(("priority_class",))) == "igz-system-high"
    assert services["lab"].place(("node_selector", "pool")) == (
        *pool,
        "cpu",
        "kubespawner_override",
        "node_selector",
        "pool",
    )


def test_extra_pod_config_counts_over_the_traits() -> None:
    pod = {"nodeName": "n1", "nodeSelector": {"pool": "core"}, "priorityClassName": "low"}
    role = read({**ENTRY, "kubespawner_override": {**OVERRIDE, "extra_pod_config": pod}}).roles[0]

    assert (role.node_name, role.node_selector, role.priority_class) == ("n1", {"pool": "core"}, "low")


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


@pytest.mark.parametrize("trait", ["cpu_limit", "mem_limit"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**5000, True, "9" * 5000, [], {}], ids=type)
def test_a_number_that_is_none_is_refused_in_words(trait: str, value: Any) -> None:
    with pytest.raises(BrokenFunction, match=f"jupyter 'lab': {trait}: KubeSpawner refuses"):
        read({**ENTRY, "kubespawner_override": {trait: value}})


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
