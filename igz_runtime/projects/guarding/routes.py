"""The routes to MLRun's server from which pods follow, as data: what each asks for, or why nobody here can judge it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from igz_runtime.projects.guarding import reading
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Remembered
from igz_runtime.projects.guarding.request import Asked

Reading = Callable[[Call, Mapping[str, str], Remembered], Asked | None]


class Route(NamedTuple):
    """A route whose requests are judged.

    Attributes:
        method: such as `POST`.
        path: below `/api/v1/`; what differs stands in braces.
        what: what it is for, in a word.
        reads: what a request on it asks for; None: no pods follow.
    """

    method: str
    path: str
    what: str
    reads: Reading


class Blind(NamedTuple):
    """A way to a pod that the guard cannot judge.

    Attributes:
        what: how the pod comes about.
        because: why nothing can be judged here.
        at_admission: what the admission policies of `igz-runtime policy` do about it, where the namespace has them.
        method: of the request that this process sends for it; empty where it sends none.
        path: its path, below `/api/v1/`.
    """

    what: str
    because: str
    at_admission: str
    method: str = ""
    path: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.because}. At admission: {self.at_admission}"


JUDGED: Final = (
    Route("POST", "projects/{project}/functions/{name}", "run", reading.stored),
    Route("POST", "submit_job", "run", reading.submitted),
    Route("POST", "projects/{project}/schedules", "schedule", reading.submitted),
    Route("PUT", "projects/{project}/schedules/{name}", "schedule", reading.rescheduled),
    Route("POST", "projects/{project}/nuclio/{name}/deploy", "deployment", reading.deployed),
    Route("POST", "build/function", "build", reading.built),
    Route("POST", "start/function", "start", reading.started),
    Route("POST", "projects/{project}/pipelines", "pipeline", reading.compiled),
    Route("POST", "projects/{project}/workflows/{name}/submit", "workflow", reading.remote),
)
BLIND: Final = (
    Blind(
        "a schedule that fires",
        "MLRun's server submits the version that it was made with",
        "the policies judge each run's pods as they are made",
    ),
    Blind(
        "a schedule that is invoked",
        "the request holds no function, and the server submits the version that it was made with",
        "the policies judge the run's pods",
        "POST",
        "projects/{project}/schedules/{name}/invoke",
    ),
    Blind(
        "a pipeline that is retried",
        "the request holds no workflow, and the server submits the old one",
        "the policies judge the pods of its steps, and of the runs that these start",
        "POST",
        "projects/{project}/pipelines/{run}/retry",
    ),
    Blind(
        "the pods of model monitoring",
        "the server makes its controller, writer, stream and drift application itself",
        "the policies judge them as functions of Nuclio, when their Deployments are made; they have no profile, which "
        "a namespace may require",
        "PUT",
        "projects/{project}/model-monitoring",
    ),
    Blind(
        "the controller of model monitoring, deployed again",
        "the server makes it itself",
        "the policies judge it as a function of Nuclio, when its Deployment is changed",
        "PATCH",
        "projects/{project}/model-monitoring/controller",
    ),
    Blind(
        "a project that the server loads",
        "the request names a source, and a pod of the server's loads it",
        "the policies judge that pod as any job's, and ask no profile of it",
        "POST",
        "projects/{project}/load",
    ),
    Blind(
        "what a remote or scheduled workflow runs",
        "its runner's pod makes the functions anew, and submits them",
        "the policies judge the pods of its runs, and its runner's as any job's, of which they ask no profile",
    ),
    Blind(
        "what code in a pod submits",
        "that process has a guard only where its image installs one",
        "the policies judge the pods of what it submits",
    ),
    Blind(
        "MLRun's user interface, other clients and kubectl",
        "they do not go through this process",
        "the policies judge what is made, whoever asks for it, but for pods that build images, and those whose labels "
        "do not say whose they are",
    ),
)


@lru_cache(maxsize=1)
def _by_method() -> Mapping[str, tuple[tuple[re.Pattern[str], Route | Blind], ...]]:
    rows = [row for row in (*JUDGED, *BLIND) if row.method]
    return {
        method: tuple((_pattern(row.path), row) for row in rows if row.method == method)
        for method in {row.method for row in rows}
    }


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def route_of(call: Call) -> tuple[Route | Blind, Mapping[str, str]] | None:
    """The row of a request, with the named parts of its path; None: no pods follow from it."""
    for pattern, row in _by_method().get(call.method, ()):
        found = pattern.fullmatch(call.path)
        if found:
            return row, found.groupdict()
    return None
