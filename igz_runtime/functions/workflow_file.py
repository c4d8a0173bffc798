"""A compiled workflow as a caller gives it: a mapping, or the file that holds it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions.pipeline import NOT_KFP_2, is_of_kfp_2, is_pipeline
from igz_runtime.text.limits import Unreadable

_NAMES: Final = (".yaml", ".yml", ".json")
_MARKS: Final = (b"argoproj.io/", b"pipelineInfo")


def workflow_in(given: Any) -> Mapping[str, Any] | None:
    """The compiled workflow that a mapping is, or that a file holds; None where it is none.

    Raises:
        UnsupportedFunction: a pipeline of KFP 2, or a file that holds more than one workflow.
        BrokenFunction: a file of a workflow that is not YAML.
    """
    if isinstance(given, Mapping):
        return _required(given, "") if is_pipeline(given) or is_of_kfp_2(given) else None
    if not isinstance(given, str | Path) or not str(given).endswith(_NAMES):
        return None
    return _workflow_in_file(Path(given))


def _workflow_in_file(path: Path) -> Mapping[str, Any] | None:
    from igz_runtime.text.tree import decoded, read_yaml

    try:
        content = path.read_bytes()
    except (OSError, ValueError):
        return None  # who reads it as a function says what is wrong with it
    if not any(mark in content for mark in _MARKS):
        return None
    try:
        documents = [tree.value for tree in read_yaml(decoded(content)) if tree.value is not None]
    except Unreadable as error:
        raise BrokenFunction(f"{path}:{error.remark.position}: {error}") from None
    mappings = [each for each in documents if isinstance(each, Mapping)]
    if not any(is_pipeline(each) or is_of_kfp_2(each) for each in mappings):
        return None
    if len(documents) > 1 and not is_of_kfp_2(mappings[0]):
        raise UnsupportedFunction(f"{path}: holds {len(documents)} documents; one workflow is required")
    return _required(mappings[0], f"{path}: ")


def _required(workflow: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    if is_of_kfp_2(workflow):
        raise UnsupportedFunction(f"{where}{NOT_KFP_2}")
    return workflow
