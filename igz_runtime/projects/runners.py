"""The pods that run a project's remote and scheduled workflows: what can be said of them, and what cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.functions.kinds import STEP
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.placement import place_by_selector
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Finding

KIND: Final = "workflow"
"""What a finding calls a workflow of a project."""
SELECTOR: Final = "workflow_runner_node_selector"
"""The field of a workflow, and the argument of `project.run`, that selects the nodes of its runner."""


def runner_findings(workflows: Iterable[Mapping[str, Any]], selector: Mapping[str, str]) -> Iterator[Finding]:
    """IGZ406 for each workflow that runs in a runner's pod: what that pod gets, and what nobody can give it.

    The pod is made of the project's default node selector, the workflow's own and nothing else: it has no resources
    where the server has no defaults, and the default priority class.

    Args:
        workflows: the workflows as project.yaml has them, or `project.spec.workflows`.
        selector: what selects the nodes of each that selects none itself.

    Source: igz_runtime's own runs of MLRun's server; `mlrun.common.schemas.workflow`.
    """
    for workflow in workflows:
        if has_runner(workflow) and not workflow.get(SELECTOR) and not selector:
            yield document_finding(
                "IGZ406",
                "it runs in a runner's pod that gets nothing of its functions: no CPU or memory, the default priority "
                "class, and any node",
                fix=f"select its nodes with project.run(…, {SELECTOR}={{…}}); for the rest have the administrator set "
                "default pod resources and a default priority class",
                function=str(workflow.get("name") or "(unnamed)"),
                kind=KIND,
            )


def runner_selector(grounds: Grounds) -> dict[str, str]:
    """The labels that keep a runner's pod on demand, beside those that it has; empty where it needs or knows none.

    A runner that is lost leaves its workflow unfinished. It has a node selector, and nothing else that can be set.

    Args:
        grounds: what the project's functions are judged by.
    """
    cluster = grounds.cluster
    given = {**cluster.default_node_selector, **(grounds.selector or {})}
    asked = PodSettings(STEP, node_selector=given)
    placed, _ = place_by_selector(Function("runner", STEP, (asked,)), asked, cluster)
    added = {key: value for key, value in placed.node_selector.items() if key not in given}
    # A label that no node has would keep the runner waiting forever.
    return added if not cluster.assumed and all(_is_there(*label, cluster) for label in added.items()) else {}


def _is_there(key: str, value: str, cluster: Cluster) -> bool:
    """Whether nodes have a label, as far as the described groups or the configured labels of spot nodes say."""
    if cluster.node_groups:
        return any(group.labels.get(key) == value for group in cluster.node_groups)
    return key in cluster.mlrun.node_selector


def has_runner(workflow: Mapping[str, Any]) -> bool:
    """Whether a workflow runs in a pod that loads the project, by its engine and its schedule."""
    return bool(workflow.get("schedule")) or str(workflow.get("engine") or "").startswith("remote")
