"""The labels and annotations of a function's pods: its own, and those by which the platform knows them.

Source: MLRun 1.12, `_get_meta` of its runtime handlers, `_set_function_labels`, `get_fullname`,
`FunctionReference.fullname`, and `add_labels` of its steps; Nuclio 1.14, `getFunctionLabels` of its Deployments; Spark;
Dask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.annotations import LABEL, WORKLOAD
from igz_runtime.functions.kinds import STEP, traits
from igz_runtime.functions.marks import changed_marks
from igz_runtime.functions.model import CHILD, UNNAMED, Function
from igz_runtime.k8s.labels import is_label_key, label_fault

CLASS: Final = "mlrun/class"
PROJECT: Final = "mlrun/project"
FUNCTION: Final = "mlrun/function"
"""The labels with MLRun's kind of a function, its project and its name."""
TAG: Final = "mlrun/tag"
"""The label with the tag of a function's version."""
WORKFLOW: Final = "workflows.argoproj.io/workflow"
"""The label with the workflow that a pod is a step of."""
FUNCTION_NAME: Final = "nuclio.io/function-name"
"""The label with Nuclio's name of a function, which no other function of the namespace has."""
NUCLIO_PROJECT: Final = "nuclio.io/project-name"
PARENT: Final = "mlrun/parent-function"
"""The label of a function that a serving graph deploys for some of its steps. MLRun gives it no annotation."""
NUCLIO_CLASS: Final = ("nuclio.io/class", "function")
"""The label with Nuclio's name of the project, and the one that every pod of a function of Nuclio has."""
OF_PLATFORMS: Final = ("mlrun/", "nuclio.io/")
"""Beginnings of labels that platforms give: they name the function and the run, and say nothing of the work."""


def pod_annotations(function: Function) -> dict[str, str]:
    """Our annotations of a function, where its annotations reach its pods: the record, and waivers."""
    if not traits(function.kind).marks_pods:
        return {}
    marks = changed_marks(function.but(record=None, waivers={}), function)
    return {name: text for name, text in marks.annotations.items() if text}


def pod_labels(function: Function, role: str) -> dict[str, str]:
    """The labels of the pods of one role, as far as they are known before there is a run.

    What is not a label is left out: MLRun changes or refuses it.
    """
    kind = traits(function.kind)
    if role == STEP:
        # Its own pod: a step has the names of its function, and none of the labels.
        return _labels({WORKFLOW: function.name, **_of_mlrun(function)})
    ours = {LABEL: function.profile, WORKLOAD: function.workload}
    labels = {key: value for key, value in ours.items() if value}
    if kind.service:
        labels |= service_labels(function, role)
    else:
        labels |= function.evidence.labels
    if kind.platform == "mlrun":
        labels |= _of_mlrun(function)
    labels.update(each.label for each in kind.roles if each.role == role and each.label)
    return _labels(labels)


def _of_mlrun(function: Function) -> dict[str, str]:
    return {
        CLASS: function.kind if function.kind != STEP else "",
        PROJECT: function.project,
        FUNCTION: function.name,
        "mlrun/name": function.name,
        TAG: function.tag or "latest",
    }


def _labels(labels: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if value and is_label_key(key) and not label_fault(value)}


def service_labels(function: Function, role: str) -> dict[str, str]:
    """The same of a function that Nuclio keeps running, without our marks; its name only where that is known."""
    child = role.removeprefix(CHILD) if role.startswith(CHILD) else ""
    known = {NUCLIO_PROJECT: function.project, FUNCTION_NAME: _nuclio_name(function, child)}
    if traits(function.kind).passes_on:
        known[CLASS] = function.kind
    return {
        **({} if child else function.evidence.labels),
        **{key: value for key, value in known.items() if value},
        NUCLIO_CLASS[0]: NUCLIO_CLASS[1],
        "nuclio.io/app": "functionres",
    }


def _nuclio_name(function: Function, child: str) -> str:
    """MLRun calls a Nuclio function by its project, its name and its tag; without the project it is not known yet."""
    if function.name == UNNAMED:
        return ""
    if not traits(function.kind).passes_on:
        return function.name
    return "-".join(filter(None, (function.project, function.name, child, function.tag))) if function.project else ""
