"""A recording server on loopback: what igz-mgmt asks of Iguazio's API, answered as the API answers it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

Plain = dict[str, Any]

SHELL: Plain = {"spec": {"name": "shell", "kind": "shell", "owner": "dani"}, "meta": {}, "status": {"state": "ready"}}
MANIFESTS = "/api/app_services_manifests"


def lab(**spec: Any) -> Plain:
    """A Jupyter service as the server holds it, with fields that are the server's or the user's own."""
    held: Plain = {
        "name": "lab",
        "kind": "jupyter",
        "owner": "dani",
        "display_name": "Dani's lab",
        "credentials": {"username": "dani"},
        "desired_state": "ready",
        "visible_to_all": False,
        "persistency_mode": "home",
        "jupyter": {"image_name": "jupyter-all", "framesd": "framesd", "ssh_enabled": True},
        "pvc": {"mounts": {"data": [{"path": "/data"}]}},
        "resources": {"limits": {"cpu": "2", "memory": "8Gi"}, "requests": {"cpu": "25m", "memory": "1Gi"}},
        "advanced": {"node_selector": {"entries": [{"key": "zone", "value": "a"}]}, "server_side": "kept"},
    }
    return {"spec": {**held, **spec}, "meta": {"labels": {"team": "fraud"}}, "status": {"state": "ready"}}


@dataclass
class Iguazio:
    """What the server holds, and what it was sent.

    Attributes:
        url: where it is reached.
        services: the application services that its manifest has.
        sent: the body of each PUT.
    """

    url: str = ""
    services: list[Plain] = field(default_factory=lambda: [lab(), SHELL])
    sent: list[Plain] = field(default_factory=list)

    def manifest(self) -> Plain:
        """The manifest of all services, as the API answers with it."""
        attributes = {"cluster_name": "c", "tenant_name": "default", "tenant_id": "t", "app_services": self.services}
        return {
            "type": "app_services_manifest",
            "id": "",
            "attributes": {**attributes, "state": "ready"},
            "relationships": {},
        }

    def sent_spec(self, name: str) -> Plain:
        """What the last PUT has as the specification of a service."""
        listed = self.sent[-1]["data"]["attributes"]["app_services"]
        (spec,) = [each["spec"] for each in listed if each["spec"]["name"] == name]
        return _without_nothing(spec)


def _without_nothing(held: Plain) -> Plain:
    """A mapping without the fields that igz-mgmt sends as null."""
    return {
        key: _without_nothing(value) if isinstance(value, dict) else value
        for key, value in held.items()
        if value is not None
    }


class _Handler(BaseHTTPRequestHandler):
    iguazio: ClassVar[Iguazio]

    def do_GET(self) -> None:
        """Versions, the manifest, and a job that is done."""
        if self.path.startswith("/api/tunnel/"):
            self._answer({"data": {"attributes": {"external": "3.6.0"}}})
        elif self.path.startswith(MANIFESTS):
            self._answer({"data": [self.iguazio.manifest()]})
        else:
            self._answer({"data": {"type": "job", "id": "1", "attributes": {"state": "completed", "kind": "job"}}})

    def do_POST(self) -> None:
        """The verification of a session."""
        self._body()
        self._answer({"data": {"attributes": {"username": "dani", "context": {"authentication": {"tenant_id": "t"}}}}})

    def do_PUT(self) -> None:
        """The whole manifest is replaced, as Iguazio does."""
        body = json.loads(self._body())
        self.iguazio.sent.append(body)
        self.iguazio.services = body["data"]["attributes"]["app_services"]
        self._answer({"data": {"type": "job", "id": "1"}})

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _answer(self, body: Plain) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing is printed."""


@contextmanager
def recording() -> Iterator[Iguazio]:
    """The server, for as long as the context lasts."""
    held = Iguazio()
    handler = type("_Recording", (_Handler,), {"iguazio": held})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        held.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield held
        finally:
            server.shutdown()
            thread.join()
