"""An API server that repeats what it is asked with, and a kubeconfig full of secrets for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from tests.loopback import answering


def _echo(handler: BaseHTTPRequestHandler) -> str:
    heard = f"{handler.requestline} {dict(handler.headers)}"
    decoded = [
        base64.b64decode(value.split()[1]).decode(errors="replace")
        for value in handler.headers.values()
        if value.startswith("Basic ")
    ]
    return " ".join([heard, *decoded])


def _status(code: int, heard: str) -> tuple[int, str]:
    return code, json.dumps({"kind": "Status", "apiVersion": "v1", "code": code, "reason": heard, "message": heard})


def _listing(heard: str, name: str = "n1") -> tuple[int, str]:
    metadata = {"name": name, "labels": {name: name}, "annotations": {"x": heard}}
    node = {"metadata": metadata, "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"}}}
    return 200, json.dumps(
        {"kind": "NodeList", "metadata": {}, "items": [node], "gitVersion": "1.30", "message": heard}
    )


ANSWERS: Final[Mapping[str, Any]] = {
    "refuses who asks": lambda heard: _status(401, heard),
    "forbids": lambda heard: _status(403, heard),
    "knows nothing": lambda heard: _status(404, heard),
    "fails": lambda heard: _status(500, heard),
    "is overloaded": lambda heard: (429, heard),
    "answers with a refusal that is none": lambda heard: (200, _status(200, heard)[1]),
    "answers of another kind": lambda heard: (200, json.dumps({"kind": heard, "message": heard, "gitVersion": heard})),
    "answers text": lambda heard: (200, heard),
    "answers a list whatever it is asked for": _listing,
}
NAMING: Final[Mapping[str, Any]] = {"names its nodes so": lambda said: _listing(said, said)}


@contextmanager
def echoing(answer: str, said: str = "") -> Iterator[str]:
    """A server on loopback.

    Args:
        answer: how it answers; one of `ANSWERS`, or of `NAMING` with what it says.
        said: what it says; else what it was asked with.

    Yields:
        Its address.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, body = {**ANSWERS, **NAMING}[answer](said or _echo(self))
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body.encode(errors="replace"))))
            self.end_headers()
            self.wfile.write(body.encode(errors="replace"))

        do_POST = do_GET  # noqa: N815  (the base class looks for it)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    with answering(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as address:
        yield address


USERS: Final[Mapping[str, Any]] = {
    "a token": {"token": "CANARY"},
    "a password": {"username": "admin", "password": "CANARY"},
    "a command": {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "sh",
            "args": ["-c", "echo CANARY >&2; echo CANARY; exit 3"],
            "env": [{"name": "TOKEN", "value": "CANARY"}],
            "interactiveMode": "Never",
        }
    },
    "a key that is none": {"client-certificate-data": "Q0FOQVJZ", "client-key-data": "CANARY"},
    "a provider": {"auth-provider": {"name": "oidc", "config": {"id-token": "CANARY", "refresh-token": "CANARY"}}},
    "a file of a token": {"tokenFile": "token"},
    "nothing": {},
}
SERVERS: Final = ("http://admin:CANARY@{}", "http://CANARY@{}", "http://{}/prefix?token=CANARY", "http://{}")


def kubeconfig(folder: Path, user: str, server: str, address: str, canary: str) -> Path:
    """A kubeconfig with a secret in it."""
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server.format(address), "proxy-url": ""}}],
        "users": [{"name": "u", "user": USERS[user]}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "token").write_text(canary)
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config).replace("CANARY", canary))
    return path
