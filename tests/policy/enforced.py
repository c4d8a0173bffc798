"""Policies on a real API server: installed for some namespaces, each with facts of its own, and asked by dry runs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import urllib3
import yaml
from kubernetes import client as v1
from kubernetes.client.rest import ApiException

from igz_runtime.audit.policies.policy import GROUP, Way, policy, policy_name
from tests.cluster.control_plane import api_client

Plain = dict[str, Any]

FREE: Final = "free"
"""A namespace that no policy looks at."""
WAYS: Final[tuple[Way, ...]] = ("deny", "warn")
_PATIENCE: Final = 60
_AT_ONCE: Final = 8
"""Connections to the API server."""
_PROBE: Final = {"mlrun/class": "job", "mlrun/function": "probe"}
_RESERVED: Final = "igz-system-high"
CLASSES: Final = ("igz-workload-low", "igz-workload-medium", "igz-workload-high", _RESERVED, "team")
PATHS: Final = {
    "Pod": ("/api/v1/namespaces/{}/pods", "v1"),
    "Deployment": ("/apis/apps/v1/namespaces/{}/deployments", "apps/v1"),
    "StatefulSet": ("/apis/apps/v1/namespaces/{}/statefulsets", "apps/v1"),
    "Job": ("/apis/batch/v1/namespaces/{}/jobs", "batch/v1"),
}
_REFUSED: Final = 400
_INVALID: Final = 422


class Answer(NamedTuple):
    """What the API server says to something that is to be made.

    Attributes:
        status: the status of its response.
        denied: what the policy that refuses says, each finding as a text.
        warned: the same of the policy that warns.
        said: its own words; empty where it takes it.
        stored: what it would store; None where it does not take it.
        about: whom the policies speak about, each as it calls them.
    """

    status: int
    denied: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    said: str = ""
    stored: Plain | None = None
    about: frozenset[str] = frozenset()


class Enforced:
    """An API server with policies."""

    def __init__(self, kubeconfig: Path) -> None:
        self._client = kubernetes = api_client(kubeconfig)
        self._facts = v1.CustomObjectsApi(kubernetes)
        self._admission = v1.AdmissionregistrationV1Api(kubernetes)
        held = yaml.safe_load(kubeconfig.read_text())
        cluster, user = held["clusters"][0]["cluster"], held["users"][0]["user"]
        self._url = cluster["server"]
        self._pool = urllib3.PoolManager(ca_certs=cluster["certificate-authority"], maxsize=_AT_ONCE)
        self._headers = {"Authorization": f"Bearer {user['token']}", "Content-Type": "application/json"}

    def namespaces(self, names: Iterable[str]) -> None:
        """Make namespaces, and the priority classes that pods name."""
        for name in names:
            v1.CoreV1Api(self._client).create_namespace({"metadata": {"name": name}})

    def classes(self) -> None:
        """Make the priority classes that pods name."""
        for name in CLASSES:
            v1.SchedulingV1Api(self._client).create_priority_class({"metadata": {"name": name}, "value": 10})

    def crd(self, manifest: Plain, plural: str = "clusterfacts") -> None:
        """Define the facts' kind, and wait until objects of it can be made."""
        v1.ApiextensionsV1Api(self._client).create_custom_resource_definition(manifest)
        _until(lambda: self._facts.list_cluster_custom_object(GROUP, "v1", plural) is not None)

    def namespaced_facts(self, namespace: str, kind: str, plural: str, name: str, spec: Plain) -> None:
        """Make an object of facts of a kind that is in namespaces."""
        body = {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        make = self._facts.create_namespaced_custom_object
        _until(lambda: make(GROUP, "v1", namespace, plural, body) is not None)

    def apply_policy(self, manifest: Plain, binding: Plain) -> bool:
        """Whether the API server takes a policy, which is bound then."""
        try:
            self._admission.create_validating_admission_policy(manifest)
        except ApiException as error:
            if error.status == _INVALID:
                return False
            raise
        self._admission.create_validating_admission_policy_binding(binding)
        return True

    def delete_policies(self, batch: str) -> None:
        """Delete the policies, and their bindings, that are labelled as of a batch."""
        selector = f"batch={batch}"
        self._admission.delete_collection_validating_admission_policy_binding(label_selector=selector)
        self._admission.delete_collection_validating_admission_policy(label_selector=selector)

    def facts(self, name: str, spec: Plain) -> None:
        """Make an object of facts."""
        body = {"apiVersion": f"{GROUP}/v1", "kind": "ClusterFacts", "metadata": {"name": name}, "spec": spec}
        _until(lambda: self._facts.create_cluster_custom_object(GROUP, "v1", "clusterfacts", body) is not None)

    def install(self, namespaces: Sequence[str], policies: Mapping[Way, Plain] | None = None, prefix: str = "") -> None:
        """The policies on some namespaces, each bound to the facts of its own name, in force when this returns.

        Args:
            namespaces: the namespaces.
            policies: the policies; None: those of the library.
            prefix: what their names begin with, where there are others.
        """
        bound = list(namespaces)
        if not policies:
            bound.append(self._awaited(prefix))
        for way in WAYS:
            made = (policies or {}).get(way) or policy(way, bound)
            name = prefix + policy_name(way)
            made = {**made, "metadata": {**made["metadata"], "name": name}}
            self._admission.create_validating_admission_policy(made)
        for each in bound:
            for way in WAYS:
                self._admission.create_validating_admission_policy_binding(
                    _binding(prefix + policy_name(way), each, way)
                )
        for each in bound if policies else bound[-1:]:
            self.await_policies(each, both=not policies)

    def _awaited(self, prefix: str) -> str:
        """A namespace in which both policies say something, bound last: where they do, they do everywhere."""
        name = f"{prefix}awaited"
        self.namespaces([name])
        self.facts(name, {"rules": {"IGZ302": "Deny"}})
        return name

    def await_policies(self, namespace: str, *, both: bool = False) -> None:
        """Wait until one of the policies, or both, say something of a pod with a reserved class and a node's name."""
        spec = {"priorityClassName": _RESERVED, "containers": [{"name": "base", "image": "x"}], "nodeName": "node"}
        pod = {"metadata": {"generateName": "probe-", "labels": _PROBE}, "spec": spec}
        until = time.monotonic() + _PATIENCE
        while True:
            answer = self.ask(namespace, {"kind": "Pod", **pod})
            if (answer.warned and answer.denied) or (not both and (answer.warned or answer.denied)):
                return
            assert time.monotonic() < until, answer
            time.sleep(0.05)

    def ask(self, namespace: str, manifest: Plain, *, changed: bool = False) -> Answer:
        """What the API server would say to something of which `kind` says what it is.

        Args:
            namespace: where it is made.
            manifest: what is made.
            changed: whether something of its name is there, which it takes the place of.
        """
        return self._request(namespace, manifest, "PUT" if changed else "POST", "?dryRun=All")

    def make(self, namespace: str, manifest: Plain) -> None:
        """Make something."""
        answer = self._request(namespace, manifest, "POST", "")
        assert not answer.said, answer

    def _request(self, namespace: str, manifest: Plain, method: str, options: str) -> Answer:
        path, version = PATHS[manifest["kind"]]
        name = f"/{manifest['metadata']['name']}" if method == "PUT" else ""
        answer = self._pool.request(
            method,
            f"{self._url}{path.format(namespace)}{name}{options}",
            body=json.dumps({"apiVersion": version, **manifest}),
            headers=self._headers,
        )
        held = json.loads(answer.data)
        if answer.status >= _REFUSED:
            denials, warnings = _denials(held["message"]), _warnings(answer.headers)
            return Answer(
                answer.status,
                texts_of(denials),
                texts_of(warnings),
                held["message"],
                None,
                _about([*denials, *warnings]),
            )
        warnings = _warnings(answer.headers)
        return Answer(answer.status, (), texts_of(warnings), "", held, _about(warnings))


def _binding(name: str, namespace: str, way: Way) -> Plain:
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    spec = {
        "policyName": name,
        "validationActions": ["Deny"] if way == "deny" else ["Warn", "Audit"],
        "paramRef": {"name": namespace, "parameterNotFoundAction": "Allow"},
        "matchResources": {"namespaceSelector": selector},
    }
    return {"metadata": {"name": f"{name}-{namespace}"}, "spec": spec}


def _denials(said: str) -> list[str]:
    return re.findall(r"denied request: (.*)", said, re.DOTALL)


def _warnings(headers: Mapping[str, str]) -> list[str]:
    header = headers.get("Warning") or ""
    # Clients of HTTP read headers as Latin-1.
    text = header.encode("latin-1").decode().replace('\\"', '"')
    return re.findall(
        r"Validation failed for ValidatingAdmissionPolicy '[^']*' with binding '[^']*': (.*?)\"(?:, 299|$)", text
    )


def texts_of(said: Iterable[str]) -> tuple[str, ...]:
    """The findings of messages, each by itself, without whom they are about."""
    split = (re.split(r" \| (?=[A-Z]{2,10}[0-9]{3}: )", each.partition(": ")[2]) for each in said)
    return tuple(text for texts in split for text in texts)


def _about(said: Iterable[str]) -> frozenset[str]:
    return frozenset(each.partition(": ")[0] for each in said)


def _until(done: Any) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            assert done()
        except ApiException:
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            return
