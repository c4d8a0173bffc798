"""The cluster as MLRun knows it: `mlrun.mlconf`, with the client spec of a connected server in it."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import Any

from igz_runtime.cluster.mlconf_values import Values, as_they_stand, invalid, unchanging
from igz_runtime.cluster.model import IGUAZIO, Cluster
from igz_runtime.cluster.node_groups import Preemptible
from igz_runtime.cluster.platform import platform_of

_OF_PLATFORM = ("ce.mode", "httpdb.authentication.mode", "igz_version")
_last: tuple[tuple[Any, ...], Cluster] | None = None


def current() -> Cluster:
    """The cluster as MLRun knows it where MLRun is loaded, else Iguazio's defaults.

    Where MLRun is loaded but neither connected nor configured, its empty preemptible-node settings say nothing about
    the server's: Iguazio's defaults are assumed, and `assumed` says so.

    Raises:
        ConfigurationError: MLRun's configuration holds an invalid value; names its key.
    """
    mlrun = sys.modules.get("mlrun")
    mlconf = getattr(mlrun, "mlconf", None)
    if mlrun is None or mlconf is None:
        return IGUAZIO
    global _last  # noqa: PLW0603  (decoding base64 and JSON anew for each function would cost more than the rules do)
    found = as_they_stand(mlconf)
    server = _server_version()
    state = (server, *unchanging(found))
    last = _last
    if last is None or last[0] != state:
        last = _last = (state, _read(found, server, str(getattr(mlrun, "__version__", ""))))
    return last[1]


def _read(found: Sequence[Any], server: str, client: str) -> Cluster:
    values = Values(found)
    labels = values.labels("preemptible_nodes.node_selector")
    tolerations = values.tolerations("preemptible_nodes.tolerations")
    mode = values.mode("function_defaults.preemption_mode") or "prevent"
    classes = values.names("valid_function_priority_class_names")
    default_priority = values.text("default_function_priority_class_name")
    known = bool(server or labels or tolerations)
    return Cluster(
        source=_source(server, known=known),
        platform=platform_of(*map(values.text, _OF_PLATFORM)) if server else None if known else IGUAZIO.platform,
        mlrun=Preemptible(labels, tolerations, (), mode) if known else IGUAZIO.mlrun,
        priority_classes=classes or (None if server else IGUAZIO.priority_classes),
        default_priority=default_priority or (None if known else IGUAZIO.default_priority),
        default_requests=values.amounts("default_function_pod_resources.requests"),
        default_limits=values.amounts("default_function_pod_resources.limits"),
        default_node_selector=values.labels("default_function_node_selector"),
        default_running_limit=values.limit("function.spec.state_thresholds.default.executing"),
        mlrun_version=_released(server or client),
        assumed=not known,
    )


def _source(server: str, *, known: bool) -> str:
    if server:
        return f"the MLRun server that this client is connected to ({server})"
    if known:
        return "mlrun.mlconf (not connected to a server)"
    return "Iguazio's defaults (MLRun is not connected to a server)"


def _server_version() -> str:
    """What the connected server calls its version. Looks at the connection that is there, and never makes one."""
    factory = sys.modules.get("mlrun.db.factory")
    db = getattr(factory.RunDBFactory(), "_run_db", None) if factory else None
    # MLRun's stand-in for a missing connection warns of it, or raises, whenever an attribute of it is looked at.
    version = "" if type(db).__name__ == "NopDB" else getattr(db, "server_version", "")
    if version and not isinstance(version, str):
        # MLRun then takes nothing of the server's configuration, and only logs that it does not.
        raise invalid("mlrun.get_run_db().server_version", version, "the server's version is text, such as '1.12.1'")
    return version or ""


def _released(version: str) -> str | None:
    """A version with digits in it; development builds call themselves `0.0.0+unstable`, and are the newest."""
    return version if re.fullmatch(r"v?[1-9][0-9]*\.[0-9]+(\..*)?", version) else None
