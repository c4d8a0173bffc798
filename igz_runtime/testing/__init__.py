"""Assertions for the unit tests of functions and of the factories that make them: no server, no test framework.

    from igz_runtime.testing import assert_guaranteed, assert_never_on_spot

    def test_training_runs_on_demand():
        fn = training_function("churn")
        assert_guaranteed(fn)
        assert_never_on_spot(fn)

Each takes what `igz_runtime.check` takes: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to
a function's file. It judges the pod that the scheduler would see, and raises `AssertionError` with the function, the
role, what was found and what would be right. All roles must hold, unless `role=` names one.

Without `cluster=`, the pod is judged on the current cluster: the one that igz-runtime.yaml describes, else as MLRun
knows it; offline, on Iguazio's defaults. That your server is configured so is an assumption, so the pod must then pass
on another server as well: one without preemptible nodes, where preemption modes do nothing; without a default priority
class; and with default requests, which make limits alone Burstable. Give `cluster=Cluster.from_dict(…)` with the
`mlrun` settings of your server to judge on it only.

A role or a rule that does not exist raises `InvalidValue`: the mistake is then the test's, not the function's.

Authors of rules have `judge_rule`: one rule on one function.

    from igz_runtime.testing import judge_rule

    def test_a_function_has_a_team():
        assert not judge_rule("ACME101", {"kind": "job", "metadata": {"labels": {"team": "fraud"}}, "spec": {}})
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from igz_runtime.cluster.landing import every_spot_shape, on_demand_shapes, where
from igz_runtime.cluster.model import Cluster
from igz_runtime.functions import adapter_for
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.grounds import grounds_for
from igz_runtime.profiles.checked import checked
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.profiles.profile import Profile
from igz_runtime.rules.findings import Finding, Findings, each_refusal
from igz_runtime.rules.registry import require_rule
from igz_runtime.rules.subject import Subject
from igz_runtime.testing.pods import called, chosen, effective_pods, lacking, remedy
from igz_runtime.testing.records import changed_since, differing
from igz_runtime.testing.rules import judge_rule

__all__ = [
    "assert_applied",
    "assert_guaranteed",
    "assert_may_run_on_spot",
    "assert_never_on_spot",
    "assert_no_refusal",
    "assert_only_on_spot",
    "assert_priority",
    "assert_refused",
    "judge_rule",
]


def assert_guaranteed(
    fn: Any, cluster: Cluster | None = None, *, role: str | None = None, reachable_only: bool = False
) -> None:
    """Assert that the pods are of QoS class Guaranteed.

    A container that the platform adds counts as well, although the function has no field for its resources: beside an
    application's reverse proxy, or as an MPI launcher, it makes the pod Burstable or BestEffort. `reachable_only=True`
    asserts the part that is in the function's hands. The pod of a pipeline step is not judged: KFP makes it.

    Args:
        fn: the function.
        cluster: the cluster to judge on; else the current one.
        role: the only role to judge, such as `executor`.
        reachable_only: leave out containers whose resources no field of the function sets.

    Raises:
        AssertionError: a pod of another class; names each container and what it lacks.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    for pod in effective_pods(fn, cluster, role):
        judged = tuple(c for c in pod.settings.containers if c.reachable or not reachable_only)
        if not judged and role is None:
            continue
        effective = pod.effective._replace(settings=pod.settings.but(containers=judged))
        subject = Subject(pod.function, pod.asked, pod.cluster, qos="Guaranteed", effective=effective)
        if subject.qos != "Guaranteed":
            missing = "; ".join(lacking(subject)) or "no container takes its resources from the function"
            raise pod.failure(f"the pod is {subject.qos}", f"Guaranteed is required: {missing}", remedy(judged))


def assert_never_on_spot(fn: Any, cluster: Cluster | None = None, *, role: str | None = None) -> None:
    """Assert that no pod can land on a spot node, judged for the worst case: labelled, but without a taint.

    Args:
        fn: the function.
        cluster: the cluster to judge on; else the current one.
        role: the only role to judge, such as `driver`.

    Raises:
        AssertionError: a pod can land on spot nodes; names them by label and taint.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    for pod in effective_pods(fn, cluster, role):
        open_to = where(pod.settings, every_spot_shape(pod.cluster, pod.settings))
        if open_to:
            raise pod.failure(
                f"the pod can land on {open_to[0]}", "must land on no spot node", "apply profiles.production_job(…)"
            )


def assert_may_run_on_spot(fn: Any, cluster: Cluster | None = None, *, role: str | None = None) -> None:
    """Assert that the pods can land on spot nodes; whether on others too is left open.

    A Spark driver stays on demand under every profile: give `role="executor"`.

    Args:
        fn: the function.
        cluster: the cluster to judge on; else the current one.
        role: the only role to judge.

    Raises:
        AssertionError: a pod can land on no known spot node.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    for pod in effective_pods(fn, cluster, role):
        pod.require_spot()


