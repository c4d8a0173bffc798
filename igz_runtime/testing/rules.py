"""One rule on one document: what authors of rules test."""

from __future__ import annotations

from typing import Any

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions import adapter_for
from igz_runtime.functions.jupyter.given import services_in
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.subjects import subjects_as_they_are
from igz_runtime.rules.authoring import Rule
from igz_runtime.rules.engine import About, Verdicts, findings_of, verdicts_of
from igz_runtime.rules.findings import Findings
from igz_runtime.rules.reads import IDENTITY, behind
from igz_runtime.rules.registry import require_rule
from igz_runtime.rules.subject import Subject
from igz_runtime.testing.recording import RecordingSubject


def judge_rule(
    rule_id: str, judged: Any, cluster: Cluster | None = None, *, workload: Workload | str | None = None
) -> Findings:
    """What one rule says, and no other. Unlike in a report, a rule that fails is not a finding: its error is raised.

    Waivers count as they do in a check, and what the rule could not decide is in `.skipped`. A rule that says what it
    reads (`rule(reads=…)`) is held to it: lint would else take a verdict for certain that depends on what is not known.

    Args:
        rule_id: the rule's id, such as `ACME101`; the module that registers it is imported.
        judged: a function: an object of MLRun, a nuclio ConfigSpec, a mapping, or a path to a file; or one Jupyter
            service, as a mapping or igz-mgmt's object. For a rule on another type (`rule(on=Cluster)`) a value of that
            type.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work; else what the function's record declares.

    Raises:
        AssertionError: the rule reads what it does not say that it reads; names it.
        InvalidValue: there is no such rule, it is on another type than what is judged, or several services are given.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.
    """
    rule = require_rule(rule_id)
    if rule.on is not Subject:
        return _on_another_type(rule, judged)
    function = _function(judged)
    applied = Applied.on(function)
    subjects = subjects_as_they_are(function, applied, cluster or Cluster.current(), workload)
    said = tuple(_kept_to_its_word(rule, RecordingSubject(subject)) for subject in subjects)
    return findings_of(About.of(function), said, applied.waivers if applied else None)


def _function(judged: Any) -> Function:
    services = services_in(judged)
    if len(services) > 1:
        raise InvalidValue(f"{len(services)} Jupyter services were given, and one is judged at a time")
    return services[0].read() if services else adapter_for(judged).read()


def _kept_to_its_word(rule: Rule[Any], subject: RecordingSubject) -> Verdicts:
    __tracebackhide__ = True
    said = verdicts_of(rule, subject)
    unsaid = sorted(subject.read - behind(rule.reads) - IDENTITY) if rule.reads is not None else ()
    if unsaid:
        raise AssertionError(f"rule {rule.id} reads {', '.join(unsaid)}, and its `reads` does not say so")
    return said


def _on_another_type(rule: Rule[Any], judged: Any) -> Findings:
    if not isinstance(judged, rule.on):
        raise InvalidValue(f"rule {rule.id} is on {rule.on.__name__}, not on {type(judged).__name__}")
    kind = type(judged).__name__
    return findings_of(About(kind.lower(), kind), (verdicts_of(rule, judged),))
