"""One adapter for each family of function: reads what it asks of Kubernetes, and writes it back.

An object is recognised by its class's module and name, so that nothing of MLRun or Nuclio is imported to do so.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any, Protocol

from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions.kinds import JUPYTER, traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.recognition import NUCLIO, kind_of_object, placed_by_mlrun, unsupported_kind
from igz_runtime.k8s.pod import PodSettings


class Adapter(Protocol):
    """Reads and writes one function."""

    def read(self) -> Function:
        """The function's settings."""

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for: the part of `read` that writing must have changed."""

    def snapshot(self) -> Any:
        """What `restore` needs to put the function back as it is now."""

    def restore(self, snapshot: Any) -> None:
        """Put the function back as it was at the snapshot."""

    def write(self, before: Function, after: Function) -> None:
        """Write what differs between the two."""


def adapter_for(fn: Any) -> Adapter:
    """The adapter of a function object, a function mapping, a ConfigSpec, or a path to a function file.

    Raises:
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a file that cannot be read.
    """
    cls: type = type(fn)
    module = _module(cls)
    if module == "mlrun":
        return _mlrun_object(fn)
    if isinstance(fn, MutableMapping):
        from igz_runtime.functions.mlrun_document import document_adapter

        return document_adapter(fn)
    from pathlib import Path

    if isinstance(fn, Path) or (isinstance(fn, str) and fn.endswith((".yaml", ".yml", ".json")) and "\n" not in fn):
        from igz_runtime.functions.file import FunctionFile

        return FunctionFile(Path(fn))
    if module == "nuclio" and type(fn).__name__ == traits(NUCLIO).class_name:
        from igz_runtime.functions.nuclio import NuclioConfigSpec

        return NuclioConfigSpec(fn)
    if cls.__module__.partition(".")[0] == "igz_mgmt":
        raise unsupported_kind(JUPYTER, getattr(fn, "name", None))
    raise UnsupportedFunction(
        f"{type(fn).__module__}.{type(fn).__qualname__} is not a function; give an MLRun function, a nuclio "
        "ConfigSpec, a function as a mapping, or a path to a function's YAML or JSON file"
    )


@lru_cache(maxsize=256)
def _module(of: type) -> str:
    """`mlrun` or `nuclio` where a class, or one that it derives from, is defined there."""
    for cls in of.__mro__:
        package = cls.__module__.partition(".")[0]
        if package in ("mlrun", "nuclio"):
            return package
    return ""


def _mlrun_object(fn: Any) -> Adapter:
    kind = getattr(fn, "kind", None)
    if not isinstance(kind, str) or not hasattr(fn, "metadata") or not hasattr(fn, "spec"):
        raise UnsupportedFunction(f"{type(fn).__module__}.{type(fn).__qualname__} is not an MLRun function")
    name = kind_of_object(fn)
    if not placed_by_mlrun(name):
        raise unsupported_kind(name, fn.metadata.name)
    if traits(name).graph:
        from igz_runtime.functions.serving import ServingGraph

        return ServingGraph(fn)
    from igz_runtime.functions.mlrun_object import MlrunObject

    return MlrunObject(fn, name)
