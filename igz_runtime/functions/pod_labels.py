"""The labels of a service's pods, as far as they are known before it is deployed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import CHILD, UNNAMED, Function

FUNCTION_NAME: Final = "nuclio.io/function-name"
PROJECT_NAME: Final = "nuclio.io/project-name"


def pod_labels(function: Function, role: str) -> Mapping[str, str]:
    """What Nuclio puts on the pods of a role, beside the function's own labels; the name only where it is known.

    MLRun calls a Nuclio function by its project, its name and its tag. Without the project the name is not known.

    Source: Nuclio, pkg/platform/kube/functionres/lazy.go, `getFunctionLabels` and `CreateOrUpdate`.

    Args:
        function: a Nuclio, serving or application function.
        role: the name of its role.
    """
    child = role.startswith(CHILD)
    known = {**({} if child else function.evidence.labels), "nuclio.io/class": "function"}
    if function.project:
        known[PROJECT_NAME] = function.project
    name = _nuclio_name(function, role.removeprefix(CHILD) if child else "")
    return {**known, FUNCTION_NAME: name} if name else known


def _nuclio_name(function: Function, child: str) -> str:
    """Source: mlrun.runtimes.nuclio.function, `get_fullname`; of a child, `FunctionReference.fullname`."""
    if function.name == UNNAMED:
        return ""
    if not traits(function.kind).passes_on:
        return function.name
    if not function.project:
        return ""
    return "-".join(filter(None, (function.project, function.name, child, function.tag)))
