"""An exception at a line of a program, wherever that is: as Ctrl-C may come, or memory run out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Final

EXCEPTIONS: Final = (RuntimeError, KeyboardInterrupt, MemoryError)
_PACKAGES: Final = ("igz_runtime", "mlrun", "nuclio")


class Lines:
    """Counts the lines of ours, of MLRun's and of Nuclio's that run, from the first call of a function on.

    Args:
        begin: the function.
        at: the line that raises, counted from 1; 0: none.
        error: what it raises.
    """

    def __init__(self, begin: Callable[..., Any], at: int = 0, error: type[BaseException] = RuntimeError) -> None:
        self.count = 0
        self.raised: BaseException | None = None
        self._begin = begin.__code__
        self._begun = False
        self._at = at
        self._error = error
        self._known: dict[CodeType, bool] = {}

    def __call__(self, frame: FrameType, _event: str, _arg: object) -> Any:
        """What Python asks at each call: whether the lines of that frame are of interest."""
        self._begun = self._begun or frame.f_code is self._begin
        return self._line if self._begun and self._of_interest(frame) else None

    def _of_interest(self, frame: FrameType) -> bool:
        known = self._known.get(frame.f_code)
        if known is None:
            package = str(frame.f_globals.get("__name__")).partition(".")[0]
            known = self._known[frame.f_code] = package in _PACKAGES
        return known

    def _line(self, frame: FrameType, event: str, _arg: object) -> Any:
        if event == "line":
            self.count += 1
            if self.count == self._at:
                self.raised = self._error(f"injected at {frame.f_code.co_filename}:{frame.f_lineno}")
                raise self.raised
        return self._line

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Python asks it while the block runs; no finaliser of the garbage collector's counts."""
        gc.disable()
        before = sys.gettrace()
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(before)
            gc.enable()


class Holds:
    """What everything that can be reached holds now: the same values, in the same order.

    Args:
        roots: mappings, lists and objects of MLRun, Nuclio and Kubernetes; what they hold counts as well.
    """

    def __init__(self, *roots: Any) -> None:
        self._found: dict[int, tuple[Any, list[Any]]] = {}
        waiting = list(roots)
        while waiting:
            value = _container(waiting.pop())
            if value is not None and id(value) not in self._found:
                self._found[id(value)] = (value, _held(value))
                waiting += value.values() if isinstance(value, dict) else value

    def unchanged(self) -> bool:
        """Whether each of them still does."""
        return all(_same(_held(container), held) for container, held in self._found.values())


def _container(value: Any) -> dict[Any, Any] | list[Any] | None:
    if isinstance(value, dict | list):
        return value
    package = type(value).__module__.partition(".")[0]
    return vars(value) if package in ("mlrun", "nuclio", "kubernetes") and hasattr(value, "__dict__") else None


def _held(container: dict[Any, Any] | list[Any]) -> list[Any]:
    return [*container, *container.values()] if isinstance(container, dict) else list(container)


def _same(one: list[Any], other: list[Any]) -> bool:
    return len(one) == len(other) and all(map(lambda a, b: a is b, one, other))
