"""`igz-runtime audit --every --metrics`: audits again and again, and serves what the last one found as metrics."""

from __future__ import annotations

import gc
import signal
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

import click

from igz_runtime.audit.results import Audit
from igz_runtime.cli import say
from igz_runtime.cli.audit_over_time import Address, Repeated
from igz_runtime.errors import ClusterUnreachable, ConfigurationError, IgzRuntimeError, InvalidValue
from igz_runtime.messages import where_raised
from igz_runtime.report.audit.prometheus import CONTENT_TYPE, Family, exposition, rendered
from igz_runtime.report.severity import counts_of

_PATIENCE: Final = 600.0
"""Seconds after which a reading that has not ended is no longer healthy: it has a time limit of its own."""


def serve(audit: Callable[[], Audit], asked: Repeated) -> int:
    """Audit and serve metrics until SIGTERM or SIGINT.

    A reading that fails leaves the metrics of the last good one, and is counted. Only a wrong configuration that the
    first reading finds ends the program: nobody looks at its metrics yet, and whoever started it can see the message.

    Args:
        audit: reads the cluster and judges it.
        asked: how often, and where.

    Returns:
        The exit code.

    Raises:
        ConfigurationError: the address cannot be listened at, or the configuration cannot be read.
    """
    gc.enable()  # the command line starts without it, for programs that end
    state = _State(asked.every)
    # KeyboardInterrupt is the one exception that no rule of another package can swallow.
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _listening(asked.address, state) as address:
            _say(f"serving http://{address}/metrics")
            while True:
                began = time.monotonic()
                state.read(audit)
                time.sleep(max(0.0, began + asked.every - time.monotonic()))
    except KeyboardInterrupt:
        return 0
    finally:
        signal.signal(signal.SIGTERM, before)


class _State:
    """The metrics of the last good reading, and how reading goes."""

    def __init__(self, every: float) -> None:
        self._every = every
        self._due = time.monotonic()
        self._reads = self._failures = 0
        self._good: str | None = None
        self._up = False
        self._took = 0.0

    def read(self, audit: Callable[[], Audit]) -> None:
        """Audit once; what goes wrong is said, and counted.

        Raises:
            ConfigurationError: the first reading finds that the configuration cannot be read.
            InvalidValue: likewise, a value in it.
        """
        began = time.monotonic()
        self._due = began + self._every
        try:
            found = _read(audit)
            text = rendered(found)
        except Exception as error:
            if not self._reads and isinstance(error, ConfigurationError | InvalidValue | click.UsageError):
                raise
            self._reads, self._failures, self._up = self._reads + 1, self._failures + 1, False
            known = isinstance(error, IgzRuntimeError)
            _say(f"reading failed: {error if known else where_raised(error)}")
            return
        self._good, self._took = text, time.monotonic() - began
        self._reads, self._up = self._reads + 1, True
        _say(_summary(found))

    @property
    def healthy(self) -> bool:
        """Whether a reading is under way or due, and none is stuck."""
        return time.monotonic() < self._due + _PATIENCE

    @property
    def metrics(self) -> str:
        """What is served."""
        return (self._good or "") + exposition(self._of_reading())

    def _of_reading(self) -> Iterator[Family]:
        def one(value: float) -> list[tuple[dict[str, str], float]]:
            return [({}, value)]

        yield Family("up", "Whether the last reading of the cluster succeeded.", one(self._up))
        yield Family("reads_total", "Readings of the cluster, failed ones too.", one(self._reads), "counter")
        yield Family("read_failures_total", "Readings that failed.", one(self._failures), "counter")
        yield Family("interval_seconds", "Time from one reading to the next.", one(self._every))
        if self._good is not None:
            yield Family("read_duration_seconds", "How long the last good reading and judging took.", one(self._took))


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Answers each request in a thread of its own, none of which outlives the program."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: Address, state: _State) -> None:
        # Of a pod that has IPv6 alone, an address of IPv4 is none; a socket of IPv6 takes both.
        host = address.host or ("::" if socket.has_dualstack_ipv6() else "0.0.0.0")  # noqa: S104  (it was asked for)
        self.address_family, *_, where = socket.getaddrinfo(host, address.port, type=socket.SOCK_STREAM)[0]
        self.state = state
        super().__init__((str(where[0]), address.port), _Handler)

    def server_bind(self) -> None:
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no news."""


class _Handler(BaseHTTPRequestHandler):
    timeout = 10
    server: _Server

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(HTTPStatus.OK, self.server.state.metrics, CONTENT_TYPE)
        elif path == "/-/healthy":
            healthy = self.server.state.healthy
            status = HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
            self._answer(status, "healthy\n" if healthy else "a reading is stuck\n")
        else:
            self._answer(HTTPStatus.NOT_FOUND, "there are /metrics and /-/healthy\n")

    do_HEAD = do_GET  # noqa: N815  (the base class looks for it)

    def _answer(self, status: HTTPStatus, text: str, kind: str = "text/plain; charset=utf-8") -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def version_string(self) -> str:
        return "igz-runtime"

    def log_message(self, *_: Any) -> None:
        """A scrape is no news."""


@contextmanager
def _listening(address: Address, state: _State) -> Iterator[Address]:
    try:
        server = _Server(address, state)
    except OSError as error:
        raise ConfigurationError(f"--metrics {address}: cannot listen there: {error.strerror}") from None
    with server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            host, port = server.server_address[:2]
            yield Address(str(host), port)
        finally:
            server.shutdown()


def _read(audit: Callable[[], Audit]) -> Audit:
    """An audit of something: one of which nothing could be read must not take the place of the last good one.

    Raises:
        ClusterUnreachable: nothing could be read.
    """
    found = audit()
    if found.nothing_read:
        raise ClusterUnreachable("; ".join(found.unread) or "nothing could be read of the cluster")
    return found


def _summary(audit: Audit) -> str:
    counts = counts_of(each.finding.severity for each in audit.found if each.stands)
    return f"audited {audit.view.cluster.source}: {', '.join(counts) or 'no findings'}"


def _say(sentence: str) -> None:
    say(f"igz-runtime: {sentence}")
