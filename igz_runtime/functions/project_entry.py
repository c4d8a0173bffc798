"""One function of a project as project.yaml, or the project, states it: held there, in a file, or fetched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from igz_runtime.text.place import Path


class Entry(NamedTuple):
    """A function of a project.

    Attributes:
        name: what the project calls it, without its tag; empty where it says nothing.
        document: its document; None where it is elsewhere.
        below: where the document stands in the entry; None where the entry holds none, and it is made of what it says.
        file: the file that holds it, as seen from project.yaml; else empty.
        fetched: where it is fetched from; else empty.
    """

    name: str
    document: dict[str, Any] | None = None
    below: Path | None = None
    file: str = ""
    fetched: str = ""


def read_entry(entry: Mapping[str, Any]) -> Entry:
    """A function of a project, by the order in which MLRun itself looks at an entry.

    Source: `mlrun.projects.project._init_function_from_dict`, 1.10 to 1.12.
    """
    held, url = entry.get("spec"), entry.get("url")
    name = str(entry.get("name") or "").partition(":")[0]
    if isinstance(held, Mapping):
        whole = isinstance(held.get("spec"), Mapping)
        return Entry(name, named(held if whole else entry, name), ("spec",) if whole else ())
    if not isinstance(url, str) or url.endswith((".py", ".ipynb")):
        return Entry(name, _of_code(entry))
    if "://" in url:
        return Entry(name, fetched=url)
    return Entry(name, file=url if url.endswith((".yaml", ".yml")) else "")


def _of_code(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A function that MLRun makes of a file of code, or of an image: it has nothing but what the entry says."""
    return {
        "kind": entry.get("kind") or "job",
        "metadata": {"name": entry.get("name")},
        "spec": {
            "image": entry.get("image"),
            "default_handler": entry.get("handler"),
            "command": entry.get("url"),
        },
    }


def named(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A function's document under the name that its project gives it."""
    metadata = document.get("metadata")
    if not name or not isinstance(metadata, Mapping | None):
        return dict(document)
    return {**document, "metadata": {**(metadata or {}), "name": name}}
