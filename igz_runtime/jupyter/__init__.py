"""Jupyter services under a profile: Iguazio's application service, and an entry of JupyterHub's profile list.

A profile makes what the platform takes, and proves it on what the platform's pod becomes; what no specification can
promise is said beside it. `igz_runtime.check` judges the services that exist.
"""

import typing

__all__ = ["AppService", "SpawnerProfile", "kubespawner_profile", "profile_list", "service"]

if typing.TYPE_CHECKING:
    from igz_runtime.jupyter.app_service import AppService, service
    from igz_runtime.jupyter.spawner import SpawnerProfile, kubespawner_profile, profile_list
else:
    from igz_runtime.lazy import exported as _exported

    __getattr__, __dir__ = _exported(
        __name__,
        {
            "jupyter.app_service": ("AppService", "service"),
            "jupyter.spawner": ("SpawnerProfile", "kubespawner_profile", "profile_list"),
        },
    )
