"""How large a pod may be that a policy judges: one that costs too much is stopped, and the pod admitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from igz_runtime.rules.cel.containers import amounts
from igz_runtime.rules.cel.form import chosen, quoted
from igz_runtime.rules.cel.landing import expressions, values

_EXPRESSIONS: Final = f"variables.terms.map(m, {expressions('m')})"
_COMBINED: Final = "variables.combined"


def _count(lists: str) -> str:
    return f"{lists}.map(l, l.size()).sum()"


def _values(lists: str) -> str:
    return f"{lists}.map(l, l.map(e, {values('e')}.size()).sum()).sum()"


_OF_POD: Final = (
    ("labels", 200, "variables.labels.size()"),
    ("containers", 20, "variables.containers.size()"),
    (
        "amounts in its containers",
        100,
        f"variables.containers.map(c, {amounts('c', 'limits')}.size() + {amounts('c', 'requests')}.size()).sum()",
    ),
    ("tolerations", 50, "variables.tolerations.size()"),
    ("labels in its node selector", 50, "variables.selector.size()"),
)
_OF_AFFINITY: Final = (
    ("terms of its node affinity", 50, "variables.terms.size()"),
    ("expressions in its node affinity", 50, _count(_EXPRESSIONS)),
    ("values in its node affinity", 1000, _values(_EXPRESSIONS)),
    ("expressions of one label in its node affinity", 10, _count(_COMBINED)),
    ("values of one label in its node affinity", 20, _values(_COMBINED)),
)
"""What is bounded, by how much, and how many there are; how labels may combine costs the most, and is asked last."""


def _exceeded(bounds: Iterable[tuple[str, int, str]], otherwise: str) -> str:
    said = "has more than {} {}, and no policy judges that; fix: ask for less"
    return chosen(((f"{amount} > {most}", quoted(said.format(most, what))) for what, most, amount in bounds), otherwise)


VARIABLES: Final[Mapping[str, str]] = {
    "beyond": _exceeded(_OF_POD, f"variables.required ? {_exceeded(_OF_AFFINITY, quoted(''))} : ''"),
}
"""`beyond`: what there is too much of; empty where there is not."""
