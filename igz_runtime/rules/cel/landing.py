"""Where a pod can land, in CEL: `cluster/landing` and `k8s/matching` on the node shapes of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, ON_DEMAND_VALUES, SPOT_LABELS
from igz_runtime.k8s.matching import WHOLE
from igz_runtime.rules.cel.form import FACTS, literal, literal_texts


def expressions(term: str) -> str:
    """The expressions on labels of a term of the node affinity."""
    return f"{term}.?matchExpressions.orValue([])"


def fields(term: str) -> str:
    """The expressions on fields of a term."""
    return f"{term}.?matchFields.orValue([])"


def values(expression: str) -> str:
    """The values of an expression."""
    return f"{expression}.?values.orValue([])"


def tolerates(toleration: str, taint: str) -> str:
    """Whether one toleration is for a taint; one whose operator is not known counts for every taint of its key."""
    o, t = toleration, taint
    equal = f"!({o}.?operator.orValue('') in ['', 'Equal']) || {o}.?value.orValue('') == {t}.?value.orValue('')"
    same_key = f"{o}.?key.orValue('') == {t}.key"
    return (
        f"((!has({o}.effect) || {o}.effect == {t}.effect) && ({o}.?operator.orValue('') == 'Exists'"
        f" ? {o}.?key.orValue('') == '' || {same_key} : {same_key} && ({equal})))"
    )


def untolerated(shape: str) -> str:
    """The taints of a shape that keep the pod off it."""
    return f"{shape}.taints.filter(t, !{_admits('t')})"


def _admits(taint: str) -> str:
    """Whether a taint keeps the pod off no node."""
    return f"({taint}.effect == 'PreferNoSchedule' || variables.tolerations.exists(o, {tolerates('o', taint)}))"


def not_selected(shape: str) -> str:
    """The keys of the node selector that keep the pod off a shape."""
    return f"variables.selector.filter(k, !{_may_be('k', shape)})"


def _may_be(key: str, shape: str) -> str:
    """Whether a shape's nodes may carry a label of the selector: what is not known of them counts as possible."""
    value = f"variables.selector[{key}]"
    named = f"{_known(key, shape)} ? {shape}.labels[{key}] == {value} : !({key} + '=' + {value} in {_never(shape)})"
    return f"({value} == '' || ({named}))"


def _known(key: str, shape: str) -> str:
    return f"{key} in {shape}.labels"


def _never(shape: str) -> str:
    """The labels that nodes of a shape never carry."""
    return f"variables.never[{shape}.lifecycle]"


def affinity_admits(shape: str) -> str:
    """Whether the required node affinity admits the pod to a shape's nodes."""
    return f"(!variables.required || variables.terms.exists(m, {_term_holds(shape)}))"


def _term_holds(shape: str) -> str:
    listed = expressions("m")
    some = f"({listed}.size() > 0 || {fields('m')}.size() > 0)"
    together = f"(!variables.repeated || {_agree(listed, shape)})"
    return f"{some} && {listed}.all(e, {_may_hold(shape)}) && {together}"


def _may_hold(shape: str) -> str:
    """Whether one expression may hold on a shape's nodes."""
    excluded = f"{values('e')}.all(v, (e.key + '=' + v) in {_never(shape)})"
    return f"({_known('e.key', shape)} ? {holds_on('e', f'{shape}.labels[e.key]')} : e.operator != 'In' || !{excluded})"


def holds_on(expression: str, value: str) -> str:
    """Whether an expression holds on a node that carries the value under its key."""
    e, listed = expression, values(expression)
    return (
        f"({e}.operator == 'In' ? {value} in {listed} : {e}.operator == 'NotIn' ? !({value} in {listed})"
        f" : {e}.operator == 'Exists' ? true : {e}.operator == 'DoesNotExist' ? false : {_compares(e, value)})"
    )


def _compares(expression: str, value: str) -> str:
    """`Gt` and `Lt` compare whole numbers; anything else matches no node."""
    listed = values(expression)
    greater, less = (f"int({value}) {sign} int({listed}[0])" for sign in "><")
    comparison = f"{expression}.operator == 'Gt' ? {greater} : {expression}.operator == 'Lt' && {less}"
    return f"({value}.{_IS_WHOLE} && {listed}.size() > 0 && {listed}[0].{_IS_WHOLE} && ({comparison}))"


_IS_WHOLE: Final = f"matches('^{WHOLE}$')"


_COMBINES: Final = "variables.combined.exists(l, l.exists(x, x.key == e.key))"
"""What is rare, and asked before anything that is looked at for each shape."""


def _agree(listed: str, shape: str) -> str:
    """Whether each label that is not known can have one value on which all expressions hold, and the selector.

    Tried are no value, one that nobody names, each that is named, and the whole numbers beside these.
    """
    # Bound to a name, as it is looked at again for each value.
    of_key, asked = f"{listed}.filter(x, x.key == e.key)", "a"
    selected = "variables.selector[?e.key].orValue('')"
    named = f"({asked}.map(x, {values('x')}).exists(l, l.exists(v, CANDIDATE)))"
    # One list of candidates: flatten came with 1.34, so each list of values is looked at by itself.
    fits = (
        f"{asked}.all(x, {holds_on('x', 'c')}) && ({selected} == '' || c == {selected})"
        f" && !(e.key + '=' + c in {_never(shape)})"
    )
    beside = ", ".join(f"string(int(v) + {step})" for step in (-1, 0, 1))
    near = f"(v.{_IS_WHOLE} ? [string(v), {beside}] : [string(v)]).exists(c, {fits})"
    with_values = named.replace("CANDIDATE", near)
    of_selector = f"[{selected}].exists(c, c != '' && {fits})"
    unnamed = f"['?'].exists(c, {fits})"
    absent = f"({selected} == '' && {asked}.all(x, x.operator in ['NotIn', 'DoesNotExist']))"
    several = f"{asked}.size() + ({selected} == '' ? 0 : 1) > 1"
    return (
        f"{listed}.all(e, !{_COMBINES} || {_known('e.key', shape)} || [{of_key}].exists(a,"
        f" !({several}) || {absent} || {unnamed} || {of_selector} || {with_values}))"
    )


