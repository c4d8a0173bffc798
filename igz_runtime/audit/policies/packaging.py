"""Policies as a folder for `kubectl apply -k`, and as a Helm chart: the same manifests as the stream has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from igz_runtime.audit.policies.bindings import BINDING
from igz_runtime.audit.policies.chart import chart_files, document
from igz_runtime.audit.policies.policy import POLICY
from igz_runtime.audit.policies.schema import DEFINITION
from igz_runtime.audit.policies.schema import KIND as FACTS
from igz_runtime.text.folder import write_folder

_ENTRY: Final = "kustomization.yaml"
_CHART: Final = "Chart.yaml"
_SHORT: Final[Mapping[str, str]] = {
    DEFINITION: "definition",
    FACTS: "facts",
    POLICY: "policy",
    BINDING: "binding",
}
"""What files call the kinds."""


def write_kustomization(manifests: Iterable[Mapping[str, Any]], folder: Path) -> tuple[str, ...]:
    """Write manifests as a kustomization: one file for each, and `kustomization.yaml`, which lists them.

    Args:
        manifests: the manifests, in the order in which they are to be applied.
        folder: the folder, which is made where there is none.

    Returns:
        The files of an earlier export that are no longer needed, and that went.

    Raises:
        WriteFailed: a file stands there that is not ours, or was changed by hand; or it cannot be written.
    """
    files = {name: document(manifest) for name, manifest in _named(manifests)}
    entry = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        # kustomize sorts by kind, the definition first. Without facts the policies admit everything.
        "resources": list(files),
    }
    return write_folder(folder, {**files, _ENTRY: document(entry)}, ["*.yaml"])


def write_chart(manifests: Iterable[Mapping[str, Any]], folder: Path) -> tuple[str, ...]:
    """Write manifests as a Helm chart, whose values are the namespaces, what is done about rules, and the facts.

    Args:
        manifests: the manifests.
        folder: the folder, which is made where there is none.

    Returns:
        The files of an earlier export that are no longer needed, and that went.

    Raises:
        WriteFailed: a file stands there that is not ours, or was changed by hand; or it cannot be written.
    """
    files = chart_files(dict(_named(manifests)))
    entry = files.pop(_CHART)
    return write_folder(folder, {**files, _CHART: entry}, ["*.yaml", "*.json", "crds/*", "templates/*"])


def _named(manifests: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The manifests by the names of their files."""
    for each in manifests:
        kind, name = each["kind"], each["metadata"]["name"].rpartition("igz-runtime-")[2]
        alone = kind in (DEFINITION, FACTS)
        yield f"{_SHORT[kind]}.yaml" if alone else f"{_SHORT[kind]}-{name}.yaml", each
