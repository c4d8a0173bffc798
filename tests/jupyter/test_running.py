"""The pods that KubeSpawner makes are known, in a running cluster, as somebody's Jupyter service."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from igz_runtime import jupyter, profiles
from igz_runtime.cluster.api.stored import settings_of
from igz_runtime.cluster.running import Identity
from igz_runtime.cluster.workloads import identity_of, row_of
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.kinds import JUPYTER
from tests.jupyter.hub import Plain, pod_by

pytestmark = pytest.mark.usefixtures("without_a_server")

GPU = profiles.gpu_notebook(cpu=8, memory="64Gi", node_group="gpu")


def spawned(entry: Plain, **site: Any) -> Plain:
    traits = {"profile_list": [entry], "image": "jupyter/base", **site}
    return pod_by(Config({"KubeSpawner": traits}), entry["slug"])


def test_a_spawned_pod_is_a_jupyter_service_that_asks_for_what_its_entry_says() -> None:
    entry = jupyter.kubespawner_profile(GPU)
    pod = spawned(entry)
    labels = pod["metadata"]["labels"]

    row = row_of(labels, "hub", "")
    assert row is not None
    assert (row.name, row.verified) == ("JupyterHub's server", "run")
    whose = identity_of(labels)
    assert whose == Identity(JUPYTER, function=labels["hub.jupyter.org/username"], profile="gpu_notebook")
    (service,) = jupyter_services(entry)
    (asked,) = service.read().roles
    found = settings_of(pod, whose.kind, whose.role)
    for field in ("node_selector", "priority_class", "affinity", "tolerations", "annotations"):
        assert (getattr(found, field) or None) == (getattr(asked, field) or None), field
    (own, *_), (stated, *_) = found.containers, asked.containers
    assert (own.requests, own.limits, own.sort) == (stated.requests, stated.limits, "main")


def test_the_hub_itself_is_nobodys() -> None:
    assert identity_of({"app": "jupyterhub", "component": "hub"}).kind == ""
