"""Jupyter services: packages and environments that outlive a restart."""

import typing

__all__ = ["CondaEnvironment", "StartupHook", "conda_environment", "startup_hook"]

if typing.TYPE_CHECKING:
    from igz_runtime.jupyter.conda import CondaEnvironment, conda_environment
    from igz_runtime.jupyter.startup import StartupHook, startup_hook
else:
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "jupyter.conda": ("CondaEnvironment", "conda_environment"),
            "jupyter.startup": ("StartupHook", "startup_hook"),
        },
    )
