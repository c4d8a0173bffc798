"""The direction of imports, as the contracts in pyproject.toml state it, inside of functions and by name too.

import-linter counts every import statement, wherever it stands; these tests add the modules that are named by a string,
and hold the exceptions to those that have a reason.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import grimp
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "igz_runtime"

BY_NAME = {("igz_runtime.display", "igz_runtime.report")}
"""A value prints itself through report/, which lies above all values."""
CONSTRUCTORS = "igz_runtime.cluster.model"
"""Cluster's constructors import their readers, inside of their own package."""


@cache
def layer_contracts() -> Sequence[Mapping[str, Any]]:
    configured = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [contract for contract in configured if contract["type"] == "layers"]


@cache
def imports() -> frozenset[tuple[str, str]]:
    """Every import of one module of ours by another: from, to."""
    graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
    statements = {(one, other) for one in graph.modules for other in graph.find_modules_directly_imported_by(one)}
    return frozenset(statements | {(module, other) for module in graph.modules for other in named_by(module)})


def named_by(module: str) -> Iterator[str]:
    """The modules of ours that a module imports by a string; of one that is put together what stands before."""
    path = ROOT.joinpath(*module.split("."))
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("import_module", "__import__")):
            named = node.args[0]
            first = named.values[0] if isinstance(named, ast.JoinedStr) else named
            if isinstance(first, ast.Constant) and str(first.value).startswith(f"{PACKAGE}."):
                yield str(first.value).rstrip(".")


def layers(contract: Mapping[str, Any]) -> Iterator[dict[str, int]]:
    """For each container of a contract, the layer of each module in it, from 0 at the top."""
    for container in contract["containers"]:
        yield {
            f"{container}.{name.strip(' ()')}": height
            for height, layer in enumerate(contract["layers"])
            for name in layer.split("|")
        }


def upward(contract: Mapping[str, Any], edges: frozenset[tuple[str, str]]) -> set[tuple[str, str]]:
    """The imports that break a contract: from a layer to one above it, or between two of one layer."""
    return {
        (one, other)
        for heights in layers(contract)
        for one, other in edges
        for mine in [module for module in heights if f"{one}.".startswith(f"{module}.")]
        for theirs in [module for module in heights if f"{other}.".startswith(f"{module}.")]
        if mine != theirs and heights[theirs] <= heights[mine]
    }


@pytest.mark.parametrize("contract", layer_contracts(), ids=lambda contract: contract["name"])
def test_imports_run_downwards_but_for_the_exceptions_that_have_a_reason(contract: Mapping[str, Any]) -> None:
    found = upward(contract, imports()) - BY_NAME

    assert {
        edge for edge in found if edge[0] != CONSTRUCTORS or not edge[1].startswith("igz_runtime.cluster.")
    } == set()


def test_imports_inside_of_functions_and_by_name_are_counted() -> None:
    whole, *_ = layer_contracts()
    (of_cluster,) = [each for each in layer_contracts() if each["containers"] == ["igz_runtime.cluster"]]

    assert ("igz_runtime.planning.arguments", "igz_runtime.rules.registry") in imports()
    assert upward(whole, imports()) >= BY_NAME
    assert (CONSTRUCTORS, "igz_runtime.cluster.saved") in upward(of_cluster, imports())
    made_up = frozenset(
        {("igz_runtime.text.tree", "igz_runtime.lint.run"), ("igz_runtime.k8s.pod", "igz_runtime.text")}
    )
    assert upward(whole, made_up) == made_up


def test_nothing_else_is_excepted() -> None:
    """What import-linter is told to ignore is what this module says, with its reason, and nothing more."""
    ignored = {
        tuple(each.split(" -> ")) for contract in layer_contracts() for each in contract.get("ignore_imports", ())
    }

    assert {edge for edge in ignored if edge[0] != CONSTRUCTORS} == set()
