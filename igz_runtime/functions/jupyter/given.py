"""Jupyter services as somebody gives them: a mapping, a list, igz-mgmt's object, or a path to a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter import Service, jupyter_services
from igz_runtime.functions.recognition import is_function
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.tree import decoded, read_json, read_yaml


def services_in(given: Any) -> tuple[Service, ...]:
    """The Jupyter services of a mapping, a list or an object of igz-mgmt; empty where it is something else."""
    return () if isinstance(given, dict) and is_function(given) else jupyter_services(given)


def services_of_file(given: Any, *, beside_functions: bool = False) -> tuple[Service, ...]:
    """Those of a file; empty where it is not a path to one, or cannot be read.

    Args:
        given: a path, or anything else.
        beside_functions: whether those count that stand in a file with functions, which are several documents then;
            else there are none where the file holds functions too.
    """
    if not isinstance(given, Path | str):
        return ()
    path = Path(given)
    try:
        text = decoded(content_of(path))
        if beside_functions and _NEXT not in text:
            return ()
        trees = [read_json(text)] if path.name.endswith(".json") else list(read_yaml(text))
    except (OSError, ValueError, Unreadable):
        return ()
    documents = [tree.value for tree in trees]
    others = [each for each in documents if not (isinstance(each, dict) and is_function(each))]
    if len(others) < len(documents) and not beside_functions:
        return ()
    return tuple(_named(service, path) for each in others for service in jupyter_services(each))


_NEXT: Final = "\n---"
"""What stands between two documents of YAML."""


def _named(service: Service, path: Path) -> Service:
    """The service with its file in what it says of a broken field."""

    def read() -> Any:
        try:
            return service.read()
        except BrokenFunction as error:
            raise error.inside(f"{path}: ") from None

    return service._replace(read=read)
