"""What an author of rules needs: the decorator, and what a rule yields."""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Generic, Literal, NotRequired, TypedDict, TypeVar, Unpack, get_args, overload

from igz_runtime.k8s.pod import Field
from igz_runtime.messages import shown
from igz_runtime.rules.cel.form import Cel, NotAtAdmission, Says
from igz_runtime.rules.findings import SEVERITIES, Severity
from igz_runtime.rules.reads import is_general, required_reads
from igz_runtime.rules.subject import Subject

BEST_PRACTICES: Final = "Iguazio, Best Practices, Spot vs. On-demand Usage"


VERIFIED: Final = "igz_runtime's own runs of MLRun and Nuclio"


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule says of its subject, such as one role of a function.

    Attributes:
        message: a sentence: what was found.
        fix: how to fix it; empty where the rule's own fix says it.
        severity: where it differs from the rule's.
        field: the field that causes it, as the function asks for it, or where it should be; `()` is the whole role.
            None: of what the rule reads, the first that the function states, else the only one. On a cluster, one
            of the facts that the rule reads: an audit tells several findings of one rule apart by it.
        nodes: names of the nodes that it is about, in an audit.
        group: the node group that it is about, where a rule on a whole cluster finds something on one.
    """

    message: str
    fix: str = ""
    severity: Severity | None = None
    field: Field | None = None
    nodes: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True, slots=True)
class Skip:
    """A rule cannot decide, because a fact is missing."""

    because: str


S = TypeVar("S")
Check = Callable[[S], Iterable[Found | Skip]]
Each = Literal["value", "amount"]


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """One rule: what it is called, how grave it is, where it comes from, and the function that checks.

    Attributes:
        id: stable id, such as `IGZ101`; never used again for another rule.
        name: kebab-case name that states the fault.
        title: what the rule refuses or reports, in one line.
        severity: `error` refuses, `warning` is shown, `info` advises.
        source: the sentence behind the rule.
        origin: where that sentence stands.
        fix: how to fix it, where the finding does not say it more closely.
        waivable: whether a person may accept the finding.
        check: yields what it finds on one subject.
        owner: who is told when it fails: the plug-in with its distribution, or the module that registered it. Empty
            for igz_runtime's own rules, which alone are trusted to return what they should.
        reads: names of what its verdict depends on; None: perhaps on anything.
        each: `value` where it judges each value by itself, `amount` where it judges the request and the limit of each
            resource; None where its verdict depends on all that it reads.
        on: the type of its subjects.
        cel: how an admission policy asks it, or why none can; None: nobody says.
    """

    id: str
    name: str
    title: str
    severity: Severity
    source: str
    origin: str
    fix: str
    waivable: bool
    check: Check[S]
    owner: str = ""
    reads: tuple[str, ...] | None = None
    each: Each | None = None
    on: type[S] = Subject  # type: ignore[assignment]  # what S is where nothing is said
    cel: Cel | NotAtAdmission | None = None

    @property
    def is_general(self) -> bool:
        """Whether functions of one kind, whose roles ask for the same on one cluster, get the same verdict."""
        return self.on is Subject and is_general(self.reads)


class Metadata(TypedDict):
    """What `rule` is told beside id, name and title."""

    severity: Severity
    source: str
    origin: str
    fix: str
    reads: NotRequired[Iterable[str] | None]
    each: NotRequired[Each | None]
    waivable: NotRequired[bool]
    cel: NotRequired[Cel | NotAtAdmission | None]


class Registry(dict[str, Rule[Any]]):
    """Rules by id, and how often that changed, so that what is derived from it is derived anew."""

    changes = 0

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()

    def __setitem__(self, rule_id: str, made: Rule[Any]) -> None:
        with self._lock:
            super().__setitem__(rule_id, made)
            self.changes += 1

    def __delitem__(self, rule_id: str) -> None:
        with self._lock:
            super().__delitem__(rule_id)
            self.changes += 1


REGISTRY: Final = Registry()


@overload
def rule(
    rule_id: str, name: str, title: str, **metadata: Unpack[Metadata]
) -> Callable[[Check[Subject]], Check[Subject]]: ...


@overload
def rule(
    rule_id: str, name: str, title: str, *, on: type[S], **metadata: Unpack[Metadata]
) -> Callable[[Check[S]], Check[S]]: ...


def rule(
    rule_id: str,
    name: str,
    title: str,
    *,
    severity: Severity,
    source: str,
    origin: str,
    fix: str,
    reads: Iterable[str] | None = None,
    each: Each | None = None,
    waivable: bool = False,
    on: type[Any] = Subject,
    cel: Cel | NotAtAdmission | None = None,
) -> Callable[[Check[Any]], Check[Any]]:
    """Register a check as a rule. The decorated function stays an ordinary function.

    Args:
        rule_id: two to ten capital letters and three digits; those of igz_runtime begin with `IGZ`.
        name: kebab-case name that states the fault.
        title: what it refuses or reports, in one line.
        severity: `error` refuses, `warning` is shown, `info` advises.
        source: the sentence behind the rule.
        origin: where that sentence stands.
        fix: how to fix it, where a finding does not say it more closely.
        reads: names of what the verdict depends on: fields of `PodSettings` (`priority_class`; `roles.containers` in
            every role), of `Function` and its `Evidence` (`labels`), of `Cluster`, `Workload` and of what a profile
            promised. Where one of them is not known, lint leaves the verdict open; and a finding that names no field
            gets the place of one. None: it may depend on anything, so lint leaves it open where anything is unknown.
        each: `value` where each value is judged by itself, `amount` where the request and the limit of each resource
            are: then only what a finding points at must be known.
        waivable: whether a person may accept the finding.
        on: what it judges, where that is not a role of a function.
        cel: how an admission policy asks it (`igz-runtime policy`), or why none can.

    Raises:
        ValueError: there is such a rule already, `reads` names what nothing has, or a part of it is of the wrong type.
    """

    def register(check: Check[Any]) -> Check[Any]:
        if rule_id in REGISTRY:
            raise ValueError(f"rule {rule_id} is registered twice")
        owner = owned_by(rule_id, check)
        made = Rule(
            rule_id, name, title, severity, source, origin, fix, waivable, check, owner, each=each, on=on, cel=cel
        )
        require_metadata(made)
        REGISTRY[rule_id] = made if reads is None else replace(made, reads=_required_reads(made, reads))
        return check

    return register


def _required_reads(rule: Rule[Any], reads: Iterable[str]) -> tuple[str, ...]:
    try:
        return required_reads(rule.on, reads)
    except ValueError as error:
        raise ValueError(f"rule {rule.id}: {error}") from None


LONGEST: Final = 2_000
"""Characters of a text of a rule: a part of what it is, or of what it finds."""

_TEXTS: Final = ("id", "name", "title", "source", "origin", "fix")


def owned_by(rule_id: str, check: Check[Any]) -> str:
    """Who is told when a rule fails, as far as the rule itself tells; empty for igz_runtime's own."""
    module = str(getattr(check, "__module__", None))
    return "" if str(rule_id).startswith("IGZ") and module.startswith("igz_runtime.") else f"module {module}"


