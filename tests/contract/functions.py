"""Real functions of every kind, made as users make them, and the same question asked of all of them."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import mlrun
import nuclio

from tests import kinds
from tests.kinds import OF_MLRUN

NUCLIO_DOCUMENT: dict[str, Any] = {
    "apiVersion": "nuclio.io/v1beta1",
    "kind": "NuclioFunction",
    "metadata": {"name": "scorer", "labels": {"team": "fraud"}},
    "spec": {"handler": "main:handler", "runtime": "python:3.11", "image": "registry/scorer:1"},
}

NUCLIO_YAML = """\
# Scores transactions. The comment must survive.
apiVersion: nuclio.io/v1beta1
kind: NuclioFunction
metadata:
  name: scorer
spec:
  handler: "main:handler"   # quoted
  runtime: python:3.11
  image: registry/scorer:1
  env:
  - name: TOKEN
    value: not-to-be-shown
"""


def job(kind: str = "job", name: str = "scorer") -> Any:
    """An MLRun function of a kind, without any settings."""
    return mlrun.new_function(name, kind=kind, image="mlrun/mlrun")


def serving_graph() -> Any:
    """A serving function with one child function."""
    parent = mlrun.new_function("graph", kind="serving", image="mlrun/mlrun")
    graph = parent.set_topology("flow", engine="async")
    graph.to(name="first", handler="str").to("$queue", name="queue", path="").to(
        name="second", handler="str", function="enrich"
    ).respond()
    parent.add_child_function("enrich", __file__, image="mlrun/mlrun")
    return parent


def config_spec() -> Any:
    """nuclio-jupyter's ConfigSpec."""
    return nuclio.ConfigSpec(env={"TOKEN": "not-to-be-shown"})


OBJECTS: dict[str, Callable[[], Any]] = {
    **{kind: partial(job, kind) for kind in OF_MLRUN},
    "serving graph": serving_graph,
    "ConfigSpec": config_spec,
}


def _document(kind: str) -> dict[str, Any]:
    document: dict[str, Any] = job(kind).to_dict()
    return document


DOCUMENTS: dict[str, Callable[[], Any]] = {
    "nuclio mapping": lambda: copy.deepcopy(NUCLIO_DOCUMENT),
    **{f"{kind} mapping": partial(_document, kind) for kind in ("job", "spark", "dask", "mpijob", "serving")},
}

FUNCTIONS = OBJECTS | DOCUMENTS

SERVICES = tuple(name for name in FUNCTIONS if name == "ConfigSpec" or name.partition(" ")[0] in kinds.SERVICES)
STATEFUL = tuple(name for name in FUNCTIONS if name.partition(" ")[0] in kinds.STATEFUL)


def filled(value: Any) -> Any:
    """A state without its empty fields: in a document, absent, null and empty mean the same."""
    if isinstance(value, dict):
        return {key: part for key, part in ((k, filled(v)) for k, v in value.items()) if part not in (None, {}, [])}
    return [filled(part) for part in value] if isinstance(value, list | tuple) else value


def state(fn: Any) -> Any:
    """Everything that a function holds, as a value that later changes do not reach."""
    if isinstance(fn, Path):
        return fn.read_text()
    if isinstance(fn, dict):
        return copy.deepcopy(fn)
    if isinstance(fn, nuclio.ConfigSpec):
        return copy.deepcopy(vars(fn))
    children = [
        child.function_object for child in getattr(fn.spec, "function_refs", None) or [] if child.function_object
    ]
    return copy.deepcopy(fn.to_dict()), [copy.deepcopy(child.to_dict()) for child in children]
