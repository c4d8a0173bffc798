"""The current cluster: that of the session, of igz-runtime.yaml, of MLRun's configuration, or Iguazio's defaults."""

from __future__ import annotations

from os import PathLike

from igz_runtime.cluster import mlconf
from igz_runtime.cluster.configured import cluster_in, in_named_environment
from igz_runtime.cluster.model import Cluster
from igz_runtime.config.file import ConfigFile, config_file
from igz_runtime.errors import InvalidValue

_used: Cluster | None = None


def use(cluster: Cluster | None) -> None:
    """Make a cluster the current one of this process; see `Cluster.use`.

    Raises:
        InvalidValue: not a Cluster.
    """
    if cluster is not None and not isinstance(cluster, Cluster):
        raise InvalidValue(f"a Cluster is required, found {type(cluster).__name__}; see Cluster.from_dict and .load")
    global _used  # noqa: PLW0603  (a session has one)
    _used = cluster


def used() -> Cluster | None:
    """The cluster of the session, where one was made current."""
    return _used


def current(config: ConfigFile | str | PathLike[str] | None = None) -> Cluster:
    """The current cluster; see `Cluster.current`.

    A description is whole: of what it leaves out, a server is not asked. It was written to be judged on, and has to
    mean the same on a laptop, in CI, and beside a server that may be another one.
    """
    file = config_file(config)
    described = file.meaning(cluster_in)
    return in_named_environment(_used or described or mlconf.current())
