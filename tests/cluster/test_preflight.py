"""Preflight on a real cluster: each verdict, and the API server's own where it has one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Preflight, preflight, profiles
from igz_runtime.cluster.autoscaling import Addition
from igz_runtime.planning.preflight import RolePreflight
from tests.cluster.shapes import SHAPES, priority_classes, standing

pytestmark = pytest.mark.every_environment

Plain = dict[str, Any]
Make = Callable[..., Any]
JOBS = {"app.iguazio.com/node-group": "jobs"}
SMALL = {"cpu": "1", "memory": "1Gi"}
STATUS = """\
time: 2026-11-24 08:00:00 +0000 UTC
autoscalerStatus: Running
nodeGroups:
- name: {name}
  health:
    status: {health}
    cloudProviderTarget: 2
    minSize: 1
    maxSize: {most}
  scaleUp:
    status: {scale_up}
"""


@pytest.fixture(scope="module", autouse=True)
def nodes(kubernetes: Any) -> Iterator[None]:
    """Iguazio on EKS, two nodes of 16 cores in each group, with its priority classes."""
    with priority_classes(kubernetes), standing(kubernetes, SHAPES[1], "preflight"):
        yield


@pytest.fixture
def read(kubeconfig: Path, namespace: str) -> Callable[[], Cluster]:
    """Reads the cluster as it is now."""
    return lambda: Cluster.from_kubernetes(kubeconfig=str(kubeconfig), namespace=namespace)


@pytest.fixture
def make(kubernetes: Any, namespace: str) -> Iterator[Make]:
    """Makes an object of the test's namespace, or of another, and removes it in the end."""
    from kubernetes.client import CoreV1Api

    api, made = CoreV1Api(kubernetes), []

    def create(kind: str, name: str, body: Plain, where: str = namespace) -> Any:
        made.append((kind, name, where))
        return getattr(api, f"create_namespaced_{kind}")(where, {"metadata": {"name": name}, **body})

    yield create
    for kind, name, where in made:
        getattr(api, f"delete_namespaced_{kind}")(name, where, **({"grace_period_seconds": 0} if kind == "pod" else {}))


def job(requests: Plain | None = None, selector: Plain | None = None, **spec: Any) -> Plain:
    requests = SMALL if requests is None else requests
    resources = {"requests": requests, "limits": requests}
    return {
        "kind": "job",
        "metadata": {"name": "etl"},
        "spec": {"resources": resources, "node_selector": JOBS if selector is None else selector, **spec},
    }


def spark(executors: int) -> Plain:
    amounts = {"requests": SMALL}
    limits = {"limits": {"cpu": 1}}
    return {
        "kind": "spark",
        "metadata": {"name": "spark"},
        "spec": {
            "driver_resources": {**amounts, **limits},
            "executor_resources": {**amounts, **limits},
            "replicas": executors,
            "node_selector": JOBS,
        },
    }


def occupy(make: Make, group: str, cpu: str) -> None:
    """A pod on each of the group's two nodes."""
    for i in range(2):
        container = {"name": "main", "image": "a", "resources": {"requests": {"cpu": cpu}}}
        make("pod", f"full-{i}", {"spec": {"nodeName": f"preflight-{group}-{i}", "containers": [container]}})


def only(flight: Preflight) -> RolePreflight:
    (role,) = flight.roles
    return role


def autoscaled(make: Make, **facts: Any) -> None:
    facts = {"health": "Healthy", "most": 5, "scale_up": "NoActivity", "name": "eks-jobs-1c2b", **facts}
    make("config_map", "cluster-autoscaler-status", {"data": {"status": STATUS.format(**facts)}}, "kube-system")


def test_a_pod_that_fits_now(read: Callable[[], Cluster]) -> None:
    flight = preflight(job(), read())
    role = only(flight)
    assert role.verdict == "runs"
    assert flight.ok
    assert role.fit.eligible == ("preflight-jobs-0", "preflight-jobs-1")
    assert role.fit.reasons == {
        "node(s) didn't match Pod's node affinity/selector": 4,
        "node(s) had untolerated taint(s)": 2,
    }
    assert role.dry_run is not None
    assert (role.dry_run.accepted, role.dry_run.qos, role.qos) == (True, "Guaranteed", "Guaranteed")
    shown = str(flight)
    assert "main: fits now" in shown
    assert "2 of 8 nodes: preflight-jobs-0, preflight-jobs-1" in shown
    assert "4 node(s) didn't match Pod's node affinity/selector" in shown


def test_a_plan_is_judged_before_it_is_applied(read: Callable[[], Cluster]) -> None:
    fn = job(selector={}, resources={})
    plan = profiles.production_job(cpu=2, memory="4Gi", node_group="jobs").plan(fn, read())
    flight = plan.preflight()
    assert only(flight).fit.eligible == ("preflight-jobs-0", "preflight-jobs-1")
    assert only(flight).qos == "Guaranteed"
    assert fn == job(selector={}, resources={})


