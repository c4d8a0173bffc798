"""The public surface: its names, what importing it costs, and profiles as values."""

from __future__ import annotations

import ast
import copy
import dataclasses
import importlib
import pickle
import subprocess
import sys
import tomllib
from collections.abc import Callable
from inspect import isfunction
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import igz_runtime
from igz_runtime import Cluster, Waiver, Workload, profiles
from igz_runtime.errors import InvalidValue
from igz_runtime.planning.arguments import Size
from igz_runtime.profiles.profile import Profile

pytestmark = pytest.mark.every_environment

FACTORIES: dict[str, Callable[..., Profile]] = {factory.__name__: factory for factory in profiles.BUILT_IN}


def test_every_public_name_is_exported_sorted_and_documented() -> None:
    values = {name: getattr(igz_runtime, name) for name in dir(igz_runtime)}
    public = {name for name, value in values.items() if name[0].isupper() or not _is_internal(name, value)}

    assert set(igz_runtime.__all__) == public
    assert igz_runtime.__all__ == sorted(igz_runtime.__all__)
    assert all(getattr(igz_runtime, name).__doc__ for name in igz_runtime.__all__)


def _is_internal(name: str, value: object) -> bool:
    """Modules are reached by `import igz_runtime.x`; `profiles` is the one that users see."""
    return name.startswith("_") or (isinstance(value, ModuleType) and name != "profiles")


@pytest.mark.parametrize("name", ["igz_runtime", "igz_runtime.audit", "igz_runtime.projects", "igz_runtime.rules"])
def test_a_public_name_is_at_run_time_what_a_type_checker_sees(name: str) -> None:
    """Such a package states each twice: as an import that only a type checker reads, and as the module to look in."""
    package = importlib.import_module(name)
    tree = ast.parse(Path(str(package.__file__)).read_text())
    checked = next(node for node in tree.body if isinstance(node, ast.If))
    imports = [node for node in checked.body if isinstance(node, ast.ImportFrom)]
    seen = {each.name: str(node.module) for node in imports for each in node.names}

    assert checked.orelse
    assert sorted(seen) == sorted(package.__all__)
    for each, module in seen.items():
        assert getattr(package, each) is getattr(importlib.import_module(module), each)


def test_a_name_that_does_not_exist_is_refused_as_by_any_module() -> None:
    with pytest.raises(AttributeError, match=r"^module 'igz_runtime' has no attribute 'profile_s'$"):
        igz_runtime.profile_s  # type: ignore[attr-defined]  # noqa: B018  (mypy must refuse it, too)


def test_the_version_is_the_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]

    assert igz_runtime.__version__ == project["version"]


def test_the_built_in_profiles_are_the_factories_of_the_module() -> None:
    public = {name: value for name, value in vars(profiles).items() if isfunction(value) and not name.startswith("_")}
    defined = {name for name, value in public.items() if value.__annotations__.get("return") == "Profile"}

    assert FACTORIES.keys() == defined - {"named", "assigned"}
    assert all("Source:" in (factory.__doc__ or "") for factory in FACTORIES.values())


