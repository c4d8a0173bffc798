"""The environment of a project, and its default node selector, decide what its functions are judged on."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.projects.pipelines import pipeline_context

from igz_runtime import Cluster, UnsafeCombination, profiles, projects
from igz_runtime.errors import InvalidValue
from igz_runtime.projects.assigning import assigning_of
from tests.contract.distributions import made, run
from tests.contract.projects.folder import SETUP, load, write

pytestmark = pytest.mark.usefixtures("nearest_configuration")

CONFIG = """\
defaults: {cpu: 1, memory: 2Gi}
functions:
  train: {profile: development_job, workload: stateful}
environments:
  production: {functions: {train: {profile: production_job}}}
  staging: {functions: {train: {profile: production_job, priority: low}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path, config=CONFIG)


def given(project: Any) -> str:
    applied = profiles.applied_to(project.get_function("train"))
    assert applied is not None
    return f"{applied.profile} {applied.parameters.get('priority')}"


def test_it_is_that_of_the_argument_the_variable_the_parameter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert given(projects.setup(load(folder))) == "development_job low"
    assert given(projects.setup(load(folder, parameters={"environment": "staging"}))) == "production_job low"
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "production")
    assert given(projects.setup(load(folder, parameters={"environment": "staging"}))) == "production_job high"
    assert given(projects.setup(load(folder), environment="staging")) == "production_job low"
    with pytest.raises(InvalidValue, match="environment: there is no environment 'stage'"):
        projects.setup(load(folder), environment="stage")


def test_it_goes_with_the_project(folder: Path) -> None:
    project = projects.setup(load(folder), environment="staging")
    for other in (project, project.copy(), pickle.loads(pickle.dumps(project)), project.reload()):  # noqa: S301
        other.sync_functions()
        assert given(other) == "production_job low"
        assert assigning_of(other).environment == "staging"  # type: ignore[union-attr]
    assert "staging" not in project.to_yaml()
    assert assigning_of(load(folder)) is None


def test_so_does_a_configuration_that_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = folder / "other.yaml"
    other.write_text("functions: {train: {profile: production_job, cpu: 8, memory: 2Gi}}")
    monkeypatch.chdir(folder)
    project = projects.setup(load(folder), config="other.yaml")
    monkeypatch.chdir("/")
    for again in (project, pickle.loads(pickle.dumps(project))):  # noqa: S301
        again.sync_functions()
        assert again.get_function("train").spec.resources["limits"]["cpu"] == "8"


def test_development_and_production_are_the_clusters_too(folder: Path) -> None:
    """Development work on a production cluster is refused (IGZ403)."""
    (folder / "igz-runtime.yaml").write_text(CONFIG.replace("{profile: production_job}", "{cpu: 2}"))

    projects.setup(load(folder))
    projects.setup(load(folder), environment="development")
    with pytest.raises(UnsafeCombination) as refused:
        projects.setup(load(folder), environment="production")
    assert [each.rule for each in refused.value.findings.refusing] == ["IGZ403"]


@pytest.fixture
def elsewhere(folder: Path) -> Iterator[Any]:
    """A project whose default node selector selects no node of the cluster."""
    group = {"name": "jobs", "labels": {"pool": "jobs"}, "lifecycle": "on-demand"}
    Cluster.use(Cluster.from_dict({"mlrun": {}, "node_groups": [group]}))
    text = (folder / "project.yaml").read_text()
    (folder / "project.yaml").write_text(f"{text}  default_function_node_selector: {{pool: gone}}\n")
    yield load(folder)
    Cluster.use(None)


@pytest.mark.parametrize("current", ["itself", "none", "another", "one of its name"])
def test_its_default_node_selector_counts_whichever_project_is_current(current: str, elsewhere: Any) -> None:
    name = "other" if current == "another" else "churn"
    other = mlrun.projects.MlrunProject.from_dict({"metadata": {"name": name}})
    pipeline_context.set({"itself": elsewhere, "none": None}.get(current, other))

    with pytest.raises(UnsafeCombination, match=r"IGZ405.*pool=gone") as refused:
        projects.setup(elsewhere)
    assert not [each for each in refused.value.findings.unread if "default node selector" in each]


def test_set_up_again_it_is_judged_again(elsewhere: Any) -> None:
    selector, elsewhere.spec.default_function_node_selector = elsewhere.spec.default_function_node_selector, {}
    projects.setup(elsewhere)
    elsewhere.spec.default_function_node_selector = selector

    with pytest.raises(UnsafeCombination, match=r"IGZ405.*pool=gone"):
        projects.setup(elsewhere)


PLUG_IN = """\
from igz_runtime import Cluster, profiles


def nightly(**arguments):
    cluster = Cluster.from_dict({"mlrun": {}, "priority_aliases": {"high": "ours"}, "priority_classes": ["ours"]})
    return profiles.production_job(cluster=cluster, **arguments).replace(name="nightly")
"""
PROGRAM = """\
from igz_runtime import projects
from tests.contract.distributions import made, run
from tests.contract.projects.folder import load

project = projects.setup(load("."))
print(project.get_function("train").spec.priority_class_name)
"""


def test_a_profile_that_brings_its_cluster_is_proved_on_that(folder: Path) -> None:
    (folder / "igz-runtime.yaml").write_text("functions: {train: {profile: nightly, cpu: 1, memory: 2Gi}}")
    site = folder / "site"
    site.mkdir()
    made(site, PLUG_IN, {"profiles": "broken_igz:nightly"})
    entry = next(site.glob("*.dist-info")) / "entry_points.txt"
    entry.write_text(entry.read_text().replace("x =", "nightly ="))

    assert run(PROGRAM, site=site, cwd=folder) == "ours\n"


@pytest.mark.usefixtures("elsewhere")
def test_in_load_project_it_counts(folder: Path) -> None:
    """MLRun's current project is not yet the one that is loaded, when that one's setup runs."""
    write(folder, config=CONFIG, project=(folder / "project.yaml").read_text(), setup=SETUP)

    with pytest.raises(UnsafeCombination, match=r"IGZ405.*pool=gone"):
        load(folder)
