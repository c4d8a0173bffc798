"""The two policies: what refuses, and what warns, out of each rule's own expressions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Literal

from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.cel.form import FACTS, Cel, Says, literal, quoted
from igz_runtime.rules.cel.variables import VARIABLES
from igz_runtime.rules.cel.waiving import waived
from igz_runtime.rules.registry import rules

Way = Literal["deny", "warn"]
Manifest = dict[str, Any]

GROUP: Final = "igz-runtime.io"
FACTS_KIND: Final = "ClusterFacts"
API: Final = "admissionregistration.k8s.io/v1"
_BETWEEN: Final = " | "
LONGEST: Final = 3500
"""Characters of a message: above 5 KiB the API server would show another, and above 4,096 it cuts warnings."""


def policy_name(way: Way) -> str:
    """The name of a policy, and of its binding."""
    return f"igz-runtime-{way}"


def policy(way: Way, namespaces: Iterable[str], facts: Mapping[str, Any] | None = None) -> Manifest:
    """A policy.

    Args:
        way: whether it refuses or warns.
        namespaces: the namespaces whose pods are judged.
        facts: what is known of the cluster, where it stands in the policy itself; None: it is a parameter.
    """
    stated = "variables.facts"
    variables = {} if facts is None else {"facts": literal(facts)}
    variables |= VARIABLES
    asked = dict(expressed())
    variables["waived"] = waived(rule_id for rule_id, each in asked.items() if each.waivable)
    variables["refused"] = "variables.actions.filter(r, variables.actions[r] == 'Deny')"
    variables["silent"] = "variables.actions.filter(r, variables.actions[r] == 'Off')"
    for each in asked.values():
        variables[each.id] = _found(each, way)
    listed = ", ".join(f"variables.{rule_id}" for rule_id in asked)
    variables["findings"] = f"variables.judged ? [{listed}].filter(t, t != '').join({quoted(_BETWEEN)}) : ''"
    variables["text"] = 'variables.kind + " \'" + variables.name + "\': " + variables.findings'
    if facts is not None:
        variables = {name: text.replace(FACTS, stated) for name, text in variables.items()}
    spec = {
        "failurePolicy": "Ignore" if facts is None else "Fail",
        **({"paramKind": {"apiVersion": f"{GROUP}/v1", "kind": FACTS_KIND}} if facts is None else {}),
        "matchConstraints": {
            "namespaceSelector": _namespaces(namespaces),
            "resourceRules": [
                _resource("", "v1", ["pods"], ["CREATE"]),
                _resource("apps", "v1", ["deployments", "statefulsets"], ["CREATE", "UPDATE"]),
                _resource("batch", "v1", ["jobs"], ["CREATE"]),
            ],
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
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": policy_name(way), "labels": {"app.kubernetes.io/managed-by": "igz-runtime"}},
        "spec": spec,
    }


def _namespaces(names: Iterable[str]) -> Manifest:
    return {
        "matchExpressions": [{"key": "kubernetes.io/metadata.name", "operator": "In", "values": sorted(set(names))}]
    }


def _resource(group: str, version: str, resources: list[str], operations: list[str]) -> Manifest:
    return {"apiGroups": [group], "apiVersions": [version], "resources": resources, "operations": operations}


def expressed() -> Iterator[tuple[str, Rule[Any]]]:
    """The rules that admission can ask, by id."""
    for rule_id, each in rules().items():
        if isinstance(each.cel, Cel) and each.cel.on == "pods":
            yield rule_id, each


def _found(rule: Rule[Any], way: Way) -> str:
    """What a rule finds that a policy says: a text, empty where there is nothing."""
    cel, said = rule.cel, list[str]()
    if isinstance(cel, Cel) and (way == "warn" or not cel.warns):
        said = [_said(each, rule, way) for each in cel.says]
    unless = f" && !({quoted(rule.id)} in variables.waived)" if rule.waivable else ""
    texts = f"[{' + '.join(said)}].filter(l, l.size() > 0{unless}).map(l, l.join({quoted(_BETWEEN)})).join('')"
    asked = f"{quoted(rule.id)} in variables.refused" if way == "deny" else f"!({quoted(rule.id)} in variables.silent)"
    return f"{asked} ? {texts} : ''"


def _said(says: Says, rule: Rule[Any], way: Way) -> str:
    """What a rule says in one severity: a list of texts."""
    severity = f"{FACTS}.?severities[?{quoted(rule.id)}].orValue({quoted(says.severity or rule.severity)})"
    refused = f"({quoted(rule.id)} in variables.refused && {severity} == 'error')"
    text = f"{quoted(f'{rule.id}: ')} + m + {quoted(f'; fix: {says.fix or rule.fix}')}"
    asked = f"{severity} == 'error'" if way == "deny" else f"!{refused}"
    return f"({asked} ? ({says.found}).map(m, {text}) : [])"