def test_a_cluster_that_was_not_read_serves_no_preflight() -> None:
    with pytest.raises(Exception, match=r"Iguazio's defaults: use Cluster.from_kubernetes\(\), or Cluster.load\(\)"):
        preflight(job(), Cluster.iguazio())


def test_full_nodes_and_what_the_autoscaler_does_about_them(read: Callable[[], Cluster], make: Make) -> None:
    occupy(make, "jobs", "15500m")
    waiting = preflight(job(), read())
    assert only(waiting).verdict == "waits for room"
    assert only(waiting).drained == ("preflight-jobs-0", "preflight-jobs-1")
    assert "waits until other pods leave" in str(waiting)
    assert "2 Insufficient cpu" in str(waiting)

    autoscaled(make)
    assert only(preflight(job(), read())).verdict == "new node"
    assert only(preflight(job(selector={"app.iguazio.com/node-group": "jbos"}), read())).verdict == "never scheduled"
    assert only(preflight(job({"cpu": "17", "memory": "1Gi"}), read())).verdict == "never scheduled"


@pytest.mark.parametrize(
    "name",
    [
        "https://www.googleapis.com/compute/v1/projects/p/zones/europe-west1-b/instanceGroups/preflight-jobs-grp",
        "eks-jobs-1c2b",
    ],
)
def test_a_node_group_is_known_by_its_nodes_names_or_by_its_own(
    read: Callable[[], Cluster], make: Make, name: str
) -> None:
    occupy(make, "jobs", "15500m")
    autoscaled(make, name=name)
    cluster = read()
    assert cluster.live is not None
    assert [pool.labels["app.iguazio.com/node-group"] for pool in cluster.live.pools] == ["jobs"]
    assert only(preflight(job(), cluster)).verdict == "new node"


@pytest.mark.parametrize(
    ("facts", "because"),
    [
        ({"most": 2}, "it has its largest size"),
        ({"scale_up": "Backoff"}, r"its last scale-up failed \(Backoff\)"),
        ({"health": "Unhealthy"}, "it is unhealthy"),
    ],
)
def test_an_autoscaler_that_adds_none(read: Callable[[], Cluster], make: Make, facts: Plain, because: str) -> None:
    occupy(make, "jobs", "15500m")
    autoscaled(make, **facts)
    flight = preflight(job(), read())
    assert only(flight).verdict == "waits for room"
    assert f"eks-jobs-1c2b: no, {because.replace(chr(92), '')}" in str(flight)


def test_a_node_group_of_the_autoscaler_without_nodes(read: Callable[[], Cluster], make: Make) -> None:
    autoscaled(make, name="asg-of-the-future")
    flight = preflight(job(selector={"pool": "future"}), read())
    assert only(flight).verdict == "not known"
    because = "what its nodes are like is not known, because it has none now"
    assert only(flight).additions == (Addition("asg-of-the-future", "perhaps", because),)


def test_an_autoscaler_of_another_age_is_not_known(read: Callable[[], Cluster], make: Make) -> None:
    text = "Cluster-autoscaler status at 2023-01-01:\nCluster-wide:\n  Health: Healthy (ready=8)\nNodeGroups:\n"
    make("config_map", "cluster-autoscaler-status", {"data": {"status": text}}, "kube-system")
    cluster = read()
    assert cluster.live is not None
    assert "since 1.30" in cluster.live.unknown["the Cluster Autoscaler's status"]
    assert only(preflight(job(selector={"pool": "nowhere"}), cluster)).verdict == "not known"


def test_a_pod_that_no_node_could_ever_take(read: Callable[[], Cluster]) -> None:
    flight = preflight(job(selector={"pool": "nowhere"}), read())
    assert only(flight).verdict == "never scheduled"
    assert not flight.ok
    assert "none was found: no node is added" in str(flight)


def test_a_priority_class_that_does_not_exist(read: Callable[[], Cluster]) -> None:
    role = only(preflight(job(priority_class_name="urgent"), read()))
    assert role.verdict == "refused"
    assert role.refusals == ("priority class 'urgent' does not exist",)
    assert role.dry_run is not None
    assert not role.dry_run.accepted
    assert "no PriorityClass with name urgent was found" in role.dry_run.message


def test_limit_ranges_fill_in_and_say_so(read: Callable[[], Cluster], make: Make) -> None:
    limits = [{"type": "Container", "default": {"cpu": "2", "memory": "4Gi"}, "max": {"cpu": "4"}}]
    make("limit_range", "bounds", {"spec": {"limits": limits}})
    cluster = read()
    bare = only(preflight(job({}), cluster))
    assert bare.dry_run is not None
    assert (bare.qos_before, bare.qos, bare.dry_run.qos) == ("BestEffort", "Guaranteed", "Guaranteed")
    assert "admission makes it that; it was BestEffort" in str(preflight(job({}), cluster))

    large = only(preflight(job({"cpu": "8", "memory": "4Gi"}), cluster))
    assert large.refusals == ("limit range 'bounds': container 'base' has a limit of 8 cpu, and 4 is the most",)
    assert large.dry_run is not None
    assert "maximum cpu usage per Container is 4" in large.dry_run.message


