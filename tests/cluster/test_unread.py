"""A preflight never says "runs" where it does not know: each fact, and each way of not getting it.

The API server is a real one; a proxy before it spoils one answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Preflight, check, preflight
from igz_runtime.planning.preflight import RolePreflight
from tests.cluster.control_plane import ControlPlane
from tests.cluster.proxy import NEVER, Asked, Fault, proxy
from tests.cluster.rights import allowed, shipped
from tests.cluster.shapes import priority_classes
from tests.loopback import LISTS

pytestmark = pytest.mark.every_environment

Plain = dict[str, Any]
AMOUNTS = {"cpu": "1", "memory": "1Gi"}
NODES = 2
FACTS = {
    "nodes": "nodes",
    "pods": "pods",
    "priorityclasses": "priority classes",
    "limitranges": "limit ranges",
    "resourcequotas": "quotas",
}
STATUS = {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": "etcdserver: leader changed"}


def status(code: int, message: str) -> Fault:
    return Fault(code, {**STATUS, "code": code, "message": message})


def without_items(answer: Plain) -> Plain:
    return {name: value for name, value in answer.items() if name != "items"}


SHAPES: dict[str, Callable[[str], Fault]] = {
    "403": lambda _: status(403, 'User "reader" cannot list it'),
    "404": lambda _: Fault(404, "404 page not found"),
    "500": lambda _: status(500, "etcdserver: leader changed"),
    "an empty object": lambda _: Fault(200, {}),
    "a Status": lambda _: Fault(200, STATUS),
    "another list": lambda kind: Fault(200, {"kind": f"Other{kind}", "metadata": {}, "items": []}),
    "null": lambda kind: Fault(200, {"kind": kind, "metadata": {}, "items": None}),
    "no items": lambda _: Fault(change=without_items),
    "no metadata": lambda kind: Fault(200, {"kind": kind, "items": []}),
    "a list": lambda _: Fault(200, []),
    "text": lambda _: Fault(200, "an HTML page"),
    "items of nothing": lambda kind: Fault(200, {"kind": kind, "metadata": {}, "items": [None, {}, {"metadata": {}}]}),
    "half": lambda _: Fault(cut=True),
}


def job(amounts: Plain | None = None, **spec: Any) -> Plain:
    requests = AMOUNTS if amounts is None else amounts
    resources = {"requests": requests, "limits": requests} if requests else {}
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": {"resources": resources, **spec}}


SPARK = {
    "kind": "spark",
    "metadata": {"name": "spark"},
    "spec": {
        "driver_resources": {"requests": AMOUNTS, "limits": {"cpu": "1"}},
        "executor_resources": {"requests": AMOUNTS, "limits": {"cpu": "1"}},
        "replicas": 2,
    },
}


@pytest.fixture(scope="module", autouse=True)
def nodes(kubernetes: Any) -> Iterator[None]:
    """Two nodes of four cores, with nothing on them, and Iguazio's priority classes."""
    from kubernetes.client import CoreV1Api

    core = CoreV1Api(kubernetes)
    room = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    names = [f"unread-{number}" for number in range(NODES)]
    for name in names:
        core.create_node({"metadata": {"name": name}, "status": {"allocatable": room, "capacity": room}})
    with priority_classes(kubernetes):
        yield
    for name in names:
        core.delete_node(name)


@pytest.fixture(scope="module")
def reader(control_plane: ControlPlane, kubernetes: Any) -> Iterator[str]:
    """A user with the rights that we ship for reading, who may not ask for a dry run."""
    with allowed(kubernetes, "reader", shipped("igz-runtime-reader")["rules"]):
        until = time.monotonic() + 10
        while unknown(Cluster.from_kubernetes(kubeconfig=str(control_plane.kubeconfig_of("reader")))):
            assert time.monotonic() < until, "the API server did not take the user's rights up"
        yield "reader"


@pytest.fixture
def spoiled(control_plane: ControlPlane, namespace: str) -> Iterator[Callable[..., Cluster]]:
    """Reads the cluster with answers that are spoiled by the last part of their path, for as long as the test runs."""
    faults: dict[str, Fault] = {}

    def inject(asked: Asked) -> Fault | None:
        # A dry run has the same last part as the list of pods, and stands in a namespace.
        creating = asked.of_list == "pods" and "/namespaces/" in asked.path
        return faults.get("dry run" if creating else asked.of_list)

    with proxy(control_plane, inject) as address:

        def read(user: str = "admin", timeout: float = 30.0, **spoil: Fault) -> Cluster:
            faults.update({name.replace("_", " "): fault for name, fault in spoil.items()})
            config = control_plane.kubeconfig_of(user, address)
            return Cluster.from_kubernetes(kubeconfig=str(config), namespace=namespace, timeout=timeout)

        yield read


