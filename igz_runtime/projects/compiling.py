"""Seeing each workflow that KFP's compiler makes, before it is written.

KFP 1.8 has no hook for the priority class of a step, and MLRun passes a configuration of its own to the compiler, so
that transformers of a pipeline's configuration are not called. So the method that writes is wrapped, as MLRun wraps the
one that makes: it is looked up when the workflow's own function has run, which may be what asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from threading import Lock
from typing import Any, Final

from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions.pipeline import NOT_KFP_2

See = Callable[[dict[str, Any]], None]

KFP_2: Final = "mlrun-pipelines-kfp-v2"
"""The distribution by which MLRun compiles with KFP 2."""

_see: ContextVar[See | None] = ContextVar("igz_runtime_compiling", default=None)


@contextmanager
def compiling(see: See) -> Iterator[None]:
    """Show each workflow that this thread compiles meanwhile; where KFP is not installed, nothing is compiled.

    Args:
        see: is shown the workflow, and may change it.
    """
    if find_spec("kfp") is None:
        yield
        return
    token = _see.set(see)
    _compiler.wrap()
    try:
        yield
    finally:
        _compiler.unwrap()
        _see.reset(token)


def once_compiled(see: See) -> None:
    """Show the workflow that this thread is compiling now, once it is made, unless somebody is shown it already.

    Args:
        see: is shown the next workflow that this thread compiles, and may change it.
    """
    if find_spec("kfp") is None or _see.get() is not None:
        return

    def once(workflow: dict[str, Any]) -> None:
        _see.set(None)
        _compiler.unwrap()
        see(workflow)

    _see.set(once)
    _compiler.wrap()


def require_kfp_1() -> None:
    """Require that MLRun compiles with KFP 1.8.

    Raises:
        UnsupportedFunction: it compiles with KFP 2.
    """
    try:
        distribution(KFP_2)
    except PackageNotFoundError:
        return
    raise UnsupportedFunction(f"{KFP_2} is installed, and makes {NOT_KFP_2}")


class _Compiler:
    """KFP's compiler, wrapped as long as anybody looks: projects of several threads may compile at once."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._looking = 0
        self._methods: dict[str, tuple[Any, Any]] = {}

    def wrap(self) -> None:
        with self._lock:
            self._looking += 1
            if self._looking > 1:
                return
            from kfp.compiler import Compiler

            for name, wrapped in (("compile", _refusing_kfp_2), ("_write_workflow", _showing)):
                original = vars(Compiler).get(name)
                if original is not None:
                    self._methods[name] = original, wrapped(getattr(Compiler, name))
                    setattr(Compiler, name, self._methods[name][1])

    def unwrap(self) -> None:
        with self._lock:
            self._looking -= 1
            if self._looking:
                return
            from kfp.compiler import Compiler

            for name, (original, ours) in self._methods.items():
                # What somebody else wrapped since then stays; ours beneath it does nothing any more.
                if vars(Compiler).get(name) is ours:
                    setattr(Compiler, name, original)
            self._methods.clear()


def _showing(write: Callable[..., Any]) -> Any:
    def write_workflow(workflow: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        see = _see.get()
        if see is not None:
            see(workflow)
        return write(workflow, *args, **kwargs)

    return staticmethod(write_workflow)


def _refusing_kfp_2(compile_: Callable[..., Any]) -> Any:
    def compile_workflow(*args: Any, **kwargs: Any) -> Any:
        if _see.get() is not None:
            require_kfp_1()
        return compile_(*args, **kwargs)

    return compile_workflow


_compiler: Final = _Compiler()
