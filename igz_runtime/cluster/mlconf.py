"""The cluster as MLRun knows it: `mlrun.mlconf`, with the client spec of a connected server in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from igz_runtime.cluster.model import IGUAZIO, Cluster, Preemptible
from igz_runtime.errors import ConfigurationError
from igz_runtime.functions.kubernetes import read_toleration
from igz_runtime.pod import Resources
from igz_runtime.quantity import quantity

_last: tuple[tuple[Any, ...], Cluster] | None = None


def current() -> Cluster:
    """The cluster as MLRun knows it where MLRun is loaded, else Iguazio's defaults.

    Where MLRun is loaded but neither connected nor configured, its empty preemptible-node settings say nothing about
    the server's: Iguazio's defaults are assumed, and `assumed` says so.

    Raises:
        ConfigurationError: MLRun's configuration cannot be decoded.
    """
    mlrun = sys.modules.get("mlrun")
    mlconf = getattr(mlrun, "mlconf", None)
    if mlrun is None or mlconf is None:
        return IGUAZIO
    global _last  # noqa: PLW0603  (decoding base64 and JSON anew for each function would cost more than the rules do)
    state = (_server_version(), *_state(mlconf))
    if _last is None or _last[0] != state:
        _last = (state, _read(mlrun, mlconf, state[0]))
    return _last[1]


def _read(mlrun: Any, mlconf: Any, server_version: str) -> Cluster:
    try:
        labels = mlconf.get_preemptible_node_selector()
        tolerations = [
            read_toleration(t, "preemptible_nodes.tolerations") for t in mlconf.get_preemptible_tolerations()
        ]
        selector = mlconf.get_default_function_node_selector()
    except Exception as error:
        raise ConfigurationError(f"mlrun.mlconf cannot be decoded: {error}") from error
    known = bool(server_version or labels or tolerations)
    preemptible = Preemptible(labels, tuple(tolerations), (), mlconf.function_defaults.preemption_mode or "prevent")
    classes = tuple(name.strip() for name in mlconf.get_valid_function_priority_class_names())
    pod_resources = mlconf.default_function_pod_resources.to_dict()
    return Cluster(
        source=_source(server_version, known=known),
        mlrun=preemptible if known else IGUAZIO.mlrun,
        priority_classes=classes or (None if server_version else IGUAZIO.priority_classes),
        default_priority=mlconf.default_function_priority_class_name or (None if known else IGUAZIO.default_priority),
        default_requests=_amounts(pod_resources.get("requests")),
        default_limits=_amounts(pod_resources.get("limits")),
        default_node_selector=selector,
        mlrun_version=server_version or _released(str(getattr(mlrun, "__version__", ""))),
        nuclio_version=mlconf.nuclio_version or None,
        assumed=not known,
    )


def _source(server_version: str, *, known: bool) -> str:
    if server_version:
        return f"the MLRun server that this client is connected to ({server_version})"
    if known:
        return "mlrun.mlconf (not connected to a server)"
    return "Iguazio's defaults (MLRun is not connected to a server)"


def _server_version() -> str:
    """The connected server's version. Looks at the connection that is there, and never makes one."""
    factory = sys.modules.get("mlrun.db.factory")
    db = getattr(factory.RunDBFactory(), "_run_db", None) if factory else None
    # MLRun's stand-in for a missing connection warns of it, or raises, whenever an attribute of it is looked at.
    version = "" if type(db).__name__ == "NopDB" else getattr(db, "server_version", "")
    return (_released(str(version)) or "") if version else ""


def _released(version: str) -> str | None:
    """A version with digits in it; development builds call themselves `0.0.0+unstable`, and are the newest."""
    parts = version.split(".")
    return version if len(parts) > 1 and parts[0].isdigit() and parts[1].isdigit() and parts[0] != "0" else None


def _state(mlconf: Any) -> tuple[Any, ...]:
    """The values that the cluster is read from, as they stand, to know whether they have changed."""
    # to_dict() would copy all of it, which takes ten times as long as judging a function.
    raw = mlconf._cfg  # noqa: SLF001
    nodes, resources = raw["preemptible_nodes"], raw["default_function_pod_resources"]
    requests, limits = resources["requests"], resources["limits"]
    return (
        nodes["node_selector"],
        nodes["tolerations"],
        raw["function_defaults"]["preemption_mode"],
        raw["default_function_node_selector"],
        raw["valid_function_priority_class_names"],
        raw["default_function_priority_class_name"],
        raw["nuclio_version"],
        requests["cpu"],
        requests["memory"],
        limits["cpu"],
        limits["memory"],
    )


def _amounts(section: Mapping[str, Any] | None) -> Resources:
    return {name: quantity(str(a)) for name, a in (section or {}).items() if a and name in ("cpu", "memory")}
