"""Doing something to a module as soon as it is imported, without importing it."""

from __future__ import annotations

import sys
from importlib import import_module
from threading import local
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType


# Neither this nor the loader derives from Python's abstract classes: importlib.abc takes 10 ms to import, and this is
# for every start of Python.
class Awaited:
    """Finds one module as the other finders do, and has something done to it when it has been imported.

    Args:
        name: the module's full name.
        then: is called with the module; once more does no harm.
    """

    def __init__(self, name: str, then: Callable[[ModuleType], object]) -> None:
        self._name = name
        self._then = then
        self._thread = local()

    def begin(self) -> None:
        """Wait for the module; where it is there already, do it now."""
        if self._name not in sys.modules and self not in sys.meta_path:
            sys.meta_path.insert(0, self)
        if self._name in sys.modules:
            # Where another thread is importing it just now, this waits until it has.
            self._loaded(import_module(self._name))

    def end(self) -> None:
        """Wait no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module as the other finders find it, with a loader that tells of it; of another module nothing."""
        if fullname != self._name or getattr(self._thread, "searching", False):
            return None
        from importlib.util import find_spec

        self._thread.searching = True
        try:
            spec = find_spec(fullname)
        finally:
            self._thread.searching = False
        if spec is not None and spec.loader is not None:
            spec.loader = _Telling(spec.loader, self._loaded)  # type: ignore[assignment]
        return spec

    def _loaded(self, module: ModuleType) -> None:
        self.end()
        self._then(module)


class _Telling:
    """A loader that tells of the module that it has loaded, and leaves its own loader on it."""

    def __init__(self, loader: Loader, told: Callable[[ModuleType], object]) -> None:
        self._loader = loader
        self._told = told

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        self._told(module)
