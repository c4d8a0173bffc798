"""A function is written whole or not at all, at whichever line something fails, and as often as twice."""

from __future__ import annotations

import copy
import gc
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from igz_runtime import Cluster, profiles, projects
from igz_runtime.errors import WriteFailed
from igz_runtime.functions import adapter_for
from igz_runtime.planning.write import write_all, write_whole
from tests.attacks.budget import FULL, attempts, generator
from tests.attacks.writing.interruptions import EXCEPTIONS, Holds, Lines
from tests.contract.functions import FUNCTIONS, NUCLIO_YAML, job, state
from tests.kinds import OF_MLRUN

pytestmark = [
    pytest.mark.every_environment,
    # What is interrupted between opening a file and entering its `with` leaves it to the garbage collection.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True, scope="module")
def _files_are_closed_here() -> Iterator[None]:
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


CLUSTER = Cluster.iguazio()
FIRST = profiles.production_job(cpu=4, memory="16Gi")
OTHERS = (
    profiles.spot_stateless(cpu=1, memory="2Gi", workload="stateless"),
    profiles.production_job(cpu=2, memory="4Gi", gpus=2, running_limit="36h"),
)
Injection = tuple[int, type[BaseException]]


def _mapping(kind: str) -> Any:
    return job(kind).to_dict()


def _yaml_mapping() -> Any:
    return YAML().load(NUCLIO_YAML)


KINDS: dict[str, Callable[[], Any]] = {
    **{f"{kind} mapping": partial(_mapping, kind) for kind in OF_MLRUN},
    **FUNCTIONS,
    "mapping of a YAML file": _yaml_mapping,
}
FILES: dict[str, str] = {
    "nuclio.yaml": NUCLIO_YAML,
    "job.yaml": "# ours\nkind: job\nmetadata: {name: etl}\nspec:\n  image: mlrun/mlrun  # quoted\n",
    "spark.json": json.dumps({"kind": "spark", "metadata": {"name": "etl"}, "spec": {"image": "x"}}, indent=2),
}


def first(fn: Any) -> Callable[[], Any]:
    """A profile, on a function without one."""
    return FIRST.plan(fn, CLUSTER).apply_unread


def over(fn: Any) -> Callable[[], Any]:
    """A profile, on a function that has another."""
    FIRST.apply(fn, CLUSTER)
    return next(plan for plan in (each.plan(fn, CLUSTER) for each in OTHERS) if not plan.refused).apply_unread


def taken_back(fn: Any) -> Callable[[], Any]:
    """No profile any more."""
    FIRST.apply(fn, CLUSTER)
    return partial(profiles.remove, fn)


def not_kept(fn: Any) -> Callable[[], Any]:
    """A field that the adapter does not write: it fails of itself, and what is interrupted is that it is restored."""
    plan, adapter = FIRST.plan(fn, CLUSTER), adapter_for(fn)
    before = adapter.read()
    wanted = plan.after.but(roles=tuple(role.but(target_cpu=7) for role in plan.after.roles))
    return partial(write_whole, adapter, before, wanted)


STEPS = (first, over, taken_back, not_kept)


def _reached(fn: Any) -> Any:
    """What of a function others may hold."""
    return fn if isinstance(fn, dict) else vars(fn)


def _arrives(act: Callable[[], Any], lines: Lines) -> bool:
    """Whether the injected exception is what came of it, or the reason of that."""
    try:
        with lines.traced():
            act()
    except BaseException as error:  # noqa: BLE001  (KeyboardInterrupt among them)
        found: BaseException | None = error
        while found is not None and found is not lines.raised:
            found = found.__cause__ or found.__context__
        return found is not None
    return False


def _lines_of(make: Callable[[], Any], step: Callable[[Any], Callable[[], Any]], begin: Any = write_whole) -> int:
    """How many lines write, once what is remembered is."""
    for _ in range(3):
        lines = Lines(begin)
        act = step(make())
        with lines.traced():
            try:
                act()
            except WriteFailed:
                assert step is not_kept
    return lines.count


def _chosen(name: str, injections: Iterable[Injection]) -> list[Injection]:
    every = list(injections)
    return every if FULL else generator(name).sample(every, attempts(len(every), 4))


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
@pytest.mark.parametrize("kind", KINDS)
def test_a_function_is_as_it_was_or_as_it_shall_be(
    kind: str, step: Callable[[Any], Callable[[], Any]], record_property: Callable[[str, object], None]
) -> None:
    injected = 0
    fn = None
    every = product(range(1, _lines_of(KINDS[kind], step) + 1), EXCEPTIONS)
    for at, error in _chosen(f"{kind} {step.__name__}", every):
        if fn is None:
            fn = KINDS[kind]()
            act = step(fn)
            holds = Holds(_reached(fn))
        lines = Lines(write_whole, at, error)
        arrived = _arrives(act, lines)
        injected += lines.raised is not None
        assert arrived == (lines.raised is not None), f"{lines.raised!r} did not arrive"
        if not holds.unchanged():
            assert state(fn) == _whole(kind, step), f"{lines.raised!r}: half a function"
            fn = None
        else:
            assert not (step is not not_kept and lines.raised is None)
    record_property("exceptions injected into lines that write functions", injected)


def _whole(kind: str, step: Callable[[Any], Callable[[], Any]]) -> Any:
    """What comes of a step that nothing interrupts; nothing of one that fails of itself."""
    fn = KINDS[kind]()
    act = step(fn)
    return None if step is not_kept else state(act())


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
@pytest.mark.parametrize("name", FILES)
def test_a_file_is_as_it_was_or_as_it_shall_be(
    name: str, step: Callable[[Any], Callable[[], Any]], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    path, injected = tmp_path / name, 0

    def make() -> Path:
        path.write_text(FILES[name])
        return path

    lines = _lines_of(make, step)
    whole = path.read_text()
    act = step(make())
    before = path.read_text()
    # Reading YAML takes a RuntimeError for an answer of the types that it calls: the text is not YAML.
    every = zip(range(1, lines + 1), cycle((KeyboardInterrupt, MemoryError)))
    for at, error in _chosen(f"{name} {step.__name__}", every):
        traced = Lines(write_whole, at, error)
        arrived = _arrives(act, traced)
        injected += traced.raised is not None
        assert arrived == (traced.raised is not None), f"{traced.raised!r} did not arrive"
        assert path.read_text() in {before, whole}, f"{traced.raised!r}: half a file"
        if path.read_text() != before:
            path.write_text(before)
        assert list(tmp_path.iterdir()) == [path], f"{traced.raised!r}: left a file"
    record_property("exceptions injected into lines that write function files", injected)


PROJECT = """\
kind: project
metadata: {name: interrupted}
spec:
  functions:
  - {url: train.py, name: train, kind: job, image: mlrun/mlrun, handler: handler}
  - {url: train.py, name: serve, kind: nuclio, image: mlrun/mlrun, handler: handler}
  - {url: train.py, name: report, kind: job, image: mlrun/mlrun, handler: handler}
"""
CONFIG = "functions: {'*': {profile: production_job, cpu: 1, memory: 1Gi}}\n"


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Callable[[], Any]]:
    """Makes a project of three functions that was not set up."""
    import mlrun
    from mlrun.projects.pipelines import pipeline_context

    (tmp_path / "train.py").write_text("def handler(context): ...\n")
    (tmp_path / "project.yaml").write_text(PROJECT)
    (tmp_path / "igz-runtime.yaml").write_text(CONFIG)
    current, active = pipeline_context.project, mlrun.mlconf.active_project

    def make() -> Any:
        made = mlrun.load_project(str(tmp_path), save=False)
        made.sync_functions()
        return made

    yield make
    pipeline_context.clear(with_project=True)
    pipeline_context.project, mlrun.mlconf.active_project = current, active


def test_every_function_of_a_project_has_its_profile_or_none_has(
    project: Callable[[], Any], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    def set_up(made: Any) -> Callable[[], Any]:
        return partial(projects.setup, made, config=tmp_path / "igz-runtime.yaml")

    def functions(made: Any) -> list[Any]:
        return [copy.deepcopy(fn.to_dict()) for fn in made.spec._function_objects.values()]

    lines, injected = _lines_of(project, set_up, write_all), 0
    whole = functions(set_up(project())())
    made = project()
    before = functions(made)
    for at, error in _chosen("projects", zip(range(1, lines + 1), cycle(EXCEPTIONS))):
        traced = Lines(write_all, at, error)
        arrived = _arrives(set_up(made), traced)
        injected += traced.raised is not None
        assert arrived == (traced.raised is not None), f"{traced.raised!r} did not arrive"
        assert functions(made) in (before, whole), f"{traced.raised!r}: some functions have their profile"
        if functions(made) != before:
            set_up(made)()
            assert functions(made) == whole, f"{traced.raised!r}: it cannot be set up again"
            made = project()
    record_property("exceptions injected into lines that set up a project", injected)
