"""Jupyter services in documents: Iguazio's, JupyterHub's and Kubeflow's. They are read, and never written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from igz_runtime.functions.jupyter.app_service import specifications
from igz_runtime.functions.jupyter.hub import listed
from igz_runtime.functions.jupyter.notebook import notebooks
from igz_runtime.functions.jupyter.service import Service

__all__ = ["Service", "jupyter_services"]


def jupyter_services(document: Any) -> tuple[Service, ...]:
    """The Jupyter services that a document holds; empty where it holds none.

    Args:
        document: a specification of igz-mgmt's AppServiceSpec, the manifest of all services, an
            IguazioTenantAppServiceSet, KubeSpawner's profile list or an entry of it, the values of Zero to JupyterHub,
            or a Notebook of Kubeflow: as a mapping, a list, or igz-mgmt's own object.

    >>> [each.name for each in jupyter_services({"name": "lab", "kind": "jupyter"})]
    ['lab']
    """
    document = _plain(document)
    if isinstance(document, Mapping):
        if document.get("kind") == "Notebook":
            return tuple(notebooks(document))
        found = tuple(specifications(document))
        return found or tuple(listed(document))
    return tuple(listed(document)) if isinstance(document, list) else ()


def _plain(document: Any) -> Any:
    """An object of igz-mgmt as the mapping that it sends."""
    module = type(document).__module__.partition(".")[0]
    return document.dict(exclude_none=True) if module == "igz_mgmt" and hasattr(document, "dict") else document
