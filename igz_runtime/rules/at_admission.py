"""What a rule does at admission, in words: what it is asked of, whether it can refuse, or why it is not asked."""

from __future__ import annotations

from typing import Any, Final

from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.cel.form import FUNCTIONS, PODS, SETS, Cel, NotAtAdmission, Resource
from igz_runtime.rules.registry import rules

_OBJECTS: Final[dict[Resource, tuple[str, str]]] = {
    PODS: ("pods", "pods, and Deployments, StatefulSets and Jobs by the pods that they would make"),
    FUNCTIONS: ("functions of Nuclio", "functions of Nuclio (NuclioFunction)"),
    SETS: ("Iguazio's services", "Iguazio's services (IguazioTenantAppServiceSet)"),
}
"""What admission is asked about, in a table and in a sentence."""
_NOBODY_SAYS: Final = "its distribution says nothing of it"


def objects(on: tuple[Resource, ...]) -> str:
    """What admission is asked about, in a few words."""
    return ", ".join(_OBJECTS[each][0] for each in on)


def why_not_asked(rule: Rule[Any]) -> str:
    """Why no admission policy asks a rule; empty where one does."""
    if isinstance(rule.cel, Cel):
        return ""
    return rule.cel.because if isinstance(rule.cel, NotAtAdmission) else _NOBODY_SAYS


def said_at_admission(rule: Rule[Any]) -> str:
    """What a rule does at admission, in a paragraph."""
    if not isinstance(rule.cel, Cel):
        return f"Not asked at admission: {why_not_asked(rule)}."
    asked_of = "; of ".join(_OBJECTS[each][1] for each in rule.cel.on)
    return f"`igz-runtime policy` has it asked of {asked_of}. {_sentence(rule, rule.cel)}"


def _sentence(rule: Rule[Any], cel: Cel) -> str:
    return {
        "no": "It only warns: a refusal would stop the platform's own controllers.",
        "yes": f"It warns, and refuses once it is enforced (`--enforce {rule.id}`).",
        "errors": f"It warns; once it is enforced (`--enforce {rule.id}`), what it finds as an error is refused.",
        "as error": "It warns: what it finds is no error, unless `rules.severities` in igz-runtime.yaml says so.",
    }[_refuses(rule, cel)]


def _refuses(rule: Rule[Any], cel: Cel) -> str:
    """Whether a rule can refuse: yes, its errors alone, where it is made an error, or not at all."""
    if cel.warns:
        return "no"
    severities = {each.severity or rule.severity for each in cel.says}
    if severities == {"error"}:
        return "yes"
    return "errors" if "error" in severities else "as error"


def admission_table() -> str:
    """Every rule in a Markdown table, with what it is asked of at admission and whether it can refuse, or why not.

    >>> print(admission_table().splitlines()[2])
    | [IGZ101](IGZ101.md) | stateful-on-spot | pods | yes |
    """
    lines = ["| Rule | Name | Asked of | Can refuse |", "| --- | --- | --- | --- |"]
    lines += [f"| [{rule.id}]({rule.id}.md) | {rule.name} | {_row(rule)} |" for rule in rules().values()]
    return "\n".join(lines) + "\n"


def _row(rule: Rule[Any]) -> str:
    if not isinstance(rule.cel, Cel):
        return f"not asked: {why_not_asked(rule)} | no"
    refuses = {"no": "no, it only warns", "errors": "its errors", "as error": "as `rules.severities` has it"}
    found = _refuses(rule, rule.cel)
    return f"{objects(rule.cel.on)} | {refuses.get(found, found)}"
