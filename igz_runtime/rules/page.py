"""A rule as a page to read: what its decorator says, and the body that is written for it in `pages/`.

The body of another distribution's rule is the docstring of its function.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

from igz_runtime.rules.at_admission import said_at_admission
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.plug_ins import documented
from igz_runtime.rules.registry import require_rule, rules


def rule_page(rule_id: str) -> str:
    """The whole Markdown page of a rule.

    Args:
        rule_id: the rule's id.

    Raises:
        InvalidValue: there is no such rule; names the nearest.

    >>> print(rule_page("IGZ101").splitlines()[0])
    # IGZ101 stateful-on-spot
    """
    rule = require_rule(rule_id)
    written = resources.files("igz_runtime.rules") / "pages" / f"{rule.id}.md"
    body = written.read_text(encoding="utf-8") if written.is_file() else documented(rule)
    return "\n".join(_page(rule, body))


def rules_table() -> str:
    """Every rule in a Markdown table, with its id linked to its page.

    >>> print(rules_table().splitlines()[2])
    | [IGZ101](IGZ101.md) | stateful-on-spot | error | yes, with a reason | stateful work that can land on spot nodes |
    """
    lines = ["| Rule | Name | Severity | Waivable | What it finds |", "| --- | --- | --- | --- | --- |"]
    lines += [
        f"| [{rule.id}]({rule.id}.md) | {rule.name} | {rule.severity} | {_waivable(rule)} | {rule.title} |"
        for rule in rules().values()
    ]
    return "\n".join(lines) + "\n"


def _page(rule: Rule[Any], body: str) -> Iterator[str]:
    yield f"# {rule.id} {rule.name}\n"
    yield f"What it finds: {rule.title}.\n"
    yield "| Severity | Waivable |\n| --- | --- |"
    yield f"| {rule.severity} | {_waivable(rule)} |\n"
    yield f"> {rule.source}\n>\n> Source: {rule.origin}\n"
    if body:
        yield f"{body.strip()}\n"
    yield f"## Fix\n\n{_sentence(rule.fix)}\n"
    yield f"## At admission\n\n{said_at_admission(rule)}\n"


def _waivable(rule: Rule[Any]) -> str:
    return "yes, with a reason" if rule.waivable else "no"


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
