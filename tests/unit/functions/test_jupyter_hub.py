"""Servers of a JupyterHub in documents: what the site, an entry and a choice in it say together."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.k8s.quantity import quantity
from tests.unit.functions.jupyter_forms import CHART, ENTRY, OVERRIDE, Plain, at, read


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


@pytest.mark.parametrize("trait", ["cpu_limit", "mem_limit"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**5000, True, "9" * 5000, [], {}], ids=type)
def test_a_number_that_is_none_is_refused_in_words(trait: str, value: Any) -> None:
    with pytest.raises(BrokenFunction, match=f"jupyter 'lab': {trait}: KubeSpawner refuses"):
        read({**ENTRY, "kubespawner_override": {trait: value}})
