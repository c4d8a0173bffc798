"""The table of kinds is held to the classes of the MLRun that is installed: names, fields, setters, and what raises."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import kubernetes.client
import mlrun
import pytest
from mlrun.runtimes import RuntimeKinds

from igz_runtime import check
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions.kind import Kind
from igz_runtime.functions.kinds import KINDS, by_written_name
from igz_runtime.functions.names import MODES, PASSED_ON
from igz_runtime.functions.recognition import kind_of_object
from igz_runtime.functions.setters import Setter
from tests.conftest import Mlconf

OF_MLRUN = [kind for kind in KINDS.values() if kind.of_mlrun]
WITH_PODS = [kind for kind in OF_MLRUN if kind.roles]
SETTERS = [(kind, setter) for kind in WITH_PODS for setter in kind.setters]
ABSENT = object()

ARGUMENTS: dict[str, Any] = {
    "node_name": "node-1",
    "node_selector": {"pool": "jobs"},
    "affinity": kubernetes.client.V1Affinity(pod_affinity=kubernetes.client.V1PodAffinity()),
    "tolerations": [kubernetes.client.V1Toleration(key="spot", operator="Exists")],
    "mode": "allow",
    "name": "high",
    "mem": "3G",
    "cpu": "3",
    "gpus": 2,
    "state_thresholds": {"pending_not_scheduled": "7h"},
    "value": "x",
    "categories": ["training"],
    "requirements": ["pandas"],
    "commands": ["true"],
    "base_image": "python:3.11",
    "annotations": {"a/b": "c"},
    "handler": "train",
    "shards": 7,
    "spec": {"kind": "cron"},
    "trigger_name": "web",
}
BESIDE: dict[str, dict[str, Any]] = {
    "set_label": {"key": "team"},
    "add_trigger": {"name": "nightly"},
    "set_config": {"key": "spec.targetCPU"},
    "with_source_archive": {"source": "git://a/b"},
    "with_sidecar": {"image": "i", "ports": [80]},
    "add_v3io_stream_trigger": {"stream_path": "v3io:///a/b@group", "name": "stream"},
}
"""What a setter needs beside the argument that is tried."""


@pytest.fixture(autouse=True)
def _priority_classes(mlconf: Mlconf) -> None:
    mlconf.set("valid_function_priority_class_names", "high")


def made(kind: Kind) -> Any:
    if kind.name == "local":
        return mlrun.new_function("f", kind="local", command="f.py")
    return mlrun.new_function("f", kind="" if kind.name == "handler" else kind.name, image="i" if kind.roles else "")


def named(*of: tuple[Kind, Setter]) -> list[str]:
    return [f"{kind.name} {setter.name}" for kind, setter in of]


every_kind = pytest.mark.parametrize("kind", WITH_PODS, ids=lambda kind: kind.name)
every_setter = pytest.mark.parametrize(("kind", "setter"), SETTERS, ids=named(*SETTERS))


def test_every_kind_of_mlrun_is_in_the_table() -> None:
    assert {*RuntimeKinds.all(), RuntimeKinds.handler} <= by_written_name().keys()


def test_every_kind_that_the_table_says_is_mlruns_is() -> None:
    assert {kind.name for kind in OF_MLRUN} <= {*RuntimeKinds.all(), RuntimeKinds.handler}


@pytest.mark.parametrize("kind", OF_MLRUN, ids=lambda kind: kind.name)
def test_a_kind_has_the_class_of_the_table(kind: Kind) -> None:
    fn = made(kind)

    assert (type(fn).__name__, kind_of_object(fn)) == (kind.class_name, kind.name)


@pytest.mark.parametrize("written", [*RuntimeKinds.all(), "nuclio:mlrun", "nuclio:serving", "nuclio:serving_v2"])
def test_mlrun_makes_what_the_table_says_of_every_name(written: str, tmp_path: Any) -> None:
    if ":" in written:
        (tmp_path / "f.py").write_text("def score(context, event):\n    pass\n")
        fn = mlrun.code_to_function("f", kind=written, filename=str(tmp_path / "f.py"), image="i")
    else:
        fn = mlrun.new_function("f", kind=written, command="f.py" if written == "local" else "")

    assert kind_of_object(fn) == by_written_name()[written].name


def test_the_nature_of_a_kind_is_what_mlrun_says() -> None:
    assert {kind.name for kind in OF_MLRUN if not kind.roles} == set(RuntimeKinds.local_runtimes())
    assert {kind.name for kind in OF_MLRUN if kind.passes_on} == set(RuntimeKinds.nuclio_runtimes()) - {"nuclio"}
    assert {kind.name for kind in OF_MLRUN if kind.retried} == set(RuntimeKinds.retriable_runtimes())
    assert set(MODES) == {mode.value for mode in mlrun.common.schemas.function.PreemptionModes}


@every_kind
def test_a_kind_has_the_fields_of_the_table(kind: Kind) -> None:
    fn = made(kind)

    assert all(hasattr(fn.spec, field) for field in kind.fields)
    assert all(hasattr(fn.spec, field) for field in PASSED_ON if kind.passes_on)


SHARED_BY_THE_CLASSES = frozenset({"resources", "replicas", "state_thresholds", "allow_empty_resources"})
"""Fields that MLRun's spec classes inherit, also where no pod comes from them."""
OF_A_POD = re.compile(
    r"(^|_)(resources|node_selector|tolerations|affinity|preemption_mode|node_name|priority_class_name|replicas"
    r"|state_thresholds)$"
)