def set_quota(kubernetes: Any, namespace: str, hard: Plain, used: Plain) -> None:
    from kubernetes.client import CoreV1Api

    api = CoreV1Api(kubernetes)
    body = {"metadata": {"name": "team"}, "spec": {"hard": hard}, "status": {"hard": hard, "used": used}}
    api.create_namespaced_resource_quota(namespace, body)
    api.replace_namespaced_resource_quota_status("team", namespace, body)


def test_a_quota_that_is_used_up(kubernetes: Any, namespace: str, read: Callable[[], Cluster]) -> None:
    set_quota(kubernetes, namespace, {"requests.cpu": "10"}, {"requests.cpu": "9500m"})
    role = only(preflight(job(), read()))
    assert role.verdict == "refused"
    assert role.refusals == ("quota 'team' is exceeded: requests.cpu 1 asked, 9500m of 10 in use",)


def test_the_roles_of_a_function_share_quota_and_nodes(
    kubernetes: Any, namespace: str, read: Callable[[], Cluster]
) -> None:
    set_quota(kubernetes, namespace, {"requests.cpu": "40"}, {"requests.cpu": "0"})
    driver, executor, _ = preflight(spark(31), read()).roles
    assert (driver.verdict, executor.verdict) == ("runs", "runs")
    assert (executor.placed, executor.pods) == (31, 31)

    driver, executor, _ = preflight(spark(32), read()).roles  # two nodes of 16 cores, and the driver has one of them
    assert (driver.verdict, executor.verdict) == ("runs", "waits for room")
    assert executor.placed == 31

    driver, executor, _ = preflight(spark(40), read()).roles
    assert executor.refusals == ("quota 'team' is exceeded: requests.cpu 40 asked, 1 of 40 in use",)
    assert "room for 31 of its 40 pods" in str(preflight(spark(40), read()))


def test_nuclio_is_asked_for_its_preemptible_nodes(read: Callable[[], Cluster], make: Make) -> None:
    assert read().nuclio == Cluster.iguazio().nuclio
    platform = {"kube": {"preemptibleNodes": {"nodeSelector": {"spot": "yes"}, "defaultMode": "allow"}}}
    make("config_map", "nuclio-platform-config", {"data": {"platform.yaml": json.dumps(platform)}})
    nuclio = read().nuclio
    assert nuclio is not None
    assert (nuclio.node_selector, nuclio.default_mode) == ({"spot": "yes"}, "allow")


def test_a_platform_configuration_that_cannot_be_read(read: Callable[[], Cluster], make: Make) -> None:
    make("config_map", "nuclio-platform-config", {"data": {"platform.yaml": "kube: [secret-value"}})
    cluster = read()
    assert cluster.live is not None
    (why,) = cluster.live.unknown.values()
    assert why.startswith("its platform.yaml cannot be read: line 2 is not YAML")
    assert "secret-value" not in why


def test_a_saved_cluster_serves_offline(read: Callable[[], Cluster], make: Make, tmp_path: Path) -> None:
    autoscaled(make)
    make("limit_range", "bounds", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "12"}}]}})
    cluster = read()
    cluster.save(tmp_path / "cluster.json")
    loaded = Cluster.load(tmp_path / "cluster.json")
    assert loaded == cluster
    assert loaded.connection is None

    online, offline = (only(preflight(job(), each)) for each in (cluster, loaded))
    assert offline.dry_run is None
    assert (offline.verdict, offline.fit, offline.additions) == (online.verdict, online.fit, online.additions)
    assert "dry run" not in str(preflight(job(), loaded))


def test_a_report_in_html_escapes_what_a_function_says(read: Callable[[], Cluster]) -> None:
    fn = job(priority_class_name="<b>urgent</b>")
    fn["metadata"]["name"] = "<script>alert(1)</script>"
    html = preflight(fn, read())._repr_html_()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;urgent" in html


def test_what_the_api_server_refuses_of_the_pod_itself(read: Callable[[], Cluster]) -> None:
    """Nothing of ours forbids it: the label value is valid, the toleration is not."""
    fn = job(tolerations=[{"key": "spot", "operator": "Exists", "value": "true"}])
    role = only(preflight(fn, read()))
    assert role.verdict == "refused"
    assert role.dry_run is not None
    assert "spec.tolerations" in role.dry_run.message
    assert "igz-runtime-preflight" not in role.dry_run.message
