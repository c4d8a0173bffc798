"""Functions by their address, as they were stored: what is submitted names its function, and does not hold it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final, NamedTuple

from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.request import Unreadable

_MOST: Final = 256


class Address(NamedTuple):
    """Where a function is stored; MLRun writes it `churn/train@5f0d`, or `churn/train:v1`."""

    project: str
    name: str
    tag: str = "latest"
    hash_key: str = ""

    @classmethod
    def of(cls, text: object) -> Address:
        """The address in a request.

        Raises:
            Unreadable: it is none.
        """
        project, slash, rest = text.removeprefix("db://").partition("/") if isinstance(text, str) else ("", "", "")
        versioned, _, tag = (rest if slash else project).partition(":")
        name, _, hash_key = versioned.partition("@")
        if not name:
            raise Unreadable("it does not say which function it is for")
        return cls(project if slash else "", name, tag or "latest", hash_key)

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells it from others: where a hash is known, the tag says nothing."""
        return self.project, self.name, f"@{self.hash_key}" if self.hash_key else self.tag


class Remembered:
    """The functions that were stored last."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str, str], Any] = OrderedDict()
        self._lock = Lock()

    def answered(self, call: Call, where: Mapping[str, str], response: Any) -> None:
        """A request was answered: where it stored a function, remember that by what the server calls it."""
        if not call.path.startswith("projects/") or "/functions/" not in call.path:
            return
        project, name = where["project"], where["name"]
        self._keep(Address(project, name, str(call.params.get("tag") or "latest")), call.body)
        hash_key = response.json().get("hash_key")
        if hash_key:
            self._keep(Address(project, name, hash_key=str(hash_key)), call.body)

    def _keep(self, address: Address, body: Any) -> None:
        with self._lock:
            self._held[address.key] = body
            self._held.move_to_end(address.key)
            if len(self._held) > _MOST:
                self._held.popitem(last=False)

    def function(self, address: Address, call: Call) -> Mapping[str, Any]:
        """The function at an address: as it was stored through this guard, else as the server has it.

        Args:
            address: the address.
            call: the request that names it.

        Raises:
            Unreadable: the server does not give it.
        """
        with self._lock:
            body = self._held.get(address.key)
        if body is not None:
            return mapping(body)
        path = f"projects/{address.project}/functions/{address.name}"
        asked = {"tag": address.tag, "hash_key": address.hash_key}
        try:
            found = call.get(path, asked)["func"]
        except Exception as error:
            raise Unreadable(f"function {address.name!r} of it cannot be read from the server") from error
        return mapping(found)


def mapping(body: Any) -> Mapping[str, Any]:
    """What a request carries, as plain data.

    Raises:
        Unreadable: it is no JSON mapping.
    """
    if isinstance(body, (str, bytes, bytearray)):
        import json

        try:
            body = json.loads(body)
        except ValueError:
            raise Unreadable("what it holds is not JSON") from None
    if not isinstance(body, Mapping):
        raise Unreadable("what it holds is not a mapping")
    return body
