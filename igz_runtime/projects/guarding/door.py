"""The one door through which MLRun's client reaches its server: `HTTPRunDB.api_call`, wrapped on the class.

On the class, because functions keep the connection that they once had, and so do sessions of `mlrun.Client`.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final, NamedTuple, Protocol

from igz_runtime.projects.guarding.loading import Awaited

MODULE: Final = "mlrun.db.httpdb"
CLASS: Final = "HTTPRunDB"
METHOD: Final = "api_call"


class Call(NamedTuple):
    """A request that is about to leave.

    Attributes:
        method: such as `POST`.
        path: such as `projects/churn/functions/train`, without what stands behind a question mark.
        params: its parameters.
        body: what it carries: text, bytes, or plain data where MLRun gave it as JSON; None: nothing.
        get: asks the same server, past the guard: the path and parameters of a `GET`, for what it answers.
    """

    method: str
    path: str
    params: Mapping[str, Any]
    body: Any
    get: Callable[[str, Mapping[str, Any]], Any]


class Watcher(Protocol):
    """Who looks at requests."""

    def leaving(self, call: Call) -> Callable[[Any], None] | None:
        """Judge a request before it leaves.

        Returns:
            What is called with the server's response when the request has left; None: nothing.

        Raises:
            IgzRuntimeError: it must not leave.
        """


class _Door(NamedTuple):
    """The wrapped method: of which class, what it was, and what it is."""

    cls: type
    original: Callable[..., Any]
    watched: Callable[..., Any]


_lock = threading.RLock()
_watchers: tuple[Watcher, ...] = ()
_door: _Door | None = None
_thread = threading.local()


def watch(watcher: Watcher) -> None:
    """Have a watcher look at every request from now on, in every thread."""
    global _watchers  # noqa: PLW0603  (the door is one for the process, as the class is)
    with _lock:
        _watchers = (*_watchers, watcher)
    _awaited.begin()


def unwatch(watcher: Watcher) -> None:
    """Have it look no longer. With the last one, the class is as it was."""
    global _watchers  # noqa: PLW0603  (as above)
    with _lock:
        _watchers = tuple(each for each in _watchers if each is not watcher)
        if not _watchers:
            _awaited.end()
            _restore()


def _wrap(module: ModuleType) -> None:
    global _door  # noqa: PLW0603  (as above)
    with _lock:
        cls = getattr(module, CLASS)
        held = cls.__dict__[METHOD]
        # Whatever else stands there was put over ours, which still lies beneath it.
        if _watchers and (_door is None or _door.cls is not cls or held is _door.original):
            _door = _Door(cls, held, _watched(held))
            setattr(cls, METHOD, _door.watched)


def _restore() -> None:
    """Put the method back, unless somebody else has wrapped it since: ours then stays beneath, and lets all pass."""
    global _door  # noqa: PLW0603  (as above)
    if _door is not None and _door.cls.__dict__[METHOD] is _door.watched:
        setattr(_door.cls, METHOD, _door.original)
        _door = None


_awaited = Awaited(MODULE, _wrap)


def _watched(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def api_call(*args: Any, **kwargs: Any) -> Any:
        watchers = _watchers
        if not watchers or getattr(_thread, "inside", False):
            return original(*args, **kwargs)
        call = _call(original, *args, **kwargs)
        # Nothing that is asked while this one is judged, or beneath another wrapper of the method, is judged again.
        _thread.inside = True
        try:
            told = [watcher.leaving(call) for watcher in watchers]
            response = original(*args, **kwargs)
            for tell in filter(None, told):
                tell(response)
        finally:
            _thread.inside = False
        return response

    return api_call


def _call(  # noqa: PLR0917  (MLRun's own arguments, in their order)
    original: Callable[..., Any],
    db: Any,
    method: str,
    path: str,
    _error: str | None = None,
    params: Mapping[str, Any] | None = None,
    body: Any = None,
    json: Any = None,
    *_: Any,
    **__: Any,
) -> Call:
    """The request that the client's method is called for."""
    return Call(
        str(method).upper(),
        path.partition("?")[0].strip("/"),
        params or {},
        body if json is None else json,
        lambda path, params: original(db, "GET", path, params=params).json(),
    )
