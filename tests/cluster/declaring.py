"""The custom resources in which functions and Jupyter services are declared, on the API server that tests use."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

from igz_runtime.cluster.api.declared import SOURCES, Source


@contextlib.contextmanager
def declarable(kubernetes: Any) -> Iterator[None]:
    """Each resource, taking whatever fields an object has."""
    from kubernetes.client import ApiextensionsV1Api

    api = ApiextensionsV1Api(kubernetes)
    for source in SOURCES:
        api.create_custom_resource_definition(_definition(source))
    try:
        for source in SOURCES:
            wait(lambda source=source: lists(kubernetes, source.path))
        yield
    finally:
        for source in SOURCES:
            api.delete_custom_resource_definition(f"{source.plural}.{source.group}")
        for source in SOURCES:
            wait(lambda source=source: not lists(kubernetes, source.path))


def declare(kubernetes: Any, namespace: str, document: dict[str, Any]) -> None:
    """Make an object; it goes with its definition, if not before."""
    from kubernetes.client import CustomObjectsApi

    group, version, plural = _source(document).path
    body = {**document, "apiVersion": f"{group}/{version}"}
    CustomObjectsApi(kubernetes).create_namespaced_custom_object(group, version, namespace, plural, body)


def undeclare(kubernetes: Any, namespace: str, document: dict[str, Any]) -> None:
    """Take an object away."""
    from kubernetes.client import CustomObjectsApi

    group, version, plural = _source(document).path
    name = document["metadata"]["name"]
    CustomObjectsApi(kubernetes).delete_namespaced_custom_object(group, version, namespace, plural, name)


def _source(document: dict[str, Any]) -> Source:
    return next(each for each in SOURCES if each.kind == document["kind"])


def _definition(source: Source) -> dict[str, Any]:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": source.version, "served": True, "storage": True, "schema": {"openAPIV3Schema": anything}}
    names = {"plural": source.plural, "kind": source.kind}
    spec = {"group": source.group, "scope": "Namespaced", "names": names, "versions": [version]}
    return {"metadata": {"name": f"{source.plural}.{source.group}"}, "spec": spec}


def lists(kubernetes: Any, path: tuple[str, str, str]) -> bool:
    """Whether the API server knows a custom resource, by its group, version and plural."""
    from kubernetes.client import CustomObjectsApi
    from kubernetes.client.rest import ApiException

    try:
        CustomObjectsApi(kubernetes).list_cluster_custom_object(*path)
    except ApiException:
        return False
    return True


def wait(until: Any) -> None:
    """Wait until something is so."""
    limit = time.monotonic() + 20
    while not until():
        assert time.monotonic() < limit, "the API server did not take the definitions up"
        time.sleep(0.1)
