"""The two policies: what refuses, and what warns, out of each rule's own expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from igz_runtime.audit.policies.matched import resource_rules
from igz_runtime.audit.policies.schema import GROUP, KIND, VERSION
from igz_runtime.cluster.policy_words import BEFORE_FIX, BETWEEN
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.cel.form import FACTS, FUNCTIONS, PODS, SETS, Cel, Resource, Says, literal, quoted
from igz_runtime.rules.cel.variables import VARIABLES
from igz_runtime.rules.cel.waiving import counts, granted, waived
from igz_runtime.rules.cel.written import shown
from igz_runtime.rules.registry import rules

Way = Literal["deny", "warn"]
Manifest = dict[str, Any]

API: Final = "admissionregistration.k8s.io/v1"
POLICY: Final = "ValidatingAdmissionPolicy"
LONGEST: Final = 3500
"""Characters of a message: above 5 KiB the API server would show another, and above 4,096 it cuts warnings."""


def policy_name(way: Way) -> str:
    """The name of a policy, and of its binding."""
    return f"igz-runtime-{way}"


def policy(way: Way, namespaces: Iterable[str], facts: Mapping[str, Any] | None = None) -> Manifest:
    """A policy, without labels and annotations.

    Args:
        way: whether it refuses or warns.
        namespaces: the namespaces whose pods are judged.
        facts: what is known of the cluster, where it stands in the policy itself; None: it is a parameter.
    """
    stated = "variables.facts"
    variables = {} if facts is None else {"facts": literal(facts)}
    variables |= VARIABLES
    asked_of_pods, asked_of_functions = list(expressed(PODS)), list(expressed(FUNCTIONS))
    waivable = (each.id for each in (*asked_of_pods, *asked_of_functions) if each.waivable)
    variables["waived"] = waived(dict.fromkeys(waivable))
    variables["refused"] = "variables.actions.filter(r, variables.actions[r] == 'Deny')"
    variables["silent"] = "variables.actions.filter(r, variables.actions[r] == 'Off')"
    of_pods = {each.id: _found(each, way, PODS) for each in asked_of_pods}
    of_functions = {f"{FUNCTIONS}_{each.id}": _found(each, way, FUNCTIONS) for each in asked_of_functions}
    variables |= of_pods | of_functions
    variables["services"] = _of_services(way) if way == "warn" else "''"
    # What is beyond all bounds is refused where anything is: else it would be the way around every rule.
    beyond = "variables.beyond" if way == "deny" else "variables.refused.size() == 0 ? variables.beyond : ''"
    on_pods = f"(variables.beyond == '' ? {_together(of_pods)} : {beyond})"
    of_strangers = [each.id for each in asked_of_pods if isinstance(each.cel, Cel) and each.cel.strangers]
    found = (
        f"variables.judged ? (variables.is_set ? variables.services : variables.is_function"
        f" ? {_together(of_functions)} : {on_pods}) : variables.changed ? {_together(of_strangers)} : ''"
    )
    # Where nothing is enforced, the policy that refuses looks at no pod.
    variables["findings"] = f"variables.refused.size() == 0 ? '' : {found}" if way == "deny" else found
    whose = 'variables.kind + " \'" + variables.name + "\': "'
    variables["text"] = f"(variables.is_set ? '' : {whose}) + variables.findings"
    if facts is not None:
        variables = {name: text.replace(FACTS, stated) for name, text in variables.items()}
    spec = {
        "failurePolicy": "Ignore" if facts is None else "Fail",
        **({"paramKind": {"apiVersion": f"{GROUP}/{VERSION}", "kind": KIND}} if facts is None else {}),
        "matchConstraints": {
            "namespaceSelector": _namespaces(namespaces),
            "resourceRules": resource_rules(refusing=way == "deny"),
        },
        "variables": [{"name": name, "expression": text} for name, text in variables.items()],
        "validations": [
            {
                "expression": "variables.findings == ''",
                "reason": "Forbidden",
                "message": "igz-runtime: rules refuse it, and there is more to say than the API server shows",
                "messageExpression": f"variables.text.size() <= {LONGEST} ? variables.text"
                f" : variables.text.substring(0, {LONGEST}) + '…'",
            }
        ],
    }
    return {
        "apiVersion": API,
        "kind": POLICY,
        "metadata": {"name": policy_name(way)},
        "spec": spec,
    }


def _namespaces(names: Iterable[str]) -> Manifest:
    return {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(set(names))}]
    }


def expressed(resource: Resource = PODS) -> Iterator[Rule[Any]]:
    """The rules that admission can ask of a resource."""
    return (each for each in rules().values() if isinstance(each.cel, Cel) and resource in each.cel.on)


def _together(names: Iterable[str]) -> str:
    """What these variables say, where they say something."""
    listed = ", ".join(f"variables.{name}" for name in names)
    return f"[{listed}].filter(t, t != '').join({quoted(BETWEEN)})"


def _found(rule: Rule[Any], way: Way, resource: Resource) -> str:
    """What a rule finds that a policy says: a text, empty where there is nothing."""
    text = _text(rule, way, resource, f"{quoted(rule.id)} in variables.waived")
    return f"{_is_asked(rule, way)} ? {text}.join('') : ''"


def _of_services(way: Way) -> str:
    """What the rules find on the services of a set, `s`, each with the service before it."""
    said = []
    for each in expressed(SETS):
        is_waived = f"[{quoted(each.id)}].exists(i, {granted('s.name')}.exists(u, {counts()}))"
        said.append(f"({_is_asked(each, way)} ? {_text(each, way, SETS, is_waived)} : [])")
    found = f"l.map(s, ({' + '.join(said)}).map(t, {quoted(f'{JUPYTER} ')} + {shown('s.name')} + ': ' + t))"
    return (
        f"variables.tenants.map(l, {found}.filter(f, f.size() > 0).map(f, f.join({quoted(BETWEEN)})))"
        f".filter(l, l.size() > 0).map(l, l.join({quoted(BETWEEN)})).join({quoted(BETWEEN)})"
    )


def _is_asked(rule: Rule[Any], way: Way) -> str:
    return f"{quoted(rule.id)} in variables.refused" if way == "deny" else f"!({quoted(rule.id)} in variables.silent)"


def _text(rule: Rule[Any], way: Way, resource: Resource, is_waived: str) -> str:
    """What a rule finds that is not waived, as a list of none or one text."""
    unless = f" && !({is_waived})" if rule.waivable else ""
    return f"[{_texts(rule, way, resource)}].filter(l, l.size() > 0{unless}).map(l, l.join({quoted(BETWEEN)}))"


def _texts(rule: Rule[Any], way: Way, resource: Resource) -> str:
    """What a rule finds of such an object: a list of texts."""
    cel, said = rule.cel, list[str]()
    if isinstance(cel, Cel) and (way == "warn" or not cel.warns):
        said = [_said(each, rule, way, cel) for each in cel.says if resource in each.on]
    return " + ".join(said) or "dyn([])"


def _said(says: Says, rule: Rule[Any], way: Way, cel: Cel) -> str:
    """What a rule says in one severity: a list of texts."""
    usual = quoted(says.severity or rule.severity)
    severity = usual if says.settled else f"{FACTS}.?severities[?{quoted(rule.id)}].orValue({usual})"
    refused = f"({quoted(rule.id)} in variables.refused && {severity} == 'error')"
    text = f"{quoted(f'{rule.id}: ')} + m + {quoted(f'{BEFORE_FIX}{says.fix or rule.fix}')}"
    asked = f"{severity} == 'error'" if way == "deny" else "true" if cel.warns else f"!{refused}"
    return f"({asked} ? ({says.found}).map(m, {text}) : [])"
