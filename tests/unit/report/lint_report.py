"""A report of lint to be shown: findings of real rules, in files whose names and values mean no good."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from igz_runtime.lint.results import Located, Note, Report, Stated
from igz_runtime.rules import Finding, rules
from igz_runtime.rules.declarations import Declaration, commented
from igz_runtime.text.place import Position
from igz_runtime.waiver import Waiver

EVIL = "evil\x1b[31m\u202e<script>alert(1)</script>\r\n::error::x%0A]]>"
WAIVER = Waiver("checkpoints every epoch, resubmitted by cron", until="2999-01-31")


def finding(rule_id: str = "IGZ101", message: str = "", **given: Any) -> Finding:
    """A finding with the rule's own severity, reason and fix."""
    rule = rules()[rule_id]
    about = {"function": "train", "kind": "job", "role": "main"} | given
    return Finding(
        rule=rule_id,
        severity=about.pop("severity", rule.severity),
        message=message or f"{rule.title}, here",
        why=rule.source,
        fix=about.pop("fix", rule.fix),
        **about,
    )


def located(file: str, position: Position, rule_id: str = "IGZ101", message: str = "", **given: Any) -> Located:
    """A finding and its place."""
    marks = {name: given.pop(name) for name in ("known", "fixable") if name in given}
    return Located(finding(rule_id, message, **given), file, position, **marks)


def everything() -> Report:
    """One of each: every severity, waived, known, fixable, in a notebook, about a file, with a hostile name."""
    cpu = "container 'main': CPU request 500m of its own"
    advice = [located(f"jobs/{n:02}.yaml", Position(9, 7), "IGZ204", cpu, function=f"f{n}") for n in range(14)]
    waived = located("jobs/train.yaml", Position(20, 3), "IGZ103")
    return Report(
        findings=(
            located(EVIL, Position(1, 1), "IGZ302", f"priority class {EVIL!r} is reserved", function=EVIL),
            *advice,
            located("jobs/train.yaml", Position(12, 5), field=("node_selector", "app.iguazio.com/lifecycle")),
            located("jobs/train.yaml", Position(14, 11), "IGZ205", "memory '512m' is 0.512 bytes", fixable=True),
            located("jobs/train.yaml", Position(15, 11), "IGZ205", "memory '64m' is 0.064 bytes", fixable=True),
            waived._replace(finding=replace(waived.finding, waived=WAIVER)),
            located("jobs/train.yaml", Position(30, 1), "IGZ404", known=True),
            located("nb/a b#1.ipynb", Position(5, 4, cell=3, file_line=57), "IGZ111"),
        ),
        notes=(
            Note("jobs/train.yaml", Position(40, 1), "the limits come from a variable"),
            Note("pipelines/p.py", Position(7, 2), f"the value of {EVIL!r} is not known"),
            Note("pipelines/q.py", None, "calls of a module that is not here"),
        ),
        declared=(
            Stated(
                Declaration("stateless", "its label", EVIL, "job", contrary=f"its name {EVIL!r}"), EVIL, Position(3, 1)
            ),
            Stated(commented("IGZ101", WAIVER), "nb/a b#1.ipynb", Position(4, 1, cell=3, file_line=56)),
            *(
                Stated(Declaration("stateful", "its label", f"f{n}", "job"), f"work/{n:02}.yaml", None)
                for n in range(14)
            ),
        ),
        skipped={
            ("IGZ401", "the node group of the core services is not known"): 49,
            ("IGZ208", "the size of the nodes that its pod can land on is not known"): 12,
        },
        files=49,
        functions=51,
        unreadable=1,
    )
