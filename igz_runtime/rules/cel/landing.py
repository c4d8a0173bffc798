"""Where a pod can land, in CEL: `cluster/landing` and `k8s/matching` on the node shapes of the facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.clouds import ON_DEMAND_LABELS, ON_DEMAND_VALUES, SPOT_LABELS
from igz_runtime.rules.cel.form import FACTS, literal


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
    tolerated = f"variables.tolerations.exists(o, {tolerates('o', 't')})"
    return f"{shape}.?taints.orValue([]).filter(t, t.effect != 'PreferNoSchedule' && !{tolerated})"


def not_selected(shape: str) -> str:
    """The keys of the node selector that keep the pod off a shape."""
    value = "variables.selector[k]"
    return f"variables.selector.filter(k, {value} != '' && !{_may_be('k', value, shape)})"


def _may_be(key: str, value: str, shape: str) -> str:
    """Whether a shape's nodes may carry a label: what is not known of them counts as possible."""
    return f"({_known(key, shape)} ? {shape}.labels[{key}] == {value} : !({key} + '=' + {value} in {_never(shape)}))"


def _known(key: str, shape: str) -> str:
    return f"{key} in {shape}.?labels.orValue({{}})"


def _never(shape: str) -> str:
    """The labels that nodes of a shape never carry."""
    return f"variables.never[?{shape}.?lifecycle.orValue('')].orValue([])"


def affinity_admits(shape: str) -> str:
    """Whether the required node affinity admits the pod to a shape's nodes."""
    return f"(!variables.required || variables.terms.exists(m, {_term_holds(shape)}))"


def _term_holds(shape: str) -> str:
    expressions, fields = "m.?matchExpressions.orValue([])", "m.?matchFields.orValue([])"
    some = f"({expressions}.size() > 0 || {fields}.size() > 0)"
    return f"{some} && {expressions}.all(e, {_may_hold(shape)}) && {_agree(expressions, shape)}"


def _may_hold(shape: str) -> str:
    """Whether one expression may hold on a shape's nodes."""
    values, never = "e.?values.orValue([])", _never(shape)
    excluded = f"{values}.all(v, (e.key + '=' + v) in {never})"
    return f"({_known('e.key', shape)} ? {holds_on('e', f'{shape}.labels[e.key]')} : e.operator != 'In' || !{excluded})"


def holds_on(expression: str, value: str) -> str:
    """Whether an expression holds on a node that carries the value under its key."""
    e = expression
    values = f"{e}.?values.orValue([])"
    return (
        f"({e}.operator == 'In' ? {value} in {values} : {e}.operator == 'NotIn' ? !({value} in {values})"
        f" : {e}.operator == 'Exists' ? true : {e}.operator == 'DoesNotExist' ? false : {_compares(e, value)})"
    )


def _compares(expression: str, value: str) -> str:
    """`Gt` and `Lt` compare whole numbers; anything else matches no node."""
    values, whole = f"{expression}.?values.orValue([])", "matches('^[+-]?[0-9]{1,18}$')"
    greater, less = (f"int({value}) {sign} int({values}[0])" for sign in "><")
    comparison = f"{expression}.operator == 'Gt' ? {greater} : {expression}.operator == 'Lt' && {less}"
    return f"({value}.{whole} && {values}.size() > 0 && {values}[0].{whole} && ({comparison}))"


