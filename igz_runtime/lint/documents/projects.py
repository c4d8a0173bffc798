"""MLRun's project.yaml: the functions that it holds, and those that it names by their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igz_runtime.cluster.project import SETTING
from igz_runtime.functions.recognition import named, not_checked, placed_by_mlrun, runs_here
from igz_runtime.lint.results import Content, standing
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree


def is_project(document: Mapping[str, Any]) -> bool:
    """Whether a document is a project of MLRun."""
    return document.get("kind") == "project" and "apiVersion" not in document


def read_project(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> None:
    """Add a project's functions to what was read, and the files that it names."""
    spec, metadata = document.get("spec"), document.get("metadata")
    before = len(content.functions)
    functions = spec.get("functions") if isinstance(spec, dict) else None
    for index, entry in enumerate(functions if isinstance(functions, list) else ()):
        if isinstance(entry, dict):
            _entry(content, tree, (*root, "spec", "functions", index), entry)
    selector = _labels(spec.get(SETTING)) if isinstance(spec, dict) else {}
    for written in content.functions[before:]:
        written.project = str(metadata.get("name") or "") if isinstance(metadata, dict) else ""
        written.selector = selector


def _labels(selector: object) -> dict[str, str]:
    """Its labels; what is not one says nothing here."""
    pairs = selector.items() if isinstance(selector, dict) else ()
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


def _entry(content: Content, tree: Tree, root: Path, entry: dict[str, Any]) -> None:
    """One function, by the order in which MLRun itself looks at an entry."""
    held, url = entry.get("spec"), entry.get("url")
    place = tree.at((*root[1:], "url"))
    if isinstance(held, dict):
        whole = isinstance(held.get("spec"), dict)
        function = held if whole else entry
        below = (*root, "spec") if whole else root
        if _runs_pods(content, tree, below, function.get("kind")):
            content.functions.append(standing(tree, below, _named(function, entry.get("name"))))
    elif not isinstance(url, str) or url.endswith((".py", ".ipynb")):
        _of_code(content, tree, root, entry)
    elif "://" in url:
        content.notes.append(
            Remark(place, f"a function that is fetched ({url.partition('://')[0]}://…) is not looked into")
        )
    elif url.endswith((".yaml", ".yml")):
        content.files.append(Remark(place, url))


def _of_code(content: Content, tree: Tree, root: Path, entry: dict[str, Any]) -> None:
    """A function that MLRun makes of a file of code, or of an image: it has nothing but what the entry says."""
    kind = entry.get("kind") or "job"
    if not _runs_pods(content, tree, root, kind):
        return
    document = {
        "kind": kind,
        "metadata": {"name": entry.get("name")},
        "spec": {"image": entry.get("image"), "default_handler": entry.get("handler"), "command": entry.get("url")},
    }
    made = standing(tree, root, document)
    made.root = ()  # nothing can be written back to what the entry does not hold
    content.functions.append(made)


def _runs_pods(content: Content, tree: Tree, root: Path, kind: object) -> bool:
    """Whether a kind runs pods; that one is not known is noted down."""
    if not isinstance(kind, str) or runs_here(named(kind)):
        return False
    if not placed_by_mlrun(named(kind)):
        content.notes.append(Remark(tree.at((*root[1:], "kind")), not_checked(kind)))
        return False
    return True


def _named(document: dict[str, Any], name: object) -> dict[str, Any]:
    """The function under the name that the project gives it."""
    metadata = document.get("metadata")
    if not name or not isinstance(metadata, dict | None):
        return document
    return {**document, "metadata": {**(metadata or {}), "name": name}}