@every_kind
def test_a_field_that_a_kind_has_in_mlrun_is_in_the_table(kind: Kind) -> None:
    held = {name.lstrip("_") for name in vars(made(kind).spec)}

    assert {name for name in held if OF_A_POD.search(name)} - {*kind.fields} <= SHARED_BY_THE_CLASSES


@every_kind
def test_a_new_function_begins_with_what_the_table_says(kind: Kind) -> None:
    spec = made(kind).to_dict()["spec"]
    stated = {name: spec[name] for name in kind.fields if spec.get(name) and name != "state_thresholds"}

    modes = {name: "prevent" for name in kind.fields if name.endswith("preemption_mode")}
    replicas = {"min_replicas": 0, "max_replicas": 16} if kind.name == "dask" else {}
    assert {**replicas, **stated} == {**modes, **replicas, **kind.begins_with}


WRITES = re.compile(
    r"limits|requests|node_selection|preemption|priority_class|thresholds|sidecar|replicas|stream_trigger"
)


@every_kind
def test_a_setter_that_a_kind_has_in_mlrun_is_in_the_table(kind: Kind) -> None:
    methods = {name for name in dir(type(made(kind))) if name.startswith(("with_", "set_", "add_"))}

    assert {name for name in methods if WRITES.search(name)} == {
        name for name in (*kind.setter, *kind.raises) if WRITES.search(name)
    }


@every_kind
def test_a_setter_of_another_kind_does_not_exist(kind: Kind) -> None:
    fn = made(kind)

    for name in {setter.name for other in WITH_PODS for setter in other.setters} - {*kind.setter, *kind.raises}:
        assert not hasattr(fn, name)


@every_kind
def test_a_setter_raises_where_the_table_says_so(kind: Kind) -> None:
    fn, parameters = made(kind), {each.name: each.parameters for other in WITH_PODS for each in other.setters}

    for name in kind.raises:
        given = {each: ARGUMENTS[each] for each in parameters[name][:1]}
        with pytest.raises((NotImplementedError, mlrun.errors.MLRunBaseError)):
            getattr(fn, name)(**given)