def can_land(shape: str) -> str:
    """Whether the pod could be bound to a shape's nodes. `nodeName` bypasses the scheduler."""
    tainted, selected = f"{shape}.taints.all(t, {_admits('t')})", f"variables.selector.all(k, {_may_be('k', shape)})"
    return f"(variables.pinned || ({tainted} && {selected} && {affinity_admits(shape)}))"


def taint_text(taint: str) -> str:
    """A taint as messages show it."""
    return f"{taint}.key + '=' + {taint}.?value.orValue('') + ':' + {taint}.effect"


def toleration_text(toleration: str) -> str:
    """A toleration as messages show it."""
    o = toleration
    left = f"({o}.?key.orValue('') == '' ? '(any key)' : {o}.key)"
    effect = f"({o}.?effect.orValue('') == '' ? '(any effect)' : {o}.effect)"
    value = f"({o}.?operator.orValue('') == 'Exists' ? ' Exists' : '=' + {o}.?value.orValue(''))"
    return f"{left} + {value} + ':' + {effect}"


def hindrance(shape: str) -> str:
    """What keeps the pod off a shape that it cannot land on, in the scheduler's order."""
    taints, keys = untolerated(shape), not_selected(shape)
    taint = f"'taint ' + {taint_text(f'{taints}[0]')}"
    selected = f"[{keys}.min()].map(k, 'node selector ' + k + '=' + variables.selector[k])[0]"
    return f"({taints}.size() > 0 ? {taint} : {keys}.size() > 0 ? {selected} : 'required affinity')"


_OF_SPOT, _OF_ON_DEMAND = ([f"{key}={value}" for key, value in labels] for labels in (SPOT_LABELS, ON_DEMAND_LABELS))
_OTHERS: Final = literal_texts({key: ON_DEMAND_VALUES.get(key, ()) for key, _ in SPOT_LABELS})
_VALUES: Final = values("e")
_SELECTS: Final = (
    f"(e.operator == 'In' ? p[1] in {_VALUES} : e.operator == 'NotIn' ? {_OTHERS}[p[0]].size() > 0"
    f" && {_OTHERS}[p[0]].all(v, v in {_VALUES}) && !(p[1] in {_VALUES})"
    f" : e.operator == 'Exists' && {_OTHERS}[p[0]].size() == 0)"
)
_IS_ASKED: Final = (
    "(variables.selector[?p[0]].orValue('') == p[1] || variables.terms.exists(m,"
    f" {expressions('m')}.exists(e, e.key == p[0] && {_SELECTS})))"
)
_IS_KNOWN: Final = (
    "variables.nodes.exists(n, n.lifecycle == 'spot' && !n.perhaps && n.labels[?p[0]].orValue('') == p[1])"
)
_SHAPE: Final = (
    "{'name': dyn('spot nodes (' + s + ')'), 'labels': dyn({s.split('=')[0]: s.split('=')[1]}), 'taints': dyn([]),"
    " 'lifecycle': dyn('spot'), 'group': dyn(false), 'core': dyn(false), 'gpu': dyn(false), 'perhaps': dyn(false)}"
)

VARIABLES: Final[Mapping[str, str]] = {
    "nodes": f"{FACTS}.?nodes.orValue([])",
    "never": literal({"spot": _OF_ON_DEMAND, "on-demand": _OF_SPOT, "": []}),
    "tolerations": "variables.spec.?tolerations.orValue([])",
    "selector": "variables.spec.?nodeSelector.orValue({})",
    "pinned": "variables.node_name != ''",
    "affinity": "variables.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution",
    "required": "variables.affinity.hasValue()",
    "terms": "variables.required ? variables.affinity.value().?nodeSelectorTerms.orValue([]) : []",
    "combined": f"variables.terms.map(m, {expressions('m')}).map(l, l.filter(e,"
    " variables.selector[?e.key].orValue('') != '' || l.filter(x, x.key == e.key).size() > 1))",
    "repeated": "variables.combined.exists(l, l.size() > 0)",
    "groups": "variables.nodes.filter(n, n.group)",
    "named_keys": f"[variables.selector.map(k, k)] + variables.terms.map(m, {expressions('m')}.map(e, e.key))",
    "asked": f"{literal(_OF_SPOT)}.filter(s, variables.named_keys.exists(l, l.exists(k, s.startsWith(k + '=')))"
    f" && [s.split('=')].exists(p, {_IS_ASKED} && !{_IS_KNOWN})).map(s, {_SHAPE})",
    "possible": "variables.asked.size() == 0 ? variables.nodes : variables.nodes + dyn(variables.asked)",
    "lands": f"variables.possible.filter(n, {can_land('n')})",
    "landings": "variables.lands.filter(n, n.group)",
    "gpu_groups": "variables.groups.filter(n, n.gpu)",
    "gpu_landings": "variables.landings.filter(n, n.gpu)",
    "spot_lands": "variables.lands.filter(n, n.lifecycle == 'spot')",
    "spot_known": "variables.spot_lands.filter(n, !n.perhaps)",
    "spot": "variables.spot_known.size() > 0 ? variables.spot_known : variables.spot_lands",
}
"""The landing of a pod: `landings` on node groups, `spot` on spot nodes, as shapes of the facts.

`combined` are for each term the expressions on a label of which something else is asked as well.
"""
