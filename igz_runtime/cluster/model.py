"""What is known of a cluster. Every fact is optional: what is not known is said, and never guessed in silence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from igz_runtime.cluster.clouds import (
    IGUAZIO_LIFECYCLE,
    PRIORITY_ALIASES,
    SPOT_LABELS,
    values_by_key,
)
from igz_runtime.cluster.facts import Live
from igz_runtime.cluster.node_groups import Frozen, NodeGroup, Preemptible
from igz_runtime.cluster.platform import PLATFORMS, Platform
from igz_runtime.cluster.releases import NEWEST, Release, release_of
from igz_runtime.display import Displayed
from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.pod import Requirement, Resources, Term
from igz_runtime.k8s.spreading import ZONE
from igz_runtime.messages import printable

if TYPE_CHECKING:
    from igz_runtime.cluster.api.connection import Connection

Environment = Literal["development", "production"]
PriorityLevel = Literal["low", "medium", "high"]
LEVELS: Final[tuple[PriorityLevel, ...]] = get_args(PriorityLevel)


@dataclass(frozen=True, repr=False)
class Cluster(Displayed, Frozen):
    """What is known of a cluster. It prints as a short table, in a terminal and in a notebook.

    Attributes:
        source: where the facts come from, for messages.
        environment: `development` or `production`.
        platform: what MLRun runs on: `iguazio-3`, `iguazio-4`, or `ce` (MLRun without Iguazio); None: not known.
        mlrun: MLRun's configuration of preemptible nodes.
        nuclio: Nuclio's, which may differ; MLRun's where it is left out.
        node_groups: the node groups, where they are known; empty: not known.
        priority_classes: names of the priority classes that user work may name; None: not known.
        default_priority: the class of a function that states none.
        priority_aliases: `low`, `medium` and `high` as classes of this cluster.
        default_requests: MLRun's default pod resources, requests.
        default_limits: MLRun's default pod resources, limits.
        default_node_selector: node selector that the platform merges beneath every function's own.
        default_running_limit: MLRun's `executing` of a run that states none, `-1` for no limit; None: as released.
        mlrun_version: the server's version; `1.8` decides differently from 1.10.
        assumed: whether the preemptible-node facts are Iguazio's defaults rather than this cluster's own.
        live: what its API server said; None where nobody asked it.
        connection: how to reach that API server again; None: not at all.
    """

    display_name = "cluster"

    source: str = "arguments"
    environment: Environment | None = None
    platform: Platform | None = None
    mlrun: Preemptible = field(default_factory=Preemptible)
    nuclio: Preemptible | None = None
    node_groups: tuple[NodeGroup, ...] = ()
    priority_classes: tuple[str, ...] | None = None
    default_priority: str | None = None
    priority_aliases: Mapping[str, str] = field(default_factory=lambda: PRIORITY_ALIASES)
    default_requests: Resources = field(default_factory=dict)
    default_limits: Resources = field(default_factory=dict)
    default_node_selector: Mapping[str, str] = field(default_factory=dict)
    default_running_limit: str | None = None
    mlrun_version: str | None = None
    assumed: bool = False
    live: Live | None = None
    connection: Connection | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        self._freeze()
        if self.environment not in (None, *get_args(Environment)):
            raise InvalidValue(f"environment {self.environment!r}; use 'development' or 'production'")
        if self.platform not in (None, *PLATFORMS):
            raise InvalidValue(f"platform {self.platform!r}; use one of {', '.join(map(repr, PLATFORMS))}")
        if self.nuclio is None:
            object.__setattr__(self, "nuclio", self.mlrun)
        if self.mlrun_version is not None:
            release_of(self.mlrun_version)

    @classmethod
    def iguazio(cls, **facts: Any) -> Cluster:
        """Iguazio's defaults: the lifecycle label, no taints, the three user priority classes, and any facts given."""
        return replace(IGUAZIO, **{"source": "Iguazio's defaults and arguments", **facts}) if facts else IGUAZIO

    @classmethod
    def current(cls, config: str | PathLike[str] | None = None) -> Cluster:
        """The session's cluster (`use`), else igz-runtime.yaml's, else as a loaded MLRun knows it, else Iguazio's.

        Args:
            config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml.

        Raises:
            ConfigurationError: it cannot be read; names the place.
        """
        from igz_runtime.cluster.current import current

        return current(config)

    @staticmethod
    def use(cluster: Cluster | None) -> None:
        """Make a cluster the current one for the rest of the session; None: no longer."""
        from igz_runtime.cluster.current import use

        use(cluster)

    @classmethod
    def from_dict(cls, facts: Mapping[str, Any]) -> Cluster:
        """A cluster from plain data, such as a YAML mapping.

        Raises:
            ConfigurationError: a key that does not exist, or a value of the wrong type; names each.
        """
        from igz_runtime.cluster.description import read_cluster

        return read_cluster(facts)

    @classmethod
    def from_kubernetes(
        cls,
        context: str | None = None,
        *,
        kubeconfig: str | None = None,
        namespace: str | None = None,
        timeout: float = 30.0,
        group_label: str | None = None,
        spot_labels: Mapping[str, str] | None = None,
        core_labels: Mapping[str, str] | None = None,
        running: bool = False,
    ) -> Cluster:
        """The cluster as its API server tells it: nodes, priority classes, quotas, limit ranges, autoscalers.

        MLRun's configuration stays. What may not be read is in `cluster.live.unknown`; the rights: cluster/access.yaml.

        Args:
            context: a context of the kubeconfig; its current one where it is left out.
            kubeconfig: the file; else `$KUBECONFIG`, `~/.kube/config`, or the service account of this pod.
            namespace: the namespace where functions run; the context's where it is left out.
            timeout: seconds that reading may take in all.
            group_label: the label whose value names a node's group, where it is none of the platforms'.
            spot_labels: labels of spot nodes, beside those of the platforms.
            core_labels: labels of the nodes of the core services.
            running: whether to read what runs there as well: `igz_runtime.audit` judges it.

        Raises:
            ClusterUnreachable: no server answers, or it accepts neither certificate nor user.
            ConfigurationError: there is no such file or context, or the official client is not installed.
        """
        from igz_runtime.cluster.api.connection import Connection
        from igz_runtime.cluster.api.groups import Marks
        from igz_runtime.cluster.api.live import read
        from igz_runtime.cluster.mlconf import current

        marks = Marks(group_label, spot_labels or {}, core_labels or {})
        return read(Connection(context, kubeconfig, namespace, timeout), marks, current(), running=running)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Cluster:
        """A cluster from a file: one that `save` wrote, or a description in YAML or JSON.

        Raises:
            ConfigurationError: the file cannot be read; names the field.
        """
        from igz_runtime.cluster.saved import load

        return load(path)

    def save(self, path: str | PathLike[str]) -> None:
        """Write everything that is known to a file, in JSON, to be loaded offline or in CI. It holds no credentials.

        Raises:
            WriteFailed: the file cannot be written; what stood there stays.
        """
        from igz_runtime.cluster.saved import save

        save(self, path)

    def __repr__(self) -> str:
        return printable(f"<Cluster: {self.source}>")

    def to_dict(self) -> dict[str, Any]:
        """Everything that is known, as plain data that `from_dict` reads back."""
        from igz_runtime.cluster.saved import to_dict

        return to_dict(self)

    @cached_property
    def mlrun_release(self) -> Release:
        """Major and minor version of the MLRun server; one that is not known counts as the newest of all."""
        return NEWEST if self.mlrun_version is None else release_of(self.mlrun_version)

    def priority(self, name: str) -> str:
        """The priority class that an alias stands for, or the name itself."""
        return self.priority_aliases.get(name, name)

    def in_project(self, selector: Mapping[str, str]) -> Cluster:
        """The cluster as the functions of a project meet it.

        Args:
            selector: the project's default node selector, which counts over the cluster's own.
        """
        if not selector:
            return self
        # What is remembered of a cluster is remembered of this very object.
        seen = self.__dict__.setdefault("_in_projects", {})
        known = tuple(selector.items())
        found: Cluster | None = seen.get(known)
        if found is None:
            if len(seen) >= _MOST_PROJECTS:
                seen.clear()
            found = replace(self, default_node_selector={**self.default_node_selector, **selector})
            found = seen.setdefault(known, found)
        return found

    def in_environment(self, name: str) -> Cluster:
        """The cluster as the functions of an environment meet it.

        Args:
            name: the environment; one that is neither `development` nor `production` says nothing of the cluster.
        """
        environment: Environment | None = next((each for each in get_args(Environment) if each == name), None)
        if environment in (None, self.environment):
            return self
        # As above.
        seen = self.__dict__.setdefault("_in_environments", {})
        if name not in seen:
            seen[name] = replace(self, environment=environment)
        return seen[name]  # type: ignore[no-any-return]

    def lists_no_class_for(self, name: str) -> bool:
        """Whether a level has no class here: the platform is known, and neither it nor a description names one."""
        if self.priority_classes is not None or self.platform is None:
            return False
        return name in LEVELS and self.priority_aliases.get(name) == PRIORITY_ALIASES[name]

    def priority_level(self, class_name: str | None) -> PriorityLevel | None:
        """Which of the three user levels a class is; None for a class that has no alias."""
        return next((alias for alias in LEVELS if class_name and self.priority_aliases.get(alias) == class_name), None)

    def group(self, name: str) -> NodeGroup | None:
        """The node group of that name, where it is known."""
        return next((g for g in self.node_groups if g.name == name), None)

    @cached_property
    def spot_labels(self) -> tuple[tuple[str, str], ...]:
        """Labels that mark spot nodes here: as configured and as spot groups carry them; else those of every cloud."""
        return tuple(dict.fromkeys(self._configured_spot_labels())) or SPOT_LABELS

    @cached_property
    def every_spot_label(self) -> tuple[tuple[str, str], ...]:
        """Labels that mark spot nodes here, and those of every cloud: who selects one of them asks for spot nodes."""
        return tuple(dict.fromkeys((*self.spot_labels, *SPOT_LABELS)))

    @cached_property
    def every_spot_value(self) -> Mapping[str, tuple[str, ...]]:
        """The same by their keys."""
        return values_by_key(self.every_spot_label)

    @cached_property
    def off_spot(self) -> Term:
        """The node selector term that holds on no spot node: one expression for each label key that marks them."""
        return Term(tuple(Requirement(key, "NotIn", each) for key, each in values_by_key(self.spot_labels).items()))

    @cached_property
    def zones(self) -> frozenset[str]:
        """The zones of its nodes, as far as nodes or node groups say them."""
        labels = (
            *(group.labels for group in self.node_groups),
            *(n.labels for n in (self.live.nodes if self.live else ())),
        )
        return frozenset(each[ZONE] for each in labels if ZONE in each)

    def _configured_spot_labels(self) -> Iterator[tuple[str, str]]:
        for platform in filter(None, (self.mlrun, self.nuclio)):
            yield from platform.node_selector.items()
        for group in self.node_groups:
            if group.lifecycle == "spot":
                yield from (label for label in SPOT_LABELS if group.labels.get(label[0]) == label[1])


_MOST_PROJECTS: Final = 64

IGUAZIO = Cluster(
    source="Iguazio's defaults",
    platform="iguazio-3",
    mlrun=Preemptible(node_selector={IGUAZIO_LIFECYCLE: "preemptible"}),
    priority_classes=tuple(PRIORITY_ALIASES.values()),
    default_priority=PRIORITY_ALIASES["medium"],
    assumed=True,
)
