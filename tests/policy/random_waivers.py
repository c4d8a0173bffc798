"""Random texts of waivers: as people write them, as they misspell them, and as somebody writes who looks for a gap."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from tests.policy.compared import CHANGED, Case, old_workload

Plain = dict[str, Any]

RULE: Final = "IGZ404"
"""The rule that is waived here: a pod that names its node breaks it, whatever is known of the cluster."""
_KEY: Final = f"igz-runtime/waive-{RULE}"
_BLANKS: Final = ("", " ", "  ", "\t", "\n", "\r\n", "\f", "\v", "\u00a0", "\u2003", "\x00", "\x1f", "\u200b")
_SEPARATORS: Final = (*_BLANKS, ":", "-", ": ", " - ", ",", ";", "\u2013", "\u2014", "::", "=", ".")
_UNTIL: Final = ("until", "until", "until", "Until", "UNTIL", "unt\u0131l", "until\u0301", "till", "until until", "bis")
_BETWEEN: Final = (" ", " ", " ", ":", "=", ": ", "\n", "\t", "", "\u00a0", "-", " = ")
_BEHIND: Final = (": ", ": ", " ", ":", ",", "; ", "", "-", " - ", "\n", "\u2014", ".", "T00:00", "/", "=", " :,")
_REASONS: Final = (
    "resubmitted by cron",
    "x",
    "7",
    "",
    "_",
    "__",
    "-",
    "...",
    "\u00e9",
    "\u4e2d\u65ad",
    "\u0661",
    "\u00b2",
    "\u2460",
    "\U0001d7d8",
    "\u0301",
    "\U0001f600",
    "a\nb",
    "\n",
    "until we retry",
    "reason: until we retry",
    "Reason:x",
    "reason :",
    "reason",
    "ends until 2099-01-31",
    "ends till 2099-01-31",
    "ends (until 2099-01-31)",
    "untilll: 2099.1.3",
    "until\n2099/1",
    "hostile\u00e9til 2099-01",
    "until 2099",
    "lentil 2099-01-01",
    "_until 2099-01-31",
    "\u00e9until 2099-01-31",
    "tilt 1-2",
    "il 1-2",
    "unTIL 1.5 hours",
)
_SPECIAL_DAYS: Final = (
    *("2096-02-29", "2100-02-29", "2099-02-29", "2400-02-29", "2000-02-29", "1900-02-29", "0004-02-29"),
    *("0000-01-01", "0000-02-29", "0001-01-01", "9999-12-31", "9999-02-29", "9996-02-29", "2099-02-30"),
    *("2099-04-31", "2099-04-30", "2099-13-01", "2099-00-10", "2099-01-00", "2099-01-32", "2099-12-31"),
    *("2099-1-31", "2099-01-3", "20990131", "2099-W01-1", "99-01-31", "+2099-01-31", "10000-01-01", "2099-01-31Z"),
    *("\u0662\u0660\u0669\u0669-01-31", "2099\u201301\u201331", "2099/01/31", "2099.01.31", "31.01.2099", "tomorrow"),
)


def a_day(pick: random.Random) -> str:
    """A day as it is written: near to today, anywhere, or none."""
    way = pick.random()
    if way < 0.45:
        return str(datetime.now(UTC).date() + timedelta(pick.choice((-2, -1, 0, 0, 1, 2, 29, 30, 31, 399, 400, 401))))
    if way < 0.75:
        return pick.choice(_SPECIAL_DAYS)
    return f"{pick.randint(0, 9999):04}-{pick.randint(0, 13):02}-{pick.randint(0, 32):02}"


def a_text(pick: random.Random) -> str:
    """A text that may be a waiver."""
    way = pick.random()
    if way < 0.15:
        return "".join(pick.choice((*_SEPARATORS, *_UNTIL, *_REASONS, a_day(pick))) for _ in range(pick.randint(0, 6)))
    before, reason = (pick.choice(_SEPARATORS) if pick.random() < 0.3 else ""), pick.choice(_REASONS)
    if way < 0.4:
        return before + reason
    if way < 0.6:
        return f"until {a_day(pick)}: {reason if pick.random() < 0.3 else 'resubmitted by cron'}"
    return before + pick.choice(_UNTIL) + pick.choice(_BETWEEN) + a_day(pick) + pick.choice(_BEHIND) + reason


def each_day(namespace: str) -> list[Case]:
    """A waiver to each of the days at which something changes, and to some that are none, made and changed."""
    days = [str(datetime.now(UTC).date() + timedelta(days)) for days in (-1, 0, 1, 29, 30, 31)]
    annotations = [{_KEY: f"until {day}: x"} for day in (*days, *_SPECIAL_DAYS)]
    labels = {"mlrun/class": "job", "mlrun/function": "prepare"}
    made = (_pod(namespace, labels, each) for each in annotations)
    changed = (_workload(namespace, labels, each, changed=True) for each in annotations)
    return [each._replace(shows="waived") for each in (*made, *changed)]


def annotated(pick: random.Random, namespace: str) -> Case:
    """A pod or a workload that breaks the rule, with a text of its own."""
    labels = {"mlrun/class": "job", "mlrun/project": pick.choice(("fraud", "churn")), "mlrun/function": "prepare"}
    return _case(pick, namespace, labels, {_KEY: a_text(pick)} if pick.random() < 0.95 else {})


def bare(pick: random.Random, namespace: str) -> Case:
    """One of the kinds whose pods carry no annotations: facts alone may waive the rule."""
    kind, project = pick.choice(("mpijob", "spark", "dask")), pick.choice(("fraud", "churn", "fr", "frzud", "fr.ud"))
    name = pick.choice(("trainer", "re-train-churn", "fit2", "fit10", "x", "xx", "prepare"))
    labels = {"mlrun/class": kind, "mlrun/project": project, "mlrun/function": name}
    return _case(pick, namespace, labels, {})


def _case(pick: random.Random, namespace: str, labels: Plain, annotations: Plain) -> Case:
    if pick.random() < 0.6:
        return _pod(namespace, labels, annotations)
    return _workload(namespace, labels, annotations, changed=pick.random() < 0.6)


def _pod(namespace: str, labels: Plain, annotations: Plain) -> Case:
    metadata = {"generateName": "x-", "labels": labels, "annotations": annotations}
    return Case(namespace, {"kind": "Pod", "metadata": metadata, "spec": _spec()})


def _workload(namespace: str, labels: Plain, annotations: Plain, *, changed: bool) -> Case:
    workload = old_workload("Deployment")
    metadata = {"labels": {**labels, "own": "x"}, "annotations": annotations}
    workload["spec"]["template"] = {"metadata": metadata, "spec": _spec()}
    workload["metadata"]["name"] = CHANGED if changed else "made"
    return Case(namespace, workload, changed=changed)


def _spec() -> Plain:
    return {"containers": [{"name": "base", "image": "x"}], "nodeName": "node-1"}
