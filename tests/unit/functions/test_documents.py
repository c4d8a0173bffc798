"""Function mappings: what they share with others stays as it is, and every spelling of a field is found."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from igz_runtime import check, profiles
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions import adapter_for

Plain = dict[str, Any]
SMALL = {"cpu": "1", "memory": "1Gi"}
GUARANTEED = {"requests": SMALL, "limits": SMALL}
SERVICE = profiles.production_service(cpu=1, memory="2Gi", sizes={"logs": {"cpu": 1, "memory": "1Gi"}})
PLACES: dict[str, tuple[str, Any]] = {
    "Nuclio's sidecars": ("NuclioFunction", lambda sidecars: {"sidecars": sidecars}),
    "Nuclio's init containers": ("NuclioFunction", lambda sidecars: {"InitContainers": sidecars}),
    "a key of MLRun's config": ("remote", lambda sidecars: {"config": {"spec.sidecars": sidecars}}),
    "MLRun's base_spec": ("remote", lambda sidecars: {"base_spec": {"spec": {"sidecars": sidecars}}}),
    "a serving function": ("serving", lambda sidecars: {"config": {"spec.initContainers": sidecars}}),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_functions_share_stays_as_it_was(place: str) -> None:
    kind, spec_with = PLACES[place]
    shared: Plain = {"labels": {"team": "risk"}, "annotations": {"owner": "a"}, "spec": spec_with([{"name": "logs"}])}
    before = copy.deepcopy(shared)
    functions: list[Plain] = [
        {
            "kind": kind,
            "metadata": {"name": name, "labels": shared["labels"], "annotations": shared["annotations"]},
            "spec": dict(shared["spec"]),
        }
        for name in ("one", "two")
    ]
    SERVICE.apply(functions[0])

    assert shared == before
    assert functions[1]["spec"] == before["spec"]
    assert profiles.applied_to(functions[1]) is None
    extra = next(c for c in adapter_for(functions[0]).read().roles[0].containers if c.name == "logs")
    assert {name: str(amount) for name, amount in extra.limits.items()} == SMALL


def test_a_sidecar_of_the_base_configuration_is_written_to_the_one_above_it() -> None:
    """MLRun merges `config` over `base_spec` when it deploys, list for list."""
    kind, spec_with = PLACES["MLRun's base_spec"]
    fn = {"kind": kind, "metadata": {"name": "scorer"}, "spec": spec_with([{"name": "logs", "image": "a"}])}
    SERVICE.apply(fn)

    assert fn["spec"]["base_spec"]["spec"]["sidecars"] == [{"name": "logs", "image": "a"}]
    assert fn["spec"]["config"]["spec.sidecars"] == [{"name": "logs", "image": "a", "resources": GUARANTEED}]


@pytest.mark.parametrize("kind", ["NuclioFunction", "remote"])
@pytest.mark.parametrize(
    ("sidecars", "says"),
    [
        ([{"image": "a"}], "[0].name: a container needs a name"),
        ([{"name": "logs"}, {"name": "logs"}], "[1].name: another container is called 'logs'"),
    ],
)
def test_containers_without_a_name_of_their_own_are_refused(kind: str, sidecars: list[Plain], says: str) -> None:
    spec = {"sidecars": sidecars} if kind == "NuclioFunction" else {"config": {"spec.sidecars": sidecars}}
    with pytest.raises(BrokenFunction) as caught:
        check({"kind": kind, "metadata": {"name": "scorer"}, "spec": spec})
    assert says in str(caught.value)


def test_a_sidecar_may_be_called_as_the_functions_own_container_is_here() -> None:
    fn: Plain = {
        "kind": "NuclioFunction",
        "metadata": {"name": "scorer"},
        "spec": {"resources": {"limits": SMALL}, "sidecars": [{"name": "main", "resources": {"limits": SMALL}}]},
    }
    before = copy.deepcopy(fn["spec"])
    profiles.production_service().apply(fn)
    profiles.development_job().apply(fn)
    record = fn["metadata"]["annotations"].pop("igz-runtime/applied")

    assert '"sidecar main"' in record
    assert fn["spec"]["sidecars"][0]["resources"]["limits"] == before["sidecars"][0]["resources"]["limits"]


def test_a_field_that_stands_twice_is_read_and_written_as_it_is_spelled_by_nuclio() -> None:
    fn: Plain = {
        "kind": "NuclioFunction",
        "metadata": {"name": "scorer"},
        "spec": {"PREEMPTIONMODE": "allow", "NodeSelector": {"zone": "a"}, "nodeSelector": {"zone": "b"}},
    }
    profiles.production_service(cpu=1, memory="2Gi", node_group={"zone": "c"}).apply(fn)

    assert fn["spec"]["PREEMPTIONMODE"] == "prevent"
    assert fn["spec"]["nodeSelector"] == {"zone": "c"}
    assert fn["spec"]["NodeSelector"] == {"zone": "a"}


def test_dotted_keys_of_the_configuration_are_read_as_nuclio_nests_them() -> None:
    config = {
        "spec.nodeSelector.\\app.iguazio.com/lifecycle\\": "preemptible",
        "spec.nodeSelector.zone": "a",
        "spec.resources.limits.cpu": "3",
    }
    fn: Plain = {"kind": "remote", "metadata": {"name": "scorer"}, "spec": {"config": config}}
    (role,) = adapter_for(fn).roles()

    assert role.node_selector == {"app.iguazio.com/lifecycle": "preemptible", "zone": "a"}
    assert str(role.containers[0].limits["cpu"]) == "3"
    assert "IGZ104" in {finding.rule for finding in check(fn)}


def test_a_dotted_key_below_a_value_is_named() -> None:
    config = {"spec.nodeSelector.zone": "a", "spec.nodeSelector.zone.b": "c"}
    with pytest.raises(BrokenFunction, match=r"config\[spec\.nodeSelector\.zone\.b\]: 'zone' has a value"):
        check({"kind": "remote", "metadata": {"name": "scorer"}, "spec": {"config": config}})
