"""The labels of a function's pods: its own, and those by which the platform knows them.

Source: MLRun 1.12, `_get_meta` of its runtime handlers; Nuclio 1.14, the labels of its Deployments; Spark; Dask.
"""

from __future__ import annotations

from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.k8s.labels import is_label_key, label_fault


def pod_labels(function: Function, role: str) -> dict[str, str]:
    """The labels of the pods of one role, as far as they are known before there is a run.

    What is not a label is left out: MLRun changes or refuses it.
    """
    kind = traits(function.kind)
    ours = {LABEL: function.profile, WORKLOAD: function.workload}
    labels = {**function.evidence.labels, **{key: value for key, value in ours.items() if value}}
    if "nuclio" in kind.platform:
        labels |= {"nuclio.io/class": "function", "nuclio.io/app": "functionres"}
        labels |= {"nuclio.io/function-name": function.name, "nuclio.io/project-name": function.project}
    elif kind.platform == "mlrun":
        labels |= {"mlrun/class": kind.name, "mlrun/project": function.project}
        labels |= {"mlrun/function": function.name, "mlrun/name": function.name}
    labels.update(each.label for each in kind.roles if each.role == role and each.label)
    return {key: value for key, value in labels.items() if value and is_label_key(key) and not label_fault(value)}
