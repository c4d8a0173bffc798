"""IGZ211 in CEL: autoscalers that may empty a node that the pod may run on. See `rules/consolidation`.

Which nodes a pod may run on is asked of pools as `cluster/autoscaling` asks it: of Karpenter's by the labels that it
can give a node, and of the Cluster Autoscaler's by what their nodes are like, where they have any.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.cluster.autoscaling import PROVIDERS, WELL_KNOWN
from igz_runtime.functions.annotations import PROTECTION
from igz_runtime.rules.cel.form import FACTS, Cel, Says, literal, quoted, when
from igz_runtime.rules.cel.kinds import is_kind_that
from igz_runtime.rules.cel.landing import expressions, fields, holds_on, untolerated, values

_ANNOTATED: Final = is_kind_that("annotated")
"""Whether the annotations of a function reach its pods."""

_PROMISED: Final = (
    "(!variables.service && variables.promise.exists(p, p.?lifecycle.orValue('') == 'on-demand'"
    " && p.?qos.orValue('') == 'Guaranteed'))"
)
"""Whether the run's completion is promised: see `planning/protection.promises_completion`."""


def _may_end(pool: str) -> str:
    """Whether the pool's autoscaler may end the pod, as far as its annotations go."""
    (karpenter, kept), (evicting, never) = PROTECTION["karpenter"], PROTECTION["cluster-autoscaler"]
    # Left to itself, the Cluster Autoscaler ends no pod that has no controller, as MLRun's own have none.
    left = f"({quoted(evicting)} in variables.annotations || !({_ANNOTATED}))"
    return (
        f"({pool}.autoscaler == 'karpenter' ? {_annotation(karpenter)} != {quoted(kept)}"
        f" : {left} && {_annotation(evicting)} != {quoted(never)})"
    )


def _annotation(name: str) -> str:
    return f"variables.annotations[?{quoted(name)}].orValue('')"


def _may_run_on(pool: str) -> str:
    """Whether the pod may run on a pool's nodes, whatever their size."""
    tolerated = f"{untolerated(pool)}.size() == 0"
    return (
        f"({pool}.autoscaler == 'karpenter' ? {tolerated} && {_can_be_made(pool)}"
        f" : {pool}.labels.size() == 0 || variables.pinned || {tolerated} && {_is_like(pool)})"
    )


_EXPRESSIONS: Final = expressions("m")
_FIELDS: Final = fields("m")


def _is_like(pool: str) -> str:
    """Whether labels that are known wholly are what the pod selects; a new node has a name that nobody asks for."""
    holds = (
        f"(e.key in {pool}.labels ? {holds_on('e', f'{pool}.labels[e.key]')} : e.operator in ['NotIn', 'DoesNotExist'])"
    )
    term = (
        f"({_EXPRESSIONS}.size() > 0 || {_FIELDS}.size() > 0) && {_FIELDS}.all(f, f.operator != 'In')"
        f" && {_EXPRESSIONS}.all(e, {holds})"
    )
    selected = f"variables.selector.all(k, k in {pool}.labels && {pool}.labels[k] == variables.selector[k])"
    return f"{selected} && (!variables.required || variables.terms.exists(m, {term}))"


def _can_be_made(pool: str) -> str:
    """Whether Karpenter can give a node of a pool the labels that the pod selects, and those of one of its terms."""
    term = (
        f"{_EXPRESSIONS}.size() > 0 && {_FIELDS}.size() == 0"
        f" && [variables.selecting + {_EXPRESSIONS}].exists(l, {_all_can_hold(pool)})"
    )
    alone = f"[variables.selecting].exists(l, {_all_can_hold(pool)})"
    return f"(variables.required ? variables.terms.exists(m, {term}) : {alone})"


def _all_can_hold(pool: str) -> str:
    """Whether for the key of each of the expressions `l` there is a value on which all of them hold."""
    fixed = f"[{{'key': dyn(e.key), 'operator': dyn('In'), 'values': dyn([{pool}.labels[e.key]])}}]"
    offered = f"(e.key in {pool}.labels ? dyn({fixed}) : {pool}.requirements.filter(r, r.key == e.key))"
    return f"l.all(e, [l.filter(x, x.key == e.key)].exists(a, [{offered}].exists(o, {_can_hold('e.key')})))"


def _can_hold(key: str) -> str:
    """Whether one value is right for the expressions `a` that are asked of a key, and for those `o` that are offered.

    Tried is each value that is listed by the first expression that lists any, the offered ones first.
    """
    known = f"({key} in {literal(sorted(WELL_KNOWN))} || {literal(PROVIDERS)}.exists(s, {key}.startsWith(s)))"
    listing = "x.operator == 'In'"
    lists = (
        f"(o.exists(x, {listing}) ? o.filter(x, {listing})"
        f" : o.size() > 0 || {known} ? a.filter(x, {listing}) : o.filter(x, false))"
    )
    fits = f"(a + o).all(x, {holds_on('x', 'v')})"
    without = "a.all(x, x.operator in ['NotIn', 'DoesNotExist'])"
    absent = f"{without} && o.size() == 0 && !({key} in {literal(sorted(WELL_KNOWN))})"
    unlisted = f"(o.size() == 0 && !{known} ? {without} : !a.exists(x, x.operator == 'DoesNotExist') || ({absent}))"
    return f"[{lists}].exists(i, i.size() > 0 ? {values('i[0]')}.exists(v, {fits}) : {unlisted})"


VARIABLES: Final[Mapping[str, str]] = {
    "selecting": "variables.selector.map(k, {'key': dyn(k), 'operator': dyn('In'),"
    " 'values': dyn([variables.selector[k]])})",
    "emptying": f"({_PROMISED} ? {FACTS}.?emptied.orValue([]) : []).filter(p, {_may_end('p')} && {_may_run_on('p')})",
}
"""`emptying`: the pools of autoscalers that may end the pod to empty its node."""


def run_can_be_consolidated(names: Mapping[str, str], remedies: Mapping[str, str]) -> Cel:
    """IGZ211.

    Args:
        names: what autoscalers are called.
        remedies: by autoscaler, what to do where annotations do not reach the pods.
    """
    first = "variables.emptying[0].autoscaler"
    what = (
        f"'its completion is promised, and ' + string({literal(names)}[{first}])"
        ' + " may end its pod to empty a node of \'" + variables.emptying[0].name + "\'"'
    )
    unreached = f'{what} + ": the annotations of a function of kind \'" + variables.kind + "\' do not reach its pods"'
    return Cel(
        (
            Says(when(f"variables.emptying.size() > 0 && {_ANNOTATED}", what)),
            *(
                Says(
                    when(
                        f"variables.emptying.size() > 0 && !({_ANNOTATED}) && {first} == {quoted(autoscaler)}",
                        unreached,
                    ),
                    remedy,
                )
                for autoscaler, remedy in remedies.items()
            ),
        )
    )
