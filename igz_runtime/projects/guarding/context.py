"""What MLRun says of itself: the workflow that it is in, and its current project. It is never imported for that."""

from __future__ import annotations

import sys
from typing import Any, Final

RUNNERS: Final = "mlrun.projects.pipelines"
"""The module of MLRun that runs workflows, and swallows what is raised in them."""


def workflow_now() -> Any | None:
    """The workflow that MLRun is running or compiling; None outside of any."""
    return getattr(_context(), "workflow", None)


def compiling() -> bool:
    """Whether MLRun is compiling a pipeline: functions are stored for its steps, and nothing runs."""
    return getattr(workflow_now(), "engine", None) == "kfp"


def leave(workflow: Any | None = None) -> None:
    """Have MLRun leave the workflow that it is in, where it was stopped in it.

    Where a compilation or a submission raises, MLRun 1.10 to 1.12 stays inside of the workflow: every later run of the
    process would become a step of it.

    Args:
        workflow: the workflow that it was stopped in; None: whichever it is in.
    """
    now = workflow_now()
    if now is not None and (workflow is None or workflow is now):
        _context().clear()


def _context() -> Any:
    return getattr(sys.modules.get(RUNNERS), "pipeline_context", None)
