"""Whether code calls `igz_runtime.projects.setup`, by its syntax tree: nothing of it is imported or run."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from igz_runtime.code.cells.source import Cell, parsed

_SETUP: Final = "igz_runtime.projects.setup"
_RUNS: Final = frozenset({"run_function", "build_function", "deploy_function", "run", "deploy"})
"""What a workflow's functions are submitted with, as the names of methods and of MLRun's functions."""


class By(NamedTuple):
    """The configuration that a call has to go by: one that names another sets the project up otherwise.

    Attributes:
        file: the configuration's file.
        folder: the folder of the project.
    """

    file: str
    folder: str

    def goes(self, call: ast.Call) -> bool:
        """Whether a call goes by it: it names none, or this very file."""
        named = [each.value for each in call.keywords if each.arg in (None, "config")]
        return all(isinstance(each, ast.Constant) and self._is(each.value) for each in named)

    def _is(self, config: object) -> bool:
        if not isinstance(config, str):
            return config is None
        return Path(self.file).resolve() in (Path(config).resolve(), Path(self.folder, config).resolve())


def calls_setup(text: str, by: By | None = None) -> bool:
    """Whether code calls it at all; code that is not Python does not.

    Args:
        text: the code.
        by: the configuration that it has to go by; None: any.
    """
    tree = _parsed(text)
    return tree is not None and any(by is None or by.goes(each) for each in _setups(tree, _imported(tree)))


def begins_with_setup(text: str, by: By, handler: str = "") -> bool:
    """Whether a workflow's function calls it before it submits anything.

    Args:
        text: the workflow's file.
        by: the configuration that it has to go by.
        handler: the workflow's function; else the one that MLRun takes, `kfpipeline` or `pipeline`.
    """
    tree = _parsed(text)
    if tree is None:
        return False
    functions = {each.name: each for each in tree.body if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))}
    function = next((functions[name] for name in (handler, "kfpipeline", "pipeline") if name in functions), None)
    if function is None:
        return False
    imported = _imported(tree)
    first = min((_place(call) for call in _setups(function, imported) if by.goes(call)), default=None)
    submitted = (_place(call) for call in _calls(function) if _last(call.func) in _RUNS)
    return first is not None and all(first < place for place in submitted)


def _parsed(text: str) -> ast.Module | None:
    """Its syntax tree; None where it is not Python, or larger than code is."""
    tree = parsed(Cell(text.removeprefix("\ufeff")))
    return tree if isinstance(tree, ast.Module) else None


def _imported(tree: ast.Module) -> dict[str, str]:
    """The names that a file imports from igz_runtime, and what each stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                found[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return found


def _setups(node: ast.AST, imported: dict[str, str]) -> Iterator[ast.Call]:
    return (call for call in _calls(node) if _dotted(call.func, imported) == _SETUP)


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    return (each for each in ast.walk(node) if isinstance(each, ast.Call))


def _dotted(node: ast.expr, imported: dict[str, str]) -> str:
    """What a name or an attribute stands for; empty where it is neither."""
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, imported)
        return f"{owner}.{node.attr}" if owner else ""
    return imported.get(node.id, "") if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _place(node: ast.Call) -> tuple[int, int]:
    return node.lineno, node.col_offset
