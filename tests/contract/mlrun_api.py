"""An MLRun API server on loopback, as far as a client sees of it that connects: it answers what its client spec is."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from threading import Thread
from typing import Any

from mlrun.common.schemas import ClientSpec

CLIENT_SPEC = "/api/v1/client-spec"


class MlrunApi(ThreadingTCPServer):
    """The server. `spec` is what it answers, and `requests` what it was asked, as method and path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spec: Mapping[str, Any] = {}
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Where MLRun reaches it."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: MlrunApi

    def handle_any(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        known = self.command == "GET" and self.path == CLIENT_SPEC
        body = json.dumps(self.server.spec if known else {"detail": f"{self.path} is not served"}).encode()
        self.send_response(HTTPStatus.OK if known else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  (http.server's own names)

    def log_message(self, *_: object) -> None:
        """The requests are recorded; http.server would print each."""


@contextmanager
def serving() -> Iterator[MlrunApi]:
    """A server that answers until the block ends."""
    with MlrunApi() as api:
        thread = Thread(target=api.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            api.shutdown()
            thread.join()


def client_spec(**said: Any) -> dict[str, Any]:
    """What a server says whose configuration is MLRun's own defaults: null for nearly everything.

    Args:
        said: what this server has configured, or says wrongly.
    """
    defaults = ClientSpec(
        version="1.12.1",
        namespace="mlrun",
        artifact_path="v3io:///projects/{{run.project}}/artifacts",
        ce={},
        logs={"decode": {"errors": "replace"}},
        feature_store_data_prefixes={"default": "v3io:///projects/{project}/FeatureStore/{name}/{kind}"},
    )
    unknown = said.keys() - defaults.dict().keys()
    assert not unknown, f"no server says {unknown}"
    return {**json.loads(defaults.json()), **said}


def encoded(value: object) -> str:
    """A value as MLRun configures mappings and lists: base64 of JSON."""
    return base64.b64encode(json.dumps(value).encode()).decode()
