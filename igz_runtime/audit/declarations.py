"""What functions of a cluster declare of their work and waive for themselves: on their pods, and on their objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from igz_runtime.audit.declared import DeclaredFunction
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.declarations import Declaration, configured, declarations_on
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.terms import Site, Terms


def declarations_in(
    view: AuditedCluster, objects: Iterable[DeclaredFunction | str], terms: Terms, found: Iterable[Finding]
) -> tuple[Declaration, ...]:
    """What pods say, what objects say beside it, each once for a function, and what the configuration waives.

    Args:
        view: the cluster.
        objects: what is declared there.
        terms: what the configuration says of waivers and declarations.
        found: what was found.
    """
    said: dict[Declaration, Declaration] = {}
    for one in (*_of_pods(view, terms), *_of_objects(objects, terms)):
        said.setdefault(one._replace(contrary="", field=()), one)
    return (*said.values(), *(one for one, _ in configured(terms, found)))


def _of_pods(view: AuditedCluster, terms: Terms) -> Iterator[Declaration]:
    for work in view.work:
        whose = work.work.identity
        # Most pods declare nothing, and what the others are is not made for them.
        if work.is_judged and (whose.workload or work.work.waivers):
            yield from _said(work.function, None, whose.project, terms)


def _of_objects(objects: Iterable[DeclaredFunction | str], terms: Terms) -> Iterator[Declaration]:
    for each in objects:
        if not isinstance(each, str):
            function, whose = each.function, each.whose
            try:
                said = list(_said(function, Applied.on(function), whose.project, terms))
            except BrokenFunction:
                continue  # said where its record is asked for what it promises
            yield from (one._replace(function=whose.function, kind=whose.kind) for one in said)


def _said(function: Function, applied: Applied | None, project: str, terms: Terms) -> Iterator[Declaration]:
    for one in declarations_on(function, applied, terms, Site(project, "", function.name)):
        yield one._replace(project=project)