def loaded_by(code: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after running some code."""
    script = f"import sys\n{code}\nprint(*(name.partition('.')[0] for name in sys.modules))"
    return set(subprocess.check_output([sys.executable, "-c", script], text=True, cwd=Path.cwd()).split())


PLATFORMS = {"mlrun", "kubernetes", "nuclio", "kfp"}
TOOLS = {"pydantic", "rich", "click", "ruamel", "difflib", "IPython"}


def test_importing_loads_no_platform_and_no_tool() -> None:
    assert loaded_by("from igz_runtime import *") & (PLATFORMS | TOOLS) == set()


def test_the_package_alone_loads_none_of_its_modules_but_the_one_that_loads_the_others() -> None:
    script = "import sys, igz_runtime; print(*(name for name in sys.modules if name.startswith('igz_runtime.')))"

    loaded = subprocess.check_output([sys.executable, "-c", script], text=True, cwd=Path.cwd()).split()
    assert loaded == ["igz_runtime.lazy"]


@pytest.mark.parametrize(
    ("code", "may_load"),
    [
        ("p.apply(fn)", set()),
        ("check(p.apply(fn))", set()),
        ("str(p.plan(fn))", {"rich"}),
        ("Cluster.from_dict({'environment': 'production'})", {"pydantic"}),
    ],
)
def test_documents_are_judged_without_any_platform(code: str, may_load: set[str]) -> None:
    prepare = (
        "from igz_runtime import *; p = profiles.production_job(cpu=1, memory='1Gi')\n"
        "fn = {'kind': 'job', 'metadata': {'name': 'etl'}, 'spec': {}}\n"
    )
    assert loaded_by(prepare + code) & (PLATFORMS | TOOLS) <= may_load


arguments = st.fixed_dictionaries(
    {},
    optional={
        "cpu": st.sampled_from([1, 0.5, "500m"]),
        "memory": st.sampled_from(["16Gi", 2**30]),
        "gpus": st.integers(0, 3),
        "gpu_type": st.sampled_from(["amd.com/gpu", "nvidia.com/gpu"]),
        "priority": st.sampled_from(["low", "high", "team-high"]),
        "node_group": st.sampled_from(["added-spot", {"pool": "a", "app.iguazio.com/node-group": "b"}]),
        "sizes": st.sampled_from([{"driver": Size(cpu=1)}, {"logs": {"cpu": "100m", "memory": "64Mi"}}]),
        "workload": st.sampled_from(["stateless", Workload(restartable=True)]),
        "waive": st.sampled_from([{}, {"IGZ101": Waiver("resubmitted", "2999-01-01")}]),
        "cluster": st.sampled_from([None, Cluster(), Cluster(environment="production")]),
    },
)
factories = st.sampled_from(sorted(FACTORIES))


@given(factories, arguments)
def test_a_profile_is_a_value(name: str, given_arguments: dict[str, Any]) -> None:
    profile, twin = FACTORIES[name](**given_arguments), FACTORIES[name](**copy.deepcopy(given_arguments))

    assert profile == twin
    assert hash(profile) == hash(twin)
    assert copy.deepcopy(profile) == copy.copy(profile) == pickle.loads(pickle.dumps(profile)) == profile  # noqa: S301
    assert profile.replace() == profile
    assert profile != profile.replace(name="other")


@given(factories, arguments)
def test_a_profile_prints_as_the_call_that_makes_it(name: str, given_arguments: dict[str, Any]) -> None:
    """The cluster and the waivers aside, which the printed form leaves out."""
    given_arguments = {key: value for key, value in given_arguments.items() if key not in ("cluster", "waive")}
    profile = FACTORIES[name](**given_arguments)

    assert eval(repr(profile), dict(FACTORIES)) == profile  # noqa: S307  (the text is the profile's own)


def test_a_profile_from_another_process_prints_as_it_did_there() -> None:
    """What a name stands for does not depend on which profiles this process has made."""
    code = "import pickle, sys; print(pickle.load(sys.stdin.buffer))"
    for make in profiles.BUILT_IN:
        made = make(cpu=1)
        told = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(made), capture_output=True, check=True)
        assert told.stdout.decode().strip() == repr(made)


@pytest.mark.parametrize(
    "profile",
    [
        profiles.gpu_notebook(scale_to_zero=False),
        profiles.gpu_notebook(gpus=0),
        profiles.production_service(replicas=5),
        profiles.opportunistic_job(waiting_limit="30m", workload=Workload(restartable=True)),
    ],
    ids=repr,
)
def test_what_only_one_factory_takes_is_printed_too(profile: Profile) -> None:
    assert eval(repr(profile), dict(FACTORIES)) == profile  # noqa: S307  (the text is the profile's own)


@pytest.mark.parametrize("name", FACTORIES)
def test_a_profile_is_frozen_and_stays_a_value_when_it_is_used(name: str) -> None:
    profile, unused = FACTORIES[name](cpu=1, memory="2Gi"), FACTORIES[name](cpu=1, memory="2Gi")
    with pytest.raises(dataclasses.FrozenInstanceError):
        profile.cpu = None  # type: ignore[misc]
    profile.plan({"kind": "remote", "metadata": {"name": "scorer"}, "spec": {}}, Cluster())

    assert profile == unused
    assert repr(profile) == repr(unused)
    assert copy.deepcopy(profile) == pickle.loads(pickle.dumps(profile)) == unused  # noqa: S301  (our own)


def test_the_mappings_of_a_profile_are_frozen_too() -> None:
    profile = profiles.production_job(
        node_group={"pool": "a"}, sizes={"logs": {"cpu": 1}}, waive={"IGZ101": Waiver("resubmitted")}
    )
    for held in (profile.node_group, profile.sizes, profile.waive, profile.parameters):
        with pytest.raises(TypeError, match="does not support item assignment"):
            held["pool"] = "b"  # type: ignore[index]


@pytest.mark.parametrize("name", ["", "two words", "line\n", "x" * 64, None, 7])
def test_an_organisations_own_name_must_fit_in_the_label_that_records_it(name: Any) -> None:
    assert profiles.production_job().replace(name="risk-batch_v2").name == "risk-batch_v2"
    with pytest.raises(InvalidValue, match=r"^name of a profile: .* is not a label value, and a label records it"):
        profiles.production_job().replace(name=name)


def test_a_mapping_given_to_a_profile_can_be_changed_afterwards() -> None:
    group, sizes = {"pool": "a"}, {"logs": Size(cpu=1, memory="1Gi")}
    profile = profiles.production_job(node_group=group, sizes=sizes)
    group["pool"] = "b"
    sizes.clear()

    assert profile == profiles.production_job(node_group={"pool": "a"}, sizes={"logs": Size(cpu=1, memory="1Gi")})


@pytest.mark.parametrize(
    ("argument", "nearest"),
    [
        ("memroy", "memory"),
        ("node_groups", "node_group"),
        ("replica", "replicas"),
        ("gpu", "gpus"),
        ("waiver", "waive"),
    ],
)
@pytest.mark.parametrize(
    "make", [profiles.production_job, profiles.production_job().replace], ids=["factory", "replace"]
)
def test_an_argument_that_does_not_exist_names_the_nearest(make: Any, argument: str, nearest: str) -> None:
    with pytest.raises(InvalidValue, match=f"production_job has no argument '{argument}'; did you mean '{nearest}'"):
        make(**{argument: 1})


def test_a_replaced_argument_is_checked_as_a_given_one() -> None:
    with pytest.raises(InvalidValue, match="production_job: cpu: '4gi' is not a Kubernetes quantity"):
        profiles.production_job(cpu=1).replace(cpu="4gi")