def unknown(cluster: Cluster) -> dict[str, str]:
    assert cluster.live is not None
    return dict(cluster.live.unknown)


def only(flight: Preflight) -> RolePreflight:
    (role,) = flight.roles
    return role


def require_not_known(flight: Preflight, fact: str) -> None:
    role = only(flight)
    assert role.verdict == "not known"
    assert [each.partition(":")[0] for each in role.missing] == [fact]
    assert not flight.ok
    assert f"{fact}: " in str(flight).partition("main: not known")[2].partition("eligible")[0]
    assert "not known" in flight._repr_html_()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("part", FACTS)
def test_a_fact_that_was_not_read_makes_the_verdict_not_known(
    part: str, shape: str, reader: str, spoiled: Callable[..., Cluster], tmp_path: Path
) -> None:
    cluster = spoiled(reader, **{part: SHAPES[shape](LISTS[part])})

    assert list(unknown(cluster)) == [FACTS[part]]
    require_not_known(preflight(job(), cluster), FACTS[part])
    cluster.save(tmp_path / "cluster.json")
    require_not_known(preflight(job(), Cluster.load(tmp_path / "cluster.json")), FACTS[part])


@pytest.mark.parametrize("part", FACTS)
def test_a_slow_answer_makes_the_verdict_not_known(part: str, reader: str, spoiled: Callable[..., Cluster]) -> None:
    began = time.monotonic()
    cluster = spoiled(reader, timeout=3.0, **{part: Fault(wait=NEVER)})

    assert time.monotonic() - began < NEVER
    assert unknown(cluster)[FACTS[part]] == "the API server did not answer within 3 s"
    assert only(preflight(job(), cluster)).verdict == "not known"


@pytest.mark.usefixtures("reader")
def test_with_everything_read_it_runs(spoiled: Callable[..., Cluster]) -> None:
    flight = preflight(job(), spoiled("reader"))

    assert (only(flight).verdict, only(flight).missing) == ("runs", ())
    assert not [finding for finding in flight.findings if finding.refuses]
    assert flight.ok


def test_who_may_not_list_pods_is_not_told_that_a_pod_runs(
    control_plane: ControlPlane, kubernetes: Any, namespace: str
) -> None:
    rules = [
        {**rule, "resources": [each for each in rule["resources"] if each != "pods"]}
        for rule in shipped("igz-runtime-reader")["rules"]
    ]
    config = str(control_plane.kubeconfig_of("stranger"))
    with allowed(kubernetes, "stranger", rules):
        until = time.monotonic() + 10
        while "nodes" in unknown(cluster := Cluster.from_kubernetes(kubeconfig=config, namespace=namespace)):
            assert time.monotonic() < until

    assert 'User "stranger" cannot list resource "pods"' in unknown(cluster)["pods"]
    require_not_known(preflight(job(), cluster), "pods")


@pytest.mark.parametrize("part", ["priorityclasses", "limitranges", "resourcequotas"])
def test_a_dry_run_that_is_accepted_settles_what_admission_looks_at(part: str, spoiled: Callable[..., Cluster]) -> None:
    role = only(preflight(job(), spoiled(**{part: status(403, "no")})))

    assert role.dry_run is not None
    assert (role.dry_run.accepted, role.verdict, role.missing) == (True, "runs", ())


@pytest.mark.parametrize("part", ["nodes", "pods"])
def test_a_dry_run_says_nothing_of_nodes(part: str, spoiled: Callable[..., Cluster]) -> None:
    role = only(preflight(job(), spoiled(**{part: status(403, "no")})))

    assert role.dry_run is not None
    assert (role.dry_run.accepted, role.verdict) == (True, "not known")


def test_a_dry_run_counts_one_pod_and_says_nothing_of_a_quota_for_several(spoiled: Callable[..., Cluster]) -> None:
    driver, executor, _ = preflight(SPARK, spoiled(resourcequotas=status(403, "no"))).roles

    assert executor.dry_run is not None
    assert executor.dry_run.accepted
    assert (driver.verdict, executor.verdict) == ("not known", "not known")
    assert executor.missing[0].startswith("quotas: ")


def test_the_answer_to_a_dry_run_is_the_pod_with_the_limit_ranges_that_were_not_read(
    kubernetes: Any, namespace: str, spoiled: Callable[..., Cluster]
) -> None:
    from kubernetes.client import CoreV1Api

    item = {"type": "Container", "default": {"cpu": "8", "memory": "1Gi"}}
    CoreV1Api(kubernetes).create_namespaced_limit_range(
        namespace, {"metadata": {"name": "large"}, "spec": {"limits": [item]}}
    )
    cluster = spoiled(limitranges=status(403, "no"))
    role = only(preflight(job({}), cluster))

    assert str(role.pod.containers[0].requests["cpu"]) == "8"
    assert (role.qos, role.verdict) == ("Guaranteed", "never scheduled")  # a node has four cores


