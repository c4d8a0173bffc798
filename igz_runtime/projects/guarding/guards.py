"""The guard as people hold it: for a block of code, or for the whole process."""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from igz_runtime.messages import warn
from igz_runtime.projects.guarding import context, door
from igz_runtime.projects.guarding.refusals import Refusals
from igz_runtime.projects.guarding.remembered import Remembered
from igz_runtime.projects.guarding.request import Asked
from igz_runtime.projects.guarding.submission import Submission

if TYPE_CHECKING:
    from igz_runtime.projects.guarding.basis import Basis
    from igz_runtime.projects.guarding.routes import Blind, Route
    from igz_runtime.projects.guarding.verdict import Verdict

_MOST: Final = 1000
"""How many submissions a guard holds: that of a process may stand for weeks."""


def guard(
    project: Any = None,
    strict: bool = False,  # noqa: FBT001, FBT002  (its sentence: guard(project, strict=True))
    *,
    warn: bool = False,
    config: str | PathLike[str] | None = None,
) -> Guard:
    """Judge what this process sends to MLRun's server, before it leaves: `with projects.guard(project):`.

    Runs, schedules, deployments with the children of their graphs, builds, starts of Dask clusters, pipelines and
    remote workflows, of this process as a whole and in all of its threads. What rules refuse does not leave. Where
    MLRun swallows the refusal it is raised again, at the next request of that thread or when the block ends.

    Args:
        project: an MLRun project, whose configuration counts for its submissions. Those of others go by their own where
            this process has set them up, else by what `check` would go by. None: that is so for every project.
        strict: refuse functions without a profile too, but for builds and the children of graphs; and remote workflows
            whose runner does not run project_setup.py.
        warn: warn, with the findings, instead of refusing.
        config: a configuration, or `none`; else what `IGZ_RUNTIME_CONFIG` names, or the nearest igz-runtime.yaml above
            the project's folder.

    Returns:
        What passed in `.seen`, what was refused in `.refused`, and in `.blind` the ways to a pod that no guard sees.

    Raises:
        UnsafeCombination: inside of the block, or when it ends: a submission is refused; carries every finding.
        ConfigurationError: the project's configuration is wrong; names each place.
        InvalidValue: no MLRun project, or there is no such environment.

    Warns:
        UserWarning: with `warn`: what would have been refused.
    """
    return Guard(project, strict=strict, warn=warn, config=config)


