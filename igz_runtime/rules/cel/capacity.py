"""IGZ208 in CEL, and what a pod requests in whole numbers. See `rules/capacity` and `cluster/scheduling.demand_of`.

CEL has no sum of quantities. An amount is counted in thousandths, as the API server stores it, and what is whole is
summed apart from the rest, so that no sum is beyond 64 bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.k8s.quantity import MULTIPLES
from igz_runtime.rules.cel.containers import amounts
from igz_runtime.rules.cel.form import FACTS, chosen, literal, quoted, says, when
from igz_runtime.rules.cel.order import in_order

LARGEST: Final = 10**15
"""Cores, bytes or units: no node has as many, and what is beyond is not told apart."""
OR_MORE: Final = " or more"

_MOST: Final = LARGEST * 1000


def _thousandths(amount: str) -> str:
    """An amount as the API server stores it, in thousandths: a whole number with a suffix or none, or `1500m`."""
    whole = f"(q.asInteger() < {LARGEST} ? q.asInteger() * 1000 : {_MOST})"
    digits = "int(t.replace('m', '').replace('e-3', '').replace('E-3', ''))"
    parted = f"(t.matches('^[0-9]{{1,18}}(m|[eE]-3)$') ? {digits} : {_MOST})"
    return f"[{amount}].map(t, [quantity(t)].map(q, q.isInteger() ? {whole} : {parted})[0])[0]"


def _asked(containers: str) -> str:
    """What each of these containers requests of the resource `r`; a request that is missing equals the limit."""
    asked = chosen(
        ((f"r in {of}", f"string({of}[r])") for of in (amounts("c", "requests"), amounts("c", "limits"))), "'0'"
    )
    return f"{containers}.map(c, {_thousandths(asked)})"


def _demand() -> str:
    """What the pod requests of the resource `r`: its containers together, or the largest init container."""
    whole, rest = "l.map(m, m / 1000).sum()", "l.map(m, m % 1000).sum()"
    several = f"[[{whole}, {LARGEST}].min() * 1000 + {rest}, {_MOST}].min()"
    together = f"[{_asked('variables.running')}].map(l, l.size() == 1 ? l[0] : {several})[0]"
    first = f"({_asked('variables.starting')} + [{together}]).max()"
    return f"(variables.starting.size() == 0 ? {together} : {first})"


def _names() -> str:
    """The resources that containers name: of several containers in one list, some twice."""
    limits, requests = amounts("c", "limits"), amounts("c", "requests")
    of_one = f"({limits}.map(r, r) + {requests}.filter(r, !(r in {limits})))"
    # Flatten came with 1.34, and no name of a resource has a blank.
    of_several = f"variables.containers.map(c, {of_one}.join(' ')).join(' ').split(' ').filter(r, r != '')"
    of_the_only = f"variables.containers.map(c, {of_one})[0]"
    return f"variables.containers.size() == 1 ? {of_the_only} : {of_several}"


_SIZE: Final = _thousandths("string(g.allocatable[d.name])")
_LACKS: Final = f"(d.name in g.allocatable && d.amount > {_SIZE})"
"""Whether a node group offers less than is requested. What a description leaves out may be there."""

_IS_SIZED: Final = (
    f"!variables.pinned && !{FACTS}.?unread.orValue(false) && !{FACTS}.?unsized.orValue(false)"
    f" && variables.landings.size() > 0 && variables.landings.all(g, has(g.allocatable) && g.allocatable.size() > 0)"
)

VARIABLES: Final[Mapping[str, str]] = {
    "running": "variables.listed + variables.starting.filter(c, c.?restartPolicy.orValue('') == 'Always')",
    "demand": f"({_names()}).map(r, {{'name': dyn(r), 'amount': dyn({_demand()})}}).filter(d, d.amount > 0)",
    "too_large": f"{_IS_SIZED} && variables.landings.all(g, variables.demand.exists(d, {_LACKS}))",
    "lacking": f"variables.demand.filter(d, variables.landings.exists(g, {_LACKS}))",
    "on_no_node": f"variables.lacking.filter(d, variables.landings.all(g, {_LACKS}))",
    "named_resources": in_order(
        "(variables.on_no_node.size() > 0 ? variables.on_no_node : variables.lacking).map(d, d.name)"
    ),
}
"""`demand`: each resource with its amount, as often as it is named; `on_no_node`: what no node has, and `lacking`: what
some of them have not."""


def _spelled(name: str, amount: str) -> str:
    """An amount as Kubernetes spells it: in the shortest way."""
    multiples = literal([{"suffix": suffix, "factor": factor} for suffix, factor in MULTIPLES if factor <= LARGEST])
    texts = f"dyn({multiples}).filter(u, n % u.factor == 0).map(u, string(n / u.factor) + u.suffix)"
    shortest = f"[{texts}].map(l, l.filter(t, t.size() == l.map(x, x.size()).min())[0])[0]"
    whole = f"[(a + 999) / 1000].map(n, {shortest})[0]"
    text = f"({name} == 'cpu' && a % 1000 != 0 ? string(a) + 'm' : {whole})"
    return f"[{amount}].map(a, {name} + ' ' + {text} + (a >= {_MOST} ? {quoted(OR_MORE)} : ''))[0]"


_NAMED: Final = "variables.named_resources.map(r, variables.demand.filter(d, d.name == r)[0])"
_LARGEST_SIZE: Final = f"variables.landings.map(g, d.name in g.allocatable ? {_SIZE} : d.amount).max()"
LARGER_THAN_ANY_NODE: Final = says(
    when(
        "variables.too_large",
        f"'its pod requests ' + {_NAMED}.map(d, {_spelled('d.name', 'd.amount')}).join(' and ')"
        " + ', and no node that it can land on is that large, even when empty: the largest '"
        " + (variables.on_no_node.size() > 0 ? 'has ' : 'of each have ')"
        f" + {_NAMED}.map(d, {_spelled('d.name', _LARGEST_SIZE)}).join(' and ')",
    )
)
