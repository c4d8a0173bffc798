"""Servers on loopback, in a thread of this process; and what those that stand for an API server have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import BaseServer
from threading import Thread
from typing import Any

LISTS = {
    "nodes": "NodeList",
    "pods": "PodList",
    "priorityclasses": "PriorityClassList",
    "limitranges": "LimitRangeList",
    "resourcequotas": "ResourceQuotaList",
    "deviceclasses": "DeviceClassList",
    "resourceslices": "ResourceSliceList",
    "nodepools": "NodePoolList",
}
"""The kind of each list, by its name in a path."""


@contextmanager
def answering(server: BaseServer) -> Iterator[str]:
    """A server that answers until the block ends, and where: host and port."""
    with server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        address: Any = server.server_address
        try:
            yield f"127.0.0.1:{address[1]}"
        finally:
            server.shutdown()
            thread.join()
