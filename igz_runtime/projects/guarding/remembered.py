"""Functions as they were stored: what is submitted names its function, and does not hold it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.request import Unreadable

if TYPE_CHECKING:
    from igz_runtime.functions.pipeline import FunctionUri
    from igz_runtime.projects.guarding.basis import Basis
    from igz_runtime.projects.guarding.verdict import Verdict

_MOST: Final = 128


class Stored(NamedTuple):
    """A function as it was stored.

    Attributes:
        body: what the request held; None where the verdict has it.
        verdict: the verdict on it, where it was judged then.
    """

    body: Any
    verdict: Verdict | None = None

    @property
    def function(self) -> Mapping[str, Any]:
        """The function.

        Raises:
            Unreadable: it is none.
        """
        judged = self.verdict.asked.function if self.verdict else None
        return mapping(self.body) if judged is None else judged


class Remembered:
    """The versions of functions that were stored last, by project, name and hash. What a tag means may change."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str, str], Stored] = OrderedDict()
        self._lock = Lock()

    def answered(self, call: Call, where: Mapping[str, str], verdict: Verdict | None, response: Any) -> None:
        """A request was answered: where it stored a version of a function, remember that by its hash."""
        if "/functions/" not in call.path or not versioned(call):
            return
        hash_key = _hash_in(response)
        if not hash_key:
            return
        judged = verdict is not None and verdict.asked.function is not None
        with self._lock:
            if verdict is not None:
                self._go_by(where["project"], verdict.basis)
            self._held[where["project"], where["name"], hash_key] = Stored(None if judged else call.body, verdict)
            if len(self._held) > _MOST:
                self._held.popitem(last=False)

    def _go_by(self, project: str, basis: Basis | None) -> None:
        """A verdict on another basis holds no longer: what it was judged by, such as a cluster, is let go."""
        for key, (body, verdict) in self._held.items():
            if key[0] == project and verdict is not None and verdict.basis not in (None, basis):
                self._held[key] = Stored(body, verdict._replace(basis=None))

    def stored(self, uri: FunctionUri, call: Call) -> Stored:
        """A function: as it was stored through this guard, else as the server has it.

        Args:
            uri: which function it is.
            call: the request that names it.

        Raises:
            Unreadable: the server does not give it.
        """
        with self._lock:
            held = self._held.get((uri.project, uri.name, uri.hash_key))
        if held is not None:
            return held
        path = f"projects/{uri.project}/functions/{uri.name}"
        asked = {"tag": uri.tag or None, "hash_key": uri.hash_key or None}
        try:
            return Stored(_required(call.get(path, asked)["func"], uri.name))
        except Exception as error:
            raise Unreadable(f"function {uri.name!r} of it cannot be read from the server") from error


def _required(function: Any, name: str) -> Mapping[str, Any]:
    """A function that a server gives, where it is the one that was asked for, and of a kind.

    Raises:
        Unreadable: it is something else. Judged as it is, a function without a kind would run in no pod.
    """
    if not isinstance(function, Mapping) or not isinstance(function.get("metadata"), Mapping):
        raise Unreadable("it is not a function")
    if function["metadata"].get("name") != name or not _is_text(function.get("kind")):
        raise Unreadable("it is another function, or of no kind")
    return function


def _hash_in(response: Any) -> str:
    """What a server calls a version that it stored; empty where it does not say: then it is asked for the function."""
    try:
        answer = response.json()
    except (ValueError, RecursionError):
        return ""
    found = answer.get("hash_key") if isinstance(answer, Mapping) else None
    return str(found) if _is_text(found) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def versioned(call: Call) -> bool:
    """Whether a function is saved under its hash."""
    return str(call.params.get("versioned")).lower() == "true"


def mapping(body: Any) -> Mapping[str, Any]:
    """What a request carries, as plain data.

    Raises:
        Unreadable: it is no JSON mapping.
    """
    if isinstance(body, (str, bytes, bytearray)):
        import json

        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            raise Unreadable("what it holds is not JSON") from None
    if not isinstance(body, Mapping):
        raise Unreadable("what it holds is not a mapping")
    return body
