"""Public names that are imported when they are first asked for, so that nobody loads what is not used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Iterable, Mapping


def exported(
    package: str, homes: Mapping[str, Iterable[str]], *, modules: Collection[str] = ()
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package that exports names of other modules.

    Args:
        package: the package's name.
        homes: the names by their module, as seen from `igz_runtime`.
        modules: modules of the package that are public themselves.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def of_package(name: str) -> object:
        if name in modules:
            return importlib.import_module(f"{package}.{name}")
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=None)
        value = getattr(importlib.import_module(f"igz_runtime.{home_of[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    # What the package imports for itself is nobody's to complete.
    return of_package, lambda: sorted({*home_of, *modules})
