"""The recording server of tests/contract answers what MLRun's own server answers, in keys and types."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from tests.contract.mlrun_api import client_spec
from tests.contract.mlrun_api import serving as recording
from tests.contract.projects.recorder import Recorder

FUNCTION = {"kind": "job", "metadata": {"name": "train", "project": "churn"}, "spec": {"image": "mlrun/mlrun"}}
BUILD = {"build": {"base_image": "mlrun/mlrun", "commands": ["pip install pandas"]}}
BUILT = {"kind": "job", "metadata": {"name": "built", "project": "churn"}, "spec": BUILD}
DASK = {"kind": "dask", "metadata": {"name": "cluster", "project": "churn"}, "spec": {"image": "mlrun/mlrun"}}
RUN = {
    "metadata": {"name": "train", "uid": "5f0a", "project": "churn"},
    "spec": {"handler": "train", "output_path": "/tmp", "function": "churn/train:latest"},  # noqa: S108  (its own)
    "status": {"state": "running"},
}
TASK = {
    "metadata": {"name": "train", "project": "churn", "uid": "6f0a"},
    "spec": {"handler": "train", "output_path": "/tmp", "function": "churn/train:latest"},  # noqa: S108  (its own)
}


class Asked(NamedTuple):
    """A request to both servers."""

    method: str
    path: str
    json: Any = None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


# In this order: each needs what those before it stored.
REQUESTS = (
    Asked("POST", "projects", {"metadata": {"name": "churn"}, "spec": {"params": {"environment": "production"}}}),
    Asked("PUT", "projects/churn", {"metadata": {"name": "churn"}, "spec": {"params": {"environment": "staging"}}}),
    Asked("GET", "projects/churn"),
    Asked("GET", "projects/nothing"),
    Asked("POST", "projects/churn/functions/train?versioned=True", FUNCTION),
    Asked("POST", "projects/churn/functions/train?versioned=False", FUNCTION),
    Asked("GET", "projects/churn/functions/train"),
    Asked("GET", "projects/churn/functions/train?tag=latest"),
    Asked("GET", "projects/churn/functions/train?hash_key=nothing"),
    Asked("GET", "projects/churn/functions/nothing"),
    Asked("GET", "projects/churn/functions"),
    Asked("POST", "projects/churn/runs/5f0a", RUN),
    Asked("PATCH", "projects/churn/runs/5f0a", {"status.state": "completed"}),
    Asked("GET", "projects/churn/runs/5f0a"),
    Asked("GET", "projects/churn/runs/nothing"),
    Asked("GET", "projects/churn/runs"),
    Asked("POST", "submit_job", {"task": TASK}),
    Asked("POST", "submit_job", {"task": TASK, "schedule": "0 1 * * *"}),
    Asked("GET", "projects/churn/schedules"),
    Asked("POST", "projects/churn/schedules/train/invoke"),
    Asked("POST", "build/function", {"function": BUILT, "with_mlrun": "no", "skip_deployed": False}),
    Asked("GET", "build/status?name=built&project=churn&tag=latest&logs=no&offset=0"),
    Asked("POST", "projects/churn/functions/cluster", DASK),
    Asked("POST", "start/function", {"functionUrl": "churn/cluster"}),
)

# What newer servers say, without which a client of today does not connect or read a list.
NEWER = ("feature_store_data_prefixes", "logs", "pagination")

# What a server of that age, or one without Nuclio, KFP and a registry, cannot be asked.
NOT_ASKED = {
    "POST projects/churn/nuclio/scorer/deploy": "before 1.6, services are deployed by build/function",
    "POST projects/churn/pipelines": "it has no KFP",
    "POST projects/churn/workflows/main/submit": "the runner fetches the project from a remote repository",
    "GET projects/churn/background-tasks": "since 1.6",
}


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    with recording(Recorder) as api:
        api.spec = client_spec()
        yield api


@pytest.fixture(scope="module")
def answers(server: str, recorder: Recorder) -> dict[str, tuple[requests.Response, requests.Response]]:
    """What both servers answer, by request: MLRun's own first."""
    with requests.Session() as session:
        session.trust_env = False
        return {
            f"{number}": tuple(  # type: ignore[misc]
                session.request(each.method, f"{url}/api/v1/{each.path}", json=each.json)
                for url in (server, recorder.url)
            )
            for number, each in enumerate(REQUESTS)
        }


@pytest.mark.parametrize("number", range(len(REQUESTS)), ids=list(map(str, REQUESTS)))
def test_the_recorder_answers_as_the_server(number: int, answers: Any) -> None:
    real, recorded = answers[str(number)]
    assert recorded.ok == real.ok, real.text
    if real.ok:
        assert list(unlike(recorded.json() if recorded.text else {}, real.json() if real.text else {})) == []


@pytest.mark.parametrize("request_", NOT_ASKED)
def test_what_it_cannot_be_asked(request_: str) -> None:
    pytest.skip(f"{request_}: {NOT_ASKED[request_]}")


def test_the_client_spec_is_null_where_the_servers_is(server: str) -> None:
    with requests.Session() as session:
        session.trust_env = False
        real, recorded = session.get(f"{server}/api/v1/client-spec").json(), client_spec()
    assert len(real.keys() & recorded.keys()) > 25
    said = {key for key in real.keys() & recorded.keys() if real[key] is None and recorded[key]}
    assert said == {*NEWER} - {"pagination"}


def unlike(recorded: Any, real: Any, where: str = "") -> Iterator[str]:
    """What the recorder answers and the server does not: keys, and types of values."""
    if isinstance(recorded, dict) and isinstance(real, dict):
        for key, value in recorded.items():
            if key in NEWER:
                continue
            if key not in real:
                yield f"{where}.{key}: the server answers no such key, but {sorted(real)}"
            else:
                yield from unlike(value, real[key], f"{where}.{key}")
    elif isinstance(recorded, list) and isinstance(real, list):
        for one, other in zip(recorded, real, strict=False):
            yield from unlike(one, other, f"{where}[]")
    elif recorded is not None and real is not None and type(recorded) is not type(real):
        yield f"{where}: {type(recorded).__name__}, and the server answers {type(real).__name__}"
