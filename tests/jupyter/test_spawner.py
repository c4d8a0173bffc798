"""An entry of JupyterHub's profile list, as KubeSpawner takes it, and its pod, as Kubernetes judges it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes_asyncio.client import CoreV1Api
from kubernetes_asyncio.config import new_client_from_config
from traitlets.traitlets import TraitError

from igz_runtime import Cluster, Waiver, check, jupyter, profiles
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.jupyter.hub import OVERRIDE
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container
from igz_runtime.k8s.qos import qos_class
from igz_runtime.profiles import Profile
from tests.jupyter.hub import Plain, pod_of

pytestmark = pytest.mark.usefixtures("without_a_server")

GPU = profiles.gpu_notebook(cpu=8, memory="64Gi", node_group="gpu")
PLAIN = profiles.development_notebook(cpu="500m", memory="1.5Gi")
TAINTED = Cluster.from_dict(
    {
        "mlrun": {"node_selector": {"app.iguazio.com/lifecycle": "preemptible"}},
        "priority_classes": ["igz-workload-low", "igz-workload-medium", "igz-workload-high"],
        "node_groups": [
            {
                "name": "initial",
                "labels": {"app.iguazio.com/node-group": "initial"},
                "lifecycle": "on-demand",
                "core": True,
            },
            {
                "name": "gpu",
                "labels": {"app.iguazio.com/node-group": "gpu"},
                "lifecycle": "on-demand",
                "gpu": True,
                "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule"}],
            },
            {"name": "jobs", "labels": {"app.iguazio.com/node-group": "jobs"}, "lifecycle": "on-demand"},
        ],
    }
)


def containers_of(pod: Plain) -> list[Container]:
    return codec.read_containers(pod["spec"]["containers"], "containers", "main")


@pytest.mark.parametrize("profile", [GPU, PLAIN], ids=lambda profile: profile.name)
def test_kubespawners_pod_is_the_one_that_was_proven(profile: Profile) -> None:
    entry = jupyter.kubespawner_profile(profile)
    pod = pod_of([entry], entry["slug"])
    (role,) = entry.proof.function.roles
    spec = pod["spec"]

    assert containers_of(pod) == list(role.containers)
    assert spec.get("nodeSelector", {}) == role.node_selector
    assert codec.read_affinity(spec.get("affinity"), "affinity") == role.affinity
    assert spec["priorityClassName"] == role.priority_class
    assert pod["metadata"]["labels"]["igz-runtime/profile"] == profile.name
    for name, value in role.annotations.items():
        assert pod["metadata"]["annotations"][name] == value


def test_the_taint_of_a_known_group_is_tolerated() -> None:
    entry = jupyter.kubespawner_profile(GPU, cluster=TAINTED)
    pod = pod_of([entry], entry["slug"])

    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in pod["spec"]["tolerations"]
    assert "tolerations" in entry.replaces


def test_a_server_that_nobody_uses_ends_by_itself() -> None:
    entry = jupyter.kubespawner_profile(GPU, idle="30m")
    arguments = containers_arguments(pod_of([entry], entry["slug"]))

    assert arguments[0] == "jupyterhub-singleuser"
    assert "--ServerApp.shutdown_no_activity_timeout=1800" in arguments
    assert "--MappingKernelManager.cull_idle_timeout=1650" in arguments


def containers_arguments(pod: Plain) -> list[str]:
    (container,) = pod["spec"]["containers"]
    return [*(container.get("command") or []), *(container.get("args") or [])]


def test_jupyter_server_takes_the_arguments() -> None:
    from jupyter_server.serverapp import ServerApp

    app = ServerApp()
    app.parse_command_line(jupyter.kubespawner_profile(GPU)[OVERRIDE]["args"])
    app.init_configurables()

    assert app.shutdown_no_activity_timeout == 3600
    assert app.kernel_manager.cull_idle_timeout == 3300
    assert app.kernel_manager.cull_connected is True


def test_the_names_of_the_arguments_are_those_of_jupyter_servers_traits() -> None:
    """A class or trait that does not exist is ignored in silence."""
    from jupyter_server.serverapp import ServerApp
    from jupyter_server.services.kernels.kernelmanager import MappingKernelManager
    from jupyter_server_terminals.terminalmanager import TerminalManager

    classes = {each.__name__: each for each in (ServerApp, MappingKernelManager, TerminalManager)}
    for argument in jupyter.kubespawner_profile(GPU)[OVERRIDE]["args"]:
        owner, trait = argument.removeprefix("--").partition("=")[0].split(".")
        assert trait in classes[owner].class_trait_names(config=True), argument


def test_lists_replace_the_sites_own_and_mappings_are_merged() -> None:
    """What an entry says of itself: KubeSpawner does so."""
    entry = jupyter.kubespawner_profile(GPU, cluster=TAINTED)
    site = {
        "tolerations": [{"key": "site", "operator": "Exists"}],
        "node_selector": {"site": "here"},
        "extra_labels": {"site": "here"},
    }
    pod = pod_of([entry], entry["slug"], **site)

    assert [each["key"] for each in pod["spec"]["tolerations"]] == ["nvidia.com/gpu"]
    assert pod["spec"]["nodeSelector"]["site"] == pod["metadata"]["labels"]["site"] == "here"
    assert set(entry.replaces) == {"tolerations", "cmd", "args"}
    assert any(line.startswith("tolerations, cmd, args replace the site's own") for line in entry.not_promised)


def test_braces_in_a_waiver_arrive_as_they_are() -> None:
    """KubeSpawner formats every annotation: a brace that stands alone is a KeyError there."""
    said = 'see {"ticket": 7} and {username}'
    entry = jupyter.kubespawner_profile(GPU.replace(waive={"IGZ402": Waiver(said)}))
    pod = pod_of([entry], entry["slug"])

    assert pod["metadata"]["annotations"]["igz-runtime/waive-IGZ402"] == said
    (service,) = jupyter_services(entry)
    assert service.read().waivers == {"IGZ402": said}


def test_a_list_is_taken_as_it_is_and_as_yaml() -> None:
    made = jupyter.profile_list([GPU, PLAIN, {"display_name": "mine", "slug": "mine"}])
    read = yaml.safe_load(yaml.safe_dump(made))

    assert read == made
    for entry in made:
        assert pod_of(read, entry["slug"]) == pod_of(made, entry["slug"])


@pytest.mark.parametrize(
    ("trait", "value"),
    [("mem_limit", "64Gi"), ("mem_limit", "64g"), ("mem_limit", "64GB"), ("mem_limit", "1024"), ("cpu_limit", "500m")],
)
def test_what_kubespawner_refuses_is_refused_before(trait: str, value: str) -> None:
    entry = {"display_name": "lab", "slug": "lab", OVERRIDE: {trait: value}}

    with pytest.raises(TraitError):
        pod_of([entry], "lab")
    with pytest.raises(ValueError, match=f"jupyter 'lab': {trait}: KubeSpawner refuses '{value}'"):
        check(entry)


@pytest.mark.parametrize("value", ["64G", "1.5G", "512M", "100K", 1024, 2.5e9, "1T"])
def test_memory_is_read_as_kubespawner_reads_it(value: Any) -> None:
    entry = {"display_name": "lab", "slug": "lab", OVERRIDE: {"mem_limit": value, "mem_guarantee": value}}
    (service,) = jupyter_services(entry)
    (container,) = containers_of(pod_of([entry], "lab"))

    assert service.read().roles[0].containers[0].limits == container.limits


class TestOnTheApiServer:
    """The pod that KubeSpawner makes, judged by a real API server."""

    @staticmethod
    def admitted(pod: Plain, kubeconfig: Path, namespace: str) -> Plain:
        """The answer to a dry run, by KubeSpawner's own client."""

        async def asked() -> Plain:
            async with await new_client_from_config(str(kubeconfig)) as client:
                named = {**pod, "metadata": {**pod["metadata"], "namespace": namespace}}
                answer = await CoreV1Api(client).create_namespaced_pod(namespace, named, dry_run="All")
                read: Plain = client.sanitize_for_serialization(answer)
                return read

        return asyncio.run(asked())

    def test_it_is_guaranteed_and_of_its_priority(self, kubeconfig: Path, namespace: str) -> None:
        entry = jupyter.kubespawner_profile(GPU)
        pod = self.admitted(pod_of([entry], entry["slug"]), kubeconfig, namespace)

        assert pod["status"]["qosClass"] == "Guaranteed"
        assert pod["spec"]["priorityClassName"] == "igz-workload-medium"

    def test_a_container_of_the_site_makes_it_burstable_as_it_says(self, kubeconfig: Path, namespace: str) -> None:
        entry = jupyter.kubespawner_profile(GPU)
        firewall = {"name": "block-cloud-metadata", "image": "tools"}
        pod = self.admitted(pod_of([entry], entry["slug"], init_containers=[firewall]), kubeconfig, namespace)
        chart = {"singleuser": {"profileList": [entry.to_dict()]}}
        (service,) = jupyter_services(chart)

        assert pod["status"]["qosClass"] == qos_class(service.read().roles[0].containers) == "Burstable"
        assert "block-cloud-metadata" in entry.not_promised[0]

    def test_without_a_cpu_request_kubernetes_makes_it_the_limit(self, kubeconfig: Path, namespace: str) -> None:
        entry = jupyter.kubespawner_profile(PLAIN)
        pod = self.admitted(pod_of([entry], entry["slug"]), kubeconfig, namespace)
        (container,) = pod["spec"]["containers"]

        assert container["resources"]["requests"]["cpu"] == container["resources"]["limits"]["cpu"] == "500m"
        assert any("Kubernetes makes the request the limit" in line for line in entry.not_promised)

    def test_iguazios_pod_with_its_sidecar_is_burstable(self, kubeconfig: Path, namespace: str) -> None:
        """The containers of Iguazio's chart: nothing in a specification reaches the sidecar."""
        service = jupyter.service(GPU, name="lab")
        own, sidecar = service.proof.function.roles[0].containers
        spec = {
            "containers": [
                {"name": own.name, "image": "lab", "resources": codec.write_resources(own)},
                {"name": sidecar.name, "image": "proxy"},
            ]
        }
        pod = self.admitted({"metadata": {"name": "lab"}, "spec": spec}, kubeconfig, namespace)

        assert pod["status"]["qosClass"] == "Burstable"
        assert service.not_promised[0].startswith("the pod is Burstable")
