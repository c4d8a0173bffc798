"""Copies, exports and overrides of MLRun: what of a profile lives through them, and what `check` says of the rest."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.runtimes.utils import enrich_function_from_dict

from igz_runtime import UnsafeCombination, check, profiles
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions import adapter_for
from tests.conftest import Mlconf
from tests.contract.functions import job
from tests.kinds import OF_MLRUN

PROFILE = profiles.production_job(cpu=1, memory="2Gi", node_group={"zone": "a"})
SPOT = profiles.opportunistic_job(cpu=1, memory="2Gi", workload="stateless")


def exported(fn: Any, path: Path) -> Any:
    fn.export(str(path), strip=False)
    return mlrun.import_function(str(path))


COPIES = {
    "fn.copy()": lambda fn, _: fn.copy(),
    "copy.deepcopy(fn)": lambda fn, _: copy.deepcopy(fn),
    "new_function(runtime=fn)": lambda fn, _: mlrun.new_function(runtime=fn),
    "new_function(runtime=fn.to_dict())": lambda fn, _: mlrun.new_function(runtime=fn.to_dict()),
    "export(strip=False)": exported,
}


@pytest.mark.parametrize("kind", OF_MLRUN)
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_keeps_the_profile_and_takes_it_again_without_a_change(how: str, kind: str, tmp_path: Path) -> None:
    fn = PROFILE.apply(job(kind))
    applied = adapter_for(fn).read()
    twin = COPIES[how](fn, tmp_path / "function.yaml")
    read = adapter_for(twin).read()

    assert read.roles == applied.roles
    assert profiles.applied_to(twin) == profiles.applied_to(fn) is not None
    PROFILE.apply(twin)
    assert adapter_for(twin).read() == read
    assert repr(PROFILE.plan(twin)).endswith("already applied>")


@pytest.mark.parametrize("kind", OF_MLRUN)
def test_a_profile_on_a_copy_leaves_the_original_alone(kind: str) -> None:
    fn = job(kind)
    before = copy.deepcopy(fn.to_dict())
    PROFILE.apply(mlrun.new_function(runtime=fn))
    PROFILE.apply(fn.copy())
    PROFILE.apply(fn.to_dict())

    assert fn.to_dict() == before


@pytest.mark.parametrize("kind", ["job", "remote"])
def test_an_override_resets_the_mode_and_check_names_the_broken_promise(kind: str) -> None:
    """The override is a function of its own, whose default is `prevent`; it stands for `function_refs` as well."""
    fn = SPOT.apply(job(kind))
    fn = enrich_function_from_dict(fn, {"spec": {"image": "mlrun/other"}})
    assert fn.spec.preemption_mode == "prevent"

    assert {"IGZ104", "IGZ108"} <= {finding.rule for finding in check(fn)}
    assert [finding.rule for finding in check(SPOT.apply(fn)) if finding.severity == "error"] == []


def test_an_edit_of_the_resources_themselves_passes_mlrun_and_is_reported() -> None:
    fn = PROFILE.apply(job())
    fn.spec.resources["limits"]["cpu"] = "zz"

    assert "IGZ205" in {finding.rule for finding in check(fn)}
    with pytest.raises(UnsafeCombination, match="IGZ205"):
        profiles.production_job().apply(fn)


def test_defaults_are_read_when_a_function_is_made_and_a_profile_needs_none(mlconf: Mlconf) -> None:
    before = job()
    mlconf.set("default_function_pod_resources.limits.cpu", "7")
    mlconf.set("default_function_pod_resources.requests.cpu", "3")
    after = job()
    assert before.spec.resources.get("limits") is None
    assert after.spec.resources["limits"]["cpu"] == "7"

    for fn in (before, after):
        PROFILE.apply(fn)
    assert before.spec.resources == after.spec.resources


def test_a_function_turned_local_is_no_longer_placed_and_is_refused() -> None:
    fn = mlrun.new_function(runtime=PROFILE.apply(job()), kind="local")
    with pytest.raises(UnsupportedFunction, match="'local', which runs in this process"):
        check(fn)


def test_a_refusal_through_mlruns_own_apply_leaves_the_function_as_it_was() -> None:
    fn = job("job", "train-model")
    fn.set_env("TOKEN", "not-to-be-shown")
    before = copy.deepcopy(fn.to_dict())

    with pytest.raises(UnsafeCombination) as refused:
        fn.apply(profiles.spot_stateless(cpu=1, memory="2Gi"))
    assert fn.to_dict() == before
    assert "not-to-be-shown" not in str(refused.value)
