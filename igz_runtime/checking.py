"""`igz_runtime.check`: what it is given decides who judges."""

from __future__ import annotations

from os import PathLike
from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.profiles.checked import checked
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.projects.configuration import is_project
from igz_runtime.rules.findings import Findings


def check(
    fn: Any,
    cluster: Cluster | None = None,
    *,
    workload: Workload | str | None = None,
    config: str | PathLike[str] | None = None,
) -> Findings:
    """Every rule's verdict on a function as it is, or on every function of a project.

    What an applied profile promised, declared and waived is read off the function, so that a function that has drifted
    from its profile is found. Of a project, what igz-runtime.yaml assigns counts as well: functions without a profile,
    functions with another one, and assignments that match no function.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, a path to a function's file, or an MLRun
            project. Nothing of a project is changed, synced or fetched: a function that it has not made an object of is
            judged by its definition, and one that would be fetched is in `.unread`.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work; else what the function's record declares.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the working directory; of a project, above its folder.

    Returns:
        The findings, gravest first, with the rules that could not decide in `.skipped`.

    Raises:
        ConfigurationError: the configuration cannot be read; names each place.
        InvalidValue: there is no environment of the name that counts, or a workload was given for a project.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    if is_project(fn):
        return _of_project(fn, cluster, workload, config)
    grounds = grounds_for(fn, cluster, whole_file(config))
    return checked(adapter_for(fn).read(), grounds, workload)


def _of_project(
    project: Any, cluster: Cluster | None, workload: object, config: str | PathLike[str] | None
) -> Findings:
    from igz_runtime.projects.judge_project import judged_project

    if workload is not None:
        raise InvalidValue("workload= is of one function; igz-runtime.yaml declares it for those of a project")
    return judged_project(project, cluster, config)
