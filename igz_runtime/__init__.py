"""Profiles for MLRun and Nuclio functions: where their pods run, proved on the pod that the scheduler will see."""

import typing

__version__ = "0.1.0"

__all__ = [
    "Advice",
    "Cluster",
    "Finding",
    "IgzRuntimeError",
    "Preflight",
    "RolePreflight",
    "UnsafeCombination",
    "Waiver",
    "Workload",
    "advise",
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
    from igz_runtime.planning.preflight import Preflight, RolePreflight, preflight
    from igz_runtime.projects.advising import Advice, advise
    from igz_runtime.rules import Finding
    from igz_runtime.waiver import Waiver
else:
    # Python runs this module before any other of the package. A name is imported when it is first asked for, so that
    # the command line starts without what it does not need.
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "checking": ("check",),
            "cluster": ("Cluster",),
            "errors": ("IgzRuntimeError", "UnsafeCombination"),
            "functions.workload": ("Workload",),
            "planning.preflight": ("Preflight", "RolePreflight", "preflight"),
            "projects.advising": ("Advice", "advise"),
            "rules": ("Finding",),
            "waiver": ("Waiver",),
        },
        modules=("profiles",),
    )
