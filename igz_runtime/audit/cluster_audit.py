"""The rules on a cluster: as a whole, on each node group, on the pods that run, and on what is declared there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from os import PathLike
from typing import get_args

from igz_runtime.audit.asked import unasked, unread
from igz_runtime.audit.compare import compared
from igz_runtime.audit.declarations import declarations_in
from igz_runtime.audit.declared import DeclaredFunction, idle_of, on_declared, read_declared
from igz_runtime.audit.earlier import read_report
from igz_runtime.audit.judging import CLUSTER, By, Said, judged, on_cluster, on_group, on_work
from igz_runtime.audit.pods import on_pods
from igz_runtime.audit.promised import Promises, development_among, promises_in
from igz_runtime.audit.results import Audit, AuditFinding, in_order
from igz_runtime.audit.room import capacity_in
from igz_runtime.audit.said_once import said_once, skipped_once
from igz_runtime.cluster.configured import cluster_in, in_named_environment
from igz_runtime.cluster.model import Cluster, Environment
from igz_runtime.cluster.stated import with_stated
from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import InvalidValue
from igz_runtime.messages import shown
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.rules.audited import AuditedCluster
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.configured import chosen_in, terms_in
from igz_runtime.rules.engine import About
from igz_runtime.rules.findings import Skipped
from igz_runtime.rules.registry import rules
from igz_runtime.rules.separation import Separation


def audit_cluster(
    cluster: Cluster,
    *,
    environment: str | None = None,
    config: ConfigFile | str | PathLike[str] | None = None,
    apart_from: Iterable[Cluster] = (),
    compare: str | PathLike[str] | None = None,
) -> Audit:
    """Every rule's verdict on a cluster: its node groups, what runs there, and what is declared there.

    Args:
        cluster: the cluster, read with `Cluster.from_kubernetes(running=True)`, or loaded from a file.
        environment: `production` or `development`; else what `IGZ_RUNTIME_ENVIRONMENT` names, or the cluster says.
        config: a configuration, whose waivers, severities and what it says of the cluster beside its API server
            count, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above the working
            directory.
        apart_from: clusters of other environments, which must be other clusters than this one.
        compare: an earlier report in JSON (`igz-runtime audit --output before.json`); what has become of its findings
            is in `.since`.

    Returns:
        The findings with their places, gravest first, and what could not be checked.

    Raises:
        ConfigurationError: the configuration, or the earlier report, cannot be read; names each place.
        InvalidValue: an environment of another name, or something else than a cluster.
    """
    if not isinstance(cluster, Cluster):
        raise InvalidValue(f"a Cluster is required, found {shown(cluster)}; Cluster.load reads one from a file")
    file = whole_file(config)
    earlier = None if compare is None else read_report(compare)
    found = audited(cluster, file, file.meaning(chosen_in), environment, tuple(apart_from))
    return found if earlier is None else compared(found, earlier)


def audited(
    cluster: Cluster,
    file: ConfigFile,
    chosen: Chosen,
    environment: str | None = None,
    apart_from: tuple[Cluster, ...] = (),
) -> Audit:
    """The same by a configuration that was read, with the rules that are chosen.

    Args:
        cluster: the cluster.
        file: the configuration.
        chosen: which rules are judged, and how grave each is.
        environment: what the cluster is for, where that is named.
        apart_from: clusters of other environments.

    Raises:
        InvalidValue: an environment of another name.
    """
    by = By(file.meaning(terms_in), chosen, file)
    if environment not in (None, *get_args(Environment)):
        raise InvalidValue(f"environment {environment!r}; use 'development' or 'production'")
    cluster = with_stated(cluster, file.meaning(cluster_in))
    cluster = cluster.in_environment(environment) if environment else in_named_environment(cluster)
    running = cluster.live.running if cluster.live else None
    promises, declared = promises_in(running, file), read_declared(running)
    view = AuditedCluster(cluster, development_among(promises), idle_of(declared), apart_from, by.terms)
    said = list(_said(view, by, promises, declared))
    found = in_order(said_once(each for each in said if isinstance(each, AuditFinding)))
    return Audit(
        view,
        found,
        tuple(skipped_once(each for each in said if isinstance(each, Skipped))),
        (*_unknown(view), *dict.fromkeys(each for each in said if isinstance(each, str))),
        capacity_in(view, declared),
        dict(unasked(view, declared)),
        tuple(each for each in rules() if not by.chosen.judges(each)),
        declared=declarations_in(view, declared, by.terms, (each.finding for each in found)),
    )


def _unknown(view: AuditedCluster) -> Iterator[str]:
    return (f"{what}: {why}" for what, why in (view.live.unknown if view.live else {}).items())


def _said(
    view: AuditedCluster, by: By, promises: Promises, declared: Collection[DeclaredFunction | str]
) -> Iterator[Said]:
    skipped: list[Skipped] = []
    for each in _judged(view, by, promises, declared):
        if isinstance(each, Skipped):
            skipped.append(each)
        yield each
    for each in unread(view):
        if by.chosen.judges(each.rule) and by.chosen.selects(each.rule) and not _is_said(each, skipped):
            yield each


def _is_said(reason: Skipped, skipped: Iterable[Skipped]) -> bool:
    """Whether the rule itself says that it could not decide, and why."""
    return any(each.rule == reason.rule and reason.because in each.because for each in skipped)


def _judged(
    view: AuditedCluster, by: By, promises: Promises, declared: Collection[DeclaredFunction | str]
) -> Iterator[Said]:
    yield from on_cluster(view, by)
    for other in view.apart_from:
        yield from judged(Separation.of(view.cluster, other), About(CLUSTER, CLUSTER), by)
    for group in view.groups:
        yield from on_group(group, by)
    for work in view.work:
        if work.is_judged:
            yield from on_work(work, by)
    yield from on_pods(view, by, promises)
    yield from on_declared(view, by, declared)
