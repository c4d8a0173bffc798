"""Rules keep to what they say that they read: each is run on subjects that record it, made of all rules' cases."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import pytest

from igz_runtime.cluster import Cluster
from igz_runtime.functions.described import DESCRIBED
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.workload import Workload
from igz_runtime.k8s.pod import Container, PodSettings, is_accelerator
from igz_runtime.planning.make_plan import forget
from igz_runtime.rules import Found, Rule, Skip, Subject, judge, rule, rules
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.reads import IDENTITY, NATURE, behind, is_general, readable
from igz_runtime.rules.registry import rules_on
from igz_runtime.rules.separation import Separation
from igz_runtime.rules.subject import PROMISED
from igz_runtime.testing.recording import RecordingSubject, recording_audited
from tests.unit.rules.rule_cases import every, judged

AUDITED = (AuditedCluster, AuditedGroup, AuditedWork, Separation)


def says(found: Found, _: Any) -> Iterable[Found | Skip]:
    """A rule that always finds this."""
    return (found,)


def nothing(_: Any) -> Iterable[Found | Skip]:
    """A rule that finds nothing."""
    return ()


TEXTS: Mapping[str, Any] = {"severity": "info", "source": "s.", "origin": "o", "fix": "f"}


def named(names: Collection[str]) -> str:
    """Names in order, for a failure."""
    return ", ".join(sorted(names))


def register(**parts: Any) -> None:
    """Register a rule of an organisation."""
    decorate: Any = rule("ACME101", "a-b", "t", **{**TEXTS, **parts})
    decorate(nothing)


@pytest.fixture(scope="module")
def subjects() -> list[Subject]:
    """Every role that is judged in any case of any rule: as it is, as a profile would have it, and after that."""
    met: list[Subject] = []

    def meet(subject: Subject) -> Iterable[Found | Skip]:
        met.append(subject)
        return ()

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(REGISTRY, "IGZ000", Rule("IGZ000", "a-b", "t", **TEXTS, waivable=False, check=meet))
        for case in (one.values[1] for section in ("pass", "fail", "skip") for one in every(section)):
            forget()
            if "function" in case:
                judged(case)
    forget()
    return met


@pytest.fixture(scope="module")
def read(subjects: list[Subject]) -> Mapping[str, set[str]]:
    """By rule id, what it reads of any of them."""
    found = defaultdict[str, set[str]](set)
    for each in rules_on(Subject).built_in:
        for subject in subjects:
            recording = RecordingSubject(subject)
            list(each.check(recording))
            found[each.id] |= recording.read
    return found


ON_ROLES = rules_on(Subject).built_in


@pytest.mark.parametrize("each", ON_ROLES, ids=lambda each: each.id)
def test_a_rule_reads_what_it_declares_and_nothing_else(each: Rule[Any], read: Mapping[str, set[str]]) -> None:
    assert each.reads is not None
    declared, found = set(each.reads) - IDENTITY, read[each.id] - IDENTITY

    assert found <= behind(declared), f"it does not say that it reads {named(found - behind(declared))}"
    assert declared <= behind(found), f"it never reads {named(declared - behind(found))}"


ON_AUDITED = [each for on in AUDITED for each in rules_on(on).built_in]


@pytest.fixture(scope="module")
def audited() -> Mapping[type, list[Any]]:
    """Every cluster, node group and pods that are audited in any case of any rule."""
    met: dict[type, list[Any]] = {on: [] for on in AUDITED}

    def meet(subject: Any) -> Iterable[Found | Skip]:
        met[type(subject)].append(subject)
        return ()

    with pytest.MonkeyPatch.context() as patch:
        for number, on in enumerate(AUDITED):
            meeting: Rule[Any] = Rule(f"IGZ00{number}", "a-b", "t", **TEXTS, waivable=False, check=meet, on=on)
            patch.setitem(REGISTRY, meeting.id, meeting)
        for case in (one.values[1] for section in ("pass", "fail", "skip") for one in every(section)):
            if "audit" in case:
                judged(case)
    return met


@pytest.mark.parametrize("each", ON_AUDITED, ids=lambda each: each.id)
def test_a_rule_of_an_audit_reads_what_it_declares_and_nothing_else(
    each: Rule[Any], audited: Mapping[type, list[Any]]
) -> None:
    found = set[str]()
    for subject in audited[each.on]:
        recording, read = recording_audited(subject)
        list(each.check(recording))
        found |= read

    assert each.reads is not None
    assert found <= set(each.reads), f"it does not say that it reads {named(found - set(each.reads))}"
    assert set(each.reads) <= found, f"it never reads {named(set(each.reads) - found)}"


def test_the_record_would_show_what_is_read(subjects: list[Subject]) -> None:
    """The test above would pass as well if nothing were recorded."""
    recording = RecordingSubject(subjects[0])
    assert recording.read == set()

    _ = recording.pod.tolerations, recording.cluster.spot_labels, recording.function.evidence.image, recording.mode
    _ = recording.function.roles[0].pods, recording.workload.restartable, recording.planned, recording.can_land_on_spot

    assert recording.read >= {"tolerations", "node_groups", "mlrun", "image", "preemption_mode", "roles.pods"}
    assert recording.read >= {"restartable", "planned", "node_selector", "affinity"}
    assert not recording.read & {"containers", "labels", "mission_critical", "live"}
    recording.read.clear()
    assert recording.pod.but(containers=()).containers == ()
    assert recording.read == {"containers"}
    assert recording.pod == subjects[0].pod
    assert recording.read >= set(PodSettings._fields)


def test_a_name_is_of_one_type_only() -> None:
    types = [
        PodSettings._fields,
        set(Function._fields) - {"evidence"},
        Evidence._fields,
        {field.name for field in fields(Cluster)},
        {field.name for field in fields(Workload)},
        PROMISED,
        {NATURE},
    ]
    every_name = [name for names in types for name in names]

    assert len(set(every_name)) == len(every_name)
    assert set(every_name) - {"roles"} <= readable(Subject)


def test_every_field_of_a_function_has_places_in_a_document_or_is_said_to_have_none() -> None:
    assert {*Function._fields, *Evidence._fields} - {"kind", "platform", "roles", "evidence"} == DESCRIBED


@pytest.mark.parametrize(
    ("reads", "says"),
    [
        (["priority"], r"rule ACME101: reads 'priority', and Subject has nothing .*; did you mean 'priority_class'\?"),
        (["roles.label"], r"rule ACME101: reads 'roles.label', and Subject has nothing of that name to read"),
        ([7], r"rule ACME101: reads 7, and Subject has nothing of that name to read"),
        ("labels", r"rule ACME101: reads is 'labels', and names are required, such as \('labels',\)"),
    ],
)
def test_a_name_that_nothing_has_is_refused_when_the_rule_is_registered(reads: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        register(reads=reads)
    assert "ACME101" not in REGISTRY


@pytest.mark.parametrize(("part", "value"), [("each", "thing"), ("on", "Cluster")])
def test_another_part_of_the_wrong_type_is_refused_too(part: str, value: str) -> None:
    with pytest.raises(ValueError, match=f"rule ACME101: {part} is '{value}', and "):
        register(**{part: value})


def test_evidence_is_each_of_its_fields() -> None:
    register(reads=("evidence", "labels"))
    made = rules()["ACME101"]
    del REGISTRY["ACME101"]

    assert made.reads == Evidence._fields
    assert "ACME101" not in rules()


def test_a_verdict_is_general_where_it_goes_by_nothing_but_roles_and_cluster() -> None:
    """Then it may be remembered for the next function."""
    assert is_general(("containers", "roles.containers", "node_groups", "planned", "mission_critical", "kind"))
    assert not any(is_general(each) for each in (None, ("labels",), (NATURE,), ("name",), ("waivers",)))
    assert [each.id for each in rules_on(Subject).particular] == [
        "IGZ101",
        "IGZ113",
        "IGZ406",
        "IGZ407",
        "IGZ501",
        "IGZ505",
    ]


def alone(settings: PodSettings, field: tuple[Any, ...], each: str) -> PodSettings:
    """A role that asks for nothing but what a finding points at.

    GPUs stay: what is found there is what they lack, and they themselves are known.
    """
    bare = PodSettings(settings.role)
    if field[0] != "containers":
        return bare.but(**{field[0]: getattr(settings, field[0])})
    container = next(one for one in settings.containers if one.name == field[1])
    kept = [section for section in ("requests", "limits") if each == "amount" or section == field[2]]
    amounts: dict[str, Any] = {
        section: {
            name: amount
            for name, amount in getattr(container, section).items()
            if (section in kept and name == field[3]) or (each == "amount" and is_accelerator(name))
        }
        for section in ("requests", "limits")
    }
    return bare.but(containers=(Container(container.name, **amounts, sort=container.sort),))


@pytest.mark.parametrize("each", [one for one in ON_ROLES if one.each], ids=lambda each: each.id)
def test_a_rule_that_judges_each_value_by_itself_finds_it_alone(each: Rule[Any], subjects: list[Subject]) -> None:
    """Lint needs to know nothing else then."""
    proved = 0
    for subject in subjects:
        for found in each.check(subject):
            assert isinstance(found, Found)
            field = found.field or (each.reads or ())[:1]
            if found.severity is not None:
                continue
            settings = alone(subject.asked, field, str(each.each))
            function = subject.function
            roles = tuple(settings if r.role == settings.role else PodSettings(r.role) for r in function.roles)
            lone = Subject(
                function.but(roles=roles), settings, subject.cluster, planned=subject.planned, written=subject.written
            )
            assert found.message in [one.message for one in each.check(lone) if isinstance(one, Found)]
            proved += 1
    assert proved
    assert each.id in {"IGZ110", "IGZ202", "IGZ203", "IGZ205", "IGZ302", "IGZ404", "IGZ907"}


@pytest.mark.parametrize(
    ("reads", "asked", "field"),
    [
        (("node_selector", "tolerations"), {"tolerations": ()}, ("tolerations",)),
        (("node_selector", "tolerations"), {"node_selector": {"a": "b"}, "tolerations": ()}, ("node_selector",)),
        (("node_selector", "tolerations"), {}, ()),
        (("priority_class", "node_groups"), {}, ("priority_class",)),
        (("labels",), {}, ("labels",)),
        (("node_groups", "planned"), {"node_name": "n"}, ()),
        (None, {"node_name": "n"}, ()),
    ],
)
@pytest.mark.parametrize("owner", ["", "acme 1.0"])
def test_a_finding_that_names_no_field_gets_one_of_those_that_its_rule_reads(
    reads: tuple[str, ...] | None,
    asked: dict[str, Any],
    field: tuple[str, ...],
    owner: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for rule_id, found in (("ACME100", Found("m")), ("ACME101", Found("m", field=()))):
        check = partial(says, found)
        made = Rule(rule_id, "a-b", "t", **TEXTS, waivable=False, check=check, reads=reads, owner=owner)
        monkeypatch.setitem(REGISTRY, rule_id, made)
    settings = PodSettings(**asked)
    function = Function("etl", "job", (settings,))
    fields_of = {one.rule: one.field for one in judge([Subject(function, settings, Cluster.iguazio())])}

    assert fields_of["ACME100"] == field
    assert fields_of["ACME101"] == ()
