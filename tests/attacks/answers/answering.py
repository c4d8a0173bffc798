"""A server on loopback that answers as an attacker likes, in the place of a Kubernetes API server."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

from ruamel.yaml import YAML

from igz_runtime.cluster.clouds import KUBERNETES_PRIORITIES
from tests.cluster.layouts import CLOUDS, Layout
from tests.cluster.planted import FAULTS, together
from tests.cluster.running_pods import app_services, notebook
from tests.loopback import answering

Plain = dict[str, Any]
TOKEN: Final = "a-token-that-stands-in-no-message"  # noqa: S105  (nobody's)
NAMESPACE: Final = "tenant"
PATIENCE: Final = 300.0
"""Seconds that a reading may take on whatever machine: the server answers at once."""
MADE: Final = "2026-11-24T08:00:00Z"
DRY_RUN: Final = "a dry run"


WHAT: Final[Mapping[str, str]] = {
    "nodes": "nodes",
    "pods": "pods",
    "priorityclasses": "priority classes",
    "limitranges": "limit ranges",
    "resourcequotas": "quotas",
    "deployments": "Deployments",
    "nodepools": "Karpenter's node pools",
    "deviceclasses": "device classes",
    "resourceslices": "resource slices",
    "nucliofunctions": "Nuclio's functions",
    "iguaziotenantappservicesets": "Iguazio's application services",
    "notebooks": "Kubeflow's notebooks",
    "cluster-autoscaler-status": "the Cluster Autoscaler's status",
    "nuclio-platform-config": "Nuclio's platform configuration",
    "kube-system": "the cluster's identity",
}
"""By the last part of the path where it is asked for, what is not known without its answer."""
_NAMES: Final = tuple(WHAT)
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "lists": _NAMES[:6],
    "optional": _NAMES[6:12],
    "config maps": _NAMES[12:14],
    "everything": _NAMES,
}


class Answer(NamedTuple):
    """What is answered to a request.

    Attributes:
        body: the body.
        status: the HTTP status.
        content_type: what the body is said to be.
        warnings: headers `Warning`, as they are sent.
    """

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    warnings: tuple[bytes, ...] = ()


class Server:
    """The server.

    Attributes:
        answers: by the last part of a path, of a further page with its token behind a question mark, what is answered;
            to anything else 404.
        kubeconfig: how it is reached.
    """

    answers: Mapping[str, Answer]
    kubeconfig: Path

    def __init__(self, folder: Path) -> None:
        self.answers = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        self.kubeconfig = folder / "kubeconfig"
        cluster = {"server": f"http://127.0.0.1:{self._http.server_port}"}
        context = {"cluster": "test", "user": "test", "namespace": NAMESPACE}
        config = {
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": TOKEN}}],
            "contexts": [{"name": "test", "context": context}],
        }
        self.kubeconfig.write_text(json.dumps(config))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                asked = DRY_RUN if self.command == "POST" else parts.path.strip("/").rpartition("/")[2]
                token = parse_qs(parts.query).get("continue", [""])[0]
                answer = server.answers.get(f"{asked}?{token}") or server.answers.get(asked, _NONE)
                with contextlib.suppress(OSError):
                    self._send(answer)

            do_POST = do_GET  # noqa: N815

            def _send(self, answer: Answer) -> None:
                body = b"" if answer.status in _WITHOUT_BODY else answer.body
                head = (
                    f"HTTP/1.1 {answer.status} So\r\nContent-Type: {answer.content_type}\r\nContent-Length: {len(body)}"
                )
                warned = b"".join(b"\r\nWarning: " + each for each in answer.warnings)
                self.wfile.write(head.encode() + warned + b"\r\n\r\n" + body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        return Handler

    @contextlib.contextmanager
    def serving(self) -> Iterator[Server]:
        """The server, for as long as the context lasts."""
        with answering(self._http):
            yield self


_WITHOUT_BODY: Final = (204, 304)
_NONE: Final = Answer(json.dumps({"kind": "Status", "message": "there is no such thing", "code": 404}).encode(), 404)


def encoded(answer: Any, **of: Any) -> Answer:
    """A value as JSON."""
    return Answer(json.dumps(answer).encode(), **of)


def right_answers() -> dict[str, Plain]:
    """What a cluster answers on which much is wrong, by the last part of the path."""
    # What takes nodes away, or is of development, hides what else is wrong.
    hiding = ("no group for user work", "production on spot nodes only", "one core node")
    faults = [each for name, each in FAULTS.items() if name not in hiding and each.environment == "production"]
    gke, karpenter = CLOUDS[1], CLOUDS[-1]
    layout = together(faults).layout(gke)
    return {
        "version": {"major": "1", "minor": "36", "gitVersion": "v1.36.0"},
        **_of_cluster(layout, together(faults[:1]).layout(karpenter)),
        **_of_namespace(layout),
        **_of_work(layout),
        **_of_devices(layout.cloud.node("gpu", 0)),
    }


def _of_cluster(layout: Layout, pools: Layout) -> dict[str, Plain]:
    classes = {**{name: {"value": 2000000000} for name in KUBERNETES_PRIORITIES}, **layout.classes}
    critical = [{"metadata": {"name": name}, **each} for name, each in classes.items()]
    autoscaled = json.dumps(YAML(typ="safe").load(layout.autoscaled()), default=str)
    status = {"metadata": {"name": "cluster-autoscaler-status"}, "data": {"status": autoscaled}}
    node_pools = [
        {
            **each,
            "status": {"resources": {"cpu": "4", "nodes": "1"}, "conditions": [{"type": "Ready", "status": "True"}]},
        }
        for each in pools.node_pools()
    ]
    return {
        "nodes": _list("NodeList", layout.nodes()),
        "kube-system": {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "11-22"}},
        "priorityclasses": _list("PriorityClassList", critical),
        "cluster-autoscaler-status": {"kind": "ConfigMap", **status},
        "nodepools": _list("NodePoolList", node_pools),
    }


def _of_namespace(layout: Layout) -> dict[str, Plain]:
    bounds = {"type": "Container", "default": {"cpu": "2"}, "defaultRequest": {"cpu": "1"}, "max": {"cpu": "8"}}
    selector = {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In", "values": ["igz-workload-high"]}]}
    amounts = {"requests.cpu": "10", "pods": "50"}
    quotas = [
        {
            "metadata": {"name": "all", "namespace": NAMESPACE},
            "spec": {"hard": amounts, "scopes": ["NotBestEffort"]},
            "status": {"hard": amounts, "used": {"requests.cpu": "9500m", "pods": "3"}},
        },
        {
            "metadata": {"name": "high", "namespace": NAMESPACE},
            "spec": {"hard": {"pods": "1"}, "scopeSelector": selector},
            "status": {"hard": {"pods": "1"}, "used": {"pods": "1"}},
        },
    ]
    told = layout.told
    nodes = {
        "nodeSelector": dict(told.node_selector),
        "tolerations": [{"key": t.key, "operator": t.operator, "value": t.value} for t in told.tolerations],
        "defaultMode": "constrain",
    }
    platform = json.dumps({"kube": {"preemptibleNodes": nodes}})
    ranges = [{"metadata": {"name": "bounds", "namespace": NAMESPACE}, "spec": {"limits": [bounds]}}]
    return {
        "limitranges": _list("LimitRangeList", ranges),
        "resourcequotas": _list("ResourceQuotaList", quotas),
        "nuclio-platform-config": {
            "kind": "ConfigMap",
            "metadata": {"name": "nuclio-platform-config", "namespace": NAMESPACE},
            "data": {"platform.yaml": platform},
        },
        DRY_RUN: {
            "kind": "Pod",
            "metadata": {"name": "igz-runtime-preflight-x", "namespace": NAMESPACE, "annotations": {"a": "b"}},
            "spec": {
                "containers": [{"name": "base", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}],
                "tolerations": [{"key": "a", "operator": "Exists"}],
                "priorityClassName": "igz-workload-medium",
                "nodeSelector": {"a": "b"},
            },
            "status": {"phase": "Pending", "qosClass": "Burstable"},
        },
    }


def _of_work(layout: Layout) -> dict[str, Plain]:
    pods = [_pod(number, each) for number, each in enumerate(layout.pods)]
    deployments = [_named(number, each, "deployment") for number, each in enumerate(layout.deployments)]
    refused = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": MADE, "message": "exceeded quota"}
    for each in deployments:
        each["status"] = {"replicas": 0, "conditions": [refused]}
    declared: dict[str, list[Plain]] = {"NuclioFunction": [], "IguazioTenantAppServiceSet": [], "Notebook": []}
    of_jupyter = (app_services(layout, lab={"resources": {"limits": {"nvidia_gpu": "1"}}}), notebook(layout, "paper"))
    for document in (*layout.declared, *of_jupyter):
        declared[document["kind"]].append({**document, "metadata": {**document["metadata"], "namespace": NAMESPACE}})
    paths = {
        "NuclioFunction": "nucliofunctions",
        "IguazioTenantAppServiceSet": "iguaziotenantappservicesets",
        "Notebook": "notebooks",
    }
    return {
        "pods": _list("PodList", pods),
        "deployments": _list("DeploymentList", deployments),
        **{path: _list(f"{kind}List", declared[kind]) for kind, path in paths.items()},
    }


def _of_devices(node: str) -> dict[str, Plain]:
    selectors = [{"cel": {"expression": "device.driver == 'gpu.nvidia.com'"}}]
    of_class = {"metadata": {"name": "gpu"}, "spec": {"extendedResourceName": "amd.com/gpu", "selectors": selectors}}
    attributes = {"type": {"string": "gpu"}, "index": {"int": 0}}
    of_slice = {
        "metadata": {"name": "slice"},
        "spec": {
            "driver": "gpu.nvidia.com",
            "nodeName": node,
            "pool": {"name": node, "generation": 1, "resourceSliceCount": 1},
            "devices": [{"name": "gpu-0", "attributes": attributes}],
        },
    }
    return {
        "deviceclasses": _list("DeviceClassList", [of_class]),
        "resourceslices": _list("ResourceSliceList", [of_slice]),
    }


def _list(kind: str, items: Any) -> Plain:
    return {"kind": kind, "apiVersion": "v1", "metadata": {"resourceVersion": "7"}, "items": list(items)}


def _named(number: int, raw: Plain, what: str) -> Plain:
    metadata = {"name": f"{what}-{number}", "namespace": NAMESPACE, "creationTimestamp": MADE, **raw["metadata"]}
    return {**raw, "metadata": metadata}


def _pod(number: int, raw: Plain) -> Plain:
    """A pod as the API server stores it."""
    resources = [each.get("resources") or {} for each in raw["spec"]["containers"]]
    alike = all(each.get("requests") and each.get("requests") == each.get("limits") for each in resources)
    status = {"phase": "Running", "qosClass": "Guaranteed" if alike else "Burstable", **raw.get("status", {})}
    if "nodeName" not in raw["spec"]:
        said = {"type": "PodScheduled", "status": "False", "message": "0/9 nodes are available"}
        status = {**status, "phase": "Pending", "conditions": [said]}
    return {**_named(number, raw, "pod"), "status": status}
