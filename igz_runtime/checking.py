"""`igz_runtime.check`: what it is given decides who judges."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.jupyter import Service
from igz_runtime.functions.jupyter.given import services_in, services_of_file
from igz_runtime.functions.model import Function
from igz_runtime.functions.workflow_file import workflow_in
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.changing import alone
from igz_runtime.planning.grounds import Grounds, grounds_for
from igz_runtime.planning.judge_workflow import judged_workflow
from igz_runtime.profiles.checked import checked
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.projects.configuration import is_project
from igz_runtime.rules.declarations import Declaration, declared, words_of
from igz_runtime.rules.findings import Findings
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.tree import decoded

Config = str | PathLike[str] | None


def check(
    fn: Any,
    cluster: Cluster | None = None,
    *,
    workload: Workload | str | None = None,
    config: Config = None,
) -> Findings:
    """Every rule's verdict on a function, a project's functions, a workflow's pods, or Jupyter services, as they are.

    What an applied profile promised, declared and waived is read off the function, so that a function that has drifted
    from its profile is found. Of a project, what igz-runtime.yaml assigns counts as well: functions without a profile,
    functions with another one, and assignments that match no function.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file; a workflow
            that KFP 1.8 compiled, as a mapping or a path to its YAML file, with the functions that its steps hold or
            that a project in this process has; Jupyter services: igz-mgmt's objects, a mapping, KubeSpawner's profile
            list, or a path to a file that holds them, JupyterHub's in Python too; or an MLRun project. Nothing of a
            project is changed, synced or fetched: a function that it has not made an object of is judged by its
            definition, and one that would be fetched is in `.unread`.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work of a function; else what the function's record declares.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the working directory; of a project, above its folder.

    Returns:
        The findings, gravest first, with the rules that could not decide in `.skipped`.

    Raises:
        ConfigurationError: the configuration cannot be read; names each place.
        UnsupportedFunction: no function, or a kind that runs no pod; a pipeline of KFP 2.
        BrokenFunction: a field of the wrong type.
        InvalidValue: a workload for something else than one function, or there is no environment of the name that
            counts.
    """
    for judge in _OTHERS:
        found = judge(fn, cluster, config)
        if found is not None and workload is not None:
            raise InvalidValue("workload: is declared of one function, and this is none")
        if found is not None:
            return found
    grounds = grounds_for(fn, cluster, whole_file(config))
    try:
        with alone(fn):
            function = adapter_for(fn).read()
        found = checked(function, grounds, None if workload is None else grounds.counting(function, workload))
        if workload is not None:
            found += Findings(declared=_by_caller(function, Workload.of(workload), grounds))
    except UnsupportedFunction:
        services = services_of_file(fn)
        if not services:
            raise
        return _of_services(services, grounds)
    services = services_of_file(fn, beside_functions=True)
    return found + _of_services(services, grounds) if services else found


def _by_caller(function: Function, workload: Workload, grounds: Grounds) -> Iterator[Declaration]:
    refused = grounds.terms.undeclarable(grounds.site(function))
    for word in words_of(workload):
        yield declared(function, word, "the argument `workload`", refused)


def _workflow(given: Any, cluster: Cluster | None, config: Config) -> Findings | None:
    workflow = workflow_in(given)
    if workflow is None:
        return None
    from igz_runtime.projects.steps import function_at_hand

    return judged_workflow(workflow, grounds_for(given, cluster, whole_file(config)), function_at_hand, checked)


def _project(given: Any, cluster: Cluster | None, config: Config) -> Findings | None:
    if not is_project(given):
        return None
    from igz_runtime.projects.judge_project import judged_project

    return judged_project(given, cluster, config)


def _services(given: Any, cluster: Cluster | None, config: Config) -> Findings | None:
    services = services_in(given)
    return _of_services(services, grounds_for(given, cluster, whole_file(config))) if services else None


def _hub(given: Any, cluster: Cluster | None, config: Config) -> Findings | None:
    """JupyterHub's configuration in Python, which is read and never run."""
    if not isinstance(given, str | PathLike) or not str(given).endswith(".py"):
        return None
    from igz_runtime.lint.hub import read_configuration

    try:
        held = read_configuration(decoded(content_of(given)))
    except (OSError, ValueError) as error:
        raise BrokenFunction(f"{given}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    except Unreadable as error:
        raise BrokenFunction(error.remark.in_file(given)) from None
    if held.wrong:
        raise BrokenFunction([remark.in_file(given) for remark in held.wrong])
    if not held.functions and not held.notes:
        return None
    grounds = grounds_for(given, cluster, whole_file(config))
    found = [checked(each.function, grounds) for each in held.functions if each.function]
    unread = tuple(remark.in_file(given) for remark in held.notes)
    return sum(found, Findings(unread=unread))


def _of_services(services: Sequence[Service], grounds: Grounds) -> Findings:
    return sum((checked(service.read(), grounds) for service in services), Findings())


_OTHERS: Final[tuple[Callable[[Any, Cluster | None, Config], Findings | None], ...]] = (
    _workflow,
    _project,
    _services,
    _hub,
)
"""Who judges what is no function; None: it is nothing of theirs."""
