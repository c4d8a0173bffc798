"""`igz_runtime.check`: what it is given decides who judges."""

from __future__ import annotations

from os import PathLike
from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.jupyter.given import services_in, services_of_file
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.planning.judge_function import judged
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.rules.findings import Findings


def check(
    fn: Any,
    cluster: Cluster | None = None,
    *,
    workload: Workload | str | None = None,
    config: str | PathLike[str] | None = None,
) -> Findings:
    """Every rule's verdict on a function, or on the Jupyter services of a document, as it is.

    What an applied profile promised, declared and waived is read off the function, so that a function that has drifted
    from its profile is found.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file; or Jupyter
            services: igz-mgmt's objects, a mapping, KubeSpawner's profile list, or a path to a file that holds them.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work; else what the function's record declares.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the working directory.

    Returns:
        The findings, gravest first, with the rules that could not decide in `.skipped`.

    Raises:
        ConfigurationError: the configuration cannot be read; names each place.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    grounds = grounds_for(fn, cluster, whole_file(config))
    first, *others = (judged(function, grounds, workload)[1] for function in _judged_in(fn))
    return sum(others, first)


def _judged_in(fn: Any) -> tuple[Function, ...]:
    """The function that is given, or each Jupyter service."""
    services = services_in(fn)
    if services:
        return tuple(service.read() for service in services)
    try:
        return (adapter_for(fn).read(),)
    except UnsupportedFunction:
        services = services_of_file(fn)
        if not services:
            raise
    return tuple(service.read() for service in services)
