"""Whole projects of MLRun: nothing runs unprofiled.

A profile on an object in memory is lost on the way: export, `project.save()`, `sync_functions`, remote and scheduled
workflows make functions anew. So `igz-runtime.yaml` beside project.yaml says which function gets which profile.
"""

import typing

__all__ = ["Blind", "Guard", "Submission", "guard", "install_guard", "place_steps", "setup"]

if typing.TYPE_CHECKING:
    from igz_runtime.projects.guarding.guards import Guard, guard
    from igz_runtime.projects.guarding.installing import install_guard
    from igz_runtime.projects.guarding.routes import Blind
    from igz_runtime.projects.guarding.submission import Submission
    from igz_runtime.projects.setting_up import setup
    from igz_runtime.projects.steps import place_steps
else:
    # The package is imported wherever a project is looked at; MLRun, only where one is set up.
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "projects.guarding.guards": ("Guard", "guard"),
            "projects.guarding.installing": ("install_guard",),
            "projects.guarding.routes": ("Blind",),
            "projects.guarding.submission": ("Submission",),
            "projects.setting_up": ("setup",),
            "projects.steps": ("place_steps",),
        },
    )
