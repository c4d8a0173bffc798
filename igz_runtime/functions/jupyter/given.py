"""Jupyter services as somebody gives them: a mapping, a list, igz-mgmt's object, or a path to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import Service, jupyter_services
from igz_runtime.functions.recognition import is_function
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.tree import read_json, read_yaml


def services_given(given: Any) -> tuple[Service, ...]:
    """The Jupyter services in what somebody gives; empty where it is none, or holds functions too.

    Raises:
        BrokenFunction: a service of which a field is of the wrong type.
    """
    if isinstance(given, dict) and is_function(given):
        return ()
    if not isinstance(given, Path | str):
        return jupyter_services(given)
    return _in_file(Path(given)) if _is_document(str(given)) else ()


def _is_document(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".json")) and "\n" not in name


def _in_file(path: Path) -> tuple[Service, ...]:
    """Those of a file; what cannot be read is said by the reader of functions, which is asked next."""
    try:
        text = path.read_text(encoding="utf-8")
        trees = [read_json(text)] if path.name.endswith(".json") else list(read_yaml(text))
    except (OSError, ValueError, Unreadable):
        return ()
    documents = [tree.value for tree in trees]
    if any(isinstance(each, dict) and is_function(each) for each in documents):
        return ()
    return tuple(_named(service, path) for each in documents for service in jupyter_services(each))


def _named(service: Service, path: Path) -> Service:
    """The service with its file in what it says of a broken field."""

    def read() -> Any:
        try:
            return service.read()
        except BrokenFunction as error:
            raise error.inside(f"{path}: ") from None

    return service._replace(read=read)
