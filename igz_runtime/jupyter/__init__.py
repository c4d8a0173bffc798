"""Jupyter services under a profile, and packages and environments that outlive a restart of theirs.

A profile makes what the platform takes, Iguazio's application service or an entry of JupyterHub's profile list, and
proves it on what the platform's pod becomes; what no specification can promise is said beside it. `igz_runtime.check`
judges the services that exist.
"""

import typing

__all__ = [
    "AppService",
    "CondaEnvironment",
    "SpawnerProfile",
    "StartupHook",
    "conda_environment",
    "kubespawner_profile",
    "profile_list",
    "service",
    "startup_hook",
]

if typing.TYPE_CHECKING:
    from igz_runtime.jupyter.app_service import AppService, service
    from igz_runtime.jupyter.conda import CondaEnvironment, conda_environment
    from igz_runtime.jupyter.spawner import SpawnerProfile, kubespawner_profile, profile_list
    from igz_runtime.jupyter.startup import StartupHook, startup_hook
else:
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "jupyter.app_service": ("AppService", "service"),
            "jupyter.conda": ("CondaEnvironment", "conda_environment"),
            "jupyter.spawner": ("SpawnerProfile", "kubespawner_profile", "profile_list"),
            "jupyter.startup": ("StartupHook", "startup_hook"),
        },
    )
