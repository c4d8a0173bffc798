"""What admission must know of a cluster, as types: the object that policies look at, and the schema of its kind.

Each field says what it is for whoever edits it (`kubectl explain clusterfacts.spec`), and how much of it there may be:
policies look at all of it for each pod, and what costs more than CEL's budget is stopped, and the pod admitted. The
bounds keep waivers, with what limits them, and taints below that; and an object has to fit into etcd.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal, NamedTuple

from igz_runtime.cluster.clouds import Lifecycle
from igz_runtime.cluster.model import Environment
from igz_runtime.cluster.platform import Platform
from igz_runtime.functions.record import Promised, PromisedQoS
from igz_runtime.k8s.pod import Taint, TaintEffect
from igz_runtime.rules.cel.waiving import OF_LEAP_YEAR, is_leap
from igz_runtime.rules.cel.written_resources import SUFFIX
from igz_runtime.rules.findings import Severity
from igz_runtime.waiver import WORD

Plain = dict[str, Any]
Action = Literal["Deny", "Warn", "Off"]

MOST_SHAPES: Final = 48
"""Shapes of nodes that are looked at for each pod."""
MOST_POOLS: Final = 48
"""Pools of autoscalers that are looked at for each pod."""
MOST_KEYS: Final = 100
MOST_VALUES: Final = 100
"""Labels of which it is known what nodes carry, and values of each."""
MOST_DAYS: Final = 36_500
LONGEST_REASON: Final = 500


class Text(NamedTuple):
    """What a text may be.

    Attributes:
        longest: its characters.
        pattern: what it fits; empty: anything.
        holds: an expression of CEL on the text `self` that must hold beside that; empty: none.
        message: what is said where it does not.
    """

    longest: int
    pattern: str = ""
    holds: str = ""
    message: str = ""


class About(NamedTuple):
    """What a field is.

    Attributes:
        words: what it says, in a sentence.
        most: how many elements it may have, or how large a number is.
        rules: whether its keys are rules that admission asks.
        denies: whether its values say which of these rules refuse.
    """

    words: str
    most: int = 0
    rules: bool = False
    denies: bool = False


class Amount(NamedTuple):
    """A quantity, as text or as a whole number.

    Attributes:
        pattern: what the text fits.
    """

    pattern: str


RuleId = Annotated[str, Text(13, "^[A-Z]{2,10}[0-9]{3}$")]
Rules = Annotated[str, Text(13, "^[A-Z]{1,10}[0-9]{0,3}$")]
"""Rules by the beginning of their ids."""
GLOB: Final = "^[A-Za-z0-9._*?-]*$"
Glob = Annotated[str, Text(253, GLOB)]
"""A pattern of names that policies can ask: `*` and `?` alone."""
Day = Annotated[
    str,
    Text(
        10,
        f"^[1-9][0-9]{{3}}-{OF_LEAP_YEAR}$",
        f"!self.endsWith('-02-29') || {is_leap('int(self.substring(0, 4))')}",
        "that year has no 29 February",
    ),
]
Reason = Annotated[str, Text(LONGEST_REASON, WORD)]
Name = Annotated[str, Text(253)]
Title = Annotated[str, Text(600)]
"""What messages call something."""
Key = Annotated[str, Text(317)]
Value = Annotated[str, Text(63)]
Quantity = Annotated[str, Amount(f"^[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+){SUFFIX}$")]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class TaintOfNodes(NamedTuple):
    """A taint."""

    key: Annotated[Key, About("its key")]
    effect: Annotated[TaintEffect, About("its effect")]
    value: Annotated[Value, About("its value")] = ""


class Nodes(NamedTuple):
    """Nodes that are alike. Policies look at each for each pod, and do not ask whether a field is there."""

    name: Annotated[Title, About("what messages call them, such as `node group 'jobs'`")]
    group: Annotated[bool, About("whether it is a node group; else spot nodes as MLRun and Nuclio are configured")] = (
        False
    )
    labels: Annotated[Mapping[Key, Value], About("labels that all of them carry", 200)] = _NOTHING
    taints: Annotated[tuple[TaintOfNodes, ...], About("taints that all of them carry", 20)] = ()
    lifecycle: Annotated[Literal[Lifecycle, ""], About("where they run; empty: not known")] = ""
    core: Annotated[bool, About("whether they host the core services")] = False
    gpu: Annotated[bool, About("whether they have accelerators")] = False
    perhaps: Annotated[bool, About("whether they are spot nodes as there may be, and none that are known")] = False
    allocatable: Annotated[Mapping[Key, Quantity], About("the most that one of them offers to pods", 50)] = _NOTHING


class NodeRequirement(NamedTuple):
    """An expression on labels of nodes."""

    key: Annotated[Key, About("the label")]
    operator: Annotated[Name, About("In, NotIn, Exists, DoesNotExist, Gt or Lt")]
    values: Annotated[tuple[Value, ...], About("what it is compared with", 1000)] = ()


class EmptiedPool(NamedTuple):
    """Nodes that an autoscaler removes although something runs there."""

    name: Annotated[Title, About("what the autoscaler calls them")]
    autoscaler: Annotated[Name, About("karpenter or cluster-autoscaler")]
    labels: Annotated[Mapping[Key, Value], About("labels that all of them carry", 200)] = _NOTHING
    taints: Annotated[tuple[TaintOfNodes, ...], About("taints that all of them carry", 20)] = ()
    requirements: Annotated[tuple[NodeRequirement, ...], About("what their other labels are chosen by", 50)] = ()


ALWAYS_WHOLE: Final = (Nodes, NodeRequirement, EmptiedPool)
"""The types of which every field is stated, also where it says what it says when it is left out."""


class ProfilePromise(NamedTuple):
    """What a profile promises of the pods that carry its label."""

    qos: Annotated[PromisedQoS, About("the QoS class")] = "Burstable"
    lifecycle: Annotated[Promised, About("where the pods run")] = "any"
    development: Annotated[bool, About("whether it is for development")] = False
    mission_critical: Annotated[bool, About("whether its work must be operational at all times")] = False


class Granted(NamedTuple):
    """A waiver: a rule that is accepted to be broken."""

    rule: Annotated[RuleId, About("the rule")]
    reason: Annotated[Reason, About("what happens when the risk materialises, in words")]
    project: Annotated[Glob, About("a pattern of project names; left out: every project")] = ""
    function: Annotated[Glob, About("a pattern of function names; left out: every function")] = ""
    until: Annotated[Day | None, About("the last day on which it counts, such as 2027-01-31; left out: no end")] = None


class Allowed(NamedTuple):
    """Waivers that may count."""

    rules: Annotated[tuple[Rules, ...], About("rules, by ids or their beginnings; left out: every rule", 20)] = ()
    projects: Annotated[tuple[Glob, ...], About("patterns of project names; left out: every project", 20)] = ()
    days: Annotated[int | None, About("how many days from today they may still count", MOST_DAYS)] = None
    nowhere: Annotated[bool, About("whether it is for files alone, and so for nothing that runs")] = False


class AllowedWaivers(NamedTuple):
    """What one configuration allows to be waived."""

    entries: Annotated[tuple[Allowed, ...], About("what it allows; left out: nothing", 10)] = ()


class Declaration(NamedTuple):
    """What may be declared of work."""

    declarations: Annotated[tuple[Name, ...], About("which declarations; left out: each", 10)] = ()
    projects: Annotated[tuple[Glob, ...], About("patterns of project names; left out: every project", 20)] = ()
    nowhere: Annotated[bool, About("whether it is for files alone, and so for nothing that runs")] = False


class AllowedDeclarations(NamedTuple):
    """What one configuration allows to be declared."""

    entries: Annotated[tuple[Declaration, ...], About("what it allows; left out: nothing", 10)] = ()


class Facts(NamedTuple):
    """What igz-runtime's admission policies know of the cluster. What is left out is not known, and not judged by."""

    environment: Annotated[Environment | None, About("what the cluster is for")] = None
    platform: Annotated[Platform | None, About("what MLRun runs on")] = None
    assumed: Annotated[bool, About("whether it is Iguazio's defaults, and nobody said what this cluster is")] = False
    function_mode: Annotated[Name | None, About("the preemption mode of a Nuclio function that states none")] = None
    priority_classes: Annotated[
        tuple[Name, ...] | None, About("the priority classes that user work may name; left out: not known", 300)
    ] = None
    priority_aliases: Annotated[
        Mapping[Name, Name], About("the priority classes that low, medium and high stand for", 10)
    ] = _NOTHING
    nodes: Annotated[tuple[Nodes, ...], About("the nodes on which pods may land", MOST_SHAPES)] = ()
    spot_taints: Annotated[tuple[TaintOfNodes, ...], About("the taints of spot nodes", 50)] = ()
    carried: Annotated[
        Mapping[Key, Annotated[tuple[Value, ...], About("its values", MOST_VALUES)]],
        About("the values that nodes carry under labels by which work selects them", MOST_KEYS),
    ] = _NOTHING
    unread: Annotated[bool, About("whether there may be nodes that are not listed: what fits none may fit those")] = (
        False
    )
    unsized: Annotated[bool, About("whether there may be nodes larger than those that are listed")] = False
    emptied: Annotated[tuple[EmptiedPool, ...], About("nodes on which an autoscaler may end pods", MOST_POOLS)] = ()
    profiles: Annotated[Mapping[Name, ProfilePromise], About("what profiles promise, by their name", 200)] = _NOTHING
    rules: Annotated[
        Mapping[RuleId, Action],
        About("what is done about a rule: Deny, Warn, or Off; left out: Warn", 100, rules=True, denies=True),
    ] = _NOTHING
    severities: Annotated[
        Mapping[RuleId, Severity],
        About("how grave a rule is, where that differs; only errors are refused", 100, rules=True),
    ] = _NOTHING
    require_profile: Annotated[
        tuple[Value, ...], About("the namespaces in which all work needs a profile that is known", 100)
    ] = ()
    waivers: Annotated[tuple[Granted, ...], About("rules that are accepted to be broken", 100)] = ()
    waivable: Annotated[
        tuple[AllowedWaivers, ...],
        About("what may be waived: each of these has to allow it; left out: what the rules allow", 3),
    ] = ()
    declarable: Annotated[
        tuple[AllowedDeclarations, ...],
        About("what may be declared of work: each of these has to allow it; left out: everything", 3),
    ] = ()


def taint_of(taint: Taint) -> TaintOfNodes:
    """A taint of nodes, for policies."""
    return TaintOfNodes(taint.key, taint.effect, taint.value or "")  # type: ignore[arg-type]  # the server's own


def spelled(field: str) -> str:
    """A field as Kubernetes spells names.

    >>> spelled("priority_classes")
    'priorityClasses'
    """
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


def plain(value: Any) -> Any:
    """A value of the facts as plain data, without what is left out.

    >>> plain(Facts(environment="production", priority_classes=()))
    {'environment': 'production', 'priorityClasses': []}
    """
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if not isinstance(value, tuple):
        return value
    if not hasattr(value, "_fields"):
        return list(map(plain, value))
    return {spelled(name): plain(item) for name, item in _stated(value)}


def _stated(value: Any) -> Iterator[tuple[str, Any]]:
    for name, item in zip(value._fields, value, strict=True):
        if isinstance(value, ALWAYS_WHOLE) or name not in value._field_defaults or item != value._field_defaults[name]:
            yield name, item
