"""What a judgement goes by beside the function itself: the cluster, and the configuration's terms for waivers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

from igz_runtime.cluster.current import current
from igz_runtime.cluster.model import Cluster
from igz_runtime.config.file import ConfigFile
from igz_runtime.functions.model import Function
from igz_runtime.rules.configured import terms_in
from igz_runtime.rules.terms import Site, Terms


class Grounds(NamedTuple):
    """What a judgement goes by.

    Attributes:
        cluster: the cluster.
        terms: what the configuration says of waivers.
        config: the configuration.
        file: the function's file; empty where it is none.
    """

    cluster: Cluster
    terms: Terms
    config: ConfigFile
    file: str = ""

    @property
    def entries(self) -> Mapping[str, Any]:
        """The profiles of the configuration, as they are written."""
        return self.config.written.profiles if self.config.written else {}

    def site(self, function: Function) -> Site:
        """The function, as waivers are asked about it."""
        return Site(function.project, self.file, function.name)


def grounds_for(fn: Any, cluster: Cluster | None, file: ConfigFile) -> Grounds:
    """What a function is judged by.

    Args:
        fn: the function, as a caller gives it.
        cluster: the cluster that was given; None: the current one.
        file: the configuration.

    Raises:
        ConfigurationError: the configuration is wrong; names each place.
    """
    terms = file.meaning(terms_in)
    named = os.fspath(fn) if isinstance(fn, (str, os.PathLike)) else ""
    return Grounds(cluster or current(file), terms, file, named)
