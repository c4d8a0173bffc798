"""What is read of a hub's configuration is what the real KubeSpawner makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets.config import Config, PyFileConfigLoader

from igz_runtime.code.cells.source import Cell, Source
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.model import Function
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.k8s.v1 import read_tolerations
from igz_runtime.lint.hub import read_hub
from igz_runtime.lint.results import Content
from tests.examples import examples
from tests.jupyter.hub import Plain, pod_by, pod_of

pytestmark = pytest.mark.usefixtures("without_a_server")

TERMS = [{"matchExpressions": [{"key": "pool", "operator": "In", "values": ["a"]}]}, {"matchExpressions": []}]
TOLERATIONS = [{"key": "gpu", "operator": "Exists"}, {"operator": "Exists", "effect": "NoSchedule"}]
TRAITS = st.fixed_dictionaries(
    {},
    optional={
        "cpu_limit": st.sampled_from([1, 2.5]),
        "cpu_guarantee": st.sampled_from([0.5, 1]),
        "mem_limit": st.sampled_from(["2G", 2**31, "1.5G"]),
        "mem_guarantee": st.sampled_from(["512M", 2**29]),
        "extra_resource_limits": st.dictionaries(st.sampled_from(["nvidia.com/gpu", "amd.com/gpu"]), st.just("1")),
        "node_selector": st.dictionaries(st.sampled_from("ab"), st.sampled_from("xy")),
        "tolerations": st.lists(st.sampled_from(TOLERATIONS), max_size=2),
        "node_affinity_required": st.lists(st.sampled_from(TERMS), min_size=1, max_size=2),
        "priority_class_name": st.sampled_from(["low", "high"]),
        "extra_pod_config": st.sampled_from([{"nodeSelector": {"c": "z"}}, {"priorityClassName": "mine"}, {}]),
    },
)


def same(function: Function, pod: Plain) -> None:
    """Hold what was read to the pod."""
    (role,) = function.roles
    spec = pod["spec"]
    made = PodSettings(
        role=role.role,
        preemption_mode="none",
        containers=tuple(codec.read_containers(spec["containers"], "containers", "main")),
        node_selector=spec.get("nodeSelector", {}),
        tolerations=read_tolerations(spec.get("tolerations"), "tolerations"),
        affinity=codec.read_affinity(spec.get("affinity"), "affinity"),
        priority_class=spec.get("priorityClassName"),
    )
    assert role.but(tolerations=role.tolerations or None) == made


@settings(max_examples=examples(60))
@given(site=TRAITS, override=TRAITS)
def test_an_override_is_laid_over_the_sites_own_as_kubespawner_lays_it(site: Plain, override: Plain) -> None:
    entry = {"display_name": "lab", "slug": "lab", "kubespawner_override": override}
    (service,) = jupyter_services({"KubeSpawner": {**site, "profile_list": [entry]}})

    same(service.read(), pod_of([entry], "lab", **site))


def test_a_choice_is_laid_over_its_entry_as_kubespawner_lays_it() -> None:
    def choice(**override: Any) -> Plain:
        return {"display_name": "c", "kubespawner_override": override}

    sizes = {"small": choice(mem_limit="2G"), "large": {**choice(mem_limit="64G", cpu_limit=8), "default": True}}
    pools = {
        "a": choice(node_selector={"pool": "a"}),
        "b": choice(node_selector={"zone": "b"}, tolerations=TOLERATIONS),
    }
    override = {"node_selector": {"pool": "users"}, "cpu_limit": 1}
    entry = {"display_name": "lab", "slug": "lab", "kubespawner_override": override}
    entry["profile_options"] = {
        "size": {"display_name": "Size", "choices": sizes},
        "pool": {"display_name": "Pool", "choices": pools},
    }
    read = {service.name: service.read() for service in jupyter_services([entry])}

    assert list(read) == ["lab", "lab (size: small)", "lab (pool: b)"]
    for function, chosen in zip(read.values(), ({}, {"size": "small"}, {"pool": "b"}), strict=True):
        same(function, pod_by(Config({"KubeSpawner": {"profile_list": [entry]}}), "lab", **chosen))


CONFIG = """\
c = get_config()
GiB = 1024**3
c.JupyterHub.ip = "127.0.0.1"
c.KubeSpawner.image = "jupyter/base"
c.KubeSpawner.mem_guarantee = 2 * GiB
c.KubeSpawner.node_selector = {"pool": "users"}
LARGE = {"cpu_limit": 8, "mem_limit": 64 * GiB, "node_selector": {"zone": "a"}}
c.KubeSpawner.profile_list = [
    {"display_name": "Large", "slug": "large", "kubespawner_override": LARGE},
    {"display_name": "Small", "slug": "small", "kubespawner_override": {"cpu_limit": 0.5, "mem_limit": "2G"}},
]
"""


@pytest.mark.parametrize("slug", ["large", "small"])
def test_a_configuration_in_python_says_what_running_it_says(slug: str, tmp_path: Path) -> None:
    (tmp_path / "jupyterhub_config.py").write_text(CONFIG)
    config: Any = PyFileConfigLoader("jupyterhub_config.py", path=str(tmp_path)).load_config()
    content = Content()
    read_hub(content, Source([Cell(CONFIG)]))
    read = {written.function.name: written.function for written in content.functions if written.function}

    assert set(read) == {"large", "small"}
    same(read[slug], pod_by(config, slug))