class Guard:
    """Judges what this process sends to MLRun's server, before it leaves. See `guard` and `install_guard`."""

    def __init__(self, project: Any, *, strict: bool, warn: bool, config: str | PathLike[str] | None) -> None:
        self._project = project
        self._strict = strict
        self._warn = warn
        self._config = config
        self._seen: deque[Submission] = deque(maxlen=_MOST)
        self._refused: deque[Submission] = deque(maxlen=_MOST)
        self._remembered = Remembered()
        self._refusals = Refusals()
        self._lock = threading.Lock()
        self._entered = 0

    @property
    def seen(self) -> tuple[Submission, ...]:
        """What passed, in order: the last thousand."""
        return tuple(self._seen)

    @property
    def refused(self) -> tuple[Submission, ...]:
        """What was refused, in order, also where MLRun swallowed that: the last thousand."""
        return tuple(self._refused)

    @property
    def blind(self) -> tuple[Blind, ...]:
        """The ways to a pod that no guard sees, or that hold nothing to judge."""
        from igz_runtime.projects.guarding.routes import BLIND

        return BLIND

    def __repr__(self) -> str:
        of = f" of project {self._project.metadata.name!r}" if self._project is not None else ""
        return f"<guard{of}: {len(self._seen)} passed, {len(self._refused)} refused>"

    def __enter__(self) -> Self:
        self.begin()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.end():
            self._refusals.end(error)

    def begin(self) -> None:
        """Judge from now on.

        Raises:
            ConfigurationError: the project's configuration is wrong; names each place.
            InvalidValue: no MLRun project, or there is no such environment.
        """
        if self._project is not None:
            from igz_runtime.projects.configuration import note
            from igz_runtime.projects.guarding.basis import basis_of
            from igz_runtime.projects.mlrun_project import require_project

            require_project(self._project)
            basis_of(self._project, self._config)
            note(self._project)
        with self._lock:
            self._entered += 1
            if self._entered == 1:
                door.watch(self)

    def end(self) -> bool:
        """Judge no longer; whether this was the last of the blocks that it was entered for."""
        with self._lock:
            self._entered -= 1
            if self._entered == 0:
                door.unwatch(self)
            return self._entered == 0

    def leaving(self, call: door.Call) -> Callable[[Any], None] | None:
        """Judge a request before it leaves.

        Returns:
            What is called with the server's response.

        Raises:
            UnsafeCombination: it must not leave.
        """
        self._refusals.before(call.path)
        if call.method == "GET":
            return None
        # A process that never submits anything loads no rules.
        from igz_runtime.projects.guarding.routes import Route, route_of

        found = route_of(call)
        if found is None:
            return None
        row, where = found
        verdict = self._judged(row, where, call) if isinstance(row, Route) else _not_judged(row, where)
        if verdict is not None and verdict.refuses:
            self._refuse(call, verdict)
        return partial(self._answered, call, where, verdict)

    def _judged(self, route: Route, where: Mapping[str, str], call: door.Call) -> Verdict | None:
        """The verdict; None: no pods follow from it, or it is judged later."""
        from igz_runtime.projects.guarding.verdict import unjudged, verdict_on

        asked = Asked(route.what, where.get("project", ""), where.get("name", ""))
        try:
            read = route.reads(call, where, self._remembered)
            if read is None or (self._warn and not read.submits):
                return None
            asked = read
            return verdict_on(asked, self._basis(asked.project), call, self._remembered)
        except Exception as error:  # noqa: BLE001  (what cannot be judged must never read as a pass)
            return unjudged(asked, error)

    def _basis(self, name: str) -> Basis:
        """What the submissions of a project of that name are judged by."""
        from igz_runtime.projects.configuration import project_named
        from igz_runtime.projects.guarding.basis import basis_of

        own = self._project
        if own is not None and own.metadata.name != name:
            return basis_of(project_named(name), None, strict=self._strict)
        return basis_of(own or project_named(name), self._config, strict=self._strict)

    def _refuse(self, call: door.Call, verdict: Verdict) -> None:
        if self._warn:
            warn(verdict.text(sent=True), stacklevel=_of_caller())
            return
        self._refused.append(Submission.of(call, verdict))
        error = self._refusals.add(verdict.error(), verdict.asked.uid)
        if verdict.asked.what == "pipeline" and context.compiling():
            context.leave()
        raise error

    def _answered(self, call: door.Call, where: Mapping[str, str], verdict: Verdict | None, response: Any) -> None:
        """It has left: note it, and what the server calls a function that it stored."""
        self._remembered.answered(call, where, verdict, response)
        if verdict is not None and verdict.asked.submits:
            self._refusals.let(verdict.asked.uid)
            self._seen.append(Submission.of(call, verdict))


def _not_judged(row: Blind, where: Mapping[str, str]) -> Verdict:
    from igz_runtime.projects.guarding.verdict import Verdict

    name = where.get("name") or where.get("run") or where["project"]
    return Verdict(
        Asked(row.what, where["project"], name), note=f"not judged: {row.because}; at admission, {row.at_admission}"
    )


def _of_caller() -> int:
    """How far up the code stands that called MLRun, for a warning that is given where this is called."""
    frame, level = sys._getframe(1), 1  # noqa: SLF001  (as `warnings` itself does)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _BETWEEN:
        frame, level = frame.f_back, level + 1
    return level


_BETWEEN: Final = frozenset({"igz_runtime", "mlrun", "mlrun_pipelines", "functools", "contextlib"})