def _agree(expressions: str, shape: str) -> str:
    """Whether each label that is not known can have one value on which all expressions hold, and the selector.

    Tried are no value, one that nobody names, each that is named, and the whole numbers beside these.
    """
    asked = f"{expressions}.filter(x, x.key == e.key)"
    selected = "variables.selector[?e.key].orValue('')"
    named = f"({asked}.map(x, x.?values.orValue([])).exists(l, l.exists(v, CANDIDATE)))"
    # One list of candidates: flatten came with 1.34, so each list of values is looked at by itself.
    fits = (
        f"{asked}.all(x, {holds_on('x', 'c')}) && ({selected} == '' || c == {selected})"
        f" && !(e.key + '=' + c in {_never(shape)})"
    )
    whole = "v.matches('^[+-]?[0-9]{1,18}$')"
    beside = ", ".join(f"string(int(v) + {step})" for step in (-1, 0, 1))
    near = f"({whole} ? [string(v), {beside}] : [string(v)]).exists(c, {fits})"
    with_values = named.replace("CANDIDATE", near)
    of_selector = f"[{selected}].exists(c, c != '' && {fits})"
    unnamed = f"['?'].exists(c, {fits})"
    absent = f"({selected} == '' && {asked}.all(x, x.operator in ['NotIn', 'DoesNotExist']))"
    several = f"{asked}.size() + ({selected} == '' ? 0 : 1) > 1"
    return (
        f"{expressions}.all(e, {_known('e.key', shape)} || !({several}) || {absent} || {unnamed} || {of_selector}"
        f" || {with_values})"
    )


def can_land(shape: str) -> str:
    """Whether the pod could be bound to a shape's nodes. `nodeName` bypasses the scheduler."""
    reasons = f"{untolerated(shape)}.size() == 0 && {not_selected(shape)}.size() == 0 && {affinity_admits(shape)}"
    return f"(variables.pinned || ({reasons}))"


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


_ASKED: Final = literal(
    [
        {
            "name": f"spot nodes ({key}={value})",
            "labels": {key: value},
            "lifecycle": "spot",
            "key": key,
            "value": value,
            "others": list(ON_DEMAND_VALUES.get(key, ())),
        }
        for key, value in SPOT_LABELS
    ]
)
_IS_ASKED: Final = (
    "(variables.selector[?s.key].orValue('') == s.value || variables.terms.exists(m, m.?matchExpressions.orValue([])"
    ".exists(e, e.key == s.key && (e.operator == 'In' ? s.value in e.?values.orValue([])"
    " : e.operator == 'NotIn' ? s.others.size() > 0 && s.others.all(v, v in e.?values.orValue([]))"
    " && !(s.value in e.?values.orValue([])) : e.operator == 'Exists' && s.others.size() == 0))))"
)
_IS_KNOWN: Final = (
    "variables.nodes.exists(n, n.?lifecycle.orValue('') == 'spot' && !n.?perhaps.orValue(false)"
    " && n.?labels[?s.key].orValue('') == s.value)"
)

VARIABLES: Final[Mapping[str, str]] = {
    "nodes": f"{FACTS}.?nodes.orValue([])",
    "never": literal(
        {
            "spot": [f"{key}={value}" for key, value in ON_DEMAND_LABELS],
            "on-demand": [f"{key}={value}" for key, value in SPOT_LABELS],
        }
    ),
    "tolerations": "variables.spec.?tolerations.orValue([])",
    "selector": "variables.spec.?nodeSelector.orValue({})",
    "pinned": "variables.spec.?nodeName.orValue('') != ''",
    "affinity": "variables.spec.?affinity.?nodeAffinity.?requiredDuringSchedulingIgnoredDuringExecution",
    "required": "variables.affinity.hasValue()",
    "terms": "variables.required ? variables.affinity.value().?nodeSelectorTerms.orValue([]) : []",
    "groups": "variables.nodes.filter(n, n.?group.orValue(false))",
    "asked": f"dyn({_ASKED}).filter(s, {_IS_ASKED} && !{_IS_KNOWN})",
    "lands": f"(variables.nodes + variables.asked).filter(n, {can_land('n')})",
    "landings": "variables.lands.filter(n, n.?group.orValue(false))",
    "spot_lands": "variables.lands.filter(n, n.?lifecycle.orValue('') == 'spot')",
    "spot_known": "variables.spot_lands.filter(n, !n.?perhaps.orValue(false))",
    "spot": "variables.spot_known.size() > 0 ? variables.spot_known : variables.spot_lands",
}
"""The landing of a pod: `landings` on node groups, `spot` on spot nodes, as shapes of the facts."""
