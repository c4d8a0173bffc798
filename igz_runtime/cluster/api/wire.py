"""Requests of the official client: each ends in time, and each answer is bounded while it comes.

The client sends by a pool of connections. In its place stands what looks like it, and reads the answers itself:
refusals, redirections and what is compressed come through it too.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from igz_runtime.cluster.api import warned
from igz_runtime.errors import IgzRuntimeError
from igz_runtime.text.limits import LARGEST_ANSWER

_AT_ONCE: Final = 2**18
_GZIP: Final = 16 + zlib.MAX_WBITS


class TooLarge(IgzRuntimeError):
    """An answer is larger than it may be."""


class Compressed(IgzRuntimeError):
    """An answer is compressed, which nobody asked for, in a way that is not bounded."""


class Wire:
    """Stands in the place of the client's pool of connections.

    Args:
        pool: the pool.
        until: when the last byte may come, by `time.monotonic`.

    Attributes:
        received: how many bytes came so far.
        warned: the headers `Warning` of the answer that came last, as far as they are looked at.
    """

    def __init__(self, pool: Any, until: float) -> None:
        self._pool = pool
        self._until = until
        self._sockets: list[socket.socket] = []
        self.received = 0
        self.warned: tuple[str, ...] = ()
        known = pool.pool_classes_by_scheme.items()
        pool.pool_classes_by_scheme = {scheme: _noting(kind, self._sockets) for scheme, kind in known}

    def request(self, method: str, url: str, **options: Any) -> Any:
        """An answer, read whole.

        Raises:
            TooLarge: it is.
            Compressed: it is, in a way that is not known.
        """
        from urllib3 import HTTPResponse

        given = {**options, "preload_content": False, "decode_content": False, "redirect": False}
        self.warned = ()
        response = self._pool.request(method, url, **given)
        self.warned = warned.kept(response.headers.getlist("Warning"))
        try:
            content = b"".join(self._parts(response))
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return HTTPResponse(io.BytesIO(content), status=response.status, reason=response.reason, request_method=method)

    def clear(self) -> None:
        """End what is under way, and close every connection."""
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._sockets.clear()
        self._pool.clear()

    def _parts(self, response: Any) -> Iterator[bytes]:
        if (response.length_remaining or 0) > LARGEST_ANSWER:
            raise TooLarge
        decoded, left = _decoder(response.headers.get("Content-Encoding") or "identity"), LARGEST_ANSWER
        while raw := response.read(_AT_ONCE, decode_content=False):
            if time.monotonic() > self._until:
                raise TimeoutError("timed out")
            part = decoded(raw, left + 1)
            self.received += len(part)
            left -= len(part)
            if left < 0:
                raise TooLarge
            yield part


def _decoder(coding: str) -> Callable[[bytes, int], bytes]:
    """What makes the content of what came, and no more of it than is asked for."""
    if coding == "identity":
        return lambda raw, _: raw
    if coding == "gzip":
        return zlib.decompressobj(_GZIP).decompress
    raise Compressed


def _noting(kind: Any, opened: list[socket.socket]) -> Any:
    """A class of pools whose connections are noted as they are opened, so that what waits on one can be ended."""

    class Connection(kind.ConnectionCls):  # type: ignore[misc]
        def _new_conn(self) -> Any:
            made = super()._new_conn()
            opened.append(made.dup())
            return made

    class Pool(kind):  # type: ignore[misc]
        ConnectionCls = Connection

    return Pool


def within(seconds: float, work: Callable[[], Any]) -> tuple[bool, Any]:
    """Whether some work was done in time, and its result or its error. What is late goes on unheard, and ends alone."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:  # noqa: BLE001  (the client raises its own, urllib3's, ssl's and json's)
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    return (True, outcome[0]) if outcome else (False, None)
