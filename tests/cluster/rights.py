"""Rights of a user on the API server: those that we ship, whole or in part."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import igz_runtime.cluster

Plain = dict[str, Any]


def shipped(name: str) -> Plain:
    """One of the roles of access.yaml."""
    roles = YAML(typ="safe").load_all(Path(igz_runtime.cluster.__file__).with_name("access.yaml"))
    return next(role for role in roles if role["metadata"]["name"] == name)


@contextlib.contextmanager
def allowed(kubernetes: Any, user: str, rules: list[Plain]) -> Iterator[None]:
    """Rights of a user in the whole cluster."""
    from kubernetes.client import RbacAuthorizationV1Api

    api, name = RbacAuthorizationV1Api(kubernetes), f"rights-{user}"
    subject = {"kind": "User", "name": user, "apiGroup": "rbac.authorization.k8s.io"}
    role = {"kind": "ClusterRole", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
    api.create_cluster_role({"metadata": {"name": name}, "rules": rules})
    api.create_cluster_role_binding({"metadata": {"name": name}, "subjects": [subject], "roleRef": role})
    try:
        yield
    finally:
        api.delete_cluster_role_binding(name)
        api.delete_cluster_role(name)
