"""No landing on spot nodes is missed, and none made up: held to MLRun, Nuclio and kube-scheduler's own predicates.

Random functions on random servers are judged by `check`. What they ask for goes through MLRun's enrichment, and what
comes of it is put before every node that the cluster may have, by a program of Kubernetes' own code.
"""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from igz_runtime import Cluster, UnsafeCombination, Waiver, check, profiles
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.profiles.profile import Profile
from tests.attacks.budget import attempts, generator
from tests.attacks.landings.nodes import asks_for_spot, nodes_of
from tests.attacks.landings.pods import Enrichment, by_nuclio, pods_of
from tests.attacks.landings.specs import CLOUD_MARKS, Plain, Server, Spec, a_server, a_spec
from tests.cluster.binaries import LANDING
from tests.cluster.conftest import programs
from tests.cluster.landing import Predicates, predicates
from tests.conftest import Mlconf

pytestmark = pytest.mark.every_environment

RECORD = json.loads((Path(__file__).parents[2] / "data" / "nuclio-enrichment.json").read_text())
RESUBMITTED = {"IGZ101": Waiver("resubmitted by cron"), "IGZ103": Waiver("resubmitted by cron")}
MADE = tuple(make(cpu=1, memory="2Gi") for make in profiles.BUILT_IN)
PROFILES = tuple(each if each.lifecycle == "on-demand" else each.replace(waive=RESUBMITTED) for each in MADE)
PARTS = 4
ON_A_SERVER = 40
"""How many functions a server gets."""


@pytest.fixture(scope="module")
def scheduler() -> Iterator[Predicates]:
    with predicates(programs(LANDING)) as running:
        yield running


class Landing(NamedTuple):
    """Where a function's pods can land.

    Attributes:
        sorts: which sorts of nodes take them.
        asked: whether they ask for a cloud's spot nodes.
        named: whether they name a mark of such nodes at all.
    """

    sorts: frozenset[str]
    asked: bool
    named: bool

    @property
    def on_spot(self) -> bool:
        return self.asked or not self.sorts.isdisjoint(("tainted", "untainted"))

    @property
    def perhaps_on_spot(self) -> bool:
        return self.on_spot or "perhaps" in self.sorts


@pytest.mark.parametrize("part", range(PARTS))
def test_no_landing_is_missed_and_none_made_up(
    part: int, scheduler: Predicates, mlconf: Mlconf, record_property: Callable[[str, Any], None]
) -> None:
    pick, by_mlrun, counts = generator(f"landings {part}"), Enrichment(), Counter[str]()
    while counts["specs"] < attempts(100_000) // PARTS:
        server, cluster = connected(pick, mlconf)
        specs = [a_spec(pick) for _ in range(ON_A_SERVER)]
        for spec, landing in zip(specs, landings(specs, server, by_mlrun, scheduler), strict=True):
            said = verdict(spec, cluster)
            counts.update(counted(spec, landing, said))
            assert said != "off" or not landing.perhaps_on_spot, f"missed: {landing}\n{server.facts}\n{spec}"
            assert said != "on" or may_land(landing), f"made up: {landing}\n{server.facts}\n{spec}"
    for what, amount in counts.items():
        record_property(f"landings: {what}", amount)
    record_property("landings: missed", 0)
    record_property("landings: made up", 0)


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: each.name)
def test_a_promise_that_is_not_refused_holds_for_the_scheduler(
    profile: Profile, scheduler: Predicates, mlconf: Mlconf, record_property: Callable[[str, Any], None]
) -> None:
    pick, by_mlrun, counts = generator(f"promises {profile.name}"), Enrichment(), Counter[str]()
    while counts.total() < attempts(14_000) // len(PROFILES):
        server, cluster = connected(pick, mlconf)
        written = [spec for _ in range(ON_A_SERVER) if (spec := promised(a_spec(pick), profile, cluster))]
        counts.update(refused=ON_A_SERVER - len(written), written=len(written))
        for spec, landing in zip(written, landings(written, server, by_mlrun, scheduler), strict=True):
            assert kept(profile, landing, server), f"not kept: {landing}\n{server.facts}\n{spec}"
    for what, amount in counts.items():
        record_property(f"landings: promises {what}", amount)
    record_property("landings: promises not kept", 0)


def test_nuclio_is_told_as_a_real_one_was_recorded() -> None:
    cases = [each for each in RECORD["cases"] if "pod" in each and each["config"] != "gpu"]

    assert len(cases) > 400
    assert [case for case in cases if comparable(told_of(case)) != comparable(case["pod"])] == []


