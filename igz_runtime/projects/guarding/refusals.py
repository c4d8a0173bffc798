"""Refusals that somebody must see: raised where they arise, and once more where MLRun swallowed them.

MLRun catches what is raised while it submits a run or a workflow, and stores a failed run of it, or nothing. Who caught
an exception is the frame at the head of its traceback.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from igz_runtime.errors import UnsafeCombination
from igz_runtime.projects.guarding import context


class _Pending(NamedTuple):
    """A refusal that may not have reached anybody.

    Attributes:
        error: the refusal.
        thread: the thread that it was raised in.
        workflow: the workflow that MLRun was in.
    """

    error: UnsafeCombination
    thread: threading.Thread
    workflow: Any

    @property
    def caught_by(self) -> str:
        """The name of the module whose code caught it; empty while nobody has."""
        trace = self.error.__traceback__
        return str(trace.tb_frame.f_globals.get("__name__")) if trace else ""

    def swallowed(self, by: Collection[str]) -> bool:
        """Whether one of these packages caught it, and not code that knows what it does."""
        return self.caught_by.partition(".")[0] in by


_MLRUN: Final = frozenset({"mlrun", "mlrun_pipelines", "kfp", "nuclio"})
_AND_PYTHON: Final = _MLRUN | sys.stdlib_module_names
"""At the end, a thread or a future that nobody asked for its result has swallowed it as well."""

_MOST: Final = 1000
"""How many refused runs are known: what MLRun asks about one, it asks at once."""

UNSEEN: Final = "before that, this was refused, and nobody saw it:"
"""What stands before a refusal that is told late."""


class Refusals:
    """The refusals of one guard."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._pending: list[_Pending] = []
        self._of_runs: dict[str, UnsafeCombination] = {}

    def add(self, error: UnsafeCombination, run: str = "") -> UnsafeCombination:
        """A refusal that is about to be raised.

        Args:
            error: the refusal.
            run: the uid of the run that it refuses: MLRun must not store that as a failed one.

        Returns:
            The refusal.
        """
        with self._lock:
            self._pending.append(_Pending(error, threading.current_thread(), context.workflow_now()))
            if run:
                self._of_runs[run] = error
            if len(self._of_runs) > _MOST:
                del self._of_runs[next(iter(self._of_runs))]
        return error

    def let(self, run: str) -> None:
        """A run may be submitted that was refused before."""
        self._of_runs.pop(run, None)

    def before(self, path: str) -> None:
        """What is due before a request leaves.

        Args:
            path: the request's.

        Raises:
            UnsafeCombination: it is about a run that was refused, or MLRun swallowed a refusal in this thread.
        """
        if not self._pending and not self._of_runs:
            return
        with self._lock:
            of_run = self._of_runs.get(path.partition("/runs/")[2].partition("/")[0])
            due = self._next_due()
        if of_run is not None:
            raise of_run.with_traceback(None)
        if due is not None:
            raise self._again(due)

    def due(self) -> list[UnsafeCombination]:
        """The refusals that nobody saw, each of them once."""
        with self._lock:
            found = [each.error for each in self._pending if each.swallowed(_AND_PYTHON)]
            self._pending.clear()
        return found

    def end(self, error: BaseException | None) -> None:
        """The guard ends: what nobody saw is raised, or noted on what is raised anyway.

        Args:
            error: what leaves the guarded block.

        Raises:
            UnsafeCombination: MLRun swallowed a refusal.
        """
        with self._lock:
            for pending in self._pending:
                _leave_compilation(pending)
        chain = _chain(error)
        unseen = [each for each in self.due() if each not in chain]
        if not unseen:
            return
        first = error or unseen.pop(0).with_traceback(None)
        for each in unseen:
            first.add_note(f"{UNSEEN}\n{each}")
        if error is None:
            raise first

    def _next_due(self) -> _Pending | None:
        """What MLRun swallowed in this thread; what somebody caught here who knows of it is forgotten."""
        thread = threading.current_thread()
        self._pending = [each for each in self._pending if each.thread is not thread or each.swallowed(_AND_PYTHON)]
        return next((each for each in self._pending if each.thread is thread and each.swallowed(_MLRUN)), None)

    def _again(self, pending: _Pending) -> UnsafeCombination:
        if pending.caught_by == context.RUNNERS:
            # A runner of MLRun that caught it would have left its workflow next.
            context.leave(pending.workflow)
        return pending.error.with_traceback(None)


def _leave_compilation(pending: _Pending) -> None:
    if getattr(pending.workflow, "engine", None) == "kfp":
        context.leave(pending.workflow)


def _chain(error: BaseException | None) -> list[BaseException]:
    """An exception, and those that it was raised from or while handling."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__]
    return found
