"""A proxy before the API server that injects faults: refusals, delays, expired lists, answers that are cut off."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.cluster.control_plane import ControlPlane

NEVER = 60
"""Seconds that nothing in a test takes, on whatever machine: what waits so long does not answer."""


class Asked(NamedTuple):
    """A request: its path, and its query parameters."""

    path: str
    query: dict[str, list[str]]

    @property
    def of_list(self) -> str:
        """The last part of the path, such as `nodes`."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def later_page(self) -> bool:
        """Whether another page than the first of a list is asked for."""
        return "continue" in self.query


class Fault(NamedTuple):
    """What happens instead of, or to, an answer.

    Attributes:
        status: answer with this status, and the body.
        body: the answer's body.
        wait: seconds to wait before answering, or until the proxy goes.
        drip: send a byte each so many seconds, and never end.
        cut: send only half of the answer.
        change: change the answer's JSON.
    """

    status: int = 0
    body: Any = None
    wait: float = 0
    drip: float = 0
    cut: bool = False
    change: Callable[[Any], Any] | None = None


Inject = Callable[[Asked], Fault | None]


@contextlib.contextmanager
def proxy(plane: ControlPlane, inject: Inject) -> Iterator[str]:
    """The address of a proxy, for as long as the context lasts."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            fault = inject(Asked(parts.path, parse_qs(parts.query))) or Fault()
            over.wait(fault.wait)
            status, body = (fault.status, json.dumps(fault.body).encode()) if fault.status else self._forwarded()
            if fault.change:
                body = json.dumps(fault.change(json.loads(body))).encode()
            with contextlib.suppress(OSError):  # the client may have gone
                self._send(status, body, fault)

        do_POST = do_GET  # noqa: N815

        def _forwarded(self) -> tuple[int, bytes]:
            address = urlsplit(plane.url)
            trusted = ssl.create_default_context(cafile=str(plane.certificate))
            connection = http.client.HTTPSConnection(address.hostname or "", address.port, context=trusted)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name: value for name, value in self.headers.items() if name.lower() in _PASSED}
            with contextlib.closing(connection):
                connection.request(self.command, self.path, self.rfile.read(length) or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.read()

        def _send(self, status: int, body: bytes, fault: Fault) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if fault.drip:
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(fault.drip)
            self.wfile.write(body[: len(body) // 2] if fault.cut else body)
            self.close_connection = fault.cut

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(_POLLED,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        over.set()
        server.shutdown()
        server.server_close()


_POLLED = 0.02
"""Seconds between looks at whether the proxy should end: the end waits for one."""

_PASSED = frozenset({"authorization", "accept", "content-type"})