def told_of(case: Plain) -> Plain:
    configured, asked = RECORD["configs"][case["config"]] or {}, case["spec"]
    known = {"node_selector": configured.get("nodeSelector"), "tolerations": configured.get("tolerations")}
    fields = ("nodeSelector", "tolerations", "affinity")
    placement = {name: copy.deepcopy(asked[name]) for name in fields if name in asked}
    annotation = asked.get("annotations", {}).get("nuclio.io/preemptible-mode")
    default = {"default_mode": configured.get("defaultMode", "prevent")}
    return by_nuclio(placement, asked.get("preemptionMode", case["mode"]), annotation, known | default)


def comparable(pod: Plain) -> Plain:
    """A pod's placement without what says nothing, and its tolerations as a set."""
    node = {name: each for name, each in pod.get("affinity", {}).get("nodeAffinity", {}).items() if each}
    tolerations = {tuple(sorted(each.items())) for each in pod.get("tolerations", ())}
    return {"selector": pod.get("nodeSelector", {}), "affinity": node, "tolerations": tolerations}


def connected(pick: random.Random, mlconf: Mlconf) -> tuple[Server, Cluster]:
    """A server whose configuration MLRun has now, and what is known of it."""
    server = a_server(pick)
    mlconf.preemptible(Cluster.from_dict({"mlrun": server.mlrun}).mlrun)
    return server, Cluster.from_dict(server.facts)


def promised(spec: Spec, profile: Profile, cluster: Cluster) -> Spec | None:
    """The function under a profile; None where that is refused, or the profile is not for its kind."""
    try:
        return spec.reread(profile.apply(spec.document, cluster))
    except (UnsafeCombination, UnsupportedFunction):
        return None


def kept(profile: Profile, landing: Landing, server: Server) -> bool:
    """Whether a pod lands where its profile promises, and nowhere else.

    A selection of the user's own may narrow where `any` runs; and of described node groups it may fit none.
    """
    on_demand = "on demand" in landing.sorts
    if profile.lifecycle == "on-demand":
        return not landing.perhaps_on_spot and (on_demand or bool(server.groups))
    if profile.lifecycle == "spot":
        return not on_demand and (landing.on_spot or bool(server.groups))
    return landing.on_spot or on_demand or bool(server.groups)


def landings(specs: Sequence[Spec], server: Server, by_mlrun: Enrichment, scheduler: Predicates) -> Iterator[Landing]:
    """Where the pods of each function can land, as the scheduler's predicates say."""
    nodes = nodes_of(server)
    pods = [list(pods_of(spec, server, by_mlrun)) for spec in specs]
    asked = ((pod, spec.names) for spec, each in zip(specs, pods, strict=True) for pod in each)
    answers = iter(scheduler.taking(asked, [node.written() for node in nodes]))
    for spec, each in zip(specs, pods, strict=True):
        taking = [[nodes[number] for number in next(answers)] for _ in each]
        sorts = frozenset(node.sort for took in taking for node in took)
        named = any(mark in repr((spec.pod, each)) for mark in CLOUD_MARKS)
        yield Landing(sorts, named and any(map(asks_for_spot, taking)), named)


def may_land(landing: Landing) -> bool:
    """Whether it may be said that a function's pods can land on spot nodes."""
    return landing.perhaps_on_spot or (landing.named and not landing.sorts.isdisjoint(("cloud", "known and cloud")))


def verdict(spec: Spec, cluster: Cluster) -> Literal["on", "off", "not known"]:
    """What `check` says of spot nodes: stateful work is refused wherever it can land there.

    It is not known where a rule that would say it was not checked, or the mode does not exist, which is an error.
    """
    findings = check(spec.document, cluster, workload="stateful")
    found, skipped = ({each.rule for each in those} for those in (findings, findings.skipped))
    return "on" if "IGZ101" in found else "not known" if skipped & {"IGZ101", "IGZ105"} | found & {"IGZ110"} else "off"


def counted(spec: Spec, landing: Landing, said: str) -> Iterator[str]:
    """What is counted of a spec."""
    yield "specs"
    yield f"specs held to {'Nuclio' if spec.kind == 'nuclio' else 'MLRun'}"
    yield from (f"specs that land on {sort} spot nodes" for sort in ("tainted", "untainted") if sort in landing.sorts)
    if not landing.on_spot:
        yield "specs that land on no spot node"
    yield f"specs said to be {said}"
