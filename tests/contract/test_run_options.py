"""What belongs to a run and not to the function: what MLRun's client takes, and what it or its server would drop."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import Any

import mlrun
import pytest
from mlrun.launcher.base import BaseLauncher
from mlrun.runtimes import KubejobRuntime

from igz_runtime import Cluster, profiles
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.functions.kinds import KINDS
from igz_runtime.profiles import Plan
from igz_runtime.report.plan import plan_content
from tests.contract.functions import NUCLIO_DOCUMENT, job

SIZES: dict[str, Any] = {"cpu": 1, "memory": "2Gi", "workload": "stateless"}
SPOT = profiles.spot_stateless(**SIZES)
CHEAP = profiles.opportunistic_job(waiting_limit="30m", **SIZES)
ON_DEMAND = profiles.production_job(running_limit="36h", **SIZES)
SLACK = {"kind": "slack", "secret_params": {"webhook": "https://hooks.slack.invalid/not-to-be-shown"}}
RUNS = [kind.name for kind in KINDS.values() if kind.of_mlrun and kind.roles and not kind.service]
SERVICES = [kind.name for kind in KINDS.values() if kind.of_mlrun and kind.service]


def run_made(fn: Any, options: dict[str, Any]) -> Any:
    """The run that MLRun's launchers make of it, checked as before it is sent."""
    inspect.signature(fn.run).bind(**options)
    run = BaseLauncher._enrich_run(fn, BaseLauncher._create_run_object(None), handler="handler", **options)
    run.spec.output_path = "v3io:///projects/p/artifacts"
    BaseLauncher._validate_run(LAUNCHER, fn, run)
    return run


class _Launcher(BaseLauncher):  # type: ignore[misc]  # MLRun has no types
    """MLRun's own, which is abstract; nothing is launched."""

    launch = enrich_runtime = _store_function = None


_Launcher.__abstractmethods__ = frozenset()
LAUNCHER = _Launcher()


@pytest.mark.parametrize("profile", [SPOT, CHEAP, ON_DEMAND], ids=lambda each: each.name)
@pytest.mark.parametrize("kind", RUNS)
def test_mlrun_takes_what_the_plan_gives(kind: str, profile: Any) -> None:
    fn = job(kind)
    plan = profile.plan(fn)
    retried = kind == "job" and profile is not ON_DEMAND

    options = plan.run_options(notifications=[SLACK])

    run = run_made(fn, options)
    assert run.spec.retry.to_dict().get("count") == (3 if retried else None)
    (notification,) = run.spec.notifications
    assert (notification.when, notification.name) == (["error", "aborted"], "scorer-failed-1")
    assert plan.run_options() == ({"retry": {"count": 3}} if retried else {})


def test_a_run_on_this_computer_takes_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "handlers.py").write_text("def handler(context):\n    context.log_result('done', True)\n")
    fn = mlrun.new_function("etl", kind="job", image="mlrun/mlrun", command="handlers.py")
    plan = SPOT.plan(fn)
    plan.apply()

    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Unexpected run keyword")
        options = plan.run_options(running_limit="48h")
        run = fn.run(handler="handler", local=True, output_path=str(tmp_path), **options)

    assert run.state() == "completed"
    assert run.spec.state_thresholds["executing"] == "48h"


@pytest.mark.parametrize(("limit", "written"), [("48h", "48h"), ("none", "-1")])
@pytest.mark.parametrize("document", [False, True])
def test_a_runs_own_limit_keeps_the_functions_other_thresholds(limit: str, written: str, *, document: bool) -> None:
    """The client takes a run's thresholds in place of the function's."""
    fn = job()
    fn.set_state_thresholds({"image_pull_backoff": "5m"})
    plan = CHEAP.plan(fn.to_dict() if document else fn)
    plan.apply()

    thresholds = run_made(fn, plan.run_options(running_limit=limit)).spec.state_thresholds

    assert thresholds == {
        "pending_scheduled": "1h",
        "pending_not_scheduled": "30m",
        "image_pull_backoff": "5m",
        "executing": written,
    }


