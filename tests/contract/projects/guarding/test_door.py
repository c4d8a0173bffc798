"""The client's one door: wrapped while a guard stands, the same as before afterwards, and judged by every guard."""

from __future__ import annotations

import inspect
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import mlrun
import pytest
from mlrun.db.httpdb import HTTPRunDB

from igz_runtime import UnsafeCombination, projects
from tests.contract.projects.guarding.functions import job, pods, profiled, unsafe
from tests.contract.projects.recorder import Recorder, Version

pytestmark = pytest.mark.usefixtures("project", "nearest_configuration")

ORIGINAL = HTTPRunDB.__dict__["api_call"]
SECRET = "not-to-be-shown"  # noqa: S105  (it is none)


def test_the_class_is_as_it_was_afterwards(project: Any) -> None:
    with projects.guard(project):
        assert HTTPRunDB.api_call is not ORIGINAL
        assert HTTPRunDB.api_call.__doc__ == ORIGINAL.__doc__
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL


def test_the_door_is_the_one_that_is_known() -> None:
    """The guard takes these apart by their order and their names."""
    known = ["self", "method", "path", "error", "params", "body", "json", "headers", "timeout", "version"]
    assert list(inspect.signature(ORIGINAL).parameters) == known


def test_what_somebody_put_there_before_is_put_back(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    def theirs(*args: Any, **kwargs: Any) -> Any:
        return ORIGINAL(*args, **kwargs)

    monkeypatch.setattr(HTTPRunDB, "api_call", theirs)
    with projects.guard(strict=True), pytest.raises(UnsafeCombination):
        job().run()
    assert HTTPRunDB.__dict__["api_call"] is theirs
    assert pods(recorder) == []


def test_guards_end_in_any_order(project: Any) -> None:
    first, second = projects.guard(project), projects.guard(strict=True)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    with pytest.raises(UnsafeCombination, match="IGZ908"):
        job().run()
    second.__exit__(None, None, None)
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL


def test_every_guard_judges_and_one_refusal_is_enough(recorder: Recorder, project: Any) -> None:
    with projects.guard(project) as outer, projects.guard(project, strict=True) as inner:
        with pytest.raises(UnsafeCombination, match="IGZ908"):
            job().run()
        profiled(job()).run(watch=False)
    assert (len(outer.seen), len(outer.refused)) == (1, 0)
    assert (len(inner.seen), len(inner.refused)) == (1, 1)
    assert pods(recorder) == ["POST submit_job"]


def test_a_guard_is_entered_twice(project: Any) -> None:
    guard = projects.guard(project, strict=True)
    with guard:
        with guard:
            pass
        with pytest.raises(UnsafeCombination):
            job().run()


def test_what_somebody_puts_over_it_stays(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    with projects.guard(project, strict=True):
        ours = HTTPRunDB.api_call

        def theirs(self: Any, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
            asked.append(path)
            return ours(self, method, path, *args, **kwargs)

        monkeypatch.setattr(HTTPRunDB, "api_call", theirs)
    assert HTTPRunDB.api_call is theirs
    profiled(job()).run(watch=False)
    assert "submit_job" in asked
    with projects.guard(project, strict=True) as guard, pytest.raises(UnsafeCombination):
        job().run()
    assert len(guard.refused) == 1
    monkeypatch.undo()
    with projects.guard(project):
        pass
    assert HTTPRunDB.__dict__["api_call"] is ORIGINAL


def test_a_connection_that_a_function_already_has_is_guarded(recorder: Recorder, project: Any) -> None:
    fn = job()
    fn.save()
    recorder.sent.clear()
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination):
        fn.run()
    assert recorder.sent == []


def test_a_session_of_a_client_is_guarded(recorder: Recorder) -> None:
    if not hasattr(mlrun, "Client"):
        pytest.skip("MLRun 1.12 introduced Client")
    client = mlrun.Client(credentials=mlrun.Credentials(token="t"))  # noqa: S106  (it is none)
    with client.session(), projects.guard(strict=True), pytest.raises(UnsafeCombination):
        job().run()
    assert pods(recorder) == []


def test_threads_are_guarded(recorder: Recorder, project: Any) -> None:
    jobs = [profiled(job(f"job-{n}")) if n % 2 else job(f"job-{n}") for n in range(20)]
    with (
        pytest.raises(UnsafeCombination) as raised,
        projects.guard(project, strict=True) as guard,
        ThreadPoolExecutor(8) as pool,
    ):
        futures = [pool.submit(fn.run, watch=False) for fn in jobs]
    refused = [str(future.exception() or "") for future in futures]
    assert [bool(each) for each in refused] == [n % 2 == 0 for n in range(20)]
    assert all(f"'{fn.metadata.name}'" in refused[n] for n, fn in enumerate(jobs) if n % 2 == 0)
    assert len(raised.value.__notes__) == 9
    assert sorted(each.name for each in guard.seen) == sorted(fn.metadata.name for fn in jobs[1::2])
    assert len(pods(recorder)) == 10


def test_saving_is_no_submission(recorder: Recorder, project: Any) -> None:
    with projects.guard(project, strict=True) as guard:
        unsafe(job()).save()
    assert (guard.seen, guard.refused) == ((), ())
    assert recorder.to("POST projects/churn/functions/job")


def test_a_function_that_was_stored_before_the_guard_is_asked_for(recorder: Recorder, project: Any) -> None:
    uri = unsafe(job()).save(versioned=True)
    task = {"task": {"metadata": {"project": "churn", "name": "job"}, "spec": {"function": uri.removeprefix("db://")}}}
    with projects.guard(project), pytest.raises(UnsafeCombination, match="IGZ101"):
        mlrun.get_run_db().api_call("POST", "submit_job", json=task)
    assert pods(recorder) == []


def test_what_a_tag_means_is_asked_of_the_server(recorder: Recorder, project: Any) -> None:
    """Somebody else may have stored another function under it since."""
    cluster = mlrun.new_function("cluster", kind="dask", image="mlrun/mlrun", project="churn")
    with projects.guard(project) as guard:
        cluster.save()
        other = unsafe(mlrun.new_function("cluster", kind="dask", image="mlrun/mlrun", project="churn")).to_dict()
        recorder.functions["churn", "cluster"][-1] = Version("latest", "", other)
        with pytest.raises(UnsafeCombination, match="start dask 'cluster'"):
            mlrun.get_run_db().start_function("churn/cluster")
    assert len(guard.refused) == 1
    assert pods(recorder) == []


BODIES = {
    "no function": {"task": {"spec": {}}},
    "an unknown function": {"task": {"spec": {"function": "churn/other@0"}}},
    "two functions": {"task": {"spec": {"function": "churn/other@0"}}, "function": {"kind": "job"}},
    "a list": [],
    "text": "a",
    "a broken function": {"task": {"spec": {}}, "function": {"kind": "job", "spec": {"tolerations": "all"}}},
    "a broken record": {
        "task": {"spec": {}},
        "function": {"kind": "job", "metadata": {"annotations": {"igz-runtime/applied": "{"}}, "spec": {}},
    },
}


@pytest.mark.parametrize("what", BODIES)
def test_what_cannot_be_judged_is_refused(recorder: Recorder, project: Any, what: str) -> None:
    with projects.guard(project) as guard, pytest.raises(UnsafeCombination, match="not sent: ") as refused:
        mlrun.get_run_db().api_call("POST", "submit_job", json=BODIES[what])
    assert refused.value.findings.unread
    assert len(guard.refused) == 1
    assert pods(recorder) == []


@pytest.mark.parametrize("body", [b"PK\x03\x04nothing", b"a: [", b"a: 1", b"{}\n---\n{}", b"\xff\xfe\x00"])
def test_a_pipeline_that_cannot_be_read_is_refused(recorder: Recorder, project: Any, body: bytes) -> None:
    with projects.guard(project), pytest.raises(UnsafeCombination, match="not sent: "):
        mlrun.get_run_db().api_call("POST", "projects/churn/pipelines", body=body)
    assert pods(recorder) == []


def test_a_kind_that_is_not_known_is_said_to_be_unchecked(recorder: Recorder, project: Any) -> None:
    function = {"kind": "ray", "metadata": {"name": "ray", "project": "churn"}, "spec": {}}
    body = {"task": {"metadata": {"project": "churn"}, "spec": {"function": "churn/ray"}}}
    mlrun.get_run_db().api_call("POST", "projects/churn/functions/ray", body=mlrun.utils.dict_to_json(function))
    with projects.guard(project) as guard:
        mlrun.get_run_db().api_call("POST", "submit_job", json=body)
    assert "kind 'ray' is not known to this igz-runtime: the function was not checked" in guard.seen[0].note
    with projects.guard(project, strict=True), pytest.raises(UnsafeCombination, match="IGZ908"):
        mlrun.get_run_db().api_call("POST", "submit_job", json=body)
    assert len(pods(recorder)) == 1


def test_values_of_environment_variables_are_nowhere(project: Any) -> None:
    with projects.guard(project) as guard:
        fn = profiled(job("fine"))
        fn.set_env("TOKEN", SECRET)
        fn.run(watch=False)
        bad = unsafe(job("bad"))
        bad.set_env("TOKEN", SECRET)
        with pytest.raises(UnsafeCombination) as refused:
            bad.run()
    said = (guard, *guard.seen, *guard.refused, refused.value, *refused.value.findings)
    assert SECRET not in "".join(f"{each}{each!r}" for each in said)


def test_warnings_in_place_of_refusals(recorder: Recorder, project: Any) -> None:
    fn = unsafe(project.get_function("train"))
    with warnings.catch_warnings(record=True) as caught, projects.guard(project, warn=True) as guard:
        warnings.simplefilter("always")
        fn.run(handler="handler", watch=False)
    [warned] = [each for each in caught if "guard" in str(each.message)]
    assert str(warned.message).startswith("run job 'train' of project 'churn': a guard would refuse it; it was sent")
    assert "IGZ101" in str(warned.message)
    assert warned.filename == __file__
    assert pods(recorder) == ["POST submit_job"]
    assert guard.seen[0].findings[0].rule == "IGZ101"
