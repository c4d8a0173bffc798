"""Settings of a pod in words: each value as the lines that a report shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.functions.durations import UNLIMITED
from igz_runtime.functions.names import SETTINGS
from igz_runtime.k8s.pod import Affinity, Container, PodSettings, Replicas, Requirement, ScaleResource, Term, Toleration
from igz_runtime.k8s.spreading import APART, pod_terms
from igz_runtime.messages import counted, shortened

Lines = tuple[str, ...]

ASSUMED: Final = "assumed: Iguazio's defaults for spot nodes; connect MLRun or pass cluster= to prove it on your own"
NOT_SET: Final = ("not set",)
NONE: Final = ("none",)
_MOST_LINES = 10


def function_name(kind: str, name: str) -> str:
    """A function's kind and name."""
    return f"{kind} {shortened(repr(name))}"


def folded(lines: Lines) -> tuple[Lines, Lines]:
    """What is shown of a list, and the rest of a long one. One line alone is not a rest: it takes no more room."""
    return (lines, ()) if len(lines) <= _MOST_LINES + 1 else (lines[:_MOST_LINES], lines[_MOST_LINES:])


def labels(selector: Mapping[str, str]) -> Lines:
    """A node selector, one label on each line."""
    return tuple(shortened(f"{key}={value}") for key, value in selector.items())


def tolerations(listed: tuple[Toleration, ...] | None) -> Lines:
    """Tolerations, one on each line."""
    return tuple(shortened(str(t) + (f" for {t.seconds} s" if t.seconds is not None else "")) for t in listed or ())


def affinity(asked: Affinity | None) -> Lines:
    """An affinity: the required terms in full, of the rest only that it is there."""
    return () if asked is None else tuple(map(shortened, _affinity(asked)))


def _affinity(asked: Affinity) -> Iterator[str]:
    if asked.required is not None:
        yield from _required(asked.required)
    if asked.preferred:
        yield f"preferred: {counted(len(asked.preferred), 'term')}"
    for section in asked.pod:
        yield from _to_pods(asked, section)


def _to_pods(asked: Affinity, section: str) -> Iterator[str]:
    """Affinity to other pods: which pods, by which label of the nodes, both without the prefixes, which are long."""
    topologies: dict[tuple[str, bool], list[str]] = {}
    for term in pod_terms(asked, section):
        pods = " and ".join(map(_of_pods, term.selector)) if term.selector else "every pod"
        topologies.setdefault((pods, term.required), []).append(_unprefixed(term.topology))
    for (pods, required), places in topologies.items():
        where = "away from" if section == APART else "beside"
        yield f"{where} {pods} by {', '.join(places)} ({'required' if required else 'preferred'})"
    if not topologies:
        yield section


def _of_pods(selected: Requirement) -> str:
    short = selected._replace(key=_unprefixed(selected.key))
    values = selected.values or ()
    return f"{short.key}={values[0]}" if selected.operator == "In" and len(values) == 1 else str(short)


def _unprefixed(key: str) -> str:
    return key.rpartition("/")[2]


def _required(terms: tuple[Term, ...]) -> Iterator[str]:
    """One term by its expressions, which must all hold; several, of which one must hold, each on its line."""
    word, parts = "or", tuple(map(str, terms))
    if len(terms) == 1:
        word, parts = "and", tuple(map(str, terms[0].requirements))
    if not parts:
        yield "required: an empty list, which no node matches"
    yield from parts[:1]
    yield from (f"{word} {part}" for part in parts[1:])


def amounts(container: Container, resource: str) -> str:
    """What a container asks for of one resource."""
    both = (("request", container.requests.get(resource)), ("limit", container.limits.get(resource)))
    return shortened(", ".join(f"{name} {amount}" for name, amount in both if amount is not None))


class Field(NamedTuple):
    """A field of PodSettings.

    Attributes:
        attribute: its name there.
        label: what a report calls it.
        lines: its value as lines; none where it is not set.
        unordered: whether the lines mean the same in any order.
    """

    attribute: str
    label: str
    lines: Callable[[Any], Lines]
    unordered: bool = False


def _text(value: object) -> Lines:
    return () if value is None else (shortened(str(value)),)


def _priority(value: str | None) -> Lines:
    return ("none (asked for)",) if value == "" else _text(value)


def limit(value: str | None) -> Lines:
    """A limit on waiting or running."""
    return ("no limit",) if value == UNLIMITED else _text(value)


def _annotations(value: Mapping[str, str]) -> Lines:
    """In one line, and without the prefixes, which are long."""
    return (", ".join(f"{_unprefixed(key)}={shortened(said)}" for key, said in value.items()),) if value else ()


def _percent(value: int | None) -> Lines:
    return () if value is None else (f"{value} % of the request",)


def _pods(value: int) -> Lines:
    return (str(value),) if value > 1 else ()


def _replicas(value: Replicas | None) -> Lines:
    words = "" if value is None else str(value)
    return (words,) if words else ()


def _scale_to_zero(value: tuple[ScaleResource, ...] | None) -> Lines:
    return () if value is None else tuple(map(shortened, map(str, value))) or ("without a metric",)


_LINES: Final[Mapping[str, Callable[[Any], Lines]]] = {
    "node_selector": labels,
    "affinity": affinity,
    "tolerations": tolerations,
    "priority_class": _priority,
    "replicas": _replicas,
    "waiting_limit": limit,
    "running_limit": limit,
    "annotations": _annotations,
    "target_cpu": _percent,
    "scale_to_zero": _scale_to_zero,
    "pods": _pods,
}
"""How a value is shown that is not one line of text."""

_UNORDERED: Final = frozenset({"node_selector", "tolerations"})

FIELDS: Final = tuple(
    Field(name, setting.label, _LINES.get(name, _text), name in _UNORDERED)
    for name, setting in SETTINGS.items()
    if name != "containers"
)
"""Every field of PodSettings, the role and the containers aside."""


def resources_of(settings: PodSettings) -> Iterator[str]:
    """Names of the resources that any container asks for: CPU and memory first."""
    named = {name for c in settings.containers for amounts in (c.requests, c.limits) for name in amounts}
    yield from (name for name in ("cpu", "memory") if name in named)
    yield from sorted(named - {"cpu", "memory"})


_UNITS: Final = ("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
_UNIT: Final = 1024


def bytes_text(amount: int) -> str:
    """Bytes as a person reads them: three figures, with Kubernetes' suffix.

    >>> bytes_text(0), bytes_text(1536), bytes_text(64 << 30), bytes_text(1_234_567_890)
    ('0', '1.5Ki', '64Gi', '1.15Gi')
    """
    number, unit = float(amount), 0
    # 1,000 and not 1,024: `1010Mi` would be four figures.
    while number >= 1000 and unit < len(_UNITS) - 1:  # noqa: PLR2004
        number, unit = number / _UNIT, unit + 1
    return f"{number:.3g}{_UNITS[unit]}" if number < 1000 else f"{number:.0f}{_UNITS[unit]}"  # noqa: PLR2004


def amount_text(resource: str, amount: int) -> str:
    """An amount as the scheduler counts it, as a person reads it.

    >>> amount_text("cpu", 15_890), amount_text("memory", 64 << 30), amount_text("nvidia.com/gpu", 8)
    ('15.9', '64Gi', '8')
    """
    if resource == "cpu":
        return f"{round(amount / 1000, 1):g}"
    return bytes_text(amount) if resource == "memory" else f"{amount:,}"


def share_text(part: int, of: int) -> str:
    """Which part of something an amount is, in brackets; nothing of nothing."""
    return f" ({100 * part / of:.0f} %)" if of else ""
