"""The rules as Kubernetes' own admission policies, for a cluster: everything that is to be applied, in its order."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from os import PathLike
from typing import Final, get_args

from igz_runtime import __version__
from igz_runtime.audit.policies.bindings import BINDING, binding
from igz_runtime.audit.policies.enforcing import enforced_by
from igz_runtime.audit.policies.facts import Plain, plain
from igz_runtime.audit.policies.known import known_of
from igz_runtime.audit.policies.policy import POLICY, Way, policy
from igz_runtime.audit.policies.schema import DEFINITION, definition, facts_object
from igz_runtime.audit.policies.schema import KIND as FACTS
from igz_runtime.audit.policies.stream import stream
from igz_runtime.cluster.configured import cluster_in, in_named_environment
from igz_runtime.cluster.model import Cluster, Environment
from igz_runtime.cluster.stated import with_stated
from igz_runtime.cluster.workloads import is_of_platform
from igz_runtime.config.file import ConfigFile
from igz_runtime.display import Displayed
from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.labels import NAMESPACE
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.rules.configured import chosen_in

OLDEST: Final = (1, 30)
"""The first Kubernetes that serves these policies."""
WAYS: Final[tuple[Way, ...]] = get_args(Way)
_LABELS: Final = {"app.kubernetes.io/name": "igz-runtime", "app.kubernetes.io/managed-by": "igz-runtime"}
MADE_BY: Final = "igz-runtime.io/made-by"
"""The annotation that says which igz-runtime made a manifest."""


@dataclass(frozen=True, repr=False)
class Policies(Displayed):
    """Admission policies for a cluster.

    Attributes:
        manifests: plain data, in the order in which it is to be applied: the facts' definition, policies, bindings,
            facts.
        notes: what is not carried over, and what is to be known of it, in sentences.
        facts: what they know of the cluster, in whichever manifests it stands.
        enforced: ids of the rules that refuse.
        namespaces: the namespaces in which work is judged.
    """

    display_name = "policies"

    manifests: tuple[Plain, ...]
    notes: tuple[str, ...] = ()
    facts: Plain = field(default_factory=dict)
    enforced: tuple[str, ...] = ()
    namespaces: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Policies: {len(self.manifests)} manifests for {', '.join(self.namespaces)}>"

    @property
    def inline(self) -> bool:
        """Whether the facts stand in the policies themselves."""
        return all(each["kind"] != FACTS for each in self.manifests)

    @property
    def off(self) -> tuple[str, ...]:
        """Ids of the rules that admission could ask, and that the configuration leaves out."""
        return tuple(rule_id for rule_id, action in self.facts.get("rules", {}).items() if action == "Off")

    def to_yaml(self) -> str:
        """The manifests as one stream, for `kubectl apply --filename -`."""
        return stream(self.manifests, _head(inline=self.inline))


def admission_policies(
    cluster: Cluster,
    *,
    namespaces: Iterable[str],
    enforce: Iterable[str] = (),
    require_profile: Iterable[str] = (),
    environment: str | None = None,
    config: ConfigFile | str | PathLike[str] | None = None,
    inline: bool = False,
) -> Policies:
    """The rules that a pod shows, as Kubernetes' own admission policies (1.30 or newer).

    Every rule warns, until it is enforced. They know the cluster by one object of facts; without it they admit
    everything.

    Args:
        cluster: what is known of the cluster: read with `Cluster.from_kubernetes`, or from a file.
        namespaces: the namespaces in which work is judged, at least one; those of Kubernetes itself cannot be.
        enforce: rules that refuse, as ids or their beginnings: `["IGZ302", "IGZ1"]`.
        require_profile: those of the namespaces in which all work needs a profile.
        environment: `production` or `development`; else what `IGZ_RUNTIME_ENVIRONMENT` names, or the cluster says.
        config: a configuration, whose profiles, waivers, limits and severities count, or `none`; else what
            `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above the working directory.
        inline: whether the facts stand in the policies themselves, for a cluster that takes no
            CustomResourceDefinition. What cannot be evaluated is then refused.

    Returns:
        The manifests, and what is not carried over to them.

    Raises:
        InvalidValue: a namespace, rule or environment that cannot be meant; says why.
        ConfigurationError: the configuration cannot be read, or there is more than policies can look at.
    """
    if not isinstance(cluster, Cluster):
        raise InvalidValue(f"a Cluster is required, found {shown(cluster)}; Cluster.load reads one from a file")
    file = whole_file(config)
    judged = _namespaces(namespaces)
    enforced = enforced_by(_listed(enforce), file.meaning(chosen_in))
    required = _required(require_profile, judged)
    known = known_of(_stated(cluster, file, environment), file, enforced, required)
    spec: Plain = plain(known.facts)
    manifests = tuple(map(_marked, _manifests(spec, judged, inline=inline)))
    notes = (*_of_version(cluster), *known.notes, *_of_size(manifests))
    return Policies(manifests, notes, spec, enforced, judged)


def removal(*, inline: bool = False) -> tuple[Plain, ...]:
    """What names everything that is applied, in an order in which it can be deleted: what is in force ends first.

    Args:
        inline: whether the facts stand in the policies themselves.
    """
    applied = _manifests({}, (), inline=inline)
    ordered = sorted(applied, key=lambda each: _DELETED.index(each["kind"]))
    return tuple(
        {"apiVersion": each["apiVersion"], "kind": each["kind"], "metadata": {"name": each["metadata"]["name"]}}
        for each in ordered
    )


_DELETED: Final = (BINDING, POLICY, FACTS, DEFINITION)


def _manifests(spec: Plain, namespaces: Iterable[str], *, inline: bool) -> Iterator[Plain]:
    if not inline:
        yield definition()
    for way in WAYS:
        yield policy(way, namespaces, spec if inline else None)
    for way in WAYS:
        yield binding(way, inline=inline)
    if not inline:
        yield facts_object(spec)


def _marked(manifest: Plain) -> Plain:
    marks = {"labels": _LABELS, "annotations": {MADE_BY: f"igz-runtime {__version__}"}}
    return {**manifest, "metadata": manifest["metadata"] | marks}


def _listed(given: Iterable[str]) -> Iterator[str]:
    """Names, each by itself or several in a text: `IGZ101,IGZ3`."""
    for each in [given] if isinstance(given, str) else given:
        yield from each.replace(",", " ").split() if isinstance(each, str) else [each]


def _namespaces(given: Iterable[str]) -> tuple[str, ...]:
    """The namespaces in which work is judged.

    Raises:
        InvalidValue: there is none, or one that cannot be meant.
    """
    names = tuple(sorted(set(_listed(given))))
    if not names:
        raise InvalidValue("namespaces: at least one is required: in which is user work to be judged?")
    for name in names:
        if not isinstance(name, str) or not re.fullmatch(NAMESPACE, name):
            raise InvalidValue(f"namespaces: {shown(name)} is not the name of a namespace")
        if is_of_platform(name):
            raise InvalidValue(f"namespaces: {name!r} is Kubernetes' own: what runs there is not user work")
    return names


def _required(given: Iterable[str], judged: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(sorted(set(_listed(given))))
    for name in names:
        if name not in judged:
            what = f"require_profile: {shown(name)} is not among the namespaces in which work is judged"
            raise InvalidValue(f"{what}{did_you_mean(name, judged)}")
    return names


def _stated(cluster: Cluster, file: ConfigFile, environment: str | None) -> Cluster:
    """The cluster with what a configuration says beside its API server, as an environment's."""
    if environment not in (None, *get_args(Environment)):
        raise InvalidValue(f"environment {environment!r}; use 'development' or 'production'")
    if cluster.live is not None:
        cluster = with_stated(cluster, file.meaning(cluster_in))
    return cluster.in_environment(environment) if environment else in_named_environment(cluster)


def _of_version(cluster: Cluster) -> Iterator[str]:
    """That the cluster is too old, where it says so."""
    said = re.match(r"v?([0-9]{1,4})[.]([0-9]{1,4})", cluster.live.version if cluster.live else "")
    if said and (int(said[1]), int(said[2])) < OLDEST:
        yield f"the cluster has Kubernetes {said[1]}.{said[2]}, which does not serve these policies: {_NEEDED}"


def _of_size(manifests: Iterable[Plain]) -> Iterator[str]:
    """What is larger than the annotation in which kubectl keeps what it applied last."""
    for each in manifests:
        if len(json.dumps(each)) > _LARGEST_ANNOTATION:
            named = f"{each['kind']} {each['metadata']['name']}"
            yield f"{named} is too large for kubectl apply as it is: use kubectl apply --server-side"


_LARGEST_ANNOTATION: Final = 250_000
_NEEDED: Final = f"Kubernetes {OLDEST[0]}.{OLDEST[1]} or newer is needed"


def _head(*, inline: bool) -> Iterator[str]:
    yield f"Rules of igz-runtime {__version__} as admission policies; {_NEEDED}."
    if not inline:
        yield "Apply it twice where the cluster has no ClusterFacts yet: kubectl makes them at the second time."
