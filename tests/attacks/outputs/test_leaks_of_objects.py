"""A secret on an MLRun object comes out nowhere either: not by what is said of it, and not where something fails."""

from __future__ import annotations

import base64
import contextlib
import itertools
import secrets
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Final

import mlrun
import pytest

from igz_runtime import advise, check, profiles, projects
from tests.attacks.budget import FULL, generator
from tests.attacks.outputs.ways_out import shown
from tests.conftest import Mlconf
from tests.kinds import OF_MLRUN

pytestmark = [pytest.mark.every_environment, pytest.mark.filterwarnings("ignore::FutureWarning")]

PROFILE: Final = profiles.production_job(cpu=1, memory="1Gi")


@pytest.fixture
def canary(mlconf: Mlconf, monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret, also in MLRun's configuration and in the environment of the process."""
    made = f"c4n4ry{secrets.token_hex(8)}"
    mlconf.set("dbpath", "")
    for name in ("V3IO_ACCESS_KEY", "MLRUN_HTTPDB__TOKEN"):
        monkeypatch.setenv(name, made)
    return made


def function(kind: str, canary: str) -> Any:
    """A function with a secret wherever one may be."""
    fn = mlrun.new_function("train", kind=kind, image="x", source=f"git://{canary}@example.com/x.git#main")
    fn.set_env("TOKEN", canary)
    for name, value in (
        ("command", f"https://user:{canary}@example.com/train.py"),
        ("parameters", {"password": canary}),
        ("spark_conf", {"spark.hadoop.fs.s3a.secret.key": canary}),
        ("secret_sources", [{"kind": "inline", "source": {"TOKEN": canary}}]),
    ):
        if hasattr(fn.spec, name):
            setattr(fn.spec, name, value)
    build = getattr(fn.spec, "build", None)
    if build is not None:
        build.secret, build.commands = canary, [f"pip install --index-url https://user:{canary}@example.com x"]
    if hasattr(fn, "add_trigger"):
        fn.add_trigger("kafka", {"kind": "kafka-cluster", "attributes": {"sasl": {"password": canary}}})
    return fn


def broken(fn: Any) -> Iterator[Callable[[], None]]:
    """Ways in which a function is one that cannot be read, or takes nothing."""
    yield lambda: None
    yield lambda: vars(fn.spec).update({"_resources": [str(fn.spec.env)], "resources": [str(fn.spec.env)]})
    yield lambda: setattr(fn.spec, "tolerations", "none")
    yield lambda: setattr(fn.spec, "env", [{"name": "TOKEN", "value": [str(fn.spec.env)]}])
    yield lambda: setattr(fn.spec, "env", str(fn.spec.env))


def refusing(*_: Any, **__: Any) -> None:
    """A setter of MLRun that fails."""
    raise ValueError("it is not taken")


def said_of(fn: Any) -> Iterator[str]:
    """What is said of a function, with the tracebacks of what fails."""
    project = mlrun.new_project("churn", context="./", save=False)
    with contextlib.suppress(Exception):  # MLRun takes no function of some of these
        project.set_function(fn, "train")
    calls: tuple[Callable[[], Any], ...] = (
        lambda: check(fn),
        lambda: advise(fn),
        lambda: PROFILE.plan(fn),
        lambda: PROFILE.plan(fn).preflight(),
        lambda: fn.apply(PROFILE),
        lambda: profiles.applied_to(fn),
        lambda: projects.setup(project, config="none"),
        lambda: check(project),
    )
    for call in calls:
        try:
            value = call()
        except Exception as error:  # noqa: BLE001  (MLRun's own, where it meets what it does not take)
            yield "".join(traceback.format_exception(error))
            continue
        if type(value).__module__.startswith("igz_runtime") and not isinstance(value, mlrun.projects.MlrunProject):
            yield from (text for _, text in shown(value))


@pytest.mark.parametrize("kind", OF_MLRUN)
def test_no_secret_of_an_object_is_said(
    kind: str, canary: str, measured: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded = base64.b64encode(canary.encode()).decode()[:-4]
    ways = list(itertools.product(range(5), ("", "with_node_selection", "with_priority_class", "with_limits")))
    for number, setter in ways if FULL else generator(kind).sample(ways, 4):
        fn = function(kind, canary)
        list(broken(fn))[number]()
        with monkeypatch.context() as patched, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            if setter and hasattr(fn, setter):
                patched.setattr(type(fn), setter, refusing)
            texts = list(said_of(fn))
        ours = [str(each.message) for each in warned if "igz_runtime" in each.filename]
        for text in (*texts, *ours):
            whole = "".join(text.split())
            assert canary not in whole, text
            assert encoded not in whole, text
        measured("texts without a secret that was planted on an object", len(texts))
