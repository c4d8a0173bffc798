"""What policies say is taken apart as it was put together, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest

from igz_runtime.audit.policies.policy import policy
from igz_runtime.cluster.policy_words import BEFORE_FIX, BETWEEN, PolicySays, Told, policy_says
from igz_runtime.rules.cel.form import quoted

pytestmark = pytest.mark.every_environment

DENIED = "ValidatingAdmissionPolicy 'igz-runtime-deny' with binding 'igz-runtime-deny' denied request: "
WARNED = "Validation failed for ValidatingAdmissionPolicy 'igz-runtime-warn' with binding 'igz-runtime-warn': "
FOUND = (
    Told("IGZ101", "stateful (declared stateful), and its pod can land on node group 'a | b'", "waive: it"),
    Told("IGZ302", "class 'x' is reserved", "use igz-workload-low, igz-workload-medium or igz-workload-high"),
)


def text(*found: Told) -> str:
    return "job 'train': " + BETWEEN.join(f"{each.rule}: {each.message}{BEFORE_FIX}{each.fix}" for each in found)


@pytest.mark.parametrize(("before", "policy"), [(DENIED, "igz-runtime-deny"), (WARNED, "igz-runtime-warn")])
@pytest.mark.parametrize("count", [1, 2])
def test_findings_are_what_they_were(before: str, policy: str, count: int) -> None:
    said = text(*FOUND[:count])
    for head in ("", 'pods "train-x-" is forbidden: '):
        expected = PolicySays(policy, before == DENIED, said, FOUND[:count])
        assert policy_says(head + before + said) == expected


def test_a_text_that_was_cut_has_the_findings_that_are_left() -> None:
    whole = text(*FOUND)
    for end in range(len("job 'train': IGZ101: "), len(whole)):
        said = policy_says(DENIED + whole[:end] + "…")
        assert said is not None
        assert said.findings[0].rule == "IGZ101"
        assert len(said.findings) <= 2


@pytest.mark.parametrize(
    "theirs",
    ["no latest", "IGZ101", "job 'train': no latest", "job 'train': igz101: x", "", ": IGZ101: x", "' ': IGZ101: x"],
)
def test_the_text_of_somebody_elses_policy_stays_as_it_is(theirs: str) -> None:
    assert policy_says(DENIED + theirs) == PolicySays("igz-runtime-deny", denied=True, text=theirs)


def test_the_policies_join_findings_as_it_says() -> None:
    said = json.dumps(policy("deny", ["team"]))
    assert said.count(json.dumps(quoted(BETWEEN))[1:-1]) > 1
    assert BEFORE_FIX in said


@pytest.mark.parametrize("other", ["", "exceeded quota: team", "no PriorityClass with name urgent was found"])
def test_what_no_policy_says(other: str) -> None:
    assert policy_says(f'pods "x" is forbidden: {other}') is None
