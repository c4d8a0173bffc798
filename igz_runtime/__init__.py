"""Profiles for MLRun and Nuclio functions: where their pods run, proved on the pod that the scheduler will see."""

import importlib
import typing

__version__ = "0.1.0"

__all__ = [
    "Cluster",
    "Finding",
    "IgzRuntimeError",
    "Preflight",
    "UnsafeCombination",
    "Waiver",
    "Workload",
    "check",
    "preflight",
    "profiles",
]

if typing.TYPE_CHECKING:
    from igz_runtime import profiles
    from igz_runtime.checking import check
    from igz_runtime.cluster import Cluster
    from igz_runtime.errors import IgzRuntimeError, UnsafeCombination
    from igz_runtime.functions.workload import Workload
    from igz_runtime.planning.preflight import Preflight, preflight
    from igz_runtime.rules import Finding
    from igz_runtime.waiver import Waiver
else:
    # Python runs this module before any other of the package. A name is imported when it is first asked for, so that
    # the command line starts without what it does not need.
    _HOMES = {
        "Cluster": "cluster",
        "Finding": "rules",
        "IgzRuntimeError": "errors",
        "Preflight": "planning.preflight",
        "UnsafeCombination": "errors",
        "Waiver": "waiver",
        "Workload": "functions.workload",
        "check": "checking",
        "preflight": "planning.preflight",
    }

    def __getattr__(name: str) -> object:
        if name == "profiles":
            return importlib.import_module("igz_runtime.profiles")
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=None)
        value = getattr(importlib.import_module(f"igz_runtime.{_HOMES[name]}"), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
