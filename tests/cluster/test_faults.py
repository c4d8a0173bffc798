"""A cluster that answers badly, in part or not at all: a clear message, and an honest partial answer."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, check, preflight
from igz_runtime.cluster.api import answers
from igz_runtime.errors import ClusterUnreachable, ConfigurationError
from tests.cluster.control_plane import ControlPlane
from tests.cluster.proxy import NEVER, Asked, Fault, Inject, proxy
from tests.cluster.rights import shipped

pytestmark = pytest.mark.every_environment

JOB = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}}
NOBODY = "a-token-of-nobody"


def expired(token: str = "") -> Fault:
    """The refusal of a page whose list is too old."""
    return Fault(410, {"kind": "Status", "reason": "Expired", "code": 410, "metadata": {"continue": token}})


@pytest.fixture
def nodes(kubernetes: Any, namespace: str) -> Iterator[list[str]]:
    """Ten nodes."""
    from kubernetes.client import CoreV1Api

    api, names = CoreV1Api(kubernetes), [f"{namespace}-{i}" for i in range(10)]
    room = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    for name in names:
        api.create_node({"metadata": {"name": name}, "status": {"allocatable": room, "capacity": room}})
    yield names
    for name in names:
        api.delete_node(name)


@contextlib.contextmanager
def faulty(plane: ControlPlane, inject: Inject) -> Iterator[Path]:
    """A kubeconfig whose server is the proxy."""
    with proxy(plane, inject) as address:
        yield plane.kubeconfig_of("admin", address)


def read(kubeconfig: Path, **options: Any) -> Cluster:
    return Cluster.from_kubernetes(kubeconfig=str(kubeconfig), **options)


def unknown(cluster: Cluster) -> dict[str, str]:
    assert cluster.live is not None
    return dict(cluster.live.unknown)


def test_no_server(control_plane: ControlPlane) -> None:
    config = control_plane.kubeconfig_of("admin", "https://127.0.0.1:1")
    with pytest.raises(ClusterUnreachable, match=r"context 'test' \(https://127.0.0.1:1\): nothing answers at this"):
        read(config)


def test_no_kubeconfig_and_no_such_context(control_plane: ControlPlane, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no kubeconfig can be read"):
        read(tmp_path / "absent")
    with pytest.raises(ConfigurationError, match=r"no context 'tset' \(there are: test\); did you mean 'test'"):
        Cluster.from_kubernetes("tset", kubeconfig=str(control_plane.kubeconfig))
    broken = tmp_path / "broken"
    broken.write_text("clusters: [")
    with pytest.raises(ConfigurationError, match="no kubeconfig can be read"):
        read(broken)


def test_a_certificate_that_is_not_trusted(control_plane: ControlPlane, tmp_path: Path) -> None:
    config = json.loads(control_plane.kubeconfig.read_text())
    del config["clusters"][0]["cluster"]["certificate-authority"]
    untrusting = tmp_path / "config"
    untrusting.write_text(json.dumps(config))
    with pytest.raises(ClusterUnreachable, match="its certificate is not trusted \\(self-signed certificate"):
        read(untrusting)


def test_an_https_address_that_speaks_http(control_plane: ControlPlane) -> None:
    with proxy(control_plane, lambda _: None) as address:
        config = control_plane.kubeconfig_of("admin", address.replace("http:", "https:"))
        with pytest.raises(ClusterUnreachable, match="the encrypted connection failed"):
            read(config)


def test_credentials_that_are_not_accepted(control_plane: ControlPlane, tmp_path: Path) -> None:
    config = json.loads(control_plane.kubeconfig.read_text())
    config["users"][0]["user"]["token"] = NOBODY
    stranger = tmp_path / "config"
    stranger.write_text(json.dumps(config))
    with pytest.raises(ClusterUnreachable, match=r"does not accept these credentials \(401\)") as refused:
        read(stranger)
    assert NOBODY not in str(refused.value)


def test_a_password_in_the_address_is_shown_nowhere(control_plane: ControlPlane) -> None:
    nobody = control_plane.kubeconfig_of("admin", "https://admin:hunter2@127.0.0.1:1")
    with pytest.raises(ClusterUnreachable, match=r"\(https://127.0.0.1:1\)") as refused:
        read(nobody)
    assert "hunter2" not in str(refused.value)
    with proxy(control_plane, lambda _: None) as address:
        cluster = read(control_plane.kubeconfig_of("admin", address.replace("//", "//admin:hunter2@")))
    assert "127.0.0.1" in cluster.source
    shown = (repr(cluster), str(cluster), cluster._repr_html_(), json.dumps(cluster.to_dict()))
    assert not [text for text in shown if "hunter2" in text]


@pytest.mark.parametrize("answer", ["refusal", "status"])
def test_a_token_that_a_server_repeats_is_not_shown(control_plane: ControlPlane, answer: str) -> None:
    token = json.loads(control_plane.kubeconfig.read_text())["users"][0]["user"]["token"]
    said = {"kind": "Status", "message": f"no quotas for Bearer {token}, who are you?", "metadata": {}}
    repeating: Inject = lambda asked: (  # noqa: E731
        Fault(403 if answer == "refusal" else 200, said) if asked.of_list == "resourcequotas" else None
    )
    with faulty(control_plane, repeating) as config:
        why = unknown(read(config))["quotas"]
    assert "no quotas for [redacted], who are you?" in why


@pytest.mark.usefixtures("nodes")
def test_who_may_read_nothing_knows_nothing_and_is_told_why(control_plane: ControlPlane) -> None:
    cluster = read(control_plane.kubeconfig_of("stranger"))
    why = unknown(cluster)
    assert set(why) == {
        "nodes",
        "pods",
        "priority classes",
        "limit ranges",
        "quotas",
        "Karpenter's node pools",
        "the Cluster Autoscaler's status",
        "Nuclio's platform configuration",
        "device classes",
        "resource slices",
    }
    assert 'User "stranger" cannot list resource "nodes"' in why["nodes"]
    flight = preflight(JOB, cluster)
    assert flight.roles[0].verdict == "not known"
    assert "not even as a dry run" in str(flight)
    assert cluster.priority_classes is not None  # what was assumed before stays, and nothing else is made up
    assert not any(finding.rule in ("IGZ208", "IGZ405") for finding in check(JOB, cluster))


def test_a_slow_server_is_left_within_the_time_limit(control_plane: ControlPlane, nodes: list[str]) -> None:
    slow: Inject = lambda asked: Fault(wait=NEVER) if asked.of_list == "pods" else None  # noqa: E731
    with faulty(control_plane, slow) as config:
        began = time.monotonic()
        cluster = read(config, timeout=5)
        assert time.monotonic() - began < NEVER
    assert len(cluster.live.nodes if cluster.live else ()) >= len(nodes)
    assert unknown(cluster)["pods"] == "the API server did not answer within 5 s"
    assert unknown(cluster)["quotas"] == "the API server did not answer within 5 s"
    assert "pods: the API server did not answer within 5 s" in str(preflight(JOB, cluster))


def test_a_server_that_sends_a_byte_now_and_then(control_plane: ControlPlane) -> None:
    drip: Inject = lambda asked: Fault(drip=0.05) if asked.of_list == "nodes" else None  # noqa: E731
    with faulty(control_plane, drip) as config:
        began = time.monotonic()
        cluster = read(config, timeout=1.5)
        assert time.monotonic() - began < NEVER  # a byte at a time, the list takes minutes
    assert "within 1.5 s" in unknown(cluster)["nodes"]


@pytest.mark.usefixtures("nodes")
def test_a_list_that_expires_while_it_is_read(control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "PAGE", 4)
    refused: list[Asked] = []

    def expire_once(asked: Asked) -> Fault | None:
        if asked.of_list != "nodes" or not asked.later_page or refused:
            return None
        refused.append(asked)
        return expired()

    with faulty(control_plane, expire_once) as config:
        cluster = read(config)
    assert unknown(cluster)["nodes"] == "only 4 were read: the list expired while it was read (410)"
    assert preflight(JOB, cluster).roles[0].verdict == "runs"  # one of those that were read takes it
    assert preflight({**JOB, "spec": {"node_selector": {"a": "b"}}}, cluster).roles[0].verdict == "not known"


def test_an_expired_list_goes_on_with_the_token_of_the_refusal(
    control_plane: ControlPlane, nodes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is a real one: the API server makes it anew for the key after which reading stopped."""
    monkeypatch.setattr(answers, "PAGE", 4)
    tokens: list[str] = []

    def expire_once(asked: Asked) -> Fault | None:
        if asked.of_list != "nodes" or not asked.later_page or tokens:
            return None
        tokens.append(asked.query["continue"][0])
        return Fault(
            410, {"kind": "Status", "reason": "Expired", "code": 410, "metadata": {"continue": newer(tokens[0])}}
        )

    with faulty(control_plane, expire_once) as config:
        cluster = read(config)
    assert tokens
    assert "nodes" not in unknown(cluster)
    assert {node.name for node in (cluster.live.nodes if cluster.live else ())} >= set(nodes)


