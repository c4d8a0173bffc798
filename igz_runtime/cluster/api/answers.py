"""What is taken for an answer of an API server: lists and objects of one kind, whole; and what may be absent.

Every API server has nodes, pods and quotas: one that says 404 of them is none, and it is not known that there are none.
Only what need not be installed, or made, can be absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.api.connection import NOT_FOUND, Session, TooLarge, Unread
from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.facts import NUCLIO
from igz_runtime.text.limits import LARGEST_LIST, MOST_OBJECTS

PAGE = 500
"""Objects of one answer: what kubectl asks for."""

_LEAST_PAGE: Final = 5
"""Objects of one answer, where an answer with more of them is too large."""


class Answer(NamedTuple):
    """An answer that is read.

    Attributes:
        what: what it is called where it is not known.
        kind: the kind of the object, or of each object of the list.
        optional: whether a cluster may do without it, so that 404 says that there is none.
    """

    what: str
    kind: str
    optional: bool = False

    def absent(self, unread: Unread) -> bool:
        """Whether a refusal says that there is none."""
        return self.optional and unread.status == NOT_FOUND


NODES: Final = Answer("nodes", "Node")
PODS: Final = Answer("pods", "Pod")
DEPLOYMENTS: Final = Answer("Deployments", "Deployment")
PRIORITY_CLASSES: Final = Answer("priority classes", "PriorityClass")
LIMIT_RANGES: Final = Answer("limit ranges", "LimitRange")
QUOTAS: Final = Answer("quotas", "ResourceQuota")
IDENTITY: Final = Answer("the cluster's identity", "Namespace")
NODE_POOLS: Final = Answer("Karpenter's node pools", "NodePool", optional=True)
DEVICE_CLASSES: Final = Answer("device classes", "DeviceClass", optional=True)
SLICES: Final = Answer("resource slices", "ResourceSlice", optional=True)
AUTOSCALER: Final = Answer("the Cluster Autoscaler's status", "ConfigMap", optional=True)
PLATFORM: Final = Answer(NUCLIO, "ConfigMap", optional=True)


def listed(session: Session, kind: str, call: Any, *arguments: Any, **options: Any) -> Iterator[Raw]:
    """The objects of a kind, read in pages; in smaller ones where they are too large.

    A list that expires while it is read goes on with the token that the refusal carries: what comes after is newer
    than what came before, and each object is still read once.

    Args:
        session: the connection.
        kind: the kind of each object.
        call: the method of the official client that lists them.
        arguments: its arguments.
        options: its options.

    Raises:
        Unread: no such list, or not the whole of it; what came before was read.
    """
    pages, size, before = _Pages(kind), PAGE, session.received
    while True:
        token = {"_continue": pages.token} if pages.token else {}
        try:
            page = session.object(f"{kind}List", call, *arguments, **options, **token, limit=size)
        except TooLarge:
            if size <= _LEAST_PAGE:
                raise
            size //= 10
            continue
        except Unread as unread:
            pages.expired(unread)
            continue
        if session.received - before > LARGEST_LIST:
            raise Unread(f"there are more than {LARGEST_LIST // 2**30} GiB of them")
        yield from pages.items(page)
        if not pages.token:
            return


class _Pages:
    """The pages of a list, which have to be those of one list.

    Attributes:
        token: where it goes on; empty: with the first page, or not at all.
    """

    def __init__(self, kind: str) -> None:
        self.token = ""
        self._kind = kind
        self._version = ""
        self._count = 0
        self._tokens = {""}
        self._names: set[str] = set()

    def expired(self, unread: Unread) -> None:
        """Go on after a refusal, where it says how; else raise it."""
        if not unread.token or unread.token in self._tokens:
            raise unread
        self._version = ""
        self._go_on(unread.token)

    def items(self, page: Raw) -> Iterator[Raw]:
        """The objects of a page."""
        items, metadata = page.get("items"), page.get("metadata")
        if not isinstance(items, list) or not isinstance(metadata, Mapping):
            raise self._refused(f"without {'items' if isinstance(metadata, Mapping) else 'metadata'}")
        token, version, left = (metadata.get(key) for key in ("continue", "resourceVersion", "remainingItemCount"))
        if not isinstance(version, str) or not version or not isinstance(token or "", str):
            raise self._refused("whose metadata say neither its version nor where it goes on")
        if self._version not in ("", version):
            raise self._refused("of another version than the page before it")
        self._version = version
        self._count += len(items)
        if self._count > MOST_OBJECTS:
            raise Unread(f"there are more than {MOST_OBJECTS:,} of them")
        for item in items:
            self._look_at(item)
            yield item
        self.token = ""
        if token:
            self._go_on(token)
        elif left:
            raise self._refused("that ends before its last object")

    def _look_at(self, item: Any) -> None:
        """Refuse an object of another kind, and one that was there before."""
        if not isinstance(item, dict):
            return  # its reader says what is wrong
        if item.get("kind") not in (None, self._kind):
            raise self._refused("with an object of another kind")
        metadata = item.get("metadata")
        if not isinstance(metadata, dict):
            return
        found = f"{metadata.get('namespace')}/{metadata.get('name')}"
        if found in self._names:
            raise self._refused("in which one object stands twice")
        self._names.add(found)

    def _go_on(self, token: str) -> None:
        if token in self._tokens:
            raise self._refused("that goes on where it was before")
        self._tokens.add(token)
        self.token = token

    def _refused(self, why: str) -> Unread:
        return Unread(f"the API server's answer is a {self._kind}List {why}")
