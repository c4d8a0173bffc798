"""Errors: one tree, and one clear sentence for whatever cannot be, with the function as it was."""

from __future__ import annotations

import builtins
import copy
import inspect
import pickle
import re
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import IgzRuntimeError, UnsafeCombination, check, errors, profiles
from igz_runtime.errors import BrokenFunction, InvalidValue, MissingResources, UnsupportedFunction
from igz_runtime.rules import Finding

PRODUCTION = profiles.production_job(cpu=1, memory="2Gi")
EXCEPTIONS = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, Exception)]
LEAVES = [each for each in EXCEPTIONS if each is not IgzRuntimeError]


def job(**spec: Any) -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": spec}


def refused(profile: Any, fn: Any) -> UnsafeCombination:
    """The refusal, after which the function is as it was."""
    before = copy.deepcopy(fn)
    with pytest.raises(UnsafeCombination) as caught:
        profile.apply(fn)
    assert fn == before
    return caught.value


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+) \((\w+)\)", errors.__doc__ or "")

    assert {name: getattr(builtins, base) for name, base in drawn} == {
        each.__name__: each.__bases__[1] for each in LEAVES
    }
    assert all(each.__bases__[0] is IgzRuntimeError for each in LEAVES)
    assert all(each.__doc__ for each in EXCEPTIONS)


@pytest.mark.parametrize("exception", [each for each in EXCEPTIONS if each is not UnsafeCombination])
def test_an_error_survives_pickling(exception: type[Exception]) -> None:
    restored = pickle.loads(pickle.dumps(exception("etl: no")))  # noqa: S301  (our own)

    assert (type(restored), str(restored)) == (exception, "etl: no")


