"""YAML and JSON files: which functions they hold, and where. What is not a function is passed over in silence."""

from __future__ import annotations

import re
from typing import Any, Final

from igz_runtime.functions.kinds import by_written_name
from igz_runtime.functions.pipeline import NOT_KFP_2, is_of_kfp_2, is_pipeline
from igz_runtime.functions.recognition import JUPYTER_MARKS, is_function, kind_of, not_checked, runs_here, unknown_kind
from igz_runtime.lint.documents.pipelines import read_pipeline
from igz_runtime.lint.documents.projects import is_project, read_project
from igz_runtime.lint.results import Content, standing
from igz_runtime.text.limits import MOST_FUNCTIONS, TOO_MANY_FUNCTIONS, Unreadable
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree, read_json, read_yaml

_MARKS: Final = ("kind", "spec", "handler", "metadata", "pipelineInfo", *JUPYTER_MARKS)
"""Words of which every function, project, pipeline and Jupyter service holds one."""


def read_documents(text: str, *, of_json: bool = False, named: bool = False) -> Content:
    """The functions of a YAML or JSON text.

    A fault ends the reading: what stood before it is kept. A text that nobody meant as a function is not a fault; a
    template of Helm or Jinja that seems to hold functions is said not to be checked.

    Args:
        text: the text.
        of_json: whether it is JSON.
        named: whether a person named this very file, so that its fault is said whatever it was meant as.
    """
    content = Content()
    if not named and not any(mark in text for mark in _MARKS):
        return content
    try:
        trees = iter([read_json(text)]) if of_json else read_yaml(text)
        for number, tree in enumerate(trees):
            _read(content, tree, (number,), tree.value)
            if len(content.functions) > MOST_FUNCTIONS:
                raise _too_many(content)
    except Unreadable as error:
        meant = meant_as_function(text)
        if error.syntax and _is_template(text):
            content.notes += [Remark(error.remark.position, TEMPLATE)] if meant else []
        elif named or meant:
            content.broken.append(error.remark)
    return content


TEMPLATE: Final = "it is a template, and becomes YAML when it is rendered: check what comes out of it"


def _is_template(text: str) -> bool:
    """Whether Helm or Jinja make YAML of a text. What stands in a comment makes nothing."""
    return bool(re.search(_TEMPLATE, re.sub(r"(^|\s)#.*", "", text), re.MULTILINE))


def meant_as_function(text: str, *, of_code: bool = False) -> bool:
    """Whether a text that cannot be read was meant as a function, project or pipeline, or as code that makes some."""
    return "mlrun" in text if of_code else bool(re.search(_FUNCTION, text, re.MULTILINE))


def _too_many(content: Content) -> Unreadable:
    """Leave the functions beyond the most that are judged, and say where they begin."""
    place = content.functions[MOST_FUNCTIONS].at(())
    del content.functions[MOST_FUNCTIONS:]
    return Unreadable(TOO_MANY_FUNCTIONS, *place[:2])


# What Helm and Jinja write, and no YAML begins with: the text becomes YAML when it is rendered.
_TEMPLATE: Final = r"^[ \t]*\{[{%]|\{\{-|\{\{ *(\.|include|template|toYaml)|-\}\}"
_KINDS: Final = "|".join(re.escape(name) for name in by_written_name() if name and not runs_here(name))
_FUNCTION: Final = (
    r"^[ \t\"'{-]*(kind[\"']?\s*:\s*[\"']?("
    + _KINDS
    + r"|project|Workflow)\b|apiVersion[\"']?\s*:\s*[\"']?(nuclio\.io|argoproj\.io)/"
    r"|(handler|default_handler|function_kind)[\"']?\s*:)"
)


def _read(content: Content, tree: Tree, root: Path, value: Any) -> None:
    if not isinstance(value, dict):
        for index, item in enumerate(value if isinstance(value, list) and len(root) == 1 else ()):
            _read(content, tree, (*root, index), item)
        return
    before = len(content.functions)
    if is_pipeline(value):
        read_pipeline(content, tree, root, value)
    elif is_of_kfp_2(value):
        content.notes.append(Remark(tree.at((*root[1:], "pipelineInfo")), NOT_KFP_2))
    elif is_project(value):
        read_project(content, tree, root, value)
    elif value.get("kind") == "List" or str(value.get("kind")).endswith("FunctionList"):
        for index, item in enumerate(_listed(value.get("items"))):
            _read(content, tree, (*root, "items", index), item)
    else:
        _read_function(content, tree, root, value)
    if len(content.functions) > before:
        content.broken += tree.repeated


def _read_function(content: Content, tree: Tree, root: Path, value: dict[str, Any]) -> None:
    if is_function(value):
        if not runs_here(kind_of(value)) and value.keys() & {"metadata", "meta", "spec"}:
            content.functions.append(standing(tree, root, value))
        return
    # Of functions alone, which most files hold, none of its readers is needed.
    from igz_runtime.lint.documents.jupyter import read_jupyter

    if read_jupyter(content, tree, root, value):
        return
    kind = unknown_kind(value)
    if kind:
        content.notes.append(Remark(tree.at((*root[1:], "kind")), not_checked(kind)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