REFUSED: dict[str, tuple[str, str | None, dict[str, Any], str]] = {
    "another kind": ("spark", None, {"retries": 2}, "spark 'scorer': retries=2: MLRun retries runs of kind 'job' only"),
    "dropped": ("databricks", None, {"retries": 2}, "MLRun retries runs of kind 'job' only, not 'databricks'"),
    "an older server": ("job", "1.8.0", {"retries": 2}, "MLRun 1.8.0 has no retry (1.10 introduced it)"),
    "no number": ("job", None, {"retries": True}, "retries: True; a whole number of at least 0 is required"),
    "below zero": ("job", None, {"retries": -1}, "retries: -1; a whole number"),
    "no limits": ("dask", None, {"running_limit": "2h"}, "dask 'scorer': running_limit: MLRun has no limits for kind"),
    "no duration": ("job", None, {"running_limit": "soon"}, "running_limit: 'soon' is not one number with one unit"),
    "no kind": ("job", None, {"notifications": [{"params": {}}]}, "notifications: 'kind' is missing"),
    "no mapping": ("job", None, {"notifications": ["slack"]}, "a mapping with 'kind' is required, found 'str'"),
    "an unknown kind": (
        "job",
        None,
        {"notifications": [{**SLACK, "kind": "pigeon"}]},
        "notifications: MLRun takes no notification of kind 'pigeon' with the fields kind, secret_params",
    ),
    "an unknown field": ("job", None, {"notifications": [{**SLACK, "to": "me"}]}, "kind, secret_params, to"),
}


@pytest.mark.parametrize(("kind", "version", "options", "message"), REFUSED.values(), ids=REFUSED)
def test_what_mlrun_would_drop_or_refuse_is_refused_with_the_reason(
    kind: str, version: str | None, options: dict[str, Any], message: str
) -> None:
    plan = SPOT.plan(job(kind), Cluster.iguazio(mlrun_version=version))

    with pytest.raises(InvalidValue) as error:
        plan.run_options(**options)

    assert message in str(error.value)
    assert "not-to-be-shown" not in str(error.value)


@pytest.mark.parametrize("fn", [*SERVICES, NUCLIO_DOCUMENT], ids=str)
def test_a_service_is_not_run(fn: Any) -> None:
    plan = SPOT.plan(job(fn) if isinstance(fn, str) else {**fn, "spec": dict(fn["spec"])})

    with pytest.raises(UnsupportedFunction, match="is deployed, not run: it has no run options"):
        plan.run_options()


class BeforeRetries(KubejobRuntime):  # type: ignore[misc]  # MLRun has no types
    """The client of MLRun 1.8 and 1.9, whose `run` swallows what it does not know."""

    def run(self, runspec: Any = None, handler: Any = None, **launcher_kwargs: Any) -> Any:
        return super().run(runspec, handler, **launcher_kwargs)


def test_a_client_before_retries_gets_none() -> None:
    fn = BeforeRetries.from_dict(job().to_dict())
    plan = SPOT.plan(fn)

    assert plan.run_options() == {}
    with pytest.raises(InvalidValue, match="this client of MLRun has no retry"):
        plan.run_options(retries=3)


def test_a_notification_of_mlruns_own_stays_as_it_is() -> None:
    own = mlrun.model.Notification("slack", "mine", when=["completed"], params={"webhook": "https://slack.invalid"})

    assert SPOT.plan(job()).run_options(retries=0, notifications=[own]) == {"notifications": [own]}


def restart(plan: Plan) -> str:
    return next((row.lines[0] for row in plan_content(plan).lifetime if row.name == "restart"), "")


SAID: dict[str, tuple[Any, str, str | None, str]] = {
    "on spot": (SPOT, "job", None, "; fn.run(**plan.run_options()) retries it"),
    "on demand": (ON_DEMAND, "job", None, "; fn.run(**plan.run_options(retries=3)) retries it"),
    "an older server": (SPOT, "job", "1.8.0", ", and is not started again (MLRun 1.8.0 has no retry"),
    "another kind": (SPOT, "databricks", None, ", and is not started again (MLRun retries runs of kind 'job' only"),
}


@pytest.mark.parametrize(("profile", "kind", "version", "said"), SAID.values(), ids=SAID)
def test_a_plan_names_what_the_run_is_to_be_given(profile: Any, kind: str, version: str | None, said: str) -> None:
    lost = "out of memory" if profile is ON_DEMAND else "evicted, or out of memory"

    text = restart(profile.plan(job(kind), Cluster.iguazio(mlrun_version=version)))

    assert text.startswith(f"{lost}: the run fails{said}")
