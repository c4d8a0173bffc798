"""Manifests on an API server, as kubectl applies and deletes them: server-side, each by itself."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

import urllib3
import yaml

Plain = dict[str, Any]

_PATIENCE: Final = 60
_REFUSED: Final = 400
_NOT_FOUND: Final = 404
_PLURALS: Final = {
    "CustomResourceDefinition": "customresourcedefinitions",
    "ValidatingAdmissionPolicy": "validatingadmissionpolicies",
    "ValidatingAdmissionPolicyBinding": "validatingadmissionpolicybindings",
    "ClusterFacts": "clusterfacts",
    "Namespace": "namespaces",
    "PriorityClass": "priorityclasses",
}


class Answer(NamedTuple):
    """What an API server answers.

    Attributes:
        status: the status.
        body: the object as it is stored, or a refusal.
        warnings: what it warns of.
    """

    status: int
    body: Plain
    warnings: str = ""

    @property
    def said(self) -> str:
        """The words of a refusal; empty where it is none."""
        return str(self.body.get("message", "")) if self.status >= _REFUSED else ""


class Server:
    """An API server, by its administrator's kubeconfig."""

    def __init__(self, kubeconfig: Path) -> None:
        held = yaml.safe_load(kubeconfig.read_text())
        cluster, user = held["clusters"][0]["cluster"], held["users"][0]["user"]
        self._url = cluster["server"]
        self._pool = urllib3.PoolManager(ca_certs=cluster["certificate-authority"])
        self._token = user["token"]

    def apply(self, manifest: Plain) -> Answer:
        """Apply a manifest."""
        query = "?fieldManager=tests&force=true&fieldValidation=Strict"
        return self.ask("PATCH", f"{_path(manifest)}{query}", manifest, "application/apply-patch+yaml")

    def get(self, manifest: Plain) -> Answer:
        """The object of a manifest as it is stored."""
        return self.ask("GET", _path(manifest))

    def delete(self, manifest: Plain) -> Answer:
        """Delete the object of a manifest, and wait until it is gone."""
        answer = self.ask("DELETE", _path(manifest))
        until(lambda: self.get(manifest).status == _NOT_FOUND)
        return answer

    def ask(self, method: str, path: str, body: Plain | None = None, form: str = "application/json") -> Answer:
        """One request."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": form}
        content = None if body is None else json.dumps(body)
        answer = self._pool.request(method, f"{self._url}{path}", body=content, headers=headers)
        try:
            held = json.loads(answer.data)
        except ValueError:  # a path that is not served is no object
            held = {"message": answer.data.decode()}
        return Answer(answer.status, held, answer.headers.get("Warning") or "")


def _path(manifest: Plain) -> str:
    group, root = manifest["apiVersion"], "apis" if "/" in manifest["apiVersion"] else "api"
    return f"/{root}/{group}/{_PLURALS[manifest['kind']]}/{manifest['metadata']['name']}"


def until(done: Callable[[], bool]) -> None:
    """Wait until something is so."""
    end = time.monotonic() + _PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.05)
