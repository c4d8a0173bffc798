"""What is known of a cluster, as the facts that policies look at, and what is not carried over."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.audit.policies.accepted import accepted_in
from igz_runtime.audit.policies.facts import Action, Facts, Plain, ProfilePromise, plain
from igz_runtime.audit.policies.limits import require_bounds
from igz_runtime.audit.policies.nodes import known_nodes, spot_taints
from igz_runtime.audit.policies.numbers import carried, emptied
from igz_runtime.audit.promised import Promises, every_promise
from igz_runtime.cluster.facts import DEVICES, NUCLIO
from igz_runtime.cluster.model import LEVELS, Cluster
from igz_runtime.cluster.node_groups import GROUPS_UNKNOWN
from igz_runtime.config.file import ConfigFile
from igz_runtime.rules.cel.form import Cel
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.configured import chosen_in, terms_in
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.priority import takes_iguazios_classes
from igz_runtime.rules.registry import rules


class Known(NamedTuple):
    """Facts, and what is not carried over to them, in sentences."""

    facts: Facts
    notes: tuple[str, ...] = ()


def known_of(
    cluster: Cluster, file: ConfigFile, enforced: Collection[str] = (), require_profile: Collection[str] = ()
) -> Known:
    """What is known of a cluster, and what a configuration says.

    Args:
        cluster: the cluster, with what the configuration says of it.
        file: the configuration.
        enforced: the rules that refuse.
        require_profile: the namespaces in which all work needs a profile.

    Raises:
        ConfigurationError: there is more than policies can look at.
    """
    promises, unknown = every_promise(file)
    chosen, asked = file.meaning(chosen_in), asked_at_admission()
    accepted = accepted_in(file.meaning(terms_in), asked)
    found = known_in(cluster, promises)
    facts = found.facts._replace(
        rules={rule_id: action for rule_id in asked if (action := _action(rule_id, chosen, enforced))},
        severities={rule_id: severity for rule_id in asked if (severity := _severity(rule_id, chosen))},
        require_profile=tuple(sorted(require_profile)),
        waivers=accepted.waivers,
        waivable=accepted.waivable,
        declarable=accepted.declarable,
    )
    require_bounds(facts)
    return Known(facts, (*_not_known(cluster), *found.notes, *unknown, *accepted.notes))


def known_in(cluster: Cluster, promises: Promises) -> Known:
    """What is known of a cluster, without any configuration.

    Args:
        cluster: the cluster.
        promises: what profiles promise, by name.

    Raises:
        ConfigurationError: there are more nodes than policies can look at.
    """
    known = known_nodes(cluster)
    facts = Facts(
        environment=cluster.environment,
        platform=cluster.platform,
        assumed=takes_iguazios_classes(cluster),
        function_mode=(cluster.nuclio or cluster.mlrun).default_mode,
        priority_classes=cluster.priority_classes,
        priority_aliases={level: cluster.priority(level) for level in LEVELS if level in cluster.priority_aliases},
        nodes=known.nodes,
        spot_taints=spot_taints(cluster),
        carried=carried(cluster),
        emptied=tuple(emptied(cluster)),
        unread=known.unread,
        unsized=known.unsized,
        profiles={name: _promised(promise) for name, promise in promises.items()},
    )
    return Known(facts, known.notes)


def spec_of(cluster: Cluster, promises: Promises) -> Plain:
    """The same as plain data, which the object of facts holds."""
    spec: Plain = plain(known_in(cluster, promises).facts)
    return spec


def asked_at_admission() -> tuple[str, ...]:
    """The ids of the rules that admission asks, of other distributions too."""
    return tuple(rule_id for rule_id, each in rules().items() if isinstance(each.cel, Cel))


_BESIDE_NODES: Final = ("priority classes", "pods", NUCLIO, *sorted(DEVICES))
"""What facts rest on, beside the nodes and what could add one, where a cluster is read."""


def _not_known(cluster: Cluster) -> Iterator[str]:
    """What is not known of the cluster, and which rules find nothing therefore, or less."""
    groups = cluster.node_groups
    lacking = (
        ("environment", "what the cluster is for is not known", cluster.environment is None),
        ("priority_classes", "the priority classes are not known", cluster.priority_classes is None),
        ("node_groups", GROUPS_UNKNOWN, not groups),
    )
    for fact, said, is_lacking in lacking:
        if is_lacking:
            yield f"{said} (rules that find nothing, or less: {', '.join(_reading(fact))})"
    if groups and not any(group.core for group in groups):
        yield "which node group hosts the core services is not known (rules that find nothing: IGZ401)"
    if cluster.assumed:
        yield "the labels of spot nodes are Iguazio's defaults, not this cluster's own"
    yield from (f"not read: {each}" for each in (cluster.live.unread(_BESIDE_NODES) if cluster.live else ()))


def _reading(fact: str) -> Iterator[str]:
    """The rules that admission asks and that go by a fact of the cluster."""
    return (rule_id for rule_id in asked_at_admission() if fact in (rules()[rule_id].reads or ()))


def _promised(promise: Mapping[str, Any]) -> ProfilePromise:
    return ProfilePromise(
        promise["qos"], promise["lifecycle"], promise["development"], promise.get("mission_critical", False)
    )


def _action(rule_id: str, chosen: Chosen, enforced: Collection[str]) -> Action | None:
    """What is done about a rule, where it is not only warned of."""
    if rule_id in enforced:
        return "Deny"
    return None if chosen.judges(rule_id) else "Off"


def _severity(rule_id: str, chosen: Chosen) -> Severity | None:
    """The severity that the configuration gives to all that a rule finds; None: it gives none."""
    given = {chosen.severity_of(rule_id, otherwise) for otherwise in ("error", "warning")}
    return given.pop() if len(given) == 1 else None
