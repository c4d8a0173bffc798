"""Code of others, called within bounds: of time anywhere, of memory where the command line watches it.

In a process's main thread the system's timer interrupts what takes too long, whatever it waits for. Elsewhere, and
where somebody else uses that timer, it runs in a thread of its own, which is told to end, and else left behind.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    import threading

T = TypeVar("T")

_AGAIN: Final = 0.5
"""Seconds after which what goes on is interrupted once more: its own `except` or `__del__` may have kept it alive."""

_TIMES: Final = 4
"""How often a thread is told to end before it is left behind."""


class TooLong(BaseException):
    """Raised inside of what takes too long; no `except Exception` keeps it there."""


class Watch:
    """What watches every call from outside, as only a process that is ours alone can be watched."""

    def call(self, seconds: float, whose: str) -> AbstractContextManager[None]:  # noqa: ARG002
        """What is entered around a call.

        Args:
            seconds: how long it may take.
            whose: the code, for messages.
        """
        return nullcontext()

    def lost(self) -> str:
        """Whose code another process was in when that ended; empty where there is none such. It is said once."""
        return ""


_begin: Callable[[], Watch] = Watch
_watch: Watch | None = None


def watched_by(begin: Callable[[], Watch]) -> None:
    """Have every call from the first one on watched by what this returns then."""
    global _begin  # noqa: PLW0603  (a process is watched, or is not)
    _begin = begin


def lost() -> str:
    """See `Watch.lost`."""
    return _watch.lost() if _watch else ""


def within(seconds: float, whose: str, call: Callable[[], T]) -> T:
    """What a call returns, or raises, where it ends in time.

    Args:
        seconds: how long it may take.
        whose: the code, for messages.
        call: what is called.

    Raises:
        TooLong: it did not end.
    """
    global _watch  # noqa: PLW0603  (as above)
    _watch = _watch or _begin()
    with _watch.call(seconds, whose):
        return _alarmed(seconds, call) if _may_be_alarmed() else _in_a_thread(seconds, call)


def _may_be_alarmed() -> bool:
    import signal
    import threading

    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    unused = signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    return unused and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def _alarmed(seconds: float, call: Callable[[], T]) -> T:
    import signal

    running = True

    def ring(*_: object) -> None:
        if running:
            raise TooLong

    signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
        try:
            return call()
        finally:
            running = False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _in_a_thread(seconds: float, call: Callable[[], T]) -> T:
    from contextvars import copy_context
    from threading import Thread

    outcome: list[tuple[Any, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001  (raised again where it is waited for)
            outcome.append((None, error))

    thread = Thread(target=copy_context().run, args=(run,), daemon=True)
    thread.start()
    thread.join(seconds)
    for _ in range(_TIMES):
        if not thread.is_alive():
            break
        _end(thread)
        thread.join(_AGAIN)
    if not outcome:
        raise TooLong
    result, error = outcome[0]
    if error is not None:
        raise error
    return result  # type: ignore[no-any-return]


def _end(thread: threading.Thread) -> None:
    """Raise in a thread as soon as it runs Python's own code again."""
    import ctypes

    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(TooLong))
