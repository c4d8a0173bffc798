"""The documents of `tests/cases`, and what becomes of them.

A case file holds the sections `pass` (the rule finds nothing, and was able to decide), `fail` (it finds what `expect`
says, and nothing more) and `skip` (it says which fact is missing). A case is a function's document and, where they
matter, the `cluster` (as `Cluster.from_dict` takes it; else Iguazio's defaults), the `workload`, `profiles` and
`functions` of igz-runtime.yaml, and the `profile` with its arguments. With a profile, the plan is judged; with `then`
as well, the profile is applied, the document changed by hand so, and checked. Instead of a function, a case may hold a
`file` by name and text, which is linted, a `pattern` of igz-runtime.yaml with the names of the `functions`, an
`assignment` or the `capacity` of node groups, as fields of `Assignment` or `GroupCapacity`; or an `audit`: a cluster
as `Cluster.from_dict` takes it, which is audited as one of the `environment`, `apart_from` others, under the `waivers`
and what is `waivable`.
"""

from __future__ import annotations

import copy
import json
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from igz_runtime import Cluster, Waiver, Workload, check, profiles
from igz_runtime.audit import Audit, audit_cluster
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.lint.judging import lint_text
from igz_runtime.profiles import Profile
from igz_runtime.rules import Findings, judge
from igz_runtime.rules.assignment import Assignment, Pattern
from igz_runtime.rules.engine import About

CASES = Path(__file__).parents[2] / "cases"
SECTIONS = ("pass", "fail", "skip")
SUBJECTS = ("function", "file", "pattern", "assignment", "capacity", "audit")
FIELDS = {
    *("name", *SUBJECTS, "functions", "cluster", "workload"),
    *("profile", "profiles", "then", "expect"),
    *("environment", "apart_from", "waivers", "waivable"),
}

Case = dict[str, Any]


def read(rule_id: str) -> dict[str, list[Case]]:
    sections: dict[str, list[Case]] = YAML(typ="safe", pure=True).load(CASES / f"{rule_id}.yaml")
    return sections


def every(section: str) -> list[Any]:
    return [
        pytest.param(path.stem, case, id=f"{path.stem} {case['name']}")
        for path in sorted(CASES.glob("*.yaml"))
        for case in read(path.stem).get(section) or ()
    ]


def judged(case: Case) -> Findings:
    if "assignment" in case:
        return judge([Assignment(**case["assignment"])], about=About(case["assignment"]["function"], "job"))
    if "pattern" in case:
        pattern = Pattern(case["pattern"], tuple(case["functions"]))
        return judge([pattern], about=About("churn", "project"))
    if "capacity" in case:
        capacity = GroupCapacity(**{**case["capacity"], "groups": tuple(case["capacity"]["groups"])})
        return judge([capacity], about=About("churn", "project"))
    if "file" in case:
        return Findings(located.finding for located in lint_text(**case["file"]).findings)
    if "audit" in case:
        return audited(case).findings
    cluster = Cluster.from_dict(case["cluster"]) if "cluster" in case else Cluster.iguazio()
    function = copy.deepcopy(case["function"])
    configured: dict[str, Any] = {key: case[key] for key in ("profiles", "functions") if key in case}
    if configured and "profile" not in case:
        return check_under(configured, function, cluster)
    if "profile" not in case:
        return check(function, cluster, workload=workload(case.get("workload")))
    profile = made(case["profile"])
    if "then" not in case:
        return profile.plan(function, cluster).findings
    profile.apply(function, cluster)
    merge(function, case["then"])
    return check_under(configured, function, cluster)


def audited(case: Case) -> Audit:
    """Audit a cluster under an igz-runtime.yaml."""
    configured: dict[str, Any] = {key: case[key] for key in ("waivers", "waivable") if key in case}
    with written(configured) as config:
        cluster, others = Cluster.from_dict(case["audit"]), map(Cluster.from_dict, case.get("apart_from", ()))
        return audit_cluster(cluster, environment=case.get("environment"), config=config, apart_from=others)


def check_under(configured: Mapping[str, Any], function: Any, cluster: Cluster) -> Findings:
    """Check a function under an igz-runtime.yaml."""
    with written(configured) as config:
        return check(function, cluster, config=config)


@contextmanager
def written(configured: Mapping[str, Any]) -> Iterator[str]:
    """An igz-runtime.yaml with these sections."""
    with tempfile.NamedTemporaryFile("w", suffix=".yaml") as config:
        json.dump(configured, config, default=str)
        config.flush()
        yield config.name


def made(written: Mapping[str, Mapping[str, Any]]) -> Profile:
    """A profile from its name and arguments."""
    ((name, arguments),) = written.items()
    waive = {rule_id: Waiver(**waiver) for rule_id, waiver in arguments.get("waive", {}).items()}
    profile: Profile = getattr(profiles, name)(**{**arguments, "waive": waive})
    return profile


def workload(written: str | Mapping[str, Any] | None) -> Workload | str | None:
    return Workload(**written) if isinstance(written, Mapping) else written


def merge(document: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key, value in change.items():
        if isinstance(value, Mapping) and isinstance(document.get(key), dict):
            merge(document[key], value)
        else:
            document[key] = value
