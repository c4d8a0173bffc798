"""Profiles for MLRun and Nuclio functions: where their pods run, proved on the pod that the scheduler will see."""

from igz_runtime import profiles
from igz_runtime.checking import check
from igz_runtime.cluster import Cluster
from igz_runtime.errors import IgzRuntimeError, UnsafeCombination
from igz_runtime.rules import Finding
from igz_runtime.submission import Preflight, preflight
from igz_runtime.waiver import Waiver
from igz_runtime.workload import Workload

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