def test_a_refusal_survives_pickling_with_its_findings() -> None:
    error = refused(profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateful"), job())
    restored = pickle.loads(pickle.dumps(error))  # noqa: S301  (our own)

    assert (str(restored), restored.findings) == (str(error), error.findings)
    assert isinstance(restored.findings[0], Finding)
    assert copy.copy(error).findings == error.findings


def test_a_refusal_says_what_why_and_what_to_do() -> None:
    error = refused(profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateful"), job())
    first, *lines = str(error).splitlines()

    assert first == "spot_stateless refused on job 'etl': 1 finding (the function is unchanged)"
    assert lines[0].startswith("  IGZ101 error: job 'etl' (main): stateful")
    assert lines[1].startswith("      fix: ")
    assert [finding.refuses for finding in error.findings] == sorted((f.refuses for f in error.findings), reverse=True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"cpu": "4cores"}, "cpu: '4cores' is not a Kubernetes quantity"),
        ({"cpu": True}, "cpu: True is not a quantity"),
        ({"memory": "16gi"}, "memory: '16gi' is not a Kubernetes quantity; did you mean '16Gi'"),
        ({"memory": -1}, "memory: '-1' must be greater than zero"),
        ({"gpus": -1}, "gpus: -1; a whole number of at least 0 is required"),
        ({"gpus": 0.5}, "gpus: 0.5; a whole number"),
        ({"gpus": True}, "gpus: True; a whole number"),
        ({"gpu_type": "gpu"}, "gpu_type: 'gpu' is not the name of a resource; write, for example, 'nvidia.com/gpu'"),
        ({"priority": "High"}, "priority: 'High' is not the name of a priority class; did you mean 'high'?"),
        (
            {"priority": 3},
            "priority: 3 is not the name of a priority class; write 'low', 'medium', 'high', or the name",
        ),
        ({"node_group": "added spot"}, "node_group: 'added spot' is not a label value"),
        ({"node_group": ""}, "node_group: '' is not a label value"),
        ({"node_group": {"a b": "c"}}, "node_group: 'a b' is not a label key"),
        ({"node_group": {"pool": 7}}, "node_group: 7 is not a label value"),
        ({"node_group": 7}, "node_group: 7 is not a label value"),
        ({"sizes": [1]}, "sizes: a mapping of role or container names to Size(…) is required"),
        ({"sizes": {"driver": 4}}, "sizes['driver']: give Size(cpu=…, memory=…), found 4"),
        ({"sizes": {"driver": {"ram": 4}}}, "sizes['driver']: give Size("),
        ({"sizes": {"driver": {"cpu": "x"}}}, "sizes['driver']: cpu: 'x' is not a Kubernetes quantity"),
        ({"workload": "statefull"}, "workload: 'statefull' is not one of 'stateless', 'stateful', 'mission-critical'"),
        (
            {"cluster": {"environment": "production"}},
            "cluster: a Cluster is required, found dict; see Cluster.from_dict",
        ),
        ({"replicas": 0}, "replicas: 0; a whole number of at least 1 is required"),
        (
            {"waiting_limit": "soon"},
            "waiting_limit: 'soon' is not one number with one unit of s, m, h or d; write, for example, '1h'",
        ),
        ({"waiting_limit": "0h"}, "waiting_limit: '0h' is not one number with one unit"),
        ({"lifecycle": "sometimes"}, "lifecycle: 'sometimes' is not one of 'on-demand', 'spot', 'any'"),
        ({"qos": "BestEffort"}, "qos: 'BestEffort' is not one of 'Guaranteed', 'Burstable'"),
        ({"gpus": 10**5000}, "gpus: a number that is too large"),
        ({"gpus": -(10**5000)}, "gpus: a number of thousands of digits; a whole number of at least 0"),
        ({"cpu": "9" * 5000}, f"cpu: '{'9' * 199}… is not a Kubernetes quantity"),
        ({"priority": 10**5000}, "priority: a number of thousands of digits is not the name"),
        ({"qos": ["Guaranteed"]}, "qos: ['Guaranteed'] is not one of"),
        ({"development": "no"}, "development: 'no'"),
        ({"scale_to_zero": 3}, "scale_to_zero: 3"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_when_the_profile_is_made(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        PRODUCTION.replace(**arguments)
    assert str(caught.value).startswith(f"production_job: {says}")


@pytest.mark.parametrize(
    "fn", [None, 7, "trainer", [], {}, object(), {"kind": 7}, {"spec": {}}, {"kind": None}, int, ()]
)
@pytest.mark.parametrize("ask", [PRODUCTION.apply, PRODUCTION.plan, PRODUCTION, check, profiles.applied_to])
def test_what_is_no_function_is_refused(ask: Any, fn: Any) -> None:
    with pytest.raises(UnsupportedFunction, match="is not a function"):
        ask(fn)


@pytest.mark.parametrize(
    ("fn", "says"),
    [
        (
            {"kind": "local", "metadata": {"name": "etl"}},
            "function 'etl' is of kind 'local', which runs in this process",
        ),
        ({"kind": ""}, "the function is of kind 'handler', which runs in this process"),
        (
            {"kind": "Deployment", "apiVersion": "apps/v1"},
            "is of kind 'Deployment', which this igz-runtime does not know",
        ),
        (
            {"kind": "sparkjob", "metadata": {"name": "etl"}},
            "'etl' is of kind 'sparkjob', which this igz-runtime does not know, so it was not checked; known kinds: ",
        ),
        (
            {"kind": "sparkjob", "metadata": "etl"},
            "is of kind 'sparkjob', which this igz-runtime does not know, so it was not checked; known kinds:",
        ),
        (Path("missing.csv"), "missing.csv"),
    ],
)
def test_a_kind_that_runs_no_pod_is_refused_by_name(fn: Any, says: str) -> None:
    with pytest.raises(IgzRuntimeError) as caught:
        PRODUCTION.apply(fn)
    assert says in str(caught.value)


def test_a_profile_for_services_refuses_a_job_and_says_what_to_use() -> None:
    with pytest.raises(UnsupportedFunction, match="'etl' is of kind 'job': use production_job"):
        profiles.production_service(cpu=1, memory="1Gi").apply(job())


@pytest.mark.parametrize(
    ("profile", "fn", "exception", "says"),
    [
        (
            profiles.production_job(cpu=1),
            job(),
            MissingResources,
            "job 'etl': production_job does not know .* .main: memory.",
        ),
        (
            profiles.production_job(),
            job(),
            MissingResources,
            r"main: cpu and memory\).*production_job\(cpu=2, memory='4Gi'\)",
        ),
        (
            PRODUCTION.replace(sizes={"driver": {"cpu": 1}}),
            job(),
            InvalidValue,
            "job 'etl': sizes names 'driver', .* base, main",
        ),
        (
            PRODUCTION.replace(memory=1500),
            {"kind": "spark", "metadata": {"name": "agg"}},
            InvalidValue,
            "spark 'agg' .driver.: memory",
        ),
    ],
)
def test_what_a_function_cannot_take_is_said_when_it_is_planned(
    profile: Any, fn: Any, exception: Any, says: str
) -> None:
    before = copy.deepcopy(fn)
    with pytest.raises(exception, match=says):
        profile.apply(fn)
    assert fn == before


def test_a_plan_of_a_broken_function_is_no_refusal() -> None:
    with pytest.raises(BrokenFunction, match=re.escape("job 'etl' (main): spec.node_selector: a mapping is required")):
        PRODUCTION.plan(job(node_selector="zone"))