def newer(token: str) -> str:
    """The same place in the newest list, as the API server makes it: a token without a resource version."""
    import base64

    place = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    place["rv"] = -1
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.usefixtures("nodes")
def test_half_of_the_nodes_cannot_be_read(control_plane: ControlPlane) -> None:
    def spoil(answer: Any) -> Any:
        for item in answer["items"][::2]:
            item["status"]["allocatable"] = (
                {"cpu": ["not", "a", "quantity"]} if "-0" in item["metadata"]["name"] else None
            )
        return answer

    with faulty(control_plane, lambda asked: Fault(change=spoil) if asked.of_list == "nodes" else None) as config:
        cluster = read(config)
    said = unknown(cluster)["nodes"]
    assert "5 of 10 cannot be read, the first: " in said, said
    assert len(cluster.live.nodes if cluster.live else ()) == 5
    impossible = {**JOB, "spec": {"node_selector": {"pool": "nowhere"}}}
    assert preflight(impossible, cluster).roles[0].verdict == "not known"
    assert not any(finding.rule == "IGZ405" for finding in check(impossible, cluster))
    assert "not everything was read (nodes: " in str(check(impossible, cluster))


@pytest.mark.usefixtures("nodes")
def test_an_answer_that_is_cut_off_and_one_that_is_no_json(control_plane: ControlPlane) -> None:
    def inject(asked: Asked) -> Fault | None:
        if asked.of_list == "nodes":
            return Fault(cut=True)
        return Fault(200, "an HTML page") if asked.of_list == "priorityclasses" else None

    with faulty(control_plane, inject) as config:
        cluster = read(config)
    assert "cut off" in unknown(cluster)["nodes"]
    assert "priority classes" in unknown(cluster)


