"""An MLRun API server on loopback, as far as a client sees of it that connects: it answers what its client spec is."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any, NamedTuple, TypeVar

from mlrun.common.schemas import ClientSpec

from tests.loopback import answering

CLIENT_SPEC = "/api/v1/client-spec"


class Answer(NamedTuple):
    """What the server answers: JSON, or the text of a log."""

    body: Any
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = {}


class MlrunApi(ThreadingTCPServer):
    """The server. `spec` is its client spec, and `requests` what it was asked, as method and path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.spec: Mapping[str, Any] = {}
        self.requests: list[str] = []

    @property
    def url(self) -> str:
        """Where MLRun reaches it."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def answer(self, method: str, path: str, _body: bytes) -> Answer:
        """The answer to a request."""
        if (method, path) == ("GET", CLIENT_SPEC):
            return Answer(self.spec)
        return Answer({"detail": f"{path} is not served"}, HTTPStatus.NOT_FOUND)


Api = TypeVar("Api", bound=MlrunApi)


class _Handler(BaseHTTPRequestHandler):
    server: MlrunApi
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def handle_any(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        answer = self.server.answer(self.command, self.path, asked)
        body = answer.body.encode() if isinstance(answer.body, str) else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", "Content-Length": len(body), **answer.headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815  (http.server's own names)

    def log_message(self, *_: object) -> None:
        """The requests are recorded; http.server would print each."""


@contextmanager
def serving(server: type[Api]) -> Iterator[Api]:
    """A server that answers until the block ends."""
    api = server()
    with answering(api):
        yield api


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
