"""What functions declare and waive for themselves, and on which terms it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime.config.file import config_file
from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import WORKLOAD
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.settings import settings_of
from igz_runtime.rules.declarations import declarations_on, words_of
from igz_runtime.rules.terms import Declarable, Site, Terms, Waivable
from igz_runtime.waiver import Waiver

EITHER = Declarable("why")
TERMS = Terms(
    declarable=(
        Declarable("reviewed each month", ("stateless",), ("fraud*", "risk")),
        Declarable("the old jobs", ("stateless",), files=("/old/",)),
    ),
)
NOT_HERE = (
    "the platform allows work to be declared stateless in projects fraud*, risk only: reviewed each month; "
    "the platform allows work to be declared stateless in files like /old/ only: the old jobs"
)
ONLY = (
    "the platform does not allow work to be declared restartable, only stateless (reviewed each month); "
    "stateless (the old jobs)"
)


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (Site("fraud-1", ""), {"restartable": ONLY}),
        (Site("pricing", "old/a.yaml"), {"restartable": ONLY}),
        (Site("pricing", "new/old/a.yaml"), {"stateless": NOT_HERE, "restartable": ONLY}),
        (Site("", ""), {"stateless": NOT_HERE, "restartable": ONLY}),
    ],
)
def test_what_is_let_and_why_not(site: Site, said: dict[str, str]) -> None:
    assert TERMS.undeclarable(site) == said


def test_nothing_said_limits_nothing_and_an_empty_list_lets_nothing() -> None:
    nothing = "the platform does not allow work to be declared {}"

    assert Terms().undeclarable(Site()) == {}
    assert Terms(declarable=(EITHER,)).undeclarable(Site("", "")) == {}
    assert Terms(declarable=()).undeclarable(Site()) == {
        word: nothing.format(word) for word in ("stateless", "restartable")
    }


def test_who_may_not_declare_is_not_told_to(tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text("declarable: []\n")
    spec = "default_handler: train, node_selector: {app.iguazio.com/lifecycle: preemptible}, preemption_mode: allow"
    text = f"kind: job\nmetadata: {{name: a, labels: {{{WORKLOAD}: stateless}}}}\nspec: {{{spec}}}\n"
    found = lint_text("a.yaml", text, settings_of(config_file(tmp_path / "igz-runtime.yaml"))).findings
    fixes = {one.finding.rule: one.finding.fix for one in found}

    assert fixes["IGZ904"] == "remove it, or have the platform allow it, under declarable in igz-runtime.yaml"
    assert "declare it" not in fixes["IGZ101"]


def test_terms_below_others_go_no_further() -> None:
    above = Terms(waivable=(Waivable("ours", ("IGZ1",)),), declarable=(Declarable("ours", ("stateless",)),))
    below = Terms(waivable=(Waivable("theirs"),), declarable=(EITHER,), above=above)

    assert list(below.undeclarable(Site())) == ["restartable"]
    assert "only IGZ1 (ours)" in below.refusal("IGZ209", Waiver("x"), Site(), _TODAY)
    assert below.refusal("IGZ101", Waiver("x"), Site(), _TODAY) == ""
    assert Terms(declarable=(), above=above).undeclarable(Site()).keys() == {"stateless", "restartable"}
    assert Terms(above=below).outermost is above


_TODAY: Any = None


def said_by(metadata: dict[str, Any], kind: str = "job", terms: Terms = Terms()) -> list[tuple[str, str]]:  # noqa: B008  (frozen)
    function = adapter_for({"kind": kind, "metadata": {"name": "trainer", **metadata}, "spec": {}}).read()
    return [(str(one), one.refused) for one in declarations_on(function, Applied.on(function), terms, Site("", ""))]


def test_a_record_an_annotation_and_a_label_each_once() -> None:
    workload = {"stateful": False, "mission_critical": True, "restartable": True, "duration": "30h"}
    waivers = {"IGZ101": Waiver("by cron"), "IGZ103": Waiver("by cron")}
    record = Applied("nightly", waivers=waivers, promised={"workload": workload}).to_text()
    annotations = {"igz-runtime/applied": record, "igz-runtime/waive-IGZ101": "by hand"}
    labels = {"igz-runtime/workload": "stateless"}

    by = "its record of profile 'nightly'"
    assert [said for said, _ in said_by({"annotations": annotations, "labels": labels})] == [
        f"{by} says stateless; without it stateful (its name 'trainer' says training)",
        f"{by} says mission-critical",
        f"{by} says restartable",
        f"{by} says a run may take 30h",
        f"{by} waives IGZ101: by cron",
        f"{by} waives IGZ103: by cron",
        "its annotation igz-runtime/waive-IGZ101 waives IGZ101: by hand",
    ]


@pytest.mark.parametrize(
    ("annotations", "why"),
    [
        ({"igz-runtime/waive-IGZ102": "by cron"}, "rule IGZ102 cannot be waived"),
        ({"igz-runtime/waive-IGZ1O1": "by cron"}, "there is no rule 'IGZ1O1'"),
        ({"igz-runtime/waive-IGZ101": "."}, "a waiver needs a reason"),
        ({"igz-runtime/waive-IGZ101": "until 2020-01-31 by cron"}, "expired on 2020-01-31"),
    ],
)
def test_a_waiver_that_does_not_count_says_why(annotations: dict[str, str], why: str) -> None:
    ((said, refused),) = said_by({"annotations": annotations})

    assert why in refused
    assert f"; does not count: {refused}" in said


def test_of_work_what_is_refused_is_left_out() -> None:
    declared = Workload(stateful=False, mission_critical=True, restartable=True)

    assert words_of(declared.without(())) == ("stateless", "mission-critical", "restartable")
    assert words_of(declared.without(("stateless",))) == ("mission-critical", "restartable")
    assert words_of(declared.without(("restartable",))) == ("stateless", "mission-critical")
    assert Workload(stateful=True).without(("stateless",)).stateful is True
