"""One subject of an audit under the rules that are asked of it, with the places of what they find."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from igz_runtime.audit.results import AuditFinding
from igz_runtime.audit.said_once import also_as_ordinary
from igz_runtime.config.file import NO_FILE, ConfigFile
from igz_runtime.rules.audited import AuditedCluster, AuditedGroup, AuditedWork
from igz_runtime.rules.authoring import Found
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.engine import About, Verdicts, findings_of, verdicts
from igz_runtime.rules.findings import Skipped
from igz_runtime.rules.terms import Site, Terms

CLUSTER, GROUP = "cluster", "node group"
"""The kinds of findings on a cluster as a whole, and on one of its node groups."""

Said = AuditFinding | Skipped | str
"""What an audit says: a finding, a rule that could not decide, or what no rule saw, with the reason."""

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class By(NamedTuple):
    """What an audit goes by.

    Attributes:
        terms: what the configuration says of waivers.
        chosen: which rules are judged, and how grave each is.
        config: the configuration.
    """

    terms: Terms
    chosen: Chosen
    config: ConfigFile = NO_FILE


class Place(NamedTuple):
    """Where a subject is.

    Attributes:
        project: the project of its function.
        namespace: the namespace of its pods or its object.
        group: the node group beside which it is shown, where a finding names no node.
    """

    project: str = ""
    namespace: str = ""
    group: str = ""


NOWHERE: Final = Place()


def on_cluster(view: AuditedCluster, by: By) -> Iterator[AuditFinding | Skipped]:
    """What the rules on clusters find."""
    return judged(view, About(CLUSTER, CLUSTER), by)


def on_group(group: AuditedGroup, by: By) -> Iterator[AuditFinding | Skipped]:
    """What the rules on node groups find."""
    return judged(group, About(group.group.name, GROUP), by, Place(group=group.group.name))


def on_work(work: AuditedWork, by: By) -> Iterator[AuditFinding | Skipped]:
    """What the rules on running pods find."""
    return judged(work, about_work(work), by, place_of(work))


def about_work(work: AuditedWork) -> About:
    """What running pods are called, and the waivers that stand on them."""
    whose = work.work.identity
    return About(whose.function, whose.kind, (whose.role,), work.work.waivers)


def place_of(work: AuditedWork) -> Place:
    """Where running pods are: beside the node group that runs most of them."""
    return Place(work.work.identity.project, work.work.namespace, next(iter(work.on), ""))


def judged(subject: object, about: About, by: By, place: Place = NOWHERE) -> Iterator[AuditFinding | Skipped]:
    """What the rules on such a subject find, under the waivers that count.

    Args:
        subject: the subject.
        about: what it is called, and the waivers that stand on it.
        by: what the audit goes by.
        place: where it is.
    """
    return told(verdicts(subject), about, by, place, _groups(subject))


def told(
    said: Verdicts, about: About, by: By, place: Place, groups: Mapping[str, str] = _NONE
) -> Iterator[AuditFinding | Skipped]:
    """What rules said of a subject as findings, with their places, and under the waivers that count.

    Args:
        said: what they said.
        about: what the subject is called, and the waivers that stand on it.
        by: what the audit goes by.
        place: where it is.
        groups: by node, the name of its group.
    """
    for verdict in said:
        one = verdict[1]
        nodes, on = (one.nodes, one.group) if isinstance(one, Found) else ((), "")
        called = About(on, GROUP) if on else about
        site = Site(place.project, "", called.name)
        found = by.chosen.among(findings_of(called, [(verdict,)], None, by.terms, site))
        group = on or (groups.get(nodes[0], place.group) if nodes else place.group)
        for finding in found:
            accepted = also_as_ordinary(finding, called.waivers, by.terms, site)
            yield AuditFinding(accepted, group, nodes, place.project, namespace=place.namespace)
        yield from found.skipped


def _groups(subject: object) -> Mapping[str, str]:
    """By node, the name of its group, where a subject tells."""
    view = subject if isinstance(subject, AuditedCluster) else getattr(subject, "of", None)
    return view.group_of if isinstance(view, AuditedCluster) else {}
