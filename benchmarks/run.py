"""Figures side by side with what a user would do instead, from one run on one machine: `make bench`.

Every figure is the median of many repetitions, and each ratio compares two that ran in turns. Needs the environment
that `make test` sets up; nothing else should be running.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

REPETITIONS = 2_000
ROLES = 10_000


def main() -> None:
    """Run every benchmark and print its figures."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; medians")
    imports()
    applying()
    judging()


def imports() -> None:
    """Every public name of igz_runtime beside `import mlrun`, as whole processes."""
    bare, ours, theirs = in_turns(
        *(lambda code=code: process(code) for code in ("pass", "from igz_runtime import *", "import mlrun")), times=15
    )
    print(f"\nfrom igz_runtime import *  {(ours - bare) * 1e3:8.0f} ms over bare Python ({bare * 1e3:.0f} ms)")
    times = (theirs - bare) / (ours - bare)
    print(f"import mlrun               {(theirs - bare) * 1e3:8.0f} ms, {times:.0f} times as long")


def process(code: str) -> None:
    """Run a line in a Python of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment)


def applying() -> None:
    """`profile.apply(fn)` with every rule beside the same fields set by hand through MLRun's setters."""
    import mlrun

    from igz_runtime import profiles
    from igz_runtime.planning.make_plan import forget

    mlrun.mlconf.valid_function_priority_class_names = "igz-workload-low,igz-workload-medium,igz-workload-high"
    profile = profiles.production_job(cpu=4, memory="16Gi")

    def first(fn: Any) -> None:
        """Apply as if no function had been planned before."""
        forget()
        profile.apply(fn)

    hand, apply, of_a_kind, snapshot = in_turns(
        by_hand, profile.apply, first, lambda fn: fn.to_dict(), times=REPETITIONS, on=new_function
    )
    print(f"\nfive setters by hand {hand * 1e6:8.1f} µs (requests, limits, affinity, mode, priority)")
    print(f"profile.apply(fn)    {apply * 1e6:8.1f} µs, {apply / hand:.1f} times as long (a function like one before)")
    print(f"  the first of a kind{of_a_kind * 1e6:8.1f} µs, {of_a_kind / hand:.1f} times as long")
    print(f"fn.to_dict() alone   {snapshot * 1e6:8.1f} µs, {snapshot / hand:.1f} times as long")


def new_function() -> Any:
    """A function of kind job without any settings."""
    import mlrun

    return mlrun.new_function("scorer", kind="job", image="mlrun/mlrun", handler="score")


def by_hand(fn: Any) -> None:
    """What production_job(cpu=4, memory='16Gi') sets, through MLRun's setters."""
    import kubernetes.client as v1

    fn.with_requests(mem="16Gi", cpu="4")
    fn.with_limits(mem="16Gi", cpu="4")
    not_spot = v1.V1NodeSelectorRequirement(key="app.iguazio.com/lifecycle", operator="NotIn", values=["preemptible"])
    terms = [v1.V1NodeSelectorTerm(match_expressions=[not_spot])]
    node = v1.V1NodeAffinity(
        required_during_scheduling_ignored_during_execution=v1.V1NodeSelector(node_selector_terms=terms)
    )
    fn.with_node_selection(affinity=v1.V1Affinity(node_affinity=node))
    fn.with_preemption_mode("prevent")
    fn.with_priority_class("igz-workload-high")


def judging() -> None:
    """Every rule on 10,000 different PodSettings, effective pod included, on one core."""
    from igz_runtime.cluster import Cluster
    from igz_runtime.functions.model import Function
    from igz_runtime.rules import judge, rules
    from igz_runtime.rules.subject import Subject

    cluster = Cluster.iguazio()
    functions = [Function("scorer", "job", (settings,)) for settings in different_settings(ROLES)]
    judge([Subject(functions[0], functions[0].roles[0], cluster)])
    start = time.perf_counter()
    findings = sum(len(judge([Subject(fn, fn.roles[0], cluster)])) for fn in functions)
    seconds = time.perf_counter() - start
    print(f"\n{ROLES:,} roles, {len(rules())} rules  {ROLES / seconds:,.0f} roles a second ({findings:,} findings)")


def different_settings(count: int) -> Iterator[Any]:
    """Settings that differ from each other, most of them in order."""
    from igz_runtime.k8s.pod import Container, PodSettings, Toleration
    from igz_runtime.k8s.quantity import quantity

    modes = ("prevent", "prevent", "prevent", "allow", "constrain", "none")
    for number in range(count):
        amounts = {"cpu": quantity(f"{number % 16 + 1}"), "memory": quantity(f"{number % 97 + 1}Gi")}
        yield PodSettings(
            containers=(Container("base", amounts, amounts),),
            node_selector={"zone": f"zone-{number % 7}"} if number % 3 == 0 else {},
            tolerations=(Toleration("team", "Equal", f"team-{number % 5}", "NoSchedule"),) if number % 4 == 0 else None,
            priority_class="igz-workload-medium",
            preemption_mode=modes[number % len(modes)],
            waiting_limit="1h",
        )


def in_turns(*timed: Callable[..., Any], times: int, on: Callable[[], Any] | None = None) -> list[float]:
    """Median seconds of each, run in turns so that a noisy moment hits all of them.

    With `on`, each call is given a value that is made for it, outside of what is timed.
    """
    seconds: list[list[float]] = [[] for _ in timed]
    for _ in range(times + 1):
        for each, taken in zip(timed, seconds, strict=True):
            arguments = () if on is None else (on(),)
            start = time.perf_counter()
            each(*arguments)
            taken.append(time.perf_counter() - start)
    return [statistics.median(taken[1:]) for taken in seconds]


if __name__ == "__main__":
    main()
