"""The annotations by which autoscalers leave a pod alone, on MLRun's own objects and in files."""

from __future__ import annotations

import copy

import pytest

from igz_runtime import check, profiles
from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.functions.kinds import KINDS
from igz_runtime.lint.judging import lint_text
from tests.contract.functions import job

PRODUCTION = profiles.production_job(cpu=4, memory="16Gi")
ANNOTATED = [name for name, kind in KINDS.items() if kind.annotated]
KARPENTER, _ = PROTECTION["karpenter"]


@pytest.mark.parametrize("kind", ANNOTATED)
def test_what_mlruns_own_setter_writes_is_read_and_comes_back(kind: str) -> None:
    fn = job(kind)
    fn.with_annotations({KARPENTER: False, "team": "fraud"})
    shared, before = fn.to_dict(), copy.deepcopy(fn.to_dict())
    (role,) = adapter_for(fn).read().roles
    assert role.annotations == {KARPENTER: "False"}

    fn.apply(PRODUCTION)

    sent = fn.to_dict()["metadata"]["annotations"]
    assert {name: sent[name] for name, _ in PROTECTION.values()} == dict(PROTECTION.values())
    assert sent["team"] == "fraud"
    assert shared == before
    assert profiles.remove(fn).metadata.annotations == {KARPENTER: "False", "team": "fraud"}


@pytest.mark.parametrize("kind", ANNOTATED)
def test_what_mlruns_own_setter_writes_over_it_is_drift(kind: str) -> None:
    fn = job(kind).apply(PRODUCTION)
    fn.with_annotations({KARPENTER: "false"})

    (finding,) = [each for each in check(fn) if each.rule == "IGZ907"]
    assert (finding.rule, finding.field) == ("IGZ907", ("annotations", KARPENTER))
    assert f"annotation {KARPENTER} is 'false', and production_job wrote 'true'" in finding.message


def test_in_a_file_it_is_found_at_its_line() -> None:
    text = job().apply(PRODUCTION).to_yaml().replace(f"{KARPENTER}: 'true'", f"{KARPENTER}: 'false'")
    found = [each for each in lint_text("function.yaml", text).findings if each.finding.rule == "IGZ907"]

    (located,) = found
    assert KARPENTER in text.splitlines()[located.position.line - 1]


def test_in_code_it_is_found_at_its_line() -> None:
    code = f"""\
import mlrun
from igz_runtime import profiles

fn = mlrun.code_to_function("etl", kind="job", image="mlrun/mlrun")
fn.apply(profiles.production_job(cpu=4, memory="16Gi", running_limit="none"))
fn.with_annotations({{"{KARPENTER}": "false"}})
"""
    (located,) = lint_text("pipeline.py", code).findings

    assert (located.finding.rule, located.position.line) == ("IGZ907", 6)
