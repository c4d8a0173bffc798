"""The rules on functions and Jupyter services, asked of what objects of the cluster declare."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from igz_runtime.audit.judging import By, Place, Said, place_of, told
from igz_runtime.audit.pods import told_by_pods
from igz_runtime.cluster.api.declared import fault_of
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.running import Declared, Identity, Running
from igz_runtime.cluster.workloads import identity_of
from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.idle import Idle
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.model import Function
from igz_runtime.functions.pod_labels import pod_labels
from igz_runtime.functions.recognition import NUCLIO, is_function
from igz_runtime.functions.record import Applied
from igz_runtime.messages import counted
from igz_runtime.planning.definitions import definition_now
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.rules.audited import AuditedCluster, AuditedWork
from igz_runtime.rules.engine import About, built_in_verdicts, plug_in_verdicts
from igz_runtime.rules.registry import Asked, rules_on
from igz_runtime.rules.subject import Subject
from igz_runtime.rules.terms import Site
from igz_runtime.rules.waivers import on_terms


class DeclaredFunction(NamedTuple):
    """A function of Nuclio's or a Jupyter service, as an object of the cluster declares it.

    Attributes:
        namespace: the namespace of the object.
        function: what it asks for.
        whose: whose its pods are, or would be: MLRun calls a function of Nuclio's otherwise than Nuclio does.
    """

    namespace: str
    function: Function
    whose: Identity


def read_declared(running: Running | None) -> tuple[DeclaredFunction | str, ...]:
    """What is declared on a cluster; of what cannot be read, what is wrong with it."""
    return tuple(each for declared in (running.declared if running else ()) for each in _read(declared))


def idle_of(declared: Iterable[DeclaredFunction | str]) -> Mapping[tuple[str, str], Idle]:
    """By namespace and name, what becomes of each Jupyter service that nobody uses."""
    services = (each for each in declared if not isinstance(each, str) and each.function.idle)
    return {(each.namespace, each.whose.function): each.function.idle for each in services if each.function.idle}


def on_declared(view: AuditedCluster, by: By, declared: Collection[DeclaredFunction | str]) -> Iterator[Said]:
    """What the rules find on Nuclio's functions and on Jupyter services.

    Of one whose pods run, the rules that a pod can answer were asked of the pods: those are what it became. Whether it
    has the profile that is assigned to it (IGZ908) is not asked: a configuration is of a project, a cluster has many.

    Args:
        view: the cluster.
        by: what the audit goes by.
        declared: what is declared there.
    """
    pods = {(each.work.namespace, each.work.identity.function): each for each in view.work if each.is_judged}
    every, others = rules_on(Subject), _not_told_by_pods()
    yield from _left_out(pods.keys() - known_among(declared), others)
    for each in declared:
        if isinstance(each, str):
            yield each
            continue
        of_it = pods.get((each.namespace, each.whose.function))
        try:
            yield from _judged(each, of_it, others if of_it else every, by, view.cluster)
        except BrokenFunction as error:  # its record was changed by hand
            yield f"in namespace {each.namespace!r}: {error}"


def known_among(declared: Iterable[DeclaredFunction | str]) -> set[tuple[str, str]]:
    """The functions that are declared, by namespace and name."""
    return {(each.namespace, each.whose.function) for each in declared if isinstance(each, DeclaredFunction)}


def _left_out(only_pods: Collection[tuple[str, str]], others: Asked) -> Iterator[str]:
    """Which rules nobody asked of functions whose objects MLRun keeps, and not Kubernetes."""
    if only_pods:
        ids = ", ".join(each.id for each in others.built_in)
        of = f"of {counted(len(only_pods), 'function')} only pods are there, which cannot answer {ids}"
        yield f"{of}: igz_runtime.check asks these rules of a function"


def _read(declared: Declared) -> Iterator[DeclaredFunction | str]:
    """The functions or services of an object; of one that cannot be read, what is wrong with it."""
    document, namespace = dict(declared.document), declared.namespace
    fault = fault_of(document)
    for read in _readers(document):
        try:
            function = _without_files(read())
        except (BrokenFunction, UnsupportedFunction) as error:
            yield f"in namespace {namespace!r}: {error}"
            fault = ""
        else:
            yield DeclaredFunction(namespace, function, _identity(function, namespace))
    if fault:  # an adapter passes over what it cannot use
        yield f"in namespace {namespace!r}: {fault}"


def _readers(document: dict[str, Any]) -> Iterator[Callable[[], Function]]:
    if is_function(document):
        yield lambda: adapter_for(document).read()
    else:
        yield from (service.read for service in jupyter_services(document))


def _without_files(function: Function) -> Function:
    """The function without the files that hold its code: those of this machine are not the cluster's."""
    evidence = function.evidence
    return function.but(evidence=evidence._replace(code=evidence.code._replace(files=(), beside=())))


def _identity(function: Function, namespace: str) -> Identity:
    if function.kind != NUCLIO:
        return Identity(function.kind, function.project, function.name)
    labels = {**function.evidence.labels, **pod_labels(function, function.roles[0].role)}
    return identity_of(labels, namespace)


def _judged(
    declared: DeclaredFunction, pods: AuditedWork | None, asked: Asked, by: By, cluster: Cluster
) -> Iterator[Said]:
    whose = declared.whose
    place = place_of(pods) if pods else Place(whose.project, declared.namespace)
    function = on_terms(declared.function, by.terms, Site(place.project, "", whose.function))
    about = About(whose.function, whose.kind, (whose.role,), function.waivers)
    applied = Applied.on(function)
    defined = definition_now(applied, by.config.entries)
    for subject in subjects_as_they_are(function, applied, cluster, defined=defined):
        said = built_in_verdicts(asked.built_in, subject) + plug_in_verdicts(asked.plug_ins, subject)
        yield from told(said, about, by, place)
    yield from (f"{whose.kind} {whose.function!r}: {each}" for each in function.unreachable)


def _not_told_by_pods() -> Asked:
    """The rules on functions that pods cannot answer."""
    told = [frozenset(each.id for each in of) for of in told_by_pods()]
    pairs = zip(rules_on(Subject), told, strict=True)
    return Asked(*(tuple(each for each in of if each.id not in known) for of, known in pairs))
