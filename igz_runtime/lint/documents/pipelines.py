"""Compiled pipelines: each step's pod, and each function that a step's command holds, with their places."""

from __future__ import annotations

from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.pipeline import NOT_FOLLOWED, Step, steps_in
from igz_runtime.functions.recognition import is_function, not_checked, unknown_kind
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.results import Content, Written
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree


def read_pipeline(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> None:
    """Add the steps of a workflow to what was read, and the functions that their commands hold."""
    for step in steps_in(document):
        place = (*root[1:], *step.path)
        _step(content, tree, place, step)
        _embedded(content, tree, place, step)


def _step(content: Content, tree: Tree, place: Path, step: Step) -> None:
    """One step's pod, with what the workflow gives to every step."""
    try:
        function = step.read()
    except BrokenFunction as error:
        at = tree.at((*place, *error.field))
        content.wrong.append(Remark(at, f"step {step.name!r}: {error}"))
        return
    if step.template.get("podSpecPatch"):
        content.notes.append(Remark(tree.at((*place, "podSpecPatch")), NOT_FOLLOWED))
    content.functions.append(
        Written(
            step.template,
            lambda path: tree.at((*place, *path)),
            workload=step.workload,
            function=function,
            place=step.place,
        )
    )


def _embedded(content: Content, tree: Tree, place: Path, step: Step) -> None:
    retried = Workload(restartable=True) if step.restarts_its_run else None
    for path, held in step.embedded():
        at = tree.at((*place, *path))
        if held is None:
            content.notes.append(Remark(at, "the function in the step's command cannot be read"))
        elif isinstance(held, dict) and is_function(held):
            content.functions.append(Written(held, lambda _path, at=at: at, workload=retried))  # type: ignore[misc]
        elif isinstance(held, dict) and unknown_kind(held):
            content.notes.append(Remark(at, not_checked(unknown_kind(held))))
