"""An MLRun client that is connected to a recording server, and left as it was."""

from __future__ import annotations

from collections.abc import Iterator

import mlrun
import mlrun.db.factory
import pytest
from mlrun.projects.pipelines import pipeline_context

from tests.conftest import Mlconf
from tests.contract.mlrun_api import client_spec, serving
from tests.contract.projects.recorder import Recorder


@pytest.fixture(scope="session")
def _recorder() -> Iterator[Recorder]:
    with serving(Recorder) as server:
        yield server


@pytest.fixture
def recorder(_recorder: Recorder, mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The server, without anything, and MLRun connected to it."""
    _recorder.forget()
    # Everything is done at once, so that there is nothing to wait for.
    logs = mlrun.mlconf.httpdb.logs.to_dict()
    logs |= {"pull_logs_default_interval": 0, "nuclio": {"pull_deploy_status_default_interval": 0}}
    _recorder.spec = client_spec(
        version=mlrun.__version__, nuclio_version="1.14.1", kfp_url="http://kfp.example.org", logs=logs
    )
    factory = mlrun.db.factory.RunDBFactory()
    for name in ("_run_db", "_last_db_url"):
        monkeypatch.setattr(factory, name, None)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setenv("MLRUN_DBPATH", _recorder.url)
    mlconf.set("dbpath", _recorder.url)
    db = mlrun.get_run_db(_recorder.url, force_reconnect=True)
    yield _recorder
    if db.session is not None:
        db.session.close()
    assert not _recorder.unknown, f"the recording server has no answer to {', '.join(map(str, _recorder.unknown))}"


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No project is the current one after a test, unless it was before."""
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)
    project, active = pipeline_context.project, mlrun.mlconf.active_project
    yield
    pipeline_context.clear(with_project=True)
    pipeline_context.project = project
    mlrun.mlconf.active_project = active
