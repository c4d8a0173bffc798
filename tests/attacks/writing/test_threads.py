"""Eight threads on one function: it ends as one of the profiles leaves it, and who planned before is told so."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from mlrun.db.httpdb import HTTPRunDB

from igz_runtime import check, profiles, projects
from igz_runtime.errors import InvalidValue
from igz_runtime.planning.changing import changing
from igz_runtime.profiles.profile import Profile
from tests.attacks.budget import attempts, generator
from tests.contract import functions
from tests.contract.distributions import ROOT, called, made, run
from tests.contract.functions import NUCLIO_DOCUMENT, NUCLIO_YAML, config_spec, job, serving_graph
from tests.contract.projects.folder import load, profiles_of, write

pytestmark = [pytest.mark.every_environment, pytest.mark.usefixtures("nearest_configuration", "at_once")]

THREADS = 8
ROUNDS = attempts(2_000, least=12)
PROFILES: tuple[Profile, ...] = (
    profiles.production_service(cpu=2, memory="8Gi", replicas=2, node_group="services"),
    profiles.spot_stateless(cpu="500m", memory="1Gi", priority="low"),
    profiles.development_job(cpu=1, memory="2Gi", node_group="dev"),
)


@pytest.fixture
def at_once() -> Iterator[None]:
    """Threads take turns at every few instructions."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def in_threads(work: Callable[[int], object], count: int = THREADS) -> list[Any]:
    """What each of some threads that begin together returns, or raises."""
    begin, outcomes = threading.Barrier(count), [None] * count

    def one(number: int) -> None:
        begin.wait()
        try:
            outcomes[number] = work(number)  # type: ignore[call-overload]
        except Exception as error:  # noqa: BLE001  (it is what is looked at)
            outcomes[number] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return outcomes


def state(fn: Any) -> Any:
    """What stands on a function, in a file wherever it stands there."""
    return yaml.safe_load(fn.read_text()) if isinstance(fn, Path) else functions.state(fn)


def mapping() -> dict[str, Any]:
    return json.loads(json.dumps(NUCLIO_DOCUMENT))  # type: ignore[no-any-return]


def file(folder: Path) -> Path:
    path = folder / "function.yaml"
    path.write_text(NUCLIO_YAML)
    return path


FORMS: dict[str, Callable[[Path], Any]] = {
    "a job": lambda _: job("nuclio"),
    "a graph": lambda _: serving_graph(),
    "a ConfigSpec": lambda _: config_spec(),
    "a mapping": lambda _: mapping(),
    "a file": file,
}


@pytest.mark.parametrize("form", FORMS)
def test_a_function_ends_as_one_of_the_profiles_leaves_it(form: str, tmp_path: Path, record_property: Any) -> None:
    make, rng = FORMS[form], generator(f"threads {form}")
    left = [state(profile.apply(make(tmp_path))) for profile in PROFILES]
    bare, rounds = state(make(tmp_path)), ROUNDS // 5 if form == "a file" else ROUNDS

    for _ in range(rounds):
        fn = make(tmp_path)
        plans = [profile.plan(fn) for profile in PROFILES]
        picks = [rng.randrange(2 * len(PROFILES) + 1) for _ in range(THREADS)]

        def work(number: int, fn: Any = fn, plans: Any = plans, picks: Any = picks) -> None:
            pick = picks[number]
            if pick < len(PROFILES):
                PROFILES[pick].apply(fn)
            elif pick < 2 * len(PROFILES):
                plans[pick - len(PROFILES)].apply()
            else:
                assert check(fn) is not None
                profiles.applied_to(fn)

        for outcome in in_threads(work):
            assert outcome is None or isinstance(outcome, InvalidValue), repr(outcome)
            assert outcome is None or "was changed since it was planned; plan again" in str(outcome)
        assert state(fn) in (left if set(picks) != {2 * len(PROFILES)} else [bare])
    record_property("threads that changed one function at the same time", rounds * THREADS)


@pytest.mark.parametrize("form", FORMS)
def test_profiles_are_put_on_and_taken_off_and_nothing_of_another_stays(form: str, tmp_path: Path) -> None:
    make = FORMS[form]
    fn, bare = make(tmp_path), state(make(tmp_path))

    def work(number: int) -> None:
        for _ in range(4):
            PROFILES[number % len(PROFILES)].apply(fn)
            profiles.remove(fn)

    assert in_threads(work) == [None] * THREADS
    profiles.remove(fn)
    assert state(fn) == bare


def test_functions_that_share_a_lock_do_not_wait_for_each_other_without_end() -> None:
    """Sets of functions in every order, of which each thread changes several at once."""
    functions = [job(name=f"f{number}") for number in range(100)]
    rng = generator("locks")
    orders = [rng.sample(functions, 40) for _ in range(THREADS)]

    def work(number: int) -> None:
        for start in range(20):
            with changing(*orders[number][start : start + 20]):
                PROFILES[2].apply(orders[number][start])

    assert in_threads(work) == [None] * THREADS


def test_a_plan_of_a_function_that_was_changed_since_says_so(tmp_path: Path) -> None:
    for make in FORMS.values():
        fn = make(tmp_path)
        plan = PROFILES[1].plan(fn)
        PROFILES[2].apply(fn)
        after = state(fn)
        with pytest.raises(InvalidValue, match="was changed since it was planned; plan again"):
            plan.apply()
        assert state(fn) == after


