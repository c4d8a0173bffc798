"""An MLRun API server on loopback that makes no pod: it records what it is sent, and answers as the real one does.

What it stores it gives back (projects, functions by tag and hash, runs), and every job is done at once. A request that
it does not know is answered with 404, and stands in `unknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import mlrun.utils
from mlrun.common.helpers import parse_versioned_object_uri

from tests.contract.mlrun_api import Answer, MlrunApi

CREATED: Final = "2026-01-01T00:00:00+00:00"
READY: Final = {
    "x-mlrun-function-status": "ready",
    "x-mlrun-last-timestamp": "0",
    "x-mlrun-address": "scorer.example.org:80",
    "x-mlrun-name": "churn-scorer",
}
NOT_FOUND: Final = Answer({"detail": "not found"}, HTTPStatus.NOT_FOUND)


class Request(NamedTuple):
    """A request that the server received.

    Attributes:
        method: such as `POST`.
        path: below `/api/v1/`, such as `projects/churn/functions/train`.
        query: its parameters.
        body: JSON as plain data, other text as it is; None: there is none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class Recorder(MlrunApi):
    """The server.

    Attributes:
        sent: every request that changes something or makes a pod, in their order.
        unknown: requests that it has no answer to.
        projects: the projects that were stored, by name.
        functions: the versions of each function, the newest last, by project and name.
        runs: the runs, by project and uid.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Request] = []
        self.unknown: list[Request] = []
        self.projects: dict[str, dict[str, Any]] = {}
        self.functions: dict[tuple[str, str], list[Version]] = {}
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}

    def forget(self) -> None:
        """Begin anew, as a server without anything."""
        for held in (self.sent, self.unknown, self.projects, self.functions, self.runs):
            held.clear()

    def to(self, pattern: str) -> list[Request]:
        """What was sent to paths that match a regular expression as a whole, after the method: `POST submit_job`."""
        return [request for request in self.sent if re.fullmatch(pattern, str(request))]

    def submitted(self) -> list[Submitted]:
        """The runs and schedules that were submitted, each with the function that its pod is made of."""
        return [self._submitted(request.body) for request in self.to("POST submit_job")]

    def _submitted(self, body: dict[str, Any]) -> Submitted:
        project, name, tag, hash_key = parse_versioned_object_uri(body["task"]["spec"]["function"])
        function = self.version(project, name, tag, hash_key)
        assert function is not None, f"the server has no function {body['task']['spec']['function']}"
        return Submitted(function, body["task"], body.get("schedule"))

    def version(self, project: str, name: str, tag: str = "", hash_key: str = "") -> Any:
        """A version of a function: of that hash, else of that tag, else the latest; None where there is none."""
        for version in reversed(self.functions.get((project, name), ())):
            if (version.hash_key == hash_key) if hash_key else (version.tag == (tag or "latest")):
                return version.function
        return None

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """The answer to a request."""
        request = _request(method, path, body)
        if request.path == "client-spec":
            return Answer(self.spec)
        if method != "GET":
            self.sent.append(request)
        for route, give in ROUTES.items():
            matched = re.fullmatch(route, str(request))
            if matched:
                return give(self, request, *matched.groups())
        self.unknown.append(request)
        return NOT_FOUND


class Version(NamedTuple):
    """A stored version of a function."""

    tag: str
    hash_key: str
    function: Any


class Submitted(NamedTuple):
    """A run that was submitted: the function, the task, and when it is to run."""

    function: Any
    task: Any
    schedule: Any


def _request(method: str, path: str, body: bytes) -> Request:
    parts = urlsplit(path)
    try:
        held = json.loads(body) if body else None
    except ValueError:
        held = body.decode(errors="replace")
    return Request(method, re.sub("^/api/v[0-9]/", "", parts.path), dict(parse_qsl(parts.query)), held)


def _stores_project(api: Recorder, request: Request, name: str | None = None) -> Answer:
    name = name or request.body["metadata"]["name"]
    kept = {**api.projects.get(name, {}), **request.body}
    api.projects[name] = {**kept, "status": {"state": "online"}}
    return Answer(api.projects[name])


def _stores_function(api: Recorder, request: Request, project: str, name: str) -> Answer:
    function, versions = request.body, api.functions.setdefault((project, name), [])
    tag = request.query.get("tag") or function["metadata"].get("tag") or "latest"
    hash_key = ""
    if request.query.get("versioned") == "True":
        hash_key = str(mlrun.utils.fill_function_hash(function, tag))
    # What is not versioned replaces what was not; a tag is that of the newest alone.
    versions[:] = [each._replace(tag="") if each.tag == tag else each for each in versions if each.hash_key != hash_key]
    versions.append(Version(tag, hash_key, function))
    return Answer({"hash_key": hash_key})


def _function(api: Recorder, request: Request, project: str, name: str) -> Answer:
    found = api.version(project, name, request.query.get("tag", ""), request.query.get("hash_key", ""))
    return Answer({"func": found}) if found else NOT_FOUND


def _functions(api: Recorder, _request: Request, project: str) -> Answer:
    found = [each.function for (of, _), versions in api.functions.items() for each in versions if of == project]
    return Answer({"funcs": found, "pagination": {}})


def _submits(api: Recorder, request: Request) -> Answer:
    task = request.body["task"]
    project, uid = task["metadata"]["project"], task["metadata"].get("uid") or "made-by-the-server"
    if request.body.get("schedule"):
        return Answer({"data": {"schedule": request.body["schedule"], "project": project, "action": "created"}})
    begun = {"state": "running", "start_time": CREATED, "last_update": CREATED}
    run = {"metadata": {**task["metadata"], "uid": uid}, "spec": task["spec"], "status": begun}
    api.runs[project, uid] = {**run, "kind": "run", "status": {**begun, "state": "completed"}}
    return Answer({"data": run})


def _stores_run(api: Recorder, request: Request, project: str, uid: str) -> Answer:
    api.runs[project, uid] = request.body
    return Answer({})


def _updates_run(api: Recorder, request: Request, project: str, uid: str) -> Answer:
    run = api.runs.setdefault((project, uid), {"metadata": {"project": project, "uid": uid}, "spec": {}, "status": {}})
    for key, value in request.body.items():
        mlrun.utils.update_in(run, key, value)
    return Answer({})


def _run(api: Recorder, _request: Request, project: str, uid: str) -> Answer:
    run = api.runs.get((project, uid))
    return Answer({"data": run}) if run else NOT_FOUND


def _runs(api: Recorder, _request: Request, project: str) -> Answer:
    return Answer({"runs": [run for (of, _), run in api.runs.items() if of == project], "pagination": {}})


def _deploys(_api: Recorder, request: Request, *_: str) -> Answer:
    return Answer({"data": {**request.body["function"], "status": {"state": "ready", "nuclio_name": "churn-scorer"}}})


def _builds(_api: Recorder, request: Request) -> Answer:
    function = request.body["function"]
    return Answer({"data": {**function, "status": {"state": "ready"}}, "ready": True})


def _task(_api: Recorder, request: Request, *where: str) -> Answer:
    project = where[0] if where else str((request.body or {}).get("functionUrl", "")).partition("/")[0]
    metadata = {"name": "started", "project": project, "created": CREATED, "updated": CREATED}
    return Answer({"kind": "BackgroundTask", "metadata": metadata, "spec": {}, "status": {"state": "succeeded"}})


def _workflow(_api: Recorder, request: Request, project: str, name: str) -> Answer:
    schedule = (request.body.get("spec") or {}).get("schedule")
    return Answer({"project": project, "name": name, "status": "running", "run_id": "runner-1", "schedule": schedule})


def _says(body: Any, status: HTTPStatus = HTTPStatus.OK, **headers: str) -> Callable[..., Answer]:
    return lambda *_: Answer(body, status, {name.replace("_", "-"): value for name, value in headers.items()})


Give = Callable[..., Answer]

ROUTES: Final[Mapping[str, Give]] = {
    "POST projects": _stores_project,
    "PUT projects/([^/]+)": _stores_project,
    "PATCH projects/([^/]+)": _stores_project,
    "GET projects/([^/]+)": lambda api, _, name: Answer(api.projects[name]) if name in api.projects else NOT_FOUND,
    "GET projects": lambda api, _: Answer({"projects": list(api.projects.values())}),
    "POST projects/([^/]+)/functions/([^/]+)": _stores_function,
    "GET projects/([^/]+)/functions/([^/]+)": _function,
    "GET projects/([^/]+)/functions": _functions,
    "DELETE projects/[^/]+/functions/[^/]+": _says({}),
    "POST submit_job": _submits,
    "POST projects/([^/]+)/runs/([^/]+)": _stores_run,
    "PATCH projects/([^/]+)/runs/([^/]+)": _updates_run,
    "GET projects/([^/]+)/runs/([^/]+)": _run,
    "POST projects/([^/]+)/runs/[^/]+/push-notifications": _task,
    "GET projects/([^/]+)/runs": _runs,
    "GET projects/[^/]+/logs/[^/]+": _says("", x_mlrun_run_state="completed"),
    "POST projects/[^/]+/logs/[^/]+": _says({}),
    "(?:GET|PUT|POST) projects/[^/]+/artifacts.*": lambda *_: Answer({"artifacts": [], "uid": "1", "pagination": {}}),
    "POST projects/([^/]+)/nuclio/([^/]+)/deploy": _deploys,
    "GET projects/[^/]+/nuclio/[^/]+/deploy": lambda *_: Answer("", headers=READY),
    "POST build/function": _builds,
    "GET build/status": lambda *_: Answer("", headers=READY),
    "POST start/function": _task,
    "POST status/function": _says({"data": "running"}),
    "GET projects/([^/]+)/background-tasks/[^/]+": _task,
    "GET projects/[^/]+/background-tasks": _says({"background_tasks": []}),
    "POST projects/[^/]+/pipelines": _says({"id": "pipeline-1", "name": "main"}),
    "POST projects/[^/]+/pipelines/[^/]+/(?:retry|terminate)": _says('"pipeline-1"'),
    "POST projects/[^/]+/pipelines/[^/]+/push-notifications": _task,
    "GET projects/[^/]+/pipelines/[^/]+": _says({"run": {"id": "pipeline-1", "status": "Succeeded", "name": "main"}}),
    "GET projects/[^/]+/pipelines": _says({"runs": [], "total_size": 0}),
    "POST projects/([^/]+)/workflows/([^/]+)/submit": _workflow,
    "GET projects/[^/]+/workflows/[^/]+/runs/[^/]+": _says({"workflow_id": "pipeline-1"}),
    "PUT projects/[^/]+/api-gateways/[^/]+": lambda _api, request, *_: Answer(request.body),
    "GET projects/[^/]+/api-gateways.*": _says({"api_gateways": {}}),
    "GET projects/[^/]+/schedules": _says({"schedules": []}),
    "PUT projects/[^/]+/schedules/[^/]+": _says({}),
    "POST projects/[^/]+/schedules/[^/]+/invoke": _says({}),
    "POST projects/([^/]+)/load": _task,
    "PUT projects/[^/]+/model-monitoring/?": _says({}),
    "GET hub/sources.*": _says([]),
}


def steps_of(pipeline: str) -> Iterator[dict[str, Any]]:
    """The steps' templates of a compiled pipeline, as it was sent."""
    import yaml

    templates = yaml.safe_load(pipeline)["spec"]["templates"]
    yield from (template for template in templates if "container" in template)
