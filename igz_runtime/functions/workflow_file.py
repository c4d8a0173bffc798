"""A compiled workflow as a caller gives it: a mapping, or the file that holds it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions.pipeline import NOT_KFP_2, is_of_kfp_2, is_pipeline
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import Unreadable

_NAMES: Final = (".yaml", ".yml", ".json")
_MARKS: Final = (b"argoproj.io/", b"pipelineInfo")


def workflow_in(given: Any) -> Mapping[str, Any] | None:
    """The compiled workflow that a mapping is, or that a file holds; None where it is none.

    Raises:
        UnsupportedFunction: a pipeline of KFP 2, or a file that holds more than one workflow.
        BrokenFunction: a file of a workflow that is not YAML.
    """
    found: Mapping[str, Any] | None = None
    if isinstance(given, Mapping):
        found = _required(given, "") if is_pipeline(given) or is_of_kfp_2(given) else None
    elif isinstance(given, str | Path) and str(given).endswith(_NAMES):
        found = _workflow_in_file(Path(given))
    return found


def _workflow_in_file(path: Path) -> Any:
    from igz_runtime.text.tree import decoded, read_yaml

    try:
        content = content_of(path)
    except (OSError, ValueError):
        return None  # who reads it as a function says what is wrong with it
    if not any(mark in content for mark in _MARKS):
        return None
    try:
        documents = [tree.value for tree in read_yaml(decoded(content)) if tree.value is not None]
    except Unreadable as error:
        raise BrokenFunction(error.remark.in_file(path)) from None
    return only_workflow(documents, path)


def only_workflow(documents: Sequence[Any], path: Path) -> Any:
    """The one workflow of a file's documents; None where there is none.

    Raises:
        UnsupportedFunction: a pipeline of KFP 2, or more than one document.
    """
    mappings = [each for each in documents if isinstance(each, Mapping)]
    found = next((each for each in mappings if is_pipeline(each) or is_of_kfp_2(each)), None)
    if found is None or is_of_kfp_2(found):
        return found and _required(found, f"{path}: ")
    if len(documents) > 1:
        raise UnsupportedFunction(f"{path}: holds {len(documents)} documents; one workflow is required")
    return found


def _required(workflow: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if is_of_kfp_2(workflow):
        raise UnsupportedFunction(f"{where}{NOT_KFP_2}")
    return workflow