def require_metadata(rule: Any) -> None:
    """Require that a rule is what reports take it for.

    Raises:
        ValueError: a part of it is of the wrong type; names it.
    """
    for part in _TEXTS:
        if not isinstance(getattr(rule, part), str) or not getattr(rule, part):
            raise ValueError(f"rule {shown(rule.id)}: {part} is {shown(getattr(rule, part))}, and text is required")
        text = str.__str__(getattr(rule, part))
        if len(text) > LONGEST or not text.replace("\n", " ").isprintable():
            what = f"at most {LONGEST:,} characters that can be printed are required"
            raise ValueError(f"rule {shown(rule.id)}: {part} is {shown(text)}, and {what}")
    if rule.severity not in SEVERITIES:
        known = ", ".join(SEVERITIES)
        raise ValueError(f"rule {rule.id}: severity is {shown(rule.severity)}, and one of {known} is required")
    if rule.each not in (None, *get_args(Each)):
        known = ", ".join(get_args(Each))
        raise ValueError(f"rule {rule.id}: each is {shown(rule.each)}, and one of {known} is required")
    if not _is_asked_at_admission(rule.cel):
        required = "Cel of one or more Says, or NotAtAdmission, is required"
        raise ValueError(f"rule {rule.id}: cel is {shown(rule.cel)}, and {required}")
    if not isinstance(rule.on, type):
        raise ValueError(f"rule {rule.id}: on is {shown(rule.on)}, and a type is required")  # noqa: TRY004
    if not callable(rule.check):
        raise ValueError(f"rule {rule.id}: {shown(rule.check)} cannot be called with a role")  # noqa: TRY004


def _is_asked_at_admission(cel: Any) -> bool:
    """Whether that can be how an admission policy asks a rule, or why none does."""
    if not isinstance(cel, Cel):
        return cel is None or (isinstance(cel, NotAtAdmission) and isinstance(cel.because, str))
    says = cel.says if isinstance(cel.says, tuple) else ()
    return bool(says) and all(isinstance(each, Says) and _is_said(each) for each in says)


def _is_said(says: Says) -> bool:
    texts = all(isinstance(each, str) for each in (says.found, says.fix))
    return texts and says.fix.isprintable() and says.severity in (None, *SEVERITIES)