def assert_only_on_spot(fn: Any, cluster: Cluster | None = None, *, role: str | None = None) -> None:
    """Assert that the pods can land on spot nodes, and on no others.

    Args:
        fn: the function.
        cluster: the cluster to judge on; else the current one.
        role: the only role to judge, such as `executor`.

    Raises:
        AssertionError: a pod can land on no known spot node, or on on-demand nodes as well.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    for pod in effective_pods(fn, cluster, role):
        pod.require_spot()
        open_to = where(pod.settings, on_demand_shapes(pod.cluster))
        if open_to:
            raise pod.failure(
                f"the pod can land on {open_to[0]}",
                "must land on spot nodes only",
                "apply profiles.opportunistic_job(…)",
            )


def assert_priority(fn: Any, priority: str, cluster: Cluster | None = None, *, role: str | None = None) -> None:
    """Assert that the pods carry a priority class.

    Args:
        fn: the function.
        priority: `low`, `medium`, `high`, or the name of a priority class.
        cluster: the cluster to judge on, which says what the three stand for; else the current one.
        role: the only role to judge.

    Raises:
        AssertionError: a pod of another class, or of none.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    for pod in effective_pods(fn, cluster, role):
        required = pod.cluster.priority(priority)
        found = pod.settings.priority_class
        if found != required:
            has = f"priority class {found!r}" if found else "no priority class"
            raise pod.failure(
                f"the pod has {has}", f"{required!r} is required", f"give priority={priority!r} to the profile"
            )


def assert_applied(fn: Any, profile: str | Profile, cluster: Cluster | None = None) -> None:
    """Assert that a profile was the last to be applied, and that what it wrote still stands.

    A name compares what the profile wrote; what it could leave as it was is not known to be the profile's. A profile
    compares everything, its arguments and waivers too: applying it once more must change nothing.

    Args:
        fn: the function.
        profile: the profile, or its name such as `production_job`.
        cluster: the cluster to plan a profile on; else the profile's, else the current one. A name needs none.

    Raises:
        AssertionError: no profile, another one, or a field that was changed since; names role, field and both values.
    """
    __tracebackhide__ = True
    function = adapter_for(fn).read()
    applied = Applied.on(function)
    name = profile if isinstance(profile, str) else profile.name
    if applied is None:
        raise AssertionError(f"{called(function)}: no profile is applied, and {name} is required: fn.apply({name}(…))")
    if applied.profile != name:
        raise AssertionError(f"{called(function)}: {applied.profile} is applied, and {name} is required")
    if isinstance(profile, str):
        changes = list(changed_since(function, applied))
    else:
        changes = list(differing(fn, applied, profile, cluster))
    if changes:
        changed = "\n  ".join(changes)
        raise AssertionError(f"{called(function)}: {name} is applied, and does not stand; apply it again\n  {changed}")


def assert_no_refusal(
    fn: Any, cluster: Cluster | None = None, *, workload: Workload | str | None = None, role: str | None = None
) -> None:
    """Assert that no rule refuses the function as it is: `igz_runtime.check` finds no error that is not waived.

    Args:
        fn: the function.
        cluster: the cluster to judge on; else the current one.
        workload: what is declared about the work; else what the applied profile's record declares.
        role: the only role to judge.

    Raises:
        AssertionError: rules refuse; names each finding and its fix.
        InvalidValue: the function has no such role.
    """
    __tracebackhide__ = True
    function = adapter_for(fn).read()
    roles = {settings.role for settings in chosen(function, role)}
    findings = checked(function, grounds_for(fn, cluster, whole_file(None)), workload)
    refusing = [finding for finding in findings.refusing if finding.role in {*roles, ""}]
    if refusing:
        raise AssertionError(f"{called(function)}: no rule may refuse it\n{_lines(refusing)}")


def assert_refused(profile: Profile, fn: Any, *rules: str, cluster: Cluster | None = None) -> None:
    """Assert that applying a profile would be refused. The function is not changed.

    Args:
        profile: the profile.
        fn: the function.
        *rules: ids of rules that must be among those that refuse, such as `IGZ101`; none: any rule will do.
        cluster: the cluster to plan on; else the profile's, else the current one.

    Raises:
        AssertionError: the profile can be applied, or other rules refuse it; names them.
        InvalidValue: there is no such rule.
    """
    __tracebackhide__ = True
    required = ", ".join(f"{rule} ({require_rule(rule).title})" for rule in rules) or "a refusal"
    plan = profile.plan(fn, cluster)
    refusing = plan.findings.refusing
    if not refusing:
        raise AssertionError(f"{called(plan.before)}: {profile!r} can be applied, and must be refused: {required}")
    if not set(rules) <= {finding.rule for finding in refusing}:
        instead = f"{required}; it is refused by\n{_lines(refusing)}"
        raise AssertionError(f"{called(plan.before)}: {profile!r} must be refused by {instead}")


def _lines(refusing: Iterable[Finding]) -> str:
    return "\n".join(each_refusal(Findings(refusing)))


def __dir__() -> list[str]:
    """The public names alone: what completion offers."""
    return __all__
