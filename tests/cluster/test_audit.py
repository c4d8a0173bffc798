"""Exactly the planted faults are found, on a live cluster and on the saved one alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.audit.said_once import ORDINARY
from igz_runtime.report.audit.json import rendered
from igz_runtime.rules import rules
from tests.cluster.audited import defined, read, standing
from tests.cluster.binaries import AUTOSCALER
from tests.cluster.conftest import programs
from tests.cluster.control_plane import ControlPlane
from tests.cluster.declaring import wait
from tests.cluster.layouts import CLOUDS, Cloud, Layout, Nodes, Plain, empty
from tests.cluster.planted import CLUSTERS, CORE, DECLARED, FAULTS, GROUPS, PODS, together
from tests.cluster.rights import allowed, shipped
from tests.cluster.running_pods import SECRET, busy, pod, run
from tests.cluster.test_devices import DRIVER, WHOLE, device_class, resource_slice
from tests.cluster.test_devices import GROUP as DRA

Audited = Callable[[Layout], Audit]
clouds = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


@pytest.fixture(scope="module", autouse=True)
def definitions(kubernetes: Any) -> Iterator[None]:
    with defined(kubernetes, programs(AUTOSCALER) / "manifests"):
        yield


@pytest.fixture
def audited(kubernetes: Any, kubeconfig: Path, namespace: str, tmp_path: Path) -> Audited:
    """What an audit says of a cluster while it stands, and of the same from a file."""

    def of(layout: Layout) -> Audit:
        with standing(kubernetes, namespace, layout):
            cluster = read(kubeconfig, namespace, layout)
        live, saved = audit_cluster(cluster, config="none"), tmp_path / "cluster.json"
        cluster.save(saved)
        said = rendered(live)
        assert rendered(audit_cluster(Cluster.load(saved), config="none")) == said
        assert SECRET not in saved.read_text() + said
        return live

    return of


def found(audit: Audit) -> set[tuple[str, str]]:
    return {(each.finding.rule, each.finding.function) for each in audit.found}


def called(each: Cloud | str) -> str:
    return each.name if isinstance(each, Cloud) else each


@pytest.mark.every_environment
@clouds
@pytest.mark.parametrize("environment", ["development", "production"])
def test_a_good_cluster_has_no_findings(cloud: Cloud, environment: str, audited: Audited) -> None:
    layout = empty(cloud, environment)
    audit = audited(busy(layout))

    assert found(audit) == set()
    assert audit.skipped == ()
    bounds = {each.group.name: (each.bounds.least, each.bounds.most) for each in audit.view.groups}
    assert bounds == {layout.called(role): layout.bounds(role) for role in layout.groups}
    asked = [each for each in audit.answers if each.sentence.rules and not each.sentence.not_checked]
    of_it = [each for each in asked if each.sentence.environment in ("", environment)]
    # Of two clusters.
    assert {each.verdict for each in of_it if each.sentence.rules != ("IGZ620",)} == {"fine"}


@pytest.mark.parametrize(
    ("fault", "cloud"),
    list(zip(FAULTS, cycle(CLOUDS), strict=False)),
    ids=lambda each: each.name if isinstance(each, Cloud) else each,
)
def test_exactly_what_is_planted_is_found(fault: str, cloud: Cloud, audited: Audited) -> None:
    planted = FAULTS[fault]
    layout = planted.layout(cloud)

    assert found(audited(layout)) == planted.expected(layout)


@clouds
def test_every_fault_of_pods_is_found_beside_the_others(cloud: Cloud, audited: Audited) -> None:
    planted = together(each for each in {**PODS, **DECLARED}.values() if each.environment == "production")
    layout = planted.layout(cloud)

    assert found(audited(layout)) == planted.expected(layout)


@clouds
@pytest.mark.parametrize("bad", CLUSTERS)
def test_of_a_bad_cluster_every_fault_is_found(bad: str, cloud: Cloud, audited: Audited) -> None:
    """How node groups and their bounds are read depends on the cloud."""
    planted = together(FAULTS[name] for name in CLUSTERS[bad])
    layout = planted.layout(cloud)

    assert found(audited(layout)) == planted.expected(layout)


def test_every_rule_on_clusters_is_planted_and_those_on_node_groups_on_every_cloud() -> None:
    planted = {rule for fault in FAULTS.values() for rule in fault.found}

    assert {*CORE, *GROUPS} <= {name for names in CLUSTERS.values() for name in names}

    # Of two clusters: test_separation.py.
    assert {each for each in rules() if each.startswith("IGZ6")} - planted == {"IGZ620"}


def test_a_waiver_on_pods_counts(audited: Audited) -> None:
    """Also one that is meant for the rule on their function."""
    layout = busy(empty(CLOUDS[0], "development"))
    why = {"igz-runtime/waive-IGZ101": "checkpoints every epoch, resubmitted by cron"}
    audit = audited(layout.running(run(layout, "spot", 0, "trainer", annotations=why)))

    (one,) = audit.found
    assert (one.finding.rule, one.finding.function, one.project, one.group) == ("IGZ614", "trainer", "fraud", "spot")
    assert one.finding.waived
    assert one.nodes == (layout.cloud.node("spot", 0),)


RIGHTS = [rule for role in ("igz-runtime-reader", "igz-runtime-auditor") for rule in shipped(role)["rules"]]
RESOURCES = [each for rule in RIGHTS for each in rule["resources"]]


def without(left_out: list[str]) -> list[Plain]:
    """The rights that are shipped, but for some resources."""
    left = ({**rule, "resources": [each for each in rule["resources"] if each not in left_out]} for rule in RIGHTS)
    return [rule for rule in left if rule["resources"]]


def bad() -> Layout:
    """A cluster with much of what can be planted, all at once."""
    groups = ("a core group that may grow", "GPU nodes without a taint", "work without GPUs on GPU nodes")
    pods = (name for name, fault in {**PODS, **DECLARED}.items() if fault.environment == "production")
    return together(FAULTS[name] for name in (*groups, *pods)).layout(CLOUDS[-1])


def test_a_missing_right_leads_to_no_finding_and_hides_none(
    kubernetes: Any, control_plane: ControlPlane, namespace: str, subtests: pytest.Subtests
) -> None:
    """What is no longer found is not checked, and by it no sentence of the best practices becomes fine."""
    layout, config = bad(), control_plane.kubeconfig_of("reader")
    with standing(kubernetes, namespace, layout):
        whole = audit_cluster(read(control_plane.kubeconfig, namespace, layout), config="none")
        for left_out in (*([each] for each in RESOURCES), RESOURCES[::2], RESOURCES[1::2]):
            # One ConfigMap is Nuclio's, the other one the Cluster Autoscaler's.
            facts = len(left_out) + ("configmaps" in left_out)
            with subtests.test(", ".join(left_out)), allowed(kubernetes, "reader", without(left_out)):
                wait(lambda facts=facts: len(unread(config)) <= facts)
                part = audit_cluster(read(config, namespace, layout), config="none")
                require_hidden_nothing(whole, part)


def require_hidden_nothing(whole: Audit, part: Audit) -> None:
    """Require of an audit of a part of a cluster that it says nothing else, and what it leaves open."""
    left_open = {each.rule for each in part.skipped} | set(part.unasked)
    fine = {each.sentence for each in part.answers if each.verdict == "fine"}

    assert found(part) - found(whole) <= ordinary(whole)
    assert {rule for rule, _ in found(whole) - found(part)} - left_open == set()
    assert {each.rule for each in whole.skipped} - left_open == set()
    assert fine <= {each.sentence for each in whole.answers if each.verdict == "fine"}


def ordinary(audit: Audit) -> set[tuple[str, str]]:
    """What was found, and what the ordinary rules would have said of it."""
    return {(name, of) for rule, of in found(audit) for name in (rule, ORDINARY.get(rule, rule))}


def unread(config: Path) -> Mapping[str, str]:
    live = Cluster.from_kubernetes(kubeconfig=str(config), running=True).live
    return live.unknown if live else {}


@clouds
def test_groups_of_no_nodes_are_no_fault_where_something_adds_them(cloud: Cloud, audited: Audited) -> None:
    layout = empty(cloud, "production").changed("extra", there=0, least=0, most=4)

    assert found(audited(busy(layout))) == set()


OF_GROUPS = {"IGZ607", "IGZ608", "IGZ609", "IGZ615", "IGZ617"}


def test_of_a_cluster_without_mlrun_only_what_its_node_groups_show_is_fine(audited: Audited) -> None:
    """Nodes without a label, pods of nobody whom we know: what is about user work is not checked."""
    own = Nodes(2, labels={"team": "a"})
    layout = Layout(CLOUDS[0]._replace(label="team", lifecycles=({}, {})), "production", {"own": own}, status=False)
    web = [pod(layout, "", node, {"app": "web"}, priority="") for node in (0, 1)]
    audit = audited(layout.running(*web))

    assert found(audit) == {("IGZ610", "cluster")}
    assert {"IGZ601", "IGZ602", "IGZ603", "IGZ604"} <= {each.rule for each in audit.skipped}
    assert {audit.unasked[each] for each in ("IGZ605", "IGZ611", "IGZ614")} == {"no user work is there"}
    fine = {rule for each in audit.answers if each.verdict == "fine" for rule in each.sentence.rules}
    assert {each for each in fine if each.startswith("IGZ6")} - set(audit.unasked) == OF_GROUPS


@clouds
def test_a_cluster_without_pods_is_judged_by_its_nodes(cloud: Cloud, audited: Audited) -> None:
    """No pod tells which group the core services are on; a taint or a label does."""
    audit = audited(empty(cloud, "production").changed("spot", taints=()))

    assert found(audit) == {("IGZ609", cloud.called("spot"))}
    core = any(each.group.core for each in audit.view.groups)
    assert core == (cloud.name in ("gke", "aks"))
    assert ("IGZ602" in {each.rule for each in audit.skipped}) != core


@pytest.fixture
def devices(kubernetes: Any) -> Iterator[Callable[[Layout, str], None]]:
    """Makes a device class, and the GPUs of each node of a layout's GPU group as devices."""
    from kubernetes.client import CustomObjectsApi

    api, made = CustomObjectsApi(kubernetes), list[tuple[str, str]]()

    def make(layout: Layout, expression: str) -> None:
        slices = [resource_slice("gpu", node=layout.cloud.node("gpu", i)) for i in range(layout.groups["gpu"].there)]
        for plural, kind, body in (
            ("deviceclasses", "DeviceClass", device_class(expression)),
            *(("resourceslices", "ResourceSlice", each) for each in slices),
        ):
            api.create_cluster_custom_object(*DRA, plural, {"apiVersion": "/".join(DRA), "kind": kind, **body})
            made.append((plural, body["metadata"]["name"]))

    yield make
    for plural, name in made:
        api.delete_cluster_custom_object(*DRA, plural, name)


@clouds
def test_gpus_that_no_node_lists_are_gpus(
    cloud: Cloud, audited: Audited, devices: Callable[[Layout, str], None]
) -> None:
    layout = empty(cloud, "production").changed("gpu", room=Nodes().room, taints=())
    devices(layout, WHOLE)
    cuckoo = run(layout, "gpu", 0, "cuckoo")

    assert found(audited(busy(layout).running(cuckoo))) == {
        ("IGZ402", "cuckoo"),
        ("IGZ607", cloud.called("gpu")),
        ("IGZ608", cloud.called("gpu")),
    }


def test_gpus_that_cannot_be_counted_are_not_checked(audited: Audited, devices: Callable[[Layout, str], None]) -> None:
    layout = empty(CLOUDS[0], "production").changed("gpu", room=Nodes().room, taints=())
    devices(layout, f"device.attributes['{DRIVER}'].type != 'part'")
    audit = audited(busy(layout).running(run(layout, "gpu", 0, "cuckoo")))

    assert found(audit) == set()
    assert {each.verdict for each in audit.answers if "IGZ607" in each.sentence.rules} == {"not checked"}
