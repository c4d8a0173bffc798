"""A process that watches the one that works, where code of plug-ins runs in it.

What Python runs, a timer interrupts. A call of C that does not return, or that ends the process, only another process
notices: with the first plug-in the work goes on in a child, and this process waits for its end. The child says in
memory that both see whose code it is in, and until when; so does each process that the child starts.
"""

from __future__ import annotations

import io
import mmap
import os
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import Final

from igz_runtime.bounded import Watch
from igz_runtime.cli import USAGE
from igz_runtime.messages import printable

GRACE: Final = 5.0
"""Seconds after which what should have been interrupted is ended from outside."""

MEMORY: Final = 2 * 1024**3
"""Bytes by which a process may have grown when code of a plug-in asks for more; Linux alone counts them."""

_SLOTS: Final = 1024
_SLOT: Final = struct.Struct("qd240s")
_TICK: Final = 0.25
_MOMENT: Final = 0.005
_FORWARDED: Final = ("SIGTERM", "SIGHUP", "SIGINT")


def supervised() -> Watch:
    """Go on in a child that this process watches; what the child has every call of a plug-in watched by.

    Where a process cannot be divided (it has threads, or the system knows no fork), nothing is watched.
    """
    if not hasattr(os, "fork") or threading.active_count() > 1:
        return Watch()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    calls, (reading, writing) = _Calls(), os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        os._exit(_Watcher(child, reading, calls).wait())
    os.close(reading)
    return calls


class _Calls(Watch):
    """Whose code each process is in, and until when: a slot for each process, by the number of the process."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _SLOTS * _SLOT.size)
        self._limit = _Memory()

    def call(self, seconds: float, whose: str) -> AbstractContextManager[None]:
        """Say whose code this process is in: its main thread, as a process has one slot."""
        if threading.current_thread() is not threading.main_thread():
            return super().call(seconds, whose)
        return self._told(seconds, whose)

    @contextmanager
    def _told(self, seconds: float, whose: str) -> Iterator[None]:
        at = os.getpid() % _SLOTS * _SLOT.size
        held = self._memory[at : at + _SLOT.size]  # of the call that this one is made in
        until = time.monotonic() + seconds + GRACE
        _SLOT.pack_into(self._memory, at, os.getpid(), until, whose.encode("utf-8", "replace"))
        try:
            with self._limit, redirect_stdout(_Aside()), redirect_stderr(_Aside()):
                yield
        finally:
            self._memory[at : at + _SLOT.size] = held

    def lost(self) -> str:
        """Whose code a process was in that has ended."""
        for pid, _, whose in self.now():
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                at = pid % _SLOTS * _SLOT.size
                self._memory[at : at + _SLOT.size] = bytes(_SLOT.size)
                return whose
        return ""

    def now(self) -> Iterator[tuple[int, float, str]]:
        """The calls that processes are in: which process, until when, and whose code."""
        for pid, until, whose in _SLOT.iter_unpack(self._memory[:]):
            if pid and until:
                yield pid, until, whose.rstrip(b"\0").decode("utf-8", "ignore")


class _Aside(io.TextIOBase):
    """What a plug-in prints: it goes to standard error, beside the report, and closes neither."""

    def __init__(self) -> None:
        self._errors = sys.stderr

    def write(self, text: str) -> int:
        """Write to standard error."""
        return self._errors.write(text)

    def close(self) -> None:
        """Close nothing."""


class _Memory:
    """A limit on the memory of this process, which counts while it is entered."""

    def __init__(self) -> None:
        self._most = 0
        with suppress(OSError, ImportError):
            import resource

            data = int(Path("/proc/self/statm").read_text("ascii").split()[5]) * resource.getpagesize()
            limits = resource.getrlimit(resource.RLIMIT_DATA)
            if min(limits) == resource.RLIM_INFINITY:
                self._most, self._before = data + MEMORY, limits

    def __enter__(self) -> None:
        if self._most:
            self._set((self._most, self._before[1]))

    def __exit__(self, *_: object) -> None:
        if self._most:
            self._set(self._before)

    def _set(self, limits: tuple[int, int]) -> None:
        import resource

        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_DATA, limits)


class _Watcher:
    """What the process that was started does from now on.

    Args:
        child: the process that works.
        reading: a pipe that has an end when no process of the child's is left.
        calls: whose code they are in.
    """

    def __init__(self, child: int, reading: int, calls: _Calls) -> None:
        self._child = child
        self._reading = reading
        self._calls = calls
        self._told: dict[int, float] = {}

    def wait(self) -> int:
        """The exit code, once the child has ended. What ends the child by a signal ends this process, too."""
        for name in _FORWARDED:
            signal.signal(getattr(signal, name), self._forward)
        while True:
            if select.select([self._reading], [], [], _TICK)[0]:
                time.sleep(_MOMENT)  # a plug-in may have closed what it does not know
            gone, status = os.waitpid(self._child, os.WNOHANG)
            if gone:
                return self._ended(os.waitstatus_to_exitcode(status))
            for whose in self._late():
                return self._say(f"{whose} did not return, and could not be interrupted; the run was ended")
            self._interrupt()

    def _late(self) -> Iterator[str]:
        for pid, until, whose in self._calls.now():
            if until < time.monotonic():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                if pid == self._child:
                    yield whose

    def _ended(self, code: int) -> int:
        for pid, _, whose in self._calls.now():
            if pid == self._child and code not in (-signal.SIGINT, 130):
                return self._say(f"{whose} ended the process ({_spelled(code)})")
        if code < 0:
            signal.signal(-code, signal.SIG_DFL)
            os.kill(os.getpid(), -code)
        return code

    def _forward(self, number: int, _frame: object) -> None:
        if number == signal.SIGINT:  # of Ctrl-C, the terminal tells both
            self._told.setdefault(number, time.monotonic())
        else:
            os.kill(self._child, number)

    def _interrupt(self) -> None:
        """Pass on an interruption that was meant for this process alone."""
        if self._told and self._told[signal.SIGINT] + 4 * _TICK < time.monotonic():
            self._told.clear()
            os.kill(self._child, signal.SIGINT)

    @staticmethod
    def _say(sentence: str) -> int:
        with suppress(OSError):
            os.write(2, f"igz-runtime: {printable(sentence)}\n".encode("utf-8", "replace"))
        return USAGE


def _spelled(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