@every_setter
def test_a_setters_parameters_stand_where_the_table_has_them(kind: Kind, setter: Setter) -> None:
    method = _unwrapped(getattr(type(made(kind)), setter.name))

    assert tuple(inspect.signature(method).parameters)[1 : len(setter.parameters) + 1] == setter.parameters
    if setter.way in ("value", "amounts"):  # lint says of any other argument that MLRun raises for it
        assert len(inspect.signature(method).parameters) == len(setter.parameters) + 1


def _unwrapped(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method below a decorator that does not say what it wraps: MLRun's `min_nuclio_versions`."""
    while getattr(method, "__name__", "") == "wrapper":
        held = [cell.cell_contents for cell in method.__closure__ or ()]
        method = next(each for each in held if callable(each))
    return method


@every_setter
def test_a_setter_writes_the_fields_of_the_table_and_no_other(kind: Kind, setter: Setter) -> None:
    for parameter, fields in setter.writes.items():
        fn = made(kind)
        before = copy.deepcopy(fn.to_dict())
        given = {**BESIDE.get(setter.name, {}), parameter: ARGUMENTS[parameter]}
        if "pull_at_runtime" in setter.parameters:  # which Spark's with_source_archive raises for
            given["pull_at_runtime"] = False
        getattr(fn, setter.name)(**given)
        after = fn.to_dict()

        assert all(held(before, field) != held(after, field) for field in fields)
        assert set(changed(kind, before, after)) <= {field[:2] for field in fields}


@every_setter
def test_a_setter_raises_for_what_it_refuses(kind: Kind, setter: Setter) -> None:
    for parameter in setter.refuses:
        fn = made(kind)
        before = fn.to_dict()
        with pytest.raises((NotImplementedError, mlrun.errors.MLRunBaseError)):
            getattr(fn, setter.name)(**{parameter: ARGUMENTS[parameter]})
        assert fn.to_dict() == before


def held(document: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        document = document.get(part, ABSENT) if isinstance(document, dict) else ABSENT
    return document


def changed(kind: Kind, before: Any, after: Any) -> Iterator[tuple[str, str]]:
    """The settings that differ between two documents of a function."""
    for name in (*kind.fields, *PASSED_ON):
        if _without_triggers(held(before, ("spec", name))) != _without_triggers(held(after, ("spec", name))):
            yield "spec", name


def _without_triggers(value: Any) -> Any:
    """What is passed on to Nuclio that places or sizes a pod."""
    if not isinstance(value, dict):
        return value
    return {key: each for key, each in value.items() if not key.startswith("spec.triggers.")} or ABSENT


def test_every_setting_of_a_role_has_a_setter_or_is_known_to_have_none() -> None:
    without = {
        (kind.name, role.role, setting)
        for kind in WITH_PODS
        for role in kind.roles
        for setting, field in role.fields.items()
        if setting != "containers" and field in kind.fields and ("spec", field) not in kind.setter_of
    }

    spark = {("spark", role.role, "node_name") for role in KINDS["spark"].roles}
    generic = {("spark", "step", name) for name in ("node_selector", "tolerations", "affinity", "preemption_mode")}
    replicas = {(kind, "main", "replicas") for kind in ("remote", "serving", "application")}
    replicas |= {(kind, role.role, "replicas") for kind in ("mpijob", "spark", "dask") for role in KINDS[kind].roles}
    assert without == spark | generic | replicas


def test_what_runs_pods_is_what_mlrun_does_not_run_here() -> None:
    assert {kind.name for kind in WITH_PODS} == {kind.name for kind in OF_MLRUN} - set(RuntimeKinds.local_runtimes())


def test_an_object_of_a_kind_that_the_table_does_not_have_is_refused_by_name() -> None:
    newer: Any = type("RayRuntime", (mlrun.runtimes.KubejobRuntime,), {"kind": "ray"})
    fn = newer.from_dict({"metadata": {"name": "etl"}, "spec": {"image": "i"}})

    with pytest.raises(UnsupportedFunction, match=r"'etl' is of kind 'ray', which .* so it was not checked"):
        check(fn)