@pytest.mark.parametrize("shape", ["404", "500", "an empty object", "a Status", "text", "a list", "half"])
def test_a_dry_run_that_is_not_answered_is_not_accepted(shape: str, spoiled: Callable[..., Cluster]) -> None:
    role = only(preflight(job(), spoiled(dry_run=SHAPES[shape]("Pod"))))

    assert role.dry_run is not None
    assert (role.dry_run.accepted, bool(role.dry_run.message)) == (None, True)
    assert role.verdict == "runs"  # all that was read says so, as of a saved cluster


@pytest.mark.parametrize(
    "pod", [{}, {"spec": {}, "status": {}}, {"spec": {"containers": []}, "status": {"qosClass": "x"}}]
)
def test_a_dry_run_that_is_answered_with_half_a_pod_is_not_accepted(
    pod: Plain, spoiled: Callable[..., Cluster]
) -> None:
    role = only(preflight(job(), spoiled(dry_run=Fault(200, {"kind": "Pod", **pod}))))

    assert role.dry_run is not None
    assert role.dry_run.accepted is None


def test_a_namespace_that_does_not_exist_takes_no_pod(control_plane: ControlPlane) -> None:
    cluster = Cluster.from_kubernetes(kubeconfig=str(control_plane.kubeconfig), namespace="none-such")
    flight = preflight(job(), cluster)

    assert only(flight).verdict == "refused"
    assert 'namespaces "none-such" not found' in str(flight)


def test_what_is_certain_stays_certain(reader: str, spoiled: Callable[..., Cluster]) -> None:
    refused = {part: status(403, "no") for part in ("pods", "limitranges", "resourcequotas")}
    cluster = spoiled(reader, **refused)

    assert only(preflight(job(node_selector={"pool": "nowhere"}), cluster)).verdict == "never scheduled"
    assert only(preflight(job(priority_class_name="urgent"), cluster)).verdict == "refused"


@pytest.mark.parametrize("shape", ["403", "500", "an empty object", "a Status", "text"])
def test_an_autoscaler_that_was_not_read_may_add_a_node(
    shape: str, reader: str, spoiled: Callable[..., Cluster]
) -> None:
    cluster = spoiled(reader, **{"cluster-autoscaler-status": SHAPES[shape]("ConfigMap")})

    assert list(unknown(cluster)) == ["the Cluster Autoscaler's status"]
    assert only(preflight(job(), cluster)).verdict == "runs"
    assert only(preflight(job(node_selector={"pool": "nowhere"}), cluster)).verdict == "not known"


@pytest.mark.parametrize("shape", ["403", "an empty object", "a Status"])
def test_a_function_of_nuclio_is_not_known_without_nuclios_configuration(
    shape: str, reader: str, spoiled: Callable[..., Cluster]
) -> None:
    resources = {"requests": AMOUNTS, "limits": AMOUNTS}
    service = {"kind": "nuclio", "metadata": {"name": "scorer"}, "spec": {"resources": resources, "min_replicas": 1}}
    cluster = spoiled(reader, **{"nuclio-platform-config": SHAPES[shape]("ConfigMap")})

    assert list(unknown(cluster)) == ["Nuclio's platform configuration"]
    assert only(preflight(job(), cluster)).verdict == "runs"
    require_not_known(preflight(service, cluster), "Nuclio's platform configuration")


def test_karpenter_need_not_be_installed_and_its_api_may_be_in_trouble(
    reader: str, spoiled: Callable[..., Cluster]
) -> None:
    assert unknown(spoiled(reader)) == {}  # there is no such API: 404
    cluster = spoiled(reader, nodepools=Fault(200, {}))

    assert unknown(cluster) == {"Karpenter's node pools": "the API server's answer is not a NodePoolList"}
    assert only(preflight(job(node_selector={"pool": "nowhere"}), cluster)).verdict == "not known"


def test_no_rule_takes_a_list_that_was_not_read_for_an_empty_one(reader: str, spoiled: Callable[..., Cluster]) -> None:
    cluster = spoiled(reader, nodes=Fault(200, {}), priorityclasses=Fault(200, {}))
    findings = check(job(priority_class_name="igz-workload-high"), cluster)

    assert not [finding for finding in findings if finding.rule in ("IGZ301", "IGZ405", "IGZ208")]
    assert "IGZ405" in {skipped.rule for skipped in findings.skipped}
