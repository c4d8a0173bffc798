"""What `projects.setup` costs beside the same profiles applied by hand, and what a guard adds to a run.

The functions are made before: what MLRun needs for that is no part of it.
"""

from __future__ import annotations

import base64
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

FUNCTIONS = 50
TIMES = 15
CONFIG = """\
defaults: {cpu: 4, memory: 16Gi}
functions:
  etl-*: {profile: production_job}
  score-*: {profile: spot_stateless}
"""
CODE = "import json\n\n\ndef handler(context):\n    json.loads('NUMBER')\n"


def main() -> None:
    """Print what setup takes for each function, and how much more that is than by hand."""
    os.environ.pop("IGZ_RUNTIME_CONFIG", None)
    os.environ["MLRUN_DBPATH"] = ""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores; {FUNCTIONS} functions, medians of {TIMES}")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "igz-runtime.yaml").write_text(CONFIG)
        for what, code in (("without code", ""), ("code of its own", CODE)):
            ours, hand = in_turns(set_up, by_hand, on=partial(project, folder, code))
            print(f"projects.setup, {what:15} {ours * 1e3:6.2f} ms a function")
            print(f"fn.apply(profile)               {hand * 1e3:6.2f} ms; setup takes {ours / hand:.2f} times as long")
        submitting(folder)


def project(folder: str, code: str) -> Any:
    """A project of functions that no profile was applied to, and that nobody planned before."""
    import mlrun

    from igz_runtime.planning.make_plan import forget

    forget()
    made = mlrun.projects.MlrunProject.from_dict({"metadata": {"name": "bench"}})
    made.spec.context = folder
    for number in range(FUNCTIONS):
        fn = mlrun.new_function(f"{('etl', 'score')[number % 2]}-{number}", kind="job", image="mlrun/mlrun")
        if code:
            text = code.replace("NUMBER", f"{number} {time.time()}")
            fn.spec.build.functionSourceCode = base64.b64encode(text.encode()).decode()
        made.set_function(fn)
    return made


def set_up(made: Any) -> None:
    """One line of project_setup.py."""
    from igz_runtime import projects

    projects.setup(made)


def by_hand(made: Any) -> None:
    """What it replaces: each function with its profile."""
    from igz_runtime import profiles

    config = Path(made.spec.context, "igz-runtime.yaml")
    for name, fn in made.spec._function_objects.items():  # noqa: SLF001  (without making them anew)
        profiles.assigned(name, config=config).apply(fn)


def submitting(folder: str) -> None:
    """A run, with a guard and without, to a server that answers at once: what the guard adds to each submission."""
    from contextlib import nullcontext

    import mlrun
    from mlrun.db.httpdb import HTTPRunDB

    from igz_runtime import projects

    made = project(folder, "")
    projects.setup(made)
    fn = made.get_function("etl-0")
    fn.set_db_connection(HTTPRunDB("http://127.0.0.1:1"))
    HTTPRunDB.api_call = answered  # type: ignore[method-assign]
    mlrun.utils.logger.set_logger_level("ERROR")

    def run(guard: Any) -> None:
        with guard:
            for _ in range(FUNCTIONS):
                fn.run(handler="handler", local=False, watch=False)

    guarded, alone = in_turns(lambda _: run(projects.guard(made)), lambda _: run(nullcontext()), on=lambda: None)
    print(f"fn.run, answered at once        {alone * 1e3:6.2f} ms; a guard adds {(guarded - alone) * 1e3:.2f} ms")


def answered(  # noqa: PLR0917  (MLRun's own arguments)
    self: Any,  # noqa: ARG001
    method: str,  # noqa: ARG001
    path: str,
    error: Any = None,  # noqa: ARG001
    params: Any = None,  # noqa: ARG001
    body: Any = None,  # noqa: ARG001
    json: Any = None,
    **_: Any,
) -> Any:
    """What MLRun's server answers, without a way to it."""
    from types import SimpleNamespace

    said: dict[str, Any] = {"hash_key": "5f0d"}
    if path == "submit_job":
        said = {"data": {**json["task"], "status": {"state": "running"}}}
    elif path == "projects/bench":
        said = {"metadata": {"name": "bench"}, "spec": {"artifact_path": "/tmp"}}  # noqa: S108  (nothing is written)
    return SimpleNamespace(ok=True, status_code=200, json=lambda: said, content=b"", text="")


def in_turns(*timed: Callable[[Any], None], on: Callable[[], Any]) -> list[float]:
    """Median seconds a function of each, run in turns."""
    seconds: list[list[float]] = [[] for _ in timed]
    for _ in range(TIMES + 1):
        for each, taken in zip(timed, seconds, strict=True):
            made = on()
            start = time.perf_counter()
            each(made)
            taken.append((time.perf_counter() - start) / FUNCTIONS)
    return [statistics.median(taken[1:]) for taken in seconds]


if __name__ == "__main__":
    main()
