"""What igz-runtime.yaml says of a cluster counts beside what its API server says, and never against it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from igz_runtime.cluster import Cluster
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.node_groups import NodeGroup, Preemptible
from igz_runtime.cluster.stated import marks_in, with_stated
from igz_runtime.k8s.pod import Toleration

POOL = "company.example/pool"
LIVE = Live("2026-11-28T07:15:00Z", "ml", (Node("n-1", group="jobs"),))
READ = Cluster.iguazio(
    source="the Kubernetes API",
    node_groups=(NodeGroup("initial", core=True), NodeGroup("jobs", {POOL: "jobs"}), NodeGroup("gpu", gpu=True)),
    priority_classes=("batch",),
    live=LIVE,
)


def described(**facts: Any) -> Cluster:
    return Cluster.from_dict(facts)


def group(cluster: Cluster, name: str) -> NodeGroup:
    found = cluster.group(name)
    assert found is not None
    return found


class TestFacts:
    def test_without_a_description_the_cluster_stays_as_it_is(self) -> None:
        assert with_stated(READ, None) is READ

    def test_what_only_a_person_knows_is_filled_in(self) -> None:
        told = described(
            environment="production",
            platform="ce",
            mlrun={"node_selector": {"spot": "true"}, "tolerations": [{"key": "spot", "operator": "Exists"}]},
            default_resources={"requests": {"cpu": "25m"}},
            mlrun_version="1.9.0",
            priority_aliases={"high": "urgent"},
        )
        seen = with_stated(READ, told)

        assert (seen.environment, seen.platform, seen.mlrun_version) == ("production", "ce", "1.9.0")
        assert seen.mlrun == Preemptible({"spot": "true"}, (Toleration("spot", "Exists"),))
        assert seen.nuclio == seen.mlrun
        assert not seen.assumed
        assert str(seen.default_requests["cpu"]) == "25m"
        assert seen.priority("high") == "urgent"

    def test_what_was_read_stays(self) -> None:
        told = described(environment="development", priority_classes=["other"], node_groups=[{"name": "jobs"}])
        seen = with_stated(replace(READ, environment="production"), told)

        assert seen.environment == "production"
        assert seen.priority_classes == ("batch",)
        assert (seen.source, seen.live) == (READ.source, LIVE)

    def test_a_connected_mlrun_says_what_it_has_itself(self) -> None:
        own = Preemptible({"lifecycle": "spot"})
        connected = replace(READ, mlrun=own, nuclio=own, assumed=False, platform="iguazio-4", mlrun_version="1.10.0")
        told = described(platform="ce", mlrun={"node_selector": {"spot": "true"}}, mlrun_version="1.9.0")

        seen = with_stated(connected, told)
        assert (seen.mlrun, seen.platform, seen.mlrun_version) == (own, "iguazio-4", "1.10.0")

    def test_nuclios_own_configuration_stays_where_the_server_has_it(self) -> None:
        own = Preemptible({"nuclio": "spot"})

        assert with_stated(replace(READ, nuclio=own), described(mlrun={"node_selector": {"a": "b"}})).nuclio == own

    def test_priority_classes_that_could_not_be_read_are_those_that_are_described(self) -> None:
        unread = replace(READ, live=replace(LIVE, unknown={"priority classes": "this user may not"}))

        assert with_stated(unread, described(priority_classes=["mine"])).priority_classes == ("mine",)


class TestNodeGroups:
    def test_bounds_and_marks_are_joined_by_name(self) -> None:
        told = Cluster(node_groups=(NodeGroup("gpu", lifecycle="on-demand", core=True, least=0, most=4),))
        seen = group(with_stated(READ, told), "gpu")

        assert (seen.least, seen.most, seen.core, seen.gpu, seen.lifecycle) == (0, 4, True, True, "on-demand")

    def test_a_size_that_the_saved_cluster_has_itself_stays(self) -> None:
        own = replace(READ, node_groups=(NodeGroup("jobs", most=2),))
        seen = group(with_stated(own, Cluster(node_groups=(NodeGroup("jobs", least=0, most=4),))), "jobs")

        assert (seen.least, seen.most) == (0, 2)

    def test_a_lifecycle_that_the_nodes_show_stays(self) -> None:
        spot = replace(READ, node_groups=(NodeGroup("jobs", lifecycle="spot"),))
        told = Cluster(node_groups=(NodeGroup("jobs", lifecycle="on-demand"),))

        assert group(with_stated(spot, told), "jobs").lifecycle == "spot"

    def test_a_group_of_another_name_is_recognised_by_its_labels(self) -> None:
        told = Cluster(node_groups=(NodeGroup("batch", {POOL: "jobs"}, most=9),))
        seen = with_stated(READ, told)

        assert [each.name for each in seen.node_groups] == ["initial", "jobs", "gpu"]
        assert group(seen, "jobs").most == 9

    def test_labels_of_several_groups_mean_none_of_them(self) -> None:
        told = Cluster(node_groups=(NodeGroup("batch", {"zone": "a"}, most=9),))
        groups = tuple(replace(each, labels={"zone": "a"}) for each in READ.node_groups)

        assert with_stated(replace(READ, node_groups=groups), told).node_groups == groups

    def test_a_group_without_nodes_is_there_because_somebody_says_so(self) -> None:
        told = Cluster(node_groups=(NodeGroup("nightly", {POOL: "nightly"}, least=0, most=20),))

        assert group(with_stated(READ, told), "nightly").most == 20

    def test_a_group_of_a_cluster_that_was_saved_earlier_is_gone(self) -> None:
        earlier = replace(READ, node_groups=(NodeGroup("gone"),))

        assert with_stated(READ, earlier).group("gone") is None

    def test_twice_is_as_once(self) -> None:
        told = Cluster(node_groups=(NodeGroup("batch", {POOL: "jobs"}, most=9), NodeGroup("nightly")))
        once = with_stated(READ, told)

        assert with_stated(once, told) == once


class TestMarks:
    def test_without_a_description_nodes_are_recognised_by_the_platforms_labels(self) -> None:
        assert marks_in(None) == {}
        assert marks_in(Cluster.iguazio()) == {"group_label": None, "spot_labels": {}, "core_labels": {}}

    @pytest.mark.parametrize(
        ("groups", "label"),
        [
            ((NodeGroup("a", {POOL: "a"}), NodeGroup("b", {POOL: "b"})), POOL),
            ((NodeGroup("a", {"x": "1", "y": "2"}, selected_by="y"), NodeGroup("b", {"y": "3"}, selected_by="y")), "y"),
            ((NodeGroup("a", {POOL: "a"}), NodeGroup("b", {POOL: "c"})), None),
            ((NodeGroup("a", {POOL: "a"}), NodeGroup("b")), None),
        ],
    )
    def test_the_label_that_names_every_group(self, groups: tuple[NodeGroup, ...], label: str | None) -> None:
        assert marks_in(Cluster(node_groups=groups))["group_label"] == label

    def test_spot_and_core_nodes_are_those_of_the_description(self) -> None:
        told = described(
            mlrun={"node_selector": {"spot": "true"}},
            node_groups=[
                {"name": "initial", "labels": {"role": "core"}, "core": True},
                {"name": "infra", "labels": {"role": "infra", "region": "eu"}, "core": True},
            ],
        )

        assert marks_in(told)["spot_labels"] == {"spot": "true"}
        assert marks_in(told)["core_labels"] == {"role": "core"}
