"""The pods that the real KubeSpawner makes."""

from __future__ import annotations

import asyncio
from typing import Any

from kubernetes_asyncio.client import ApiClient
from kubespawner import KubeSpawner
from traitlets.config import Config

Plain = dict[str, Any]


def pod_of(profile_list: Any, slug: str, **site: Any) -> Plain:
    """The pod that KubeSpawner makes for who chose an entry of a profile list."""
    return pod_by(Config({"KubeSpawner": {"profile_list": profile_list, "image": "jupyter/base", **site}}), slug)


def pod_by(config: Config, slug: str, **choices: str) -> Plain:
    """The same by a whole configuration, and by the choices of a user."""

    async def made() -> Plain:
        spawner = KubeSpawner(config=config, _mock=True)
        spawner.user_options = {"profile": slug, **choices}
        await spawner.load_user_options()
        pod: Plain = ApiClient().sanitize_for_serialization(await spawner.get_pod_manifest())
        return pod

    return asyncio.run(made())
