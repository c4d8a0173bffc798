"""The rules on functions and Jupyter services, asked of what objects of the cluster declare."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.audit.judging import By, Said
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.audit.results import AuditFinding
from igz_runtime.cluster.running import Declared
from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.model import Function
from igz_runtime.functions.recognition import is_function
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.judge_function import judged
from igz_runtime.rules.audited import AuditedCluster, AuditedWork


def on_declared(view: AuditedCluster, by: By, file: ConfigFile) -> Iterator[Said]:
    """What the rules find on Nuclio's functions and on Jupyter services.

    Of one whose pods run, the rules that a pod can answer were asked of the pods: those are what it became.

    Args:
        view: the cluster.
        by: what the audit goes by.
        file: the configuration.
    """
    grounds = Grounds(view.cluster, by.terms, file, selector={})
    of_pods = frozenset(each.id for each in told_by_pods().built_in)
    pods = {(each.work.namespace, each.work.identity.function): each for each in view.work if each.is_judged}
    for declared in view.running.declared if view.running else ():
        for function in _read(declared):
            if isinstance(function, str):
                yield function
            else:
                yield from _judged(function, grounds, pods.get((declared.namespace, function.name)), of_pods)


def _read(declared: Declared) -> Iterator[Function | str]:
    """The functions or services of an object; of one that cannot be read, what is wrong with it."""
    document = dict(declared.document)
    readers = [adapter_for(document).read] if is_function(document) else [s.read for s in jupyter_services(document)]
    for read in readers:
        try:
            yield read()
        except (BrokenFunction, UnsupportedFunction) as error:
            yield f"in namespace {declared.namespace!r}: {error}"


def _judged(
    function: Function, grounds: Grounds, pods: AuditedWork | None, of_pods: frozenset[str]
) -> Iterator[Said]:
    try:
        found = judged(function, grounds)[1]
    except BrokenFunction as error:  # its record was changed by hand
        yield str(error)
        return
    project = function.project or (pods.work.identity.project if pods else "")
    group = next(iter(pods.on), "") if pods else ""
    known = of_pods if pods else ()
    yield from (AuditFinding(each, group, project=project) for each in found if each.rule not in known)
    yield from (each for each in found.skipped if each.rule not in known)
    yield from (f"{function.kind} {function.name!r}: {each}" for each in found.unread)
