"""What a rule looks at: one role of a function, as asked for and as the scheduler will see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Self

from igz_runtime.cached import cached_property
from igz_runtime.cluster.autoscaling import additions, best
from igz_runtime.cluster.clouds import Lifecycle
from igz_runtime.cluster.landing import (
    asked_spot_shapes,
    can_land,
    every_spot_shape,
    on_demand_shapes,
    spot_shapes,
    taints_unknown,
    where,
)
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.scheduling import admitted
from igz_runtime.effective import Effective, effective_pod
from igz_runtime.functions.kind import Kind
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import UNDECLARED, Nature, Workload, nature_of
from igz_runtime.k8s.pod import PodSettings, QoS, Requirement
from igz_runtime.k8s.qos import qos_class

if TYPE_CHECKING:
    from igz_runtime.functions.record import Applied

PROMISED: Final = (
    "qos_promised",
    "lifecycle_promised",
    "completion_promised",
    "replicas_promised",
    "priority_promised",
    "development",
    "planned",
    "written",
    "defined",
    "limit_promised",
)
"""What a subject says of the profile that was applied, or is planned."""


class LiveLanding(NamedTuple):
    """Whether a pod can land on a live cluster at all. All are empty where it can.

    Attributes:
        nowhere: why no node takes it, and none can be added.
        unread: what could not be read, where none of what was read takes it.
        doubt: why no node takes it, where it is not known whether one can be added.
    """

    nowhere: str = ""
    unread: str = ""
    doubt: str = ""


class Subject:
    """One role under judgement: what was asked, the effective pod, the cluster and the workload.

    Args:
        function: the function that the role belongs to.
        asked: the role's settings as the function states them.
        cluster: what is known of the cluster.
        workload: what is declared about the work.
        qos: the QoS class that a profile promises; None where none is promised.
        lifecycle: where a profile promises that the pods run; None where nothing is promised.
        completion: whether a profile promises that the run completes.
        replicas: how many pods a profile promises at least; None where it promises none.
        priority: the level or priority class that a profile gives; None where no profile does.
        development: whether a profile says that this is development work.
        planned: whether a profile wrote these settings, rather than a person.
        effective: the effective pod, where it is known already.
        written: the record of the profile that was applied; None where none was, or another is being planned.
        defined: how its organisation defines that profile now; None: not known.
        limit: how long a profile lets a run take; None where it says nothing.

    Attributes:
        traits: what is fixed for the function's kind.
        pod: the settings of the effective pod.
        mode: the preemption mode in force, as the effective pod has it.
    """

    def __init__(
        self,
        function: Function,
        asked: PodSettings,
        cluster: Cluster,
        workload: Workload = UNDECLARED,
        *,
        qos: QoS | None = None,
        lifecycle: Lifecycle | None = None,
        completion: bool = False,
        replicas: int | None = None,
        priority: str | None = None,
        development: bool = False,
        planned: bool = False,
        effective: Effective | None = None,
        written: Applied | None = None,
        defined: str | None = None,
        limit: str | None = None,
    ) -> None:
        self.function = function
        self.asked = function.with_inherited(asked)
        self.cluster = cluster
        self.workload = workload
        self.qos_promised = qos
        self.lifecycle_promised = lifecycle
        self.completion_promised = completion
        self.replicas_promised = replicas
        self.priority_promised = priority
        self.development = development
        self.planned = planned
        self.written = written
        self.defined = defined
        self.limit_promised = limit
        self.traits: Kind = traits(function.kind)
        self.effective = effective or effective_pod(function, asked, cluster)
        self.pod = self.effective.settings
        self.mode = self.effective.mode

    def of(self, function: Function, cluster: Cluster | None = None) -> Self:
        """The same role of another function: of the same kind, whose roles ask for the same.

        What was found out about the pod is kept; only `nature` goes by the rest of a function.

        Args:
            function: that function.
            cluster: the cluster that it was found out on; None: this subject's.
        """
        other = object.__new__(type(self))
        other.__dict__ = {**self.__dict__, "function": function}
        other.__dict__.pop("nature", None)
        if cluster is not None:
            other.cluster = cluster
        return other

    def alone(self) -> Self:
        """What was found out about the pod, to be kept: it keeps neither function nor cluster; see `of`."""
        other = self.of(self.function)
        del other.function, other.cluster
        return other

    def as_admitted(self, pod: PodSettings) -> Subject:
        """The same role with the pod that admission makes of it in place of the effective pod."""
        effective = Effective(pod, self.effective.mode)
        return Subject(self.function, self.asked, self.cluster, self.workload, effective=effective)

    @cached_property
    def qos(self) -> QoS:
        """The effective pod's QoS class."""
        return qos_class(self.pod.containers)

    @cached_property
    def spot_landings(self) -> tuple[str, ...]:
        """Spot nodes on which the effective pod can land, in words.

        Where it is not known whether spot nodes are tainted, they count with a taint and without.
        A function that asks for spot counts as landing there also where no spot nodes are known.
        """
        if self.effective.refusal:
            return ()
        return self._known_landings() or self._possible_landings()

    def _known_landings(self) -> tuple[str, ...]:
        """Spot nodes that the cluster is known to have, or for which the pod asks."""
        known = {shape.name for shape in (*spot_shapes(self.cluster), *asked_spot_shapes(self.pod, self.cluster))}
        landings = tuple(name for name in self.worst_landings if name in known)
        taken = self.asked.affinity is not None and self.pod.affinity is None
        if landings or not taken or not self.traits.built_from_spec:
            return landings
        # Where MLRun's enrichment leaves no affinity, its server builds these pods with the function's own.
        rebuilt = self.pod.but(affinity=self.asked.affinity)
        return where(rebuilt, asked_spot_shapes(rebuilt, self.cluster))

    def _possible_landings(self) -> tuple[str, ...]:
        """Spot nodes that the cluster may have."""
        groups, worst = self.cluster.node_groups, self.worst_landings
        if taints_unknown(self.cluster):
            return tuple(worst)
        unknown = not spot_shapes(self.cluster) and (not groups or any(group.lifecycle is None for group in groups))
        if unknown and self.mode in ("allow", "constrain") and worst:
            return (f"spot nodes (its preemption mode is {self.mode!r})",)
        if self.cluster.assumed:
            # A server that is not configured as is assumed would not take away what asks for another cloud's spot.
            return where(self.asked, asked_spot_shapes(self.asked, self.cluster))
        return ()

    @cached_property
    def selections(self) -> tuple[tuple[str, Requirement], ...]:
        """What the function itself selects nodes by: node selector and required affinity, as expressions."""
        asked, affinity = self.asked, self.asked.affinity
        selected = tuple(("node selector", Requirement(key, "In", (v,))) for key, v in asked.node_selector.items())
        terms = (affinity and affinity.required) or ()
        return selected + tuple(("required affinity", e) for term in terms for e in term.expressions or ())

    @cached_property
    def worst_landings(self) -> tuple[str, ...]:
        """Names of nodes that may be spot nodes at worst (untainted, of unknown lifecycle), where the pod can land."""
        return where(self.pod, every_spot_shape(self.cluster, self.pod))

    @property
    def can_land_on_spot(self) -> bool:
        """Whether the effective pod can land on spot nodes."""
        return bool(self.spot_landings)

    @cached_property
    def can_land_on_demand(self) -> bool:
        """Whether the effective pod can land on on-demand nodes."""
        if self.effective.refusal:
            return False
        return any(can_land(self.pod, shape) for shape in on_demand_shapes(self.cluster))

    @property
    def lands_somewhere(self) -> bool:
        """Whether the effective pod can land on any node that is known."""
        return self.can_land_on_demand or bool(self.worst_landings)

    @cached_property
    def live_landing(self) -> LiveLanding | None:
        """Whether any node of a live cluster takes the pod, whatever its size; None where no API server was asked."""
        live = self.cluster.live
        if live is None or self.pod.node_name:
            return None
        found = admitted(self.pod, live)
        if found.nodes:
            return LiveLanding()
        added = best(additions(self.pod.but(containers=()), live.pools))
        if added != "yes" and live.missing:
            return LiveLanding(unread="; ".join(live.missing))
        if added == "yes":
            return LiveLanding()
        why = ", ".join(f"{count:,} {reason}" for reason, count in found.reasons.items()) or "there is no node"
        return LiveLanding(nowhere=why) if added == "no" else LiveLanding(doubt=why)

    @cached_property
    def nature(self) -> Nature:
        """Whether the work is stateful, and how that is known."""
        return nature_of(self.function, self.workload)
