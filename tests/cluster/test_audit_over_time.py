"""The manifests that are shipped, and the audit that they run, on a real API server."""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import os
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ruamel.yaml import YAML

import igz_runtime
from igz_runtime.audit import audit_cluster
from igz_runtime.cli import main
from igz_runtime.cli.audit_serving import _State
from igz_runtime.cluster import Cluster
from tests.cluster.control_plane import ControlPlane
from tests.cluster.proxy import Asked, Fault, proxy
from tests.cluster.shapes import SHAPES, standing
from tests.serving import served

PACKAGE = Path(igz_runtime.__file__).parent
MANIFESTS = ("deployment", "cronjob")
SHIPPED_NAMESPACE = "igz-runtime"
PATHS = {
    "ServiceAccount": "api/v1/namespaces/{}/serviceaccounts",
    "ConfigMap": "api/v1/namespaces/{}/configmaps",
    "Service": "api/v1/namespaces/{}/services",
    "Pod": "api/v1/namespaces/{}/pods",
    "Deployment": "apis/apps/v1/namespaces/{}/deployments",
    "CronJob": "apis/batch/v1/namespaces/{}/cronjobs",
    "ClusterRole": "apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}
NO_WRITES = """
import os, sys
def refuse(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        raise OSError(30, "Read-only file system", arguments[0])
sys.addaudithook(refuse)
"""
"""A root file system that nothing can write to, as far as Python can tell."""


def shipped(name: str, namespace: str) -> list[dict[str, Any]]:
    """The objects of a manifest, in another namespace than the one that it names."""
    text = (PACKAGE / f"audit/monitoring/{name}.yaml").read_text()
    return list(YAML(typ="safe").load_all(text.replace(f"namespace: {SHIPPED_NAMESPACE}", f"namespace: {namespace}")))


def of_kind(objects: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    return next(each for each in objects if each["kind"] == kind)


def template(objects: list[dict[str, Any]]) -> dict[str, Any]:
    """The pod of a manifest's Deployment or CronJob."""
    outer = next(each["spec"] for each in objects if each["kind"] in ("Deployment", "CronJob"))
    inner: dict[str, Any] = (outer.get("jobTemplate", {}).get("spec") or outer)["template"]
    return {"apiVersion": "v1", "kind": "Pod", **inner, "metadata": {**inner["metadata"], "name": "audit"}}


def sent(plane: ControlPlane, namespace: str, manifest: dict[str, Any], *, dry: bool = True) -> dict[str, Any]:
    """What the API server answers to an object as it stands, of which it validates every field.

    The official client would read the object first, and leave out what it does not know.
    """
    address = urlsplit(plane.url)
    connection = http.client.HTTPSConnection(
        address.hostname or "", address.port, context=ssl.create_default_context(cafile=str(plane.certificate))
    )
    token = json.loads(plane.kubeconfig.read_text())["users"][0]["user"]["token"]
    path = f"/{PATHS[manifest['kind']].format(namespace)}?fieldValidation=Strict{'&dryRun=All' if dry else ''}"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with contextlib.closing(connection):
        connection.request("POST", path, json.dumps(manifest), headers)
        answer: dict[str, Any] = json.loads(connection.getresponse().read())
    return answer


@pytest.mark.parametrize("name", MANIFESTS)
def test_the_api_server_takes_every_object_of_a_manifest_and_knows_every_field(
    control_plane: ControlPlane, namespace: str, name: str
) -> None:
    objects = shipped(name, namespace)

    answers = [sent(control_plane, namespace, each) for each in objects]

    assert [(each["kind"], each.get("message")) for each in answers] == [(each["kind"], None) for each in objects]
    assert [each for each in objects if each["kind"] == "Secret"] == []


def test_a_field_that_is_misspelled_would_be_refused(control_plane: ControlPlane, namespace: str) -> None:
    deployment = of_kind(shipped("deployment", namespace), "Deployment")
    deployment["spec"]["template"]["spec"]["containers"][0]["securityContext"]["readOnlyRootFileSystem"] = True

    assert "unknown field" in sent(control_plane, namespace, deployment)["message"]


@pytest.mark.parametrize(("name", "refused"), [("deployment", ""), ("cronjob", "restricted volume types")])
def test_pods_pass_the_strictest_of_pod_securitys_profiles_but_for_the_folder_of_the_node(
    control_plane: ControlPlane, kubernetes: Any, namespace: str, name: str, refused: str
) -> None:
    from kubernetes.client import CoreV1Api

    strict = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}}
    CoreV1Api(kubernetes).patch_namespace(namespace, strict)
    pod = template(shipped(name, namespace))

    if refused:
        said = sent(control_plane, namespace, pod)["message"]
        assert refused in said
        assert "allowPrivilegeEscalation" not in said
        pod["spec"]["volumes"][1] = {"name": "textfile", "emptyDir": {}}
    assert sent(control_plane, namespace, pod)["status"]["qosClass"] == "Guaranteed"


