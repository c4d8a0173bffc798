"""The record that a profile leaves on a function, and what is taken back by it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import Cluster, IgzRuntimeError, Waiver, check, profiles
from igz_runtime.cluster import Preemptible
from igz_runtime.errors import BrokenFunction, InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import ANNOTATION, LABEL
from igz_runtime.functions.kinds import with_pods
from igz_runtime.functions.marks import MARKS
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.taking_back import difference, take_back
from igz_runtime.k8s.pod import Toleration
from igz_runtime.profiles.profile import Profile
from tests.kinds import OF_MLRUN, head

LIFECYCLE = "app.iguazio.com/lifecycle"
LABELS = Cluster(mlrun=Preemptible({LIFECYCLE: "preemptible"}))
TAINTS = Cluster(mlrun=Preemptible({}, (Toleration("spot", "Equal", "true", "NoSchedule"),)))
CLUSTERS = (Cluster.iguazio(), Cluster(), LABELS, TAINTS)

PROFILES = (
    profiles.production_job(cpu=4, memory="16Gi", node_group={"pool": "jobs"}),
    profiles.spot_stateless(cpu="500m", memory="2Gi", waive={"IGZ101": Waiver("resubmitted by cron", "2999-12-31")}),
    profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless", waiting_limit="30m"),
    profiles.gpu_notebook(cpu=2, memory="4Gi", gpus=2),
    profiles.development_job(cpu=1, memory="1Gi", priority="medium"),
    profiles.production_service(cpu=1, memory="1Gi", replicas=3),
)

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
mappings = st.dictionaries(st.text(max_size=5), plain, max_size=3)


def document(kind: str = "job", **spec: Any) -> dict[str, Any]:
    spec = {"image": "registry/etl:1", "env": [{"name": "TOKEN", "value": "x"}], **spec}
    metadata = {"name": "etl", "labels": {"team": "fraud"}, "annotations": {"note": "by hand"}}
    return {**head(kind), "metadata": metadata, "spec": spec}


def applied(profile: Profile, fn: dict[str, Any] | None = None, cluster: Cluster = LABELS) -> dict[str, Any]:
    return profile.apply(document() if fn is None else fn, cluster)


def record_of(fn: dict[str, Any]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(fn["metadata"]["annotations"][ANNOTATION])
    return record


@given(
    mappings,
    st.dictionaries(
        st.text(max_size=6), st.builds(Waiver, st.just("why"), st.none() | st.dates(date(1900, 1, 1))), max_size=2
    ),
    st.fixed_dictionaries(
        {},
        optional={
            "lifecycle": st.sampled_from(["on-demand", "spot", "any"]),
            "qos": st.sampled_from(["Guaranteed", "Burstable"]),
            "workload": st.dictionaries(
                st.sampled_from(["stateful", "mission_critical", "restartable"]), st.booleans()
            ),
        },
    ),
    st.dictionaries(st.text(max_size=6), mappings, max_size=2),
)
def test_a_record_is_read_back_as_it_was_written(parameters: Any, waivers: Any, promised: Any, wrote: Any) -> None:
    record = Applied("production_job", parameters, waivers, promised, wrote, wrote)

    assert Applied.from_text(record.to_text(), "etl") == record


@pytest.mark.parametrize("kind", with_pods())
@pytest.mark.parametrize("profile", PROFILES[:2], ids=lambda profile: profile.name)
def test_a_function_tells_which_profile_was_applied_with_what(profile: Profile, kind: str) -> None:
    fn = applied(profile, document(kind))
    found = profiles.applied_to(fn)

    assert found is not None
    assert (found.profile, found.parameters, found.waivers) == (profile.name, profile.parameters, profile.waive)
    assert found.promised["lifecycle"] == profile.lifecycle
    assert fn["metadata"]["labels"] == {"team": "fraud", LABEL: profile.name}
    waived = {f"igz-runtime/waive-{rule_id}": waiver.to_text() for rule_id, waiver in profile.waive.items()}
    annotations = dict(fn["metadata"]["annotations"])
    del annotations[ANNOTATION]
    protected = found.wrote.get("main", {}).get("annotations", {})
    assert annotations == {"note": "by hand", **waived, **protected}
    assert profiles.applied_to(json.loads(json.dumps(fn))) == found


def test_a_function_without_a_record_has_no_profile() -> None:
    assert profiles.applied_to(document()) is None
    assert profiles.applied_to({"kind": "job"}) is None


BY_HAND: tuple[dict[str, Any], ...] = (
    {},
    {"node_selector": {"zone": "a"}, "priority_class_name": "igz-workload-low"},
    {"node_selector": {"pool": "mine"}, "tolerations": [{"key": "team", "operator": "Exists"}]},
    {"preemption_mode": "none", "state_thresholds": {"executing": "2h", "pending_not_scheduled": "4h"}},
    {"resources": {"requests": {"cpu": "250m", "memory": "1.5Gi"}, "limits": {"memory": "3Gi", "nvidia.com/gpu": 1}}},
    {"min_replicas": 1, "max_replicas": 4, "affinity": {"podAntiAffinity": {"x": [1]}}},
)


@settings(max_examples=250)
@given(
    kind=st.sampled_from(OF_MLRUN),
    by_hand=st.sampled_from(BY_HAND),
    steps=st.lists(st.tuples(st.sampled_from(PROFILES), st.sampled_from(CLUSTERS)), max_size=4),
)
def test_taking_back_leaves_what_the_user_had(kind: str, by_hand: dict[str, Any], steps: list[Any]) -> None:
    fn = document(kind, **copy.deepcopy(by_hand))
    before = adapter_for(fn).read()
    for profile, cluster in steps:
        untouched = copy.deepcopy(fn)
        try:
            profile.apply(fn, cluster)
        except IgzRuntimeError:
            assert fn == untouched
    now = adapter_for(fn).read()

    taken_back = take_back(now, Applied.from_text(now.record, now.name))

    assert taken_back.roles == before.roles
    assert (taken_back.waivers, taken_back.workload) == (before.waivers, before.workload)
    assert (taken_back.record, taken_back.profile) == (None, None)


MARKED = profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless", waive={"IGZ101": Waiver("resubmitted")})
WAIVE, WORKLOAD = "igz-runtime/waive-IGZ101", "igz-runtime/workload"


class TestMarks:
    """What a profile waives and declares stands beside its record, for those who cannot read that."""

    @pytest.mark.parametrize("kind", with_pods())
    def test_they_come_with_the_profile_and_go_with_it(self, kind: str) -> None:
        fn = applied(MARKED, document(kind))
        assert fn["metadata"]["annotations"][WAIVE] == "resubmitted"
        assert fn["metadata"]["labels"][WORKLOAD] == "stateless"

        applied(profiles.production_job(cpu=1, memory="2Gi", workload="stateful"), fn)
        assert WAIVE not in fn["metadata"]["annotations"]
        assert fn["metadata"]["labels"][WORKLOAD] == "stateful"

        applied(profiles.production_job(cpu=1, memory="2Gi"), fn)
        assert fn["metadata"]["labels"].keys() == {"team", LABEL}

    def test_the_annotation_has_the_form_that_is_read(self) -> None:
        waive = {"IGZ101": Waiver("until the migration", "2999-01-31"), "IGZ103": Waiver("until the migration")}
        fn = applied(MARKED.replace(waive=waive))

        texts = adapter_for(fn).read().waivers
        assert texts == {
            "IGZ101": "until 2999-01-31: until the migration",
            "IGZ103": "reason: until the migration",
        }
        assert {rule_id: Waiver.of(text) for rule_id, text in texts.items()} == waive

    def test_what_a_person_wrote_there_comes_back_and_what_is_written_over_them_stays(self) -> None:
        fn = document()
        fn["metadata"]["annotations"][WAIVE], fn["metadata"]["labels"][WORKLOAD] = "by hand", "stateful"
        before = copy.deepcopy(fn)
        plain = profiles.production_job(cpu=1, memory="2Gi")

        applied(MARKED, fn)
        assert (fn["metadata"]["annotations"][WAIVE], fn["metadata"]["labels"][WORKLOAD]) == (
            "resubmitted",
            "stateless",
        )
        applied(plain, fn)
        assert fn == applied(plain, before)

        applied(MARKED, fn)
        fn["metadata"]["annotations"][WAIVE], fn["metadata"]["labels"][WORKLOAD] = "later", "stateful"
        applied(plain, fn)
        assert (fn["metadata"]["annotations"][WAIVE], fn["metadata"]["labels"][WORKLOAD]) == ("later", "stateful")

    def test_a_waiver_of_another_rule_by_hand_is_left_alone(self) -> None:
        fn = document()
        fn["metadata"]["annotations"]["igz-runtime/waive-IGZ103"] = "by hand"
        applied(MARKED, fn)
        applied(profiles.production_job(cpu=1, memory="2Gi"), fn)

        assert adapter_for(fn).read().waivers == {"IGZ103": "by hand"}

    def test_functions_that_ask_for_the_same_and_are_marked_otherwise_are_recorded_otherwise(self) -> None:
        plain, marked = document(), document()
        marked["metadata"]["annotations"][WAIVE] = "by hand"
        applied(MARKED, plain)
        applied(MARKED, marked)
        for fn in (plain, marked):
            applied(profiles.production_job(cpu=1, memory="2Gi"), fn)

        assert adapter_for(plain).read().waivers == {}
        assert adapter_for(marked).read().waivers == {"IGZ101": "by hand"}

    def test_every_field_of_a_function_is_its_own_or_one_that_is_taken_back(self) -> None:
        own = {"name", "kind", "project", "tag", "evidence", "helpers", "unreachable", "triggers", "idle"}
        assert {*own, "roles", *MARKS} == set(Function._fields)

        fn = adapter_for(applied(MARKED)).read()
        bare = take_back(fn, Applied.from_text(fn.record, fn.name))
        assert [name for name in MARKS if getattr(bare, name)] == []
        assert [name for name in MARKS if not getattr(fn, name)] == []

    def test_an_annotation_that_a_person_wrote_over_it_counts_beneath_the_profile(self) -> None:
        over = profiles.spot_stateless(cpu=1, memory="2Gi", waive={"IGZ101": Waiver("by cron")})
        fn = document()
        fn["metadata"]["name"] = "trainer"
        applied(over, fn)
        fn["metadata"]["annotations"][ANNOTATION] = fn["metadata"]["annotations"][ANNOTATION].replace(
            '"reason":"by cron"', '"reason":"by cron","until":"2020-01-31"'
        )
        fn["metadata"]["annotations"][WAIVE] = "until 2020-01-31: by cron"
        finding = next(each for each in check(fn, LABELS) if each.rule == "IGZ101")
        assert finding.fix.count("the waiver expired on 2020-01-31: by cron") == 1

        fn["metadata"]["annotations"][WAIVE] = "until 2999-01-31: renewed"
        finding = next(each for each in check(fn, LABELS) if each.rule == "IGZ101")
        assert finding.waived == Waiver("renewed", "2999-01-31")

    def test_it_is_judged_once(self) -> None:
        over = {"IGZ101": Waiver("resubmitted", "2020-01-31")}
        fn = document(node_selector={LIFECYCLE: "preemptible"}, preemption_mode="allow")
        fn["metadata"]["name"] = "trainer"
        plan = profiles.spot_stateless(cpu=1, memory="2Gi", waive=over).plan(fn, LABELS)

        (finding,) = plan.findings.refusing
        assert finding.fix.count("the waiver expired on 2020-01-31") == 1


def _priority(fn: dict[str, Any]) -> None:
    fn["spec"]["priority_class_name"] = "igz-workload-medium"


def _pool(fn: dict[str, Any]) -> None:
    fn["spec"]["node_selector"]["pool"] = "mine"


def _mode(fn: dict[str, Any]) -> None:
    fn["spec"]["preemption_mode"] = "allow"


def _sizes(fn: dict[str, Any]) -> None:
    fn["spec"]["resources"]["limits"]["cpu"] = "9"


def _toleration(fn: dict[str, Any]) -> None:
    fn["spec"]["tolerations"] = [{"key": "team", "operator": "Exists"}]


@pytest.mark.parametrize("change", [_priority, _pool, _mode, _sizes, _toleration])
def test_what_was_changed_by_hand_after_a_profile_is_the_users(change: Callable[[dict[str, Any]], None]) -> None:
    fn, own = applied(PROFILES[0]), document()
    change(fn)
    for section in ("node_selector", "resources"):
        own["spec"][section] = {} if section == "node_selector" else {"limits": {}}
    if change is _sizes:
        own["spec"]["resources"] = copy.deepcopy(fn["spec"]["resources"])
    else:
        change(own)
    now = adapter_for(fn).read()

    assert take_back(now, Applied.from_text(now.record, now.name)).roles == adapter_for(own).read().roles


@pytest.mark.parametrize("profile", PROFILES[:5], ids=lambda profile: profile.name)
def test_the_record_names_what_differs_and_nothing_else(profile: Profile) -> None:
    fn = document()
    before = adapter_for(fn).read()
    record = record_of(applied(profile, fn))
    wrote, was = difference(before, adapter_for(fn).read())

    assert (record["wrote"], record["was"]) == (wrote, was)
    marked = profile.waive or profile.workload.word
    assert record["wrote"].keys() == {"main", ""} if marked else {"main"}
    assert record["wrote"]["main"].keys() == record["was"]["main"].keys()
    assert "env" not in fn["metadata"]["annotations"][ANNOTATION]


@pytest.mark.parametrize(
    "text",
    [
        *("by hand", "{", "[]", "null", "7", '"production_job"', "{}", '{"profile": "production_job"}', "\N{SNOWMAN}"),
        *("[" * 100_000, '{"format":' + "9" * 5000 + "}"),
    ],
    ids=lambda text: text[:20],
)
def test_a_record_that_was_edited_is_named_with_the_way_out(text: str) -> None:
    fn = document()
    fn["metadata"]["annotations"][ANNOTATION] = text
    before = copy.deepcopy(fn)

    for ask in (check, PROFILES[0].plan, PROFILES[0].apply, profiles.applied_to):
        with pytest.raises(BrokenFunction, match=f"'etl': annotation {ANNOTATION} is not a record .* remove it"):
            ask(fn)
    assert fn == before


@pytest.mark.parametrize(
    ("field", "junk"),
    [
        *(("profile", 7), ("parameters", []), ("wrote", None), ("was", []), ("was", {}), ("wrote", {"main": None})),
        *(("promised", []), ("promised", {"lifecycle": "sometimes"}), ("promised", {"workload": {"vital": True}})),
    ],
)
def test_a_record_with_a_field_that_no_profile_writes_is_no_record(field: str, junk: Any) -> None:
    fn = applied(PROFILES[0])
    fn["metadata"]["annotations"][ANNOTATION] = json.dumps({**record_of(fn), field: junk})

    with pytest.raises(BrokenFunction, match=f"'etl': annotation {ANNOTATION}"):
        check(fn)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything inside plain data."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, part in inside for place in places(part, (*path, key)))]


def put(root: dict[str, Any], path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    holder = root
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return root


@settings(max_examples=400, report_multiple_bugs=False)
@given(profile=st.sampled_from(PROFILES[:5]), data=st.data(), junk=plain)
def test_a_record_edited_anywhere_gives_one_clear_error_or_none(
    profile: Profile, data: st.DataObject, junk: Any
) -> None:
    fn = applied(profile, cluster=TAINTS)
    record = record_of(fn)
    edited = put(record, data.draw(st.sampled_from(places(record))), junk)
    fn["metadata"]["annotations"][ANNOTATION] = json.dumps(edited)

    for ask in (check, PROFILES[0].plan, profiles.applied_to):
        try:
            ask(fn)
        except IgzRuntimeError as error:
            assert "etl" in str(error)  # noqa: PT017  (most edits are harmless, and raise nothing)


def test_a_waiver_for_a_rule_that_does_not_exist_is_named_with_the_function() -> None:
    fn = applied(profiles.production_job(cpu=1, memory="1Gi", waive={"IGZ404": Waiver("pinned for a licence")}))
    fn["metadata"]["annotations"][ANNOTATION] = fn["metadata"]["annotations"][ANNOTATION].replace("IGZ404", "IGZ999")

    with pytest.raises(InvalidValue, match=r"^job 'etl': its waivers: there is no rule 'IGZ999'"):
        check(fn)


def test_equal_profiles_that_spell_an_amount_differently_each_write_their_own_spelling() -> None:
    spelled = [applied(profiles.production_job(cpu=cpu, memory="1Gi")) for cpu in ("2", "2000m")]

    assert [fn["spec"]["resources"]["limits"]["cpu"] for fn in spelled] == ["2", "2000m"]
    assert [record_of(fn)["parameters"]["cpu"] for fn in spelled] == ["2", "2000m"]
