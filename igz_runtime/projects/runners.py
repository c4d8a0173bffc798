"""The pods that run a project's remote and scheduled workflows: what can be said of them, and what cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Finding

KIND: Final = "workflow"
"""What a finding calls a workflow of a project."""


def runner_findings(workflows: Iterable[Mapping[str, Any]]) -> Iterator[Finding]:
    """IGZ406 for each workflow that runs in a runner's pod, and does not select that pod's nodes.

    The pod is made of the project's default node selector, the workflow's own and nothing else: it has no resources
    where the server has no defaults, and the default priority class.

    Args:
        workflows: the workflows as project.yaml has them, or `project.spec.workflows`.

    Source: igz_runtime's own runs of MLRun's server; `mlrun.common.schemas.workflow`.
    """
    for workflow in workflows:
        if _has_a_runner(workflow) and not workflow.get("workflow_runner_node_selector"):
            yield document_finding(
                "IGZ406",
                "it runs in a runner's pod that gets nothing of its functions: no CPU or memory, the default priority "
                "class, and any node",
                fix="select its nodes with project.run(…, workflow_runner_node_selector={…}); for the rest have the "
                "administrator set default pod resources and a default priority class",
                function=str(workflow.get("name") or "(unnamed)"),
                kind=KIND,
            )


def _has_a_runner(workflow: Mapping[str, Any]) -> bool:
    return bool(workflow.get("schedule")) or str(workflow.get("engine") or "").startswith("remote")
