"""What admission says of a pod, as a report shows it: whole, in lines, and nothing twice."""

from __future__ import annotations

from datetime import date

import pytest

from igz_runtime import Waiver
from igz_runtime.report.admission import admission_rows
from igz_runtime.report.severity import Row
from igz_runtime.rules.findings import Finding

pytestmark = pytest.mark.every_environment

DENIED = "ValidatingAdmissionPolicy 'igz-runtime-deny' with binding 'b' denied request: "
BOTH = f"{DENIED}job 'etl': IGZ302: class is reserved; fix: choose another | IGZ404: it is pinned; fix: select labels"


def finding(rule: str, message: str, waived: Waiver | None = None) -> Finding:
    return Finding(rule, "error", message, "why", "fix", "etl", "job", "main", waived)


def rows(message: str, *found: Finding) -> list[Row]:
    return list(admission_rows("dry run", "refused", message, "error", found))


TWO = Row("dry run", ("refused: policy 'igz-runtime-deny', 2 findings",), "error")


def test_each_finding_has_a_row_of_its_own() -> None:
    assert rows(BOTH) == [
        TWO,
        Row("IGZ302", ("class is reserved", "fix: choose another")),
        Row("IGZ404", ("it is pinned", "fix: select labels")),
    ]


def test_what_is_found_here_too_is_said_once() -> None:
    found = (finding("IGZ302", "class is reserved"), finding("IGZ404", "it is pinned"))
    assert rows(BOTH, *found) == [TWO, Row("IGZ302, IGZ404", ("as below",))]


def test_what_the_same_rule_says_in_other_words_is_said() -> None:
    found = (finding("IGZ302", "class 'x' is reserved"), finding("IGZ404", "it is pinned"))
    again, other = Row("IGZ404", ("as below",)), Row("IGZ302", ("class is reserved", "fix: choose another"))
    assert rows(BOTH, *found) == [TWO, again, other]


def test_what_is_waived_here_and_not_there_is_said() -> None:
    waived = finding("IGZ404", "it is pinned", Waiver("licensed", date(2099, 1, 31)))
    assert rows(BOTH, waived)[2].lines[0] == "it is pinned"


def test_the_text_of_others_is_as_it_is_and_bounded() -> None:
    assert rows("exceeded quota: team") == [Row("dry run", ("refused", "exceeded quota: team"), "error")]
    others = ("refused: policy 'igz-runtime-deny'", "no latest")
    assert rows(f"{DENIED}no latest") == [Row("dry run", others, "error")]
    [row] = rows("x" * 5000)
    assert len(row.lines[1]) < 700


def test_many_findings_are_not_all_shown() -> None:
    many = " | ".join(f"IGZ{number}: found {number}" for number in range(100, 130))
    found = rows(f"{DENIED}job 'etl': {many}")
    assert found[0].lines == ("refused: policy 'igz-runtime-deny', 30 findings",)
    assert found[-1] == Row("…", ("and 10 more",))
    assert len(found) == 22