@pytest.mark.usefixtures("nodes")
def test_a_server_in_trouble(control_plane: ControlPlane) -> None:
    trouble = {"kind": "Status", "message": "etcdserver: leader changed", "code": 500}
    with faulty(
        control_plane, lambda asked: Fault(500, trouble) if asked.of_list == "resourcequotas" else None
    ) as config:
        cluster = read(config)
    assert unknown(cluster)["quotas"] == "the server answered 500: etcdserver: leader changed"


def test_without_the_official_client(control_plane: ControlPlane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "kubernetes.client", None)
    with pytest.raises(ConfigurationError, match=r"pip install 'igz-runtime\[kubernetes\]'"):
        read(control_plane.kubeconfig)


def test_the_role_that_we_ship_reads_everything(control_plane: ControlPlane, kubernetes: Any, namespace: str) -> None:
    from kubernetes.client import RbacAuthorizationV1Api

    cluster_role, role = shipped("igz-runtime-reader"), shipped("igz-runtime-dry-run")
    api = RbacAuthorizationV1Api(kubernetes)
    subject = [{"kind": "User", "name": "reader", "apiGroup": "rbac.authorization.k8s.io"}]

    def bound(to: Any) -> dict[str, Any]:
        reference = {"kind": to["kind"], "name": to["metadata"]["name"], "apiGroup": "rbac.authorization.k8s.io"}
        return {"metadata": {"name": "reader"}, "subjects": subject, "roleRef": reference}

    api.create_cluster_role(cluster_role)
    api.create_cluster_role_binding(bound(cluster_role))
    try:
        cluster = read(control_plane.kubeconfig_of("reader"), namespace=namespace)
        assert unknown(cluster) == {}
        assert "not even as a dry run" in str(preflight(JOB, cluster))
        api.create_namespaced_role(namespace, role)
        api.create_namespaced_role_binding(namespace, bound(role))
        assert "the API server takes it, as Burstable" in str(preflight(JOB, cluster))
    finally:
        api.delete_cluster_role_binding("reader")
        api.delete_cluster_role(cluster_role["metadata"]["name"])
