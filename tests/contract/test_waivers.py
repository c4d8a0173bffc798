"""What MLRun does with the annotation that waives a rule: docs/waivers.md says it."""

from __future__ import annotations

from pathlib import Path

import mlrun
import pytest

from igz_runtime import Waiver, check
from igz_runtime.functions import adapter_for
from tests.kinds import OF_MLRUN

NAME = "igz-runtime/waive-IGZ101"


@pytest.mark.parametrize("kind", OF_MLRUN)
def test_to_yaml_keeps_it_and_export_leaves_it_out(kind: str, tmp_path: Path) -> None:
    fn = mlrun.new_function("trainer", kind=kind, image="mlrun/mlrun")
    fn.metadata.annotations[NAME] = "resubmitted by cron"
    written, exported = tmp_path / "written.yaml", tmp_path / "exported.yaml"
    written.write_text(fn.to_yaml())
    fn.export(str(exported))

    for kept in (fn, fn.to_dict(), mlrun.import_function(str(written)), written):
        assert adapter_for(kept).read().waivers == {"IGZ101": "resubmitted by cron"}
    assert adapter_for(mlrun.import_function(str(exported))).read().waivers == {}


def test_check_honours_it_on_an_object() -> None:
    fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun")
    fn.with_preemption_mode("allow")
    fn.metadata.annotations[NAME] = "resubmitted by cron"

    assert [f.waived for f in check(fn) if f.rule == "IGZ101"] == [Waiver("resubmitted by cron")]
