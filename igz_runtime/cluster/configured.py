"""The cluster of igz-runtime.yaml: facts, or the name of a file with them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.config.file import ConfigFile, Wrong
from igz_runtime.errors import ConfigurationError
from igz_runtime.text.within import stays_within

ENVIRONMENT: Final = "IGZ_RUNTIME_ENVIRONMENT"
"""The environment variable that names the environment."""


def in_named_environment(cluster: Cluster) -> Cluster:
    """The cluster as that of the environment that `IGZ_RUNTIME_ENVIRONMENT` names."""
    named = os.environ.get(ENVIRONMENT)
    return cluster.in_environment(named) if named else cluster


def cluster_in(file: ConfigFile, wrong: Wrong) -> Cluster | None:
    """The cluster that a configuration describes, whole; None where it says nothing of it.

    Args:
        file: the configuration.
        wrong: is told what cannot be read.
    """
    if platform := file.platforms_own("cluster", wrong):
        return platform.meaning(cluster_in)
    facts = None if file.written is None else file.written.cluster
    if facts is None:
        return None
    return _loaded(file, facts, wrong) if isinstance(facts, str) else _described(facts, wrong)


def _loaded(file: ConfigFile, name: str, wrong: Wrong) -> Cluster | None:
    path = file.folder / name
    if not stays_within(str(path), str(file.folder)):
        wrong(("cluster",), f"cluster: {name} is outside of the configuration's folder and repository, and is not read")
        return None
    file.rest_on(path)
    try:
        return Cluster.load(path)
    except ConfigurationError as error:
        wrong(("cluster",), f"cluster: {error}")
        return None


def _described(facts: Mapping[str, Any], wrong: Wrong) -> Cluster | None:
    from igz_runtime.cluster.description import cluster_faults

    faults = cluster_faults(facts)
    for path, text in faults:
        wrong(("cluster", *path), f"cluster: {text}")
    try:
        return None if faults else Cluster.from_dict(facts)
    except ConfigurationError as error:
        wrong(("cluster",), str(error))
        return None
