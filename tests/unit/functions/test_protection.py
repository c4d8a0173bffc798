"""The annotations by which autoscalers leave a pod alone, which a profile that promises completion writes."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest

from igz_runtime import check, profiles
from igz_runtime.cluster.facts import Live, Pool
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.profiles.profile import Profile
from tests.unit.functions.test_record import LABELS, PROFILES, applied, document, record_of

PROTECTED = {
    "karpenter.sh/do-not-disrupt": "true",
    "cluster-autoscaler.kubernetes.io/safe-to-evict": "false",
}
JOB = profiles.production_job(cpu=1, memory="2Gi")


@pytest.mark.parametrize("kind", with_pods())
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_it_is_written_where_completion_is_promised_and_the_annotations_reach_the_pods(
    profile: Profile, kind: str
) -> None:
    if profile.services_only and not KINDS[kind].service:
        return
    promised = profile.name in ("production_job", "gpu_notebook") and kind in ("job", "databricks", "remote-spark")

    for role in profile.plan(document(kind), LABELS).roles:
        assert role.after.annotations == (PROTECTED if promised else {})


def test_what_a_person_wrote_there_comes_back() -> None:
    fn = document()
    fn["metadata"]["annotations"] |= {"karpenter.sh/do-not-disrupt": "4h"}
    before = copy.deepcopy(fn)

    applied(JOB, fn)
    assert fn["metadata"]["annotations"].items() >= PROTECTED.items()
    assert profiles.remove(fn)["metadata"]["annotations"] == before["metadata"]["annotations"]


def test_what_a_person_wrote_alike_is_recorded_and_stays_the_persons() -> None:
    fn = document()
    fn["metadata"]["annotations"] |= PROTECTED
    before = copy.deepcopy(fn)

    applied(JOB, fn)
    assert record_of(fn)["wrote"]["main"]["annotations"] == PROTECTED
    assert profiles.remove(fn)["metadata"]["annotations"] == before["metadata"]["annotations"]


def test_it_goes_with_the_profile_and_what_was_written_over_it_stays() -> None:
    fn = applied(JOB)
    fn["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] = "4h"

    applied(profiles.development_job(cpu=1, memory="2Gi"), fn)
    annotations = fn["metadata"]["annotations"]
    assert {name: annotations[name] for name in PROTECTED if name in annotations} == {
        "karpenter.sh/do-not-disrupt": "4h"
    }


@pytest.mark.parametrize("name", PROTECTED)
@pytest.mark.parametrize("text", [None, "perhaps"])
def test_what_no_longer_stands_is_said_once(name: str, text: str | None) -> None:
    fn = applied(JOB)
    fn["metadata"]["annotations"][name] = text
    if text is None:
        del fn["metadata"]["annotations"][name]
    karpenter = Live("", "", pools=(Pool("karpenter", "jobs"), Pool("cluster-autoscaler", "jobs")))
    findings = [each for each in check(fn, replace(LABELS, live=karpenter)) if each.severity != "info"]

    assert [(each.rule, each.field) for each in findings] == [("IGZ907", ("annotations", name))]


def test_a_value_that_is_no_text_is_a_broken_function() -> None:
    fn = document()
    fn["metadata"]["annotations"]["karpenter.sh/do-not-disrupt"] = True
    with pytest.raises(BrokenFunction, match="do-not-disrupt: text is required, found"):
        check(fn)