@contextlib.contextmanager
def with_rights(plane: ControlPlane, kubernetes: Any, objects: list[dict[str, Any]], namespace: str) -> Iterator[str]:
    """A token of the manifest's service account, with the rights that it is bound to, and no others."""
    from kubernetes.client import CoreV1Api, RbacAuthorizationV1Api

    rights = RbacAuthorizationV1Api(kubernetes)
    access = YAML(typ="safe").load_all(PACKAGE / "cluster/access.yaml")
    bindings = [each for each in objects if each["kind"] == "ClusterRoleBinding"]
    roles = [each for each in access if each["kind"] == "ClusterRole"]
    account = of_kind(objects, "ServiceAccount")
    for each in (account, *roles, *bindings):
        sent(plane, namespace, each, dry=False)
    try:
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": 3600}}
        name = account["metadata"]["name"]
        yield CoreV1Api(kubernetes).create_namespaced_service_account_token(name, namespace, asked).status.token
    finally:
        for each in bindings:
            rights.delete_cluster_role_binding(each["metadata"]["name"])
        for each in roles:
            rights.delete_cluster_role(each["metadata"]["name"])


def kubeconfig_with(token: str, plane: ControlPlane, folder: Path, server: str = "") -> Path:
    """A kubeconfig of whoever has a token."""
    cluster = {"server": server or plane.url, "certificate-authority": str(plane.certificate)}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "audit", "user": {"token": token}}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "audit"}}],
        "current-context": "test",
    }
    file = folder / "kubeconfig"
    file.write_text(json.dumps(content))
    return file


def test_the_deployment_reads_all_with_its_rights_and_writes_nothing(
    control_plane: ControlPlane, kubernetes: Any, namespace: str, tmp_path: Path
) -> None:
    objects = shipped("deployment", namespace)
    container = template(objects)["spec"]["containers"][0]
    given = [each for each in container["args"][1:] if not each.startswith(("--every", "--metrics", "--namespace"))]
    configuration = tmp_path / "igz-runtime.yaml"
    configuration.write_text(of_kind(objects, "ConfigMap")["data"]["igz-runtime.yaml"])
    (tmp_path / "sitecustomize.py").write_text(NO_WRITES)
    path = f"{tmp_path}{os.pathsep}{PACKAGE.parent}"

    with (
        with_rights(control_plane, kubernetes, objects, namespace) as token,
        standing(kubernetes, SHAPES[0], "over-time"),
        served(
            tmp_path,
            *given,
            f"--namespace={namespace}",
            f"--kubeconfig={kubeconfig_with(token, control_plane, tmp_path)}",
            PYTHONPATH=path,
            HOME="/nonexistent",
            TMPDIR="/nonexistent",
            IGZ_RUNTIME_CONFIG=str(configuration),
        ) as command,
    ):
        metrics = command.until("reads_total", lambda reads: reads >= 2)

    assert (metrics["up"], metrics["read_failures_total"]) == (1, 0)
    assert [name for name in metrics if name.startswith("unread")] == []
    assert metrics['group_nodes{group="jobs"}'] == 2
    assert abs(metrics["read_timestamp_seconds"] - time.time()) < 60


def test_the_cronjob_leaves_its_metrics_in_the_folder_and_shows_the_audit(
    control_plane: ControlPlane,
    kubernetes: Any,
    namespace: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    container = template(shipped("cronjob", namespace))["spec"]["containers"][0]
    given = [
        each.replace("/textfile", str(tmp_path)).replace("default-tenant", namespace) for each in container["args"]
    ]

    with standing(kubernetes, SHAPES[0], "cronjob"):
        code = main([*given, f"--kubeconfig={control_plane.kubeconfig}", "--no-config"])

    assert code == 0
    assert "node groups: 4" in capsys.readouterr().out
    assert 'igz_runtime_audit_group_nodes{group="jobs"} 2\n' in (tmp_path / "igz-runtime.prom").read_text()


def test_a_server_that_is_in_trouble_leaves_the_last_good_metrics(
    control_plane: ControlPlane, kubernetes: Any, tmp_path: Path
) -> None:
    trouble: list[Fault] = []

    def inject(_: Asked) -> Fault | None:
        return trouble[0] if trouble else None

    with (
        standing(kubernetes, SHAPES[0], "in-trouble"),
        proxy(control_plane, inject) as address,
        served(tmp_path, f"--kubeconfig={control_plane.kubeconfig_of('admin', server=address)}") as command,
    ):
        good = command.until("reads_total", lambda reads: reads >= 1)
        trouble.append(Fault(500, {"kind": "Status", "message": "etcdserver: leader changed"}))
        failed = command.until("read_failures_total", lambda failures: failures >= 1)
        trouble.clear()
        again = command.until("up", lambda up: up == 1)

    assert (good["up"], failed["up"]) == (1, 0)
    assert failed['group_nodes{group="jobs"}'] == 2
    assert again["read_timestamp_seconds"] >= failed["read_timestamp_seconds"]
    assert "reading failed: " in command.said


def test_readings_leave_no_connection_and_no_thread_behind(kubeconfig: Path) -> None:
    state = _State(60)

    def read(times: int) -> tuple[int, int]:
        for _ in range(times):
            state.read(lambda: audit_cluster(Cluster.from_kubernetes(kubeconfig=str(kubeconfig), running=True)))
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()

    before = read(2)

    assert read(15) == before
    assert "igz_runtime_audit_up 1\n" in state.metrics
