"""Jupyter services in YAML and JSON files. Each is judged as its reader reads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import Service, jupyter_services
from igz_runtime.k8s.pod import Field
from igz_runtime.lint.results import Content, Written
from igz_runtime.text.place import Path, Remark
from igz_runtime.text.tree import Tree


def read_jupyter(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> bool:
    """Add the Jupyter services of a document to what was read; whether it holds any.

    Args:
        content: what was read of the file.
        tree: the document's tree.
        root: where the document stands in its file.
        document: the document.
    """
    services = jupyter_services(document)
    for service in services:
        at = partial(_at, tree, root[1:])
        try:
            function = service.read()
        except BrokenFunction as error:
            content.wrong.append(Remark(at(error.field), str(error)))
            continue
        written = Written(document, _from_head(at, service.path), function=function, place=_placer(service))
        content.functions.append(written)
    return bool(services)


def _at(tree: Tree, above: Path, path: Path) -> Any:
    return tree.at((*above, *path))


def _from_head(at: Callable[[Path], Any], head: Path) -> Callable[[Path], Any]:
    """The place of a path; of none, the head of the service."""
    return lambda path: at(path or head)


def _placer(service: Service) -> Callable[[str, Field], Path]:
    return lambda _role, field: service.place(field)
