"""IGZ9xx: what is wrong with a file itself. Lint finds it while it reads; no rule can, as there is no function yet."""

from __future__ import annotations

from collections.abc import Iterable

from igz_runtime.k8s.pod import Field
from igz_runtime.rules.authoring import VERIFIED, Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.findings import Finding
from igz_runtime.rules.registry import require_rule

NO_SILENCE = "igz_runtime: what was not judged is said"


def document_finding(
    rule_id: str,
    message: str,
    *,
    fix: str = "",
    function: str = "",
    kind: str = "",
    role: str = "",
    field: Field = (),
) -> Finding:
    """A finding about a file, with what its rule says beside it.

    Args:
        rule_id: the id of one of the rules of this module.
        message: what was found: the value found and the value required.
        fix: how to fix it; else the rule's own words.
        function: the function's name; empty where the file could not be read that far.
        kind: the function's kind.
        role: the role, where it is about one.
        field: the field in the words of `PodSettings`, where it is one of them.

    Raises:
        InvalidValue: there is no such rule; names the nearest.

    >>> print(document_finding("IGZ901", "is not YAML: a tab where a space is required"))
    IGZ901 error: is not YAML: a tab where a space is required
    """
    of = require_rule(rule_id)
    return Finding(
        rule=of.id,
        severity=of.severity,
        message=message,
        why=of.source,
        fix=fix or of.fix,
        function=function,
        kind=kind,
        role=role,
        field=field,
    )


class Document:
    """What these rules are on: a file. No engine asks them of one, as lint finds what they say while it reads."""


def reported_by_lint(_: Document) -> Iterable[Found | Skip]:
    """The check of these rules."""
    return ()


rule(
    "IGZ901",
    "unreadable-file",
    "a file that cannot be read, so that nothing in it was judged",
    severity="error",
    source="A file that cannot be read was not judged, and must not be taken for one without findings.",
    origin=NO_SILENCE,
    fix="fix the file at the reported place, or leave it out with `exclude` in igz-runtime.yaml",
    reads=(),
    on=Document,
    cel=elsewhere.OF_FILES,
)(reported_by_lint)

rule(
    "IGZ902",
    "wrong-type",
    "a field of a function whose value has the wrong type",
    severity="error",
    source="MLRun's client accepts most fields as they are; the run, or its pod, is refused later.",
    origin=VERIFIED,
    fix="write the field as its platform expects it; a label value is text, in quotes where it looks like a number",
    reads=(),
    on=Document,
    cel=elsewhere.OF_FILES,
)(reported_by_lint)

rule(
    "IGZ903",
    "unknown-field",
    "an unknown field whose name is close to one that MLRun, Nuclio or Kubernetes knows",
    severity="warning",
    waivable=True,
    source="MLRun silently drops a field of a function that it does not know, and so does Nuclio.",
    origin=VERIFIED,
    fix="write the field's name as MLRun or Nuclio spells it, or remove it",
    reads=(),
    on=Document,
    cel=elsewhere.OF_FILES,
)(reported_by_lint)

rule(
    "IGZ904",
    "waiver-without-effect",
    "a waiver or a declaration that does not count: without a reason, past its last day, or not allowed",
    severity="error",
    source="A waiver has a reason, which says what happens when the risk materialises, and may have a last day.",
    origin="igz_runtime, Waivers",
    fix="write it as `# igz-runtime: waive IGZ101 until 2027-01-31 reason`, or remove it",
    reads=(),
    on=Document,
    cel=elsewhere.OF_FILES,
)(reported_by_lint)

rule(
    "IGZ905",
    "profile-not-applicable",
    "a call of a profile that raises: an invalid argument, missing resources, or a kind that it cannot place",
    severity="error",
    source="A profile refuses an invalid argument when it is made, and a function that it cannot place when it is "
    "applied.",
    origin="igz_runtime, The profiles",
    fix="correct the call: it raises when it is run",
    reads=(),
    on=Document,
    cel=elsewhere.OF_FILES,
)(reported_by_lint)