FILTERS = """if True:
    import sys, threading, warnings
    from igz_runtime.quiet import without
    sys.setswitchinterval(1e-6)
    before, begin, same = list(warnings.filters), threading.Barrier(8), []
    def work():
        begin.wait()
        for _ in range(200):
            with without(UserWarning):
                warnings.warn("not to be seen", UserWarning, stacklevel=1)
    for _ in range(8):
        threads = [threading.Thread(target=work) for _ in range(8)]
        [t.start() for t in threads]; [t.join() for t in threads]
        same.append(list(warnings.filters) == before)
    print(all(same))
"""


def test_the_filters_of_warnings_are_those_of_before(tmp_path: Path) -> None:
    """MLRun's own warnings are left out while a profile is written, and are a setting of the whole process."""
    told = called([sys.executable, "-c", FILTERS], cwd=tmp_path)

    assert (told.stdout, told.stderr) == ("True\n", "")


def test_two_processes_on_one_file_leave_it_as_one_of_the_profiles_does(tmp_path: Path, record_property: Any) -> None:
    left = [state(profile.apply(file(tmp_path))) for profile in PROFILES[:2]]
    path, count = file(tmp_path), attempts(2_000, least=40)
    code = """if True:
        import sys
        from igz_runtime import profiles
        from igz_runtime.profiles import *
        print("ready", flush=True)
        sys.stdin.readline()
        for _ in range(int(sys.argv[3])):
            eval(sys.argv[2]).apply(sys.argv[1])
            assert profiles.applied_to(sys.argv[1]) is not None
    """
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), repr(profile), str(count)],
            env={**os.environ, "PYTHONPATH": str(ROOT), "IGZ_RUNTIME_CONFIG": "none"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for profile in PROFILES[:2]
    ]
    for each in runs:
        assert each.stdout is not None
        assert each.stdout.readline() == b"ready\n"
    for each in runs:
        assert each.stdin is not None
        each.stdin.write(b"\n")
        each.stdin.flush()
    said = [each.communicate()[1].decode() for each in runs]

    assert [each.returncode for each in runs] == [0, 0], said
    assert state(path) in left
    assert [each.name for each in tmp_path.iterdir()] == ["function.yaml"]
    record_property("times that two processes changed one file", 2 * count)


OTHER = "functions:\n  '*': {profile: development_job, cpu: 1, memory: 1Gi}\n"


def test_a_project_that_is_set_up_by_threads_goes_by_one_of_their_configurations(tmp_path: Path) -> None:
    folder = tmp_path / "churn"
    folder.mkdir()
    write(folder)
    other = tmp_path / "other.yaml"
    other.write_text(OTHER)
    configs = [str(folder / "igz-runtime.yaml"), str(other)]
    left = [profiles_of(projects.setup(load(folder), config=config)) for config in configs]

    for _ in range(attempts(200, least=2)):
        project = load(folder)

        def work(number: int, project: Any = project) -> None:
            with projects.guard(project):
                projects.setup(project, config=configs[number % 2])

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert in_threads(work) == [None] * THREADS
        assert profiles_of(project) in left
    assert not hasattr(HTTPRunDB.api_call, "__wrapped__")


FIRST = """if True:
    import sys, threading
    sys.setswitchinterval(1e-6)
    from igz_runtime import Cluster, check, profiles
    begin, said = threading.Barrier(8), []
    def work(number):
        begin.wait()
        try:
            import igz_runtime.rules as rules
            document = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"preemption_mode": "allow"}}
            found = [str(f) for f in check(document)]
            plan = profiles.named("production_job", cpu=1, memory="1Gi").plan(document)
            said.append((len(rules.rules()), found, str(plan)))
        except BaseException as error:
            said.append(repr(error))
    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    [t.start() for t in threads]; [t.join() for t in threads]
    print(len(said), len(set(map(repr, said))), said[0] if len(set(map(repr, said))) > 1 else "", said[-1][0])
"""
RULES = """
from igz_runtime.rules import Found, rule
for number in range(101, 140):
    rule(f"{NAME}{number}", "a-b", "t", severity="info", source="s", origin="o", fix="f")(lambda subject: [Found("m")])
"""


def test_eight_threads_are_the_first_to_use_it_in_a_process(tmp_path: Path, record_property: Any) -> None:
    for name in ("one", "two"):
        made(tmp_path, RULES.replace("{NAME}", name.upper()), {"rules": f"{name}_igz"}, name=name)
    count = int(run("from igz_runtime.rules import rules; print(len(rules()))", site=tmp_path, cwd=tmp_path))
    processes = attempts(100, least=2)
    for _ in range(processes):
        assert run(FIRST, site=tmp_path, cwd=tmp_path).split() == ["8", "1", str(count)]
    told = called(
        [sys.executable, "-c", "from igz_runtime.rules import rules; print(rules()['ONE101'].owner)"],
        cwd=tmp_path,
        site=tmp_path,
    )
    assert "plug-in 'x' of one 2.0" in told.stdout
    record_property("processes whose first eight calls came from eight threads", processes)
