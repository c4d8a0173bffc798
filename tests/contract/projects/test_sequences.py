"""A law: after any calls, functions are as if their project had just been loaded, and set up anew."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlrun
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime import projects
from tests.contract.projects.folder import load, write
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("nearest_configuration")

PROFILES = (
    "{profile: production_job, cpu: 4, memory: 16Gi, workload: stateful}",
    "{profile: spot_stateless, cpu: 1, memory: 2Gi, workload: stateless}",
    "{profile: opportunistic_job, cpu: 2, memory: 4Gi, workload: stateless, running_limit: 2h}",
    "{profile: development_job, cpu: 1, memory: 1Gi, priority: low, node_group: jobs}",
)
configurations = st.dictionaries(
    st.sampled_from(["train", "score-daily", "report"]), st.sampled_from(PROFILES), min_size=1
).map(lambda entries: "functions:\n" + "".join(f"  {name}: {entry}\n" for name, entry in sorted(entries.items())))


def done(step: Callable[[Any], object]) -> Callable[[Any], Any]:
    def call(project: Any) -> Any:
        step(project)
        return project

    return call


CALLS: dict[str, Callable[[Any], Any]] = {
    "get": done(lambda p: p.get_function("train")),
    "get synced": done(lambda p: p.get_function("report", sync=True)),
    "get enriched": done(lambda p: p.get_function("score-daily", enrich=True)),
    "objects": done(lambda p: p.get_function_objects()),
    "sync": done(lambda p: p.sync_functions()),
    "sync one": done(lambda p: p.sync_functions(["train"])),
    "set": done(lambda p: p.set_function("train.py", "report", kind="job", image="mlrun/mlrun", handler="handler")),
    "set again": done(lambda p: p.set_function(p.get_function("train"))),
    "reload": lambda p: p.reload(),
    "reload synced": lambda p: p.reload(sync=True),
    "copy": lambda p: p.copy(),
    "pickle": lambda p: pickle.loads(pickle.dumps(p)),  # noqa: S301  (our own bytes)
    "setup": projects.setup,
}
steps = st.lists(st.one_of(st.sampled_from(sorted(CALLS)), configurations), max_size=6)


def settings_of(project: Any) -> dict[str, Any]:
    """What MLRun would submit, without what enriching a function adds."""
    found = {name: project.get_function(name).to_dict() for name in ("train", "score-daily", "report")}
    return {
        name: (
            fn["metadata"].get("annotations"),
            fn["metadata"].get("labels"),
            {
                key: value
                for key, value in fn["spec"].items()
                if key not in ("build", "image", "volumes", "volume_mounts")
            },
        )
        for name, fn in found.items()
    }


@given(first=configurations, taken=steps)
@settings(max_examples=examples(60))
def test_it_is_as_if_it_had_just_been_set_up(first: str, taken: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = write(Path(name), config=first)
        project = projects.setup(load(folder))
        for step in taken:
            if step in CALLS:
                project = CALLS[step](project)
            else:
                (folder / "igz-runtime.yaml").write_text(step)
                project = projects.setup(project)

        assert isinstance(project, mlrun.projects.MlrunProject)
        assert settings_of(project) == settings_of(projects.setup(load(folder)))
