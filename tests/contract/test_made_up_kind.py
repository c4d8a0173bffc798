"""A kind is a row of the table: one that nobody has, with setters of its own, is read, judged, planned and written.

What it stands for: whatever else knew of kinds would not know this one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.contract import made_up_kind
from tests.contract.made_up_kind import CODE, YAML

GUARANTEED = {"requests": {"cpu": "4", "memory": "16Gi"}, "limits": {"cpu": "4", "memory": "16Gi"}}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the library makes of the kind."""
    root = Path(made_up_kind.__file__).parents[2]
    command = [sys.executable, "-m", "tests.contract.made_up_kind", str(tmp_path_factory.mktemp("gang"))]
    done = subprocess.run(command, cwd=root, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return printed


def test_it_is_read(found: dict[str, Any]) -> None:
    assert found["read"] == {"leader": [None, {}, 1], "member": ["allow", {"pool": "jobs"}, 3]}


def test_it_is_judged(found: dict[str, Any]) -> None:
    assert found["judged"] == ["IGZ101 member"]


def test_it_is_planned(found: dict[str, Any]) -> None:
    assert found["planned"] == {"leader": ["prevent", "Guaranteed"], "member": ["prevent", "Guaranteed"]}


def test_it_is_written_to_a_document(found: dict[str, Any]) -> None:
    spec = found["written"]

    assert (spec["leader_resources"], spec["member_resources"]) == (GUARANTEED, GUARANTEED)
    assert (spec["leader_preemption_mode"], spec["member_preemption_mode"]) == ("prevent", "prevent")
    assert spec["priority_class_name"] == "igz-workload-high"
    assert spec["members"] == 3


def test_an_object_of_it_is_written_by_the_setters_of_the_table(found: dict[str, Any]) -> None:
    written = found["written_by_its_setters"]

    roles = ("leader", "member")
    assert written["called"] == sorted(f"{verb}_{role}" for verb in ("cap", "claim", "pin", "risk") for role in roles)
    assert (written["leader_node_selector"], written["member_preemption_mode"]) == ({"pool": "jobs"}, "prevent")
    assert written["member_resources"] == GUARANTEED


def place(text: str, part: str) -> tuple[int, int]:
    """Line and column of the first text like this."""
    return next((i, line.index(part) + 1) for i, line in enumerate(text.splitlines(), 1) if part in line)


STATED = {
    "IGZ205 member": ("cpu: 2x", 'cpu="2x"'),
    "IGZ101 member": ("member_preemption_mode", '"allow"'),
    "IGZ110 leader": ("leader_preemption_mode", '"sometimes"'),
}
"""What is unsafe of it, and the text at which that is found: in YAML, and in code."""


@pytest.mark.parametrize("name", ["gang.yaml", "gang.py", "gang.ipynb"])
def test_what_is_unsafe_is_found_with_line_and_column(found: dict[str, Any], name: str) -> None:
    findings = {f"{each['rule']} {each['role']}": each for each in found["linted"][name]["findings"]}

    for rule, (in_yaml, in_code) in STATED.items():
        at = place(YAML, in_yaml) if name == "gang.yaml" else place(CODE, in_code)
        assert (findings[rule]["line"], findings[rule]["column"]) == at
    assert all(each["function"] == "etl" and each["kind"] == "gang" for each in findings.values())


def test_a_field_that_is_almost_right_is_named(found: dict[str, Any]) -> None:
    said = [each["message"] for each in found["linted"]["gang.yaml"]["findings"] if each["rule"] == "IGZ903"]

    assert said == ["'memberResources' is not a field of kind 'gang'; did you mean 'member_resources'?"]


@pytest.mark.parametrize("name", ["gang.py", "gang.ipynb"])
def test_a_setter_that_raises_for_it_is_named(found: dict[str, Any], name: str) -> None:
    assert [note["text"] for note in found["linted"][name]["notes"]] == [
        "with_limits() is not a setter of kind 'gang': MLRun raises here, and nothing is set"
    ]
