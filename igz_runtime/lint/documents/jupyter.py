"""Jupyter services in files. Each is judged as its reader reads it."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import Service, jupyter_services
from igz_runtime.k8s.pod import Field
from igz_runtime.lint.results import Content, Written
from igz_runtime.text.place import Path, Position, Remark
from igz_runtime.text.tree import Tree


def read_jupyter(content: Content, tree: Tree, root: Path, document: dict[str, Any]) -> bool:
    """Add the Jupyter services of a document to what was read; whether it holds any.

    Args:
        content: what was read of the file.
        tree: the document's tree.
        root: where the document stands in its file.
        document: the document.
    """

    def at(path: Path) -> Position:
        return tree.at((*root[1:], *path))

    services = jupyter_services(document)
    for service in services:
        add_service(content, service, document, at)
    return bool(services)


def add_service(
    content: Content, service: Service, document: MutableMapping[str, Any], at: Callable[[Path], Position]
) -> None:
    """Add a service to what was read of its file, or what is wrong with it.

    Args:
        content: what was read of the file.
        service: the service.
        document: the document that holds it.
        at: the position of a path of the document.
    """

    def from_head(path: Path) -> Position:
        return at(path or service.path)

    def place(_role: str, field: Field) -> Path:
        return service.place(field)

    try:
        function = service.read()
    except BrokenFunction as error:
        content.wrong.append(Remark(at(error.field), str(error)))
    else:
        content.functions.append(
            Written(document, from_head, function=function, place=place, misspelled=service.misspelled)
        )
