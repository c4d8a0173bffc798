"""What a request asks for, as values: the function, the run, the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from igz_runtime.planning.submitted_run import SubmittedRun
    from igz_runtime.projects.guarding.verdict import Verdict


class Unreadable(Exception):
    """Why a request cannot be judged, in words that follow `it was not sent:`."""


_NONE: Mapping[str, Any] = MappingProxyType({})


class Asked(NamedTuple):
    """What a request asks for.

    Attributes:
        what: such as `run` or `deployment`.
        project: the project; empty where it does not say.
        name: what it is of.
        function: the function, where it is one.
        judged: the verdict on it without a run, where it was judged a moment ago.
        run: what the request says of the run; None: it is of none, or of one that is submitted next.
        beside: a function that its pod starts, where the request names one: the Dask cluster of a hyper-parameter run.
        uid: the run's, where it has one.
        workflow: the compiled workflow, where it is one.
        submits: whether pods follow from this request, and not from the one after it.
        unprofiled: why it needs no profile; empty where it needs one.
        fault: why it is not as it should be where profiles are required; empty where it is.
        note: what is said of it beside the findings.
    """

    what: str
    project: str
    name: str = ""
    function: Mapping[str, Any] | None = None
    judged: Verdict | None = None
    run: SubmittedRun | None = None
    beside: Mapping[str, Any] | None = None
    uid: str = ""
    workflow: Mapping[str, Any] | None = None
    submits: bool = True
    unprofiled: str = ""
    fault: str = ""
    note: str = ""
