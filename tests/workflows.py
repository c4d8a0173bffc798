"""Workflows as KFP compiles them, written by hand."""

from __future__ import annotations

from typing import Any

MARK = {"annotations": {"pipelines.kubeflow.org/kfp_sdk_version": "1.8.22"}}
JOB = "{'kind': 'job', 'metadata': {'name': 'etl'}, 'spec': {'preemption_mode': 'allow', 'resources': {}}}"
KFP_2 = "pipelineInfo: {name: churn}\nschemaVersion: 2.1.0\nroot: {}\n---\nplatforms: {}\n"


def template(name: str = "etl", **fields: Any) -> dict[str, Any]:
    """The template of a step that runs a function, which its command holds."""
    annotations = {"mlrun/function-uri": "churn/etl@abc", "mlrun/pipeline-step-type": "run"}
    container = {"image": "mlrun/mlrun", "command": ["python", "-m", "mlrun", "run", "--runtime", JOB]}
    return {"name": name, "metadata": {"annotations": annotations}, "container": container, **fields}


def workflow(*templates: dict[str, Any], kind: str = "Workflow", **spec: Any) -> dict[str, Any]:
    """A compiled workflow of these steps, behind the template of its graph."""
    held = {"templates": [{"name": "dag", "dag": {}}, *templates], **spec}
    spec = {"workflowSpec": held} if kind == "CronWorkflow" else held
    return {"apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": MARK, "spec": spec}
