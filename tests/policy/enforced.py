"""Policies on a real API server: installed for some namespaces, each with facts of its own, and asked by dry runs."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import urllib3
import yaml
from kubernetes import client as v1
from kubernetes.client.rest import ApiException

from igz_runtime.audit.policies.policy import Way, policy, policy_name
from igz_runtime.audit.policies.schema import GROUP, PLURAL, VERSION, facts_object
from tests.cluster.control_plane import api_client

Plain = dict[str, Any]

FREE: Final = "free"
"""A namespace that no policy looks at."""
WAYS: Final[tuple[Way, ...]] = ("deny", "warn")
_PATIENCE: Final = 60
_AT_ONCE: Final = 8
"""Connections to the API server."""
_RESERVED: Final = "igz-system-high"
CLASSES: Final = ("igz-workload-low", "igz-workload-medium", "igz-workload-high", _RESERVED, "team")
PATHS: Final = {
    "Pod": ("/api/v1/namespaces/{}/pods", "v1"),
    "Deployment": ("/apis/apps/v1/namespaces/{}/deployments", "apps/v1"),
    "StatefulSet": ("/apis/apps/v1/namespaces/{}/statefulsets", "apps/v1"),
    "Job": ("/apis/batch/v1/namespaces/{}/jobs", "batch/v1"),
    "NuclioFunction": ("/apis/nuclio.io/v1beta1/namespaces/{}/nucliofunctions", "nuclio.io/v1beta1"),
    "IguazioTenantAppServiceSet": (
        "/apis/iguazio.com/v1beta1/namespaces/{}/iguaziotenantappservicesets",
        "iguazio.com/v1beta1",
    ),
}
_REFUSED: Final = 400
_CONFLICT: Final = 409
_INVALID: Final = 422
_PATCH: Final = "application/merge-patch+json"
_UNJUDGED: Final = r'^apiserver_validating_admission_policy_check_total\{enforcement_action="allow",.*\} (\S+)$'


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
        self._headers = {"Authorization": f"Bearer {user['token']}"}

    def namespaces(self, names: Iterable[str]) -> None:
        """Make namespaces, and the priority classes that pods name."""
        for name in names:
            _once(partial(v1.CoreV1Api(self._client).create_namespace, {"metadata": {"name": name}}))

    def classes(self) -> None:
        """Make the priority classes that pods name."""
        for name in CLASSES:
            made = {"metadata": {"name": name}, "value": 10}
            _once(partial(v1.SchedulingV1Api(self._client).create_priority_class, made))

    def crd(self, manifest: Plain, plural: str = PLURAL) -> None:
        """Define the facts' kind, and wait until objects of it can be made."""
        _once(lambda: v1.ApiextensionsV1Api(self._client).create_custom_resource_definition(manifest))
        _until(lambda: self._facts.list_cluster_custom_object(GROUP, VERSION, plural) is not None)

    def namespaced_facts(self, namespace: str, kind: str, plural: str, name: str, spec: Plain) -> None:
        """Make an object of facts of a kind that is in namespaces."""
        body = {"apiVersion": f"{GROUP}/{VERSION}", "kind": kind, "metadata": {"name": name}, "spec": spec}
        make = self._facts.create_namespaced_custom_object
        _until(lambda: make(GROUP, VERSION, namespace, plural, body) is not None)

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
        body = facts_object(spec, name)
        _until(lambda: self._facts.create_cluster_custom_object(GROUP, VERSION, PLURAL, body) is not None)

    def install(self, namespaces: Sequence[str], policies: Mapping[Way, Plain] | None = None, prefix: str = "") -> None:
        """The policies on some namespaces, each bound to the facts of its own name, in force when this returns.

        Args:
            namespaces: the namespaces.
            policies: the policies; None: those of the library.
            prefix: what their names begin with, where there are others.
        """
        for way in WAYS:
            made = (policies or {}).get(way) or policy(way, namespaces)
            name = prefix + policy_name(way)
            made = {**made, "metadata": {**made["metadata"], "name": name}}
            self._admission.create_validating_admission_policy(made)
            for each in namespaces:
                self._admission.create_validating_admission_policy_binding(_binding(name, each, way))
        self._in_force()

    def _in_force(self) -> None:
        """Wait until the server asks a policy that is made now: it then asks all that were made before."""
        name = f"sentinel-{secrets.token_hex(4)}"
        self.namespaces([name])
        rules = [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]
        spec = {"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "false"}]}
        self._admission.create_validating_admission_policy({"metadata": {"name": name}, "spec": spec})
        selector = {"matchLabels": {"kubernetes.io/metadata.name": name}}
        bound = {"policyName": name, "validationActions": ["Deny"], "matchResources": {"namespaceSelector": selector}}
        self._admission.create_validating_admission_policy_binding({"metadata": {"name": name}, "spec": bound})
        pod = {"kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [{"name": "base", "image": "x"}]}}
        until = time.monotonic() + _PATIENCE
        while (answer := self.ask(name, pod)).status < _REFUSED:
            assert time.monotonic() < until, answer
            time.sleep(0.05)
        self._admission.delete_validating_admission_policy_binding(name)
        self._admission.delete_validating_admission_policy(name)

    def ask(self, namespace: str, manifest: Plain, *, changed: bool = False) -> Answer:
        """What the API server would say to something of which `kind` says what it is.

        Args:
            namespace: where it is made.
            manifest: what is made.
            changed: whether something of its name is there, which it takes the place of.
        """
        below = f"/{manifest['metadata']['name']}" if changed else ""
        return self._answer("PUT" if changed else "POST", namespace, manifest, f"{below}?dryRun=All")

    def make(self, namespace: str, manifest: Plain) -> Plain:
        """Make something that `ask` may be asked about, and return it as it is stored."""
        answer = self._answer("POST", namespace, manifest)
        assert answer.stored is not None, answer
        return answer.stored

    def change(self, namespace: str, stored: Plain, changes: Plain) -> Answer:
        """What the API server says to changes of something that it has; None takes a field away."""
        below = f"/{stored['metadata']['name']}?dryRun=All"
        return self._answer("PATCH", namespace, {"kind": stored["kind"], **changes}, below)

    def _answer(self, method: str, namespace: str, manifest: Plain, below: str = "") -> Answer:
        path, version = PATHS[manifest["kind"]]
        answer = self._pool.request(
            method,
            f"{self._url}{path.format(namespace)}{below}",
            body=json.dumps({"apiVersion": version, **manifest}),
            headers={**self._headers, "Content-Type": _PATCH if method == "PATCH" else "application/json"},
        )
        held = json.loads(answer.data)
        refused, warnings = answer.status >= _REFUSED, _warnings(answer.headers)
        said = held["message"] if refused else ""
        denials = _denials(said)
        about = _about([*denials, *warnings])
        return Answer(answer.status, texts_of(denials), texts_of(warnings), said, None if refused else held, about)

    def unjudged(self) -> int:
        """How often a policy could not be evaluated, and admitted what it was asked of, as the server itself counts."""
        said = self._pool.request("GET", f"{self._url}/metrics", headers=self._headers).data.decode()
        return sum(int(float(count)) for count in re.findall(_UNJUDGED, said, re.MULTILINE))


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
    """The findings of messages, each by itself, without whom they are about; with the service, where it is one's."""
    split = (re.split(r" \| (?=(?:jupyter \S+: )?[A-Z]{2,10}[0-9]{3}: )", each) for each in said)
    texts = (text for found in split for text in found)
    return tuple(each if each.startswith("jupyter") and ": IGZ501: " in each else _alone(each) for each in texts)


def _about(said: Iterable[str]) -> frozenset[str]:
    return frozenset(each.partition(": ")[0] for each in said)


def _alone(text: str) -> str:
    return re.sub(r"^[a-z-]+ '[^']*': (?=[A-Z]{2,10}[0-9]{3}: |has more than )", "", text)


def _once(make: Callable[[], Any]) -> None:
    """Make something, unless another test has made it on this server."""
    try:
        make()
    except ApiException as error:
        if error.status != _CONFLICT:
            raise


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
