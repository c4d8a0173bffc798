"""MLRun's project.yaml: the functions that it holds, and those that it names by their files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igz_runtime.cluster.project import SETTING
from igz_runtime.functions.project_entry import read_entry
from igz_runtime.functions.recognition import named, not_checked, placed_by_mlrun, runs_here
from igz_runtime.lint.results import Content, Follow, WrittenProject, standing
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree


def is_project(document: Mapping[str, Any]) -> bool:
    """Whether a document is a project of MLRun."""
    return document.get("kind") == "project" and "apiVersion" not in document


def read_project(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> None:
    """Add a project's functions to what was read, and the files that it names."""
    project = _project(tree, root, document)
    content.projects.append(project)
    for index, entry in project.entries:
        _entry(content, tree, (*root, "spec", "functions", index), entry, project)


def _project(tree: Tree, root: Path, document: dict[str, Any]) -> WrittenProject:
    spec, metadata = (_mapping(document.get(part)) for part in ("spec", "metadata"))
    below = root[1:]
    return WrittenProject(
        name=str(metadata.get("name") or ""),
        selector=_labels(spec.get(SETTING)),
        parameters=_mapping(spec.get("params")),
        entries=tuple(_mappings(spec.get("functions"))),
        workflows=tuple(_mappings(spec.get("workflows"))),
        at=lambda path: tree.at((*below, *path)),
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: object) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings of a list, each with its number."""
    listed = value if isinstance(value, list) else ()
    return [(number, each) for number, each in enumerate(listed) if isinstance(each, dict)]


def _labels(selector: object) -> dict[str, str]:
    """Its labels; what is not one says nothing here."""
    pairs = selector.items() if isinstance(selector, dict) else ()
    return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}


def _entry(content: Content, tree: Tree, root: Path, written: Mapping[str, Any], project: WrittenProject) -> None:
    """One function of a project."""
    entry, place = read_entry(written), tree.at((*root[1:], "url"))
    member = project.member(entry.name)
    if entry.document is not None:
        below = (*root, *(entry.below or ()))
        if _runs_pods(content, tree, below, entry.document.get("kind")):
            made = standing(tree, below, entry.document)
            made.member = member
            # Nothing can be written back to what the entry does not hold.
            made.root = () if entry.below is None else made.root
            content.functions.append(made)
    elif entry.fetched:
        scheme = entry.fetched.partition("://")[0]
        content.notes.append(Remark(place, f"a function that is fetched ({scheme}://…) is not looked into"))
    elif entry.file:
        content.files.append(Follow(place, entry.file, member))


def _runs_pods(content: Content, tree: Tree, root: Path, kind: object) -> bool:
    """Whether a kind runs pods; that one is not known is noted down."""
    if not isinstance(kind, str) or runs_here(named(kind)):
        return False
    if not placed_by_mlrun(named(kind)):
        content.notes.append(Remark(tree.at((*root[1:], "kind")), not_checked(kind)))
        return False
    return True
