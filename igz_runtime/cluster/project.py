"""What a project of MLRun gives to its functions.

MLRun's server merges a project's default node selector beneath each function's own and over the platform's. Nothing of
it stands on the function. Source: `mlrun.runtimes.utils.resolve_node_selectors`, 1.10 to 1.12.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.k8s.codec import read_selector

SETTING: Final = "default_function_node_selector"
PARAMETER: Final = "environment"
"""The parameter of a project that names its environment: `project.get_param("environment")`."""


def default_node_selector(project: str) -> Mapping[str, str] | None:
    """The default node selector of a project; None where MLRun has no such project at hand. Asks no server.

    Raises:
        BrokenFunction: it is not a mapping of labels.
    """
    current = current_project(project)
    return None if current is None else selector_of(current)


def current_project(name: str) -> Any | None:
    """MLRun's current project, where it has that name. Asks no server."""
    pipelines = sys.modules.get("mlrun.projects.pipelines")
    current = getattr(getattr(pipelines, "pipeline_context", None), "project", None)
    return current if current is not None and name and current.metadata.name == name else None


def selector_of(project: Any) -> Mapping[str, str]:
    """The default node selector of an MLRun project.

    Raises:
        BrokenFunction: it is not a mapping of labels.
    """
    where = f"project {project.metadata.name!r}: spec.{SETTING}"
    return read_selector(getattr(project.spec, SETTING, None), where)
