"""Code is read without running it: what is known, what is not and is said so, and where it stands."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import Any

import pytest

from igz_runtime import Cluster, profiles
from igz_runtime.cli import main
from igz_runtime.functions import adapter_for
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.code import read_python
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Content, Written
from igz_runtime.profiles.profile import Profile
from igz_runtime.text.place import Path, Position

JOB = 'import mlrun\nfn = mlrun.new_function("a", kind="job", image="i")\n'
PROFILES = "from igz_runtime import profiles\n" + JOB


def only(text: str, **arguments: Any) -> Written:
    functions = read_python(text, **arguments).functions
    assert len(functions) == 1, functions
    return functions[0]


def spec(text: str) -> dict[str, Any]:
    return only(text).document["spec"]  # type: ignore[no-any-return]


def notes(content: Content) -> list[str]:
    return [f"{note.position}: {note.text}" for note in content.notes]


def modes(text: str) -> set[str | None]:
    return {each.document["spec"].get("preemption_mode") for each in read_python(text).functions}


IMPORTS = {
    "alias of the module": 'import mlrun as ml\nfn = ml.new_function("a", kind="job")',
    "name": 'from mlrun import new_function\nfn = new_function("a", kind="job")',
    "name under another": 'from mlrun import new_function as nf\nfn = nf("a", kind="job")',
    "module inside": 'from mlrun.run import new_function\nfn = new_function("a", kind="job")',
    "everything": 'from mlrun import *\nfn = new_function("a", kind="job")',
    "in a function": 'def main():\n    import mlrun\n    fn = mlrun.new_function("a", kind="job")',
    "kind by MLRun's name": 'import mlrun\nfn = mlrun.new_function("a", kind=mlrun.runtimes.RuntimeKinds.job)',
}


@pytest.mark.parametrize("text", IMPORTS.values(), ids=IMPORTS)
def test_a_function_is_found_however_mlrun_is_imported(text: str) -> None:
    written = only(text)

    assert written.document == {"kind": "job", "metadata": {"name": "a"}, "spec": {}}
    assert adapter_for(written.document).read().name == "a"


VALUES: Mapping[str, tuple[str, Any]] = {
    "a constant of the module": ('CPU = "4"\nfn.with_limits(cpu=CPU)', "4"),
    "the last value": ('CPU = "4"\nCPU = "8"\nfn.with_limits(cpu=CPU)', "8"),
    "an f-string": ('n = 4\nfn.with_limits(cpu=f"{n * 500}m")', "2000m"),
    "a template": ('fn.with_limits(cpu="{}m".format(500))', "500m"),
    "a mapping's item": ('S = {"cpu": "4"}\nfn.with_limits(cpu=S["cpu"])', "4"),
    "a mapping's get": ('S = {"cpu": "4"}\nfn.with_limits(cpu=S.get("gpu", "5"))', "5"),
    "keywords of a mapping": ('S = {"cpu": "4"}\nfn.with_limits(**S)', "4"),
    "arguments of a list": ('S = [None, "4"]\nfn.with_limits(*S)', "4"),
    "a class's attribute": ('class Size:\n    cpu = "4"\nfn.with_limits(cpu=Size.cpu)', "4"),
    "one of two, decided": ('BIG = False\nfn.with_limits(cpu="8" if BIG else "4")', "4"),
    "names at once": ('a, b = "4", "5"\nfn.with_limits(cpu=b)', "5"),
    "a default": ('def f(fn, cpu="4"):\n    fn.with_limits(cpu=cpu)\nf(fn)', "4"),
    "a name declared global": ('C = "1"\ndef f():\n    global C\n    C = "2"\nf()\nfn.with_limits(cpu=C)', "2"),
}


@pytest.mark.parametrize(("text", "cpu"), VALUES.values(), ids=VALUES)
def test_values_are_known_that_are_written_in_the_file(text: str, cpu: Any) -> None:
    content = read_python(JOB + text)

    assert content.functions[-1].document["spec"]["resources"]["limits"] == {"cpu": cpu}
    assert content.notes == []


UNKNOWN_VALUES = {
    "the environment": 'import os\nfn.with_limits(cpu=os.environ["CPU"])',
    "a parameter": "def f(fn, cpu):\n    fn.with_limits(cpu=cpu)\nf(fn, CPU)",
    "a call": "fn.with_limits(cpu=size())",
    "a name from elsewhere": "from settings import CPU\nfn.with_limits(cpu=CPU)",
    "a huge text": 'fn.with_limits(cpu="1" * 10**9)',
    "a huge number": "fn.with_limits(cpu=10**10**10)",
    "a wide template": 'fn.with_limits(cpu="{:1000000000}".format(1))',
}


@pytest.mark.parametrize("text", UNKNOWN_VALUES.values(), ids=UNKNOWN_VALUES)
def test_an_amount_that_is_not_known_is_said_to_be_given(text: str) -> None:
    content = read_python(JOB + text)

    written = content.functions[-1]
    assert written.unknown == {("spec", "resources", "limits", "cpu")}
    assert adapter_for(written.document).read().roles[0].containers[0].limits["cpu"].is_parameter
    assert [note.text for note in content.notes] == [
        "with_limits(cpu=…): the value is not known without running the code"
    ]


def test_a_part_of_a_selector_that_is_not_known_leaves_the_rest() -> None:
    written = only(JOB + 'fn.with_node_selection(node_selector={"a": "b", "zone": ZONE})\n')

    assert written.document["spec"]["node_selector"] == {"a": "b"}
    assert written.unknown == {("spec", "node_selector", "zone")}


def test_keys_of_several_types_are_no_defect() -> None:
    assert spec(JOB + 'fn.spec.node_selector = {"a": "b", 0: "c"}\n')["node_selector"] == {"a": "b", 0: "c"}


def test_a_module_that_may_be_missing_is_there() -> None:
    text = JOB.replace("import mlrun\n", "try:\n    import mlrun\nexcept ImportError:\n    mlrun = None\n")

    content = read_python(text + 'fn.with_preemption_mode("allow")\n')

    assert [each.document["spec"]["preemption_mode"] for each in content.functions] == ["allow"]
    assert content.notes == []


def test_what_a_function_did_before_it_ended_the_program_is_found() -> None:
    text = "import sys\n" + JOB + 'def main():\n    fn.with_preemption_mode("allow")\n    sys.exit(0)\n'

    assert modes(text + "main()\n") == modes(text) == {"allow"}


def test_a_method_of_a_fields_text_leaves_the_field() -> None:
    written = only(
        JOB + 'fn.spec.priority_class_name = "a-b"\nfn.spec.node_name = fn.spec.priority_class_name.upper()\n'
    )

    assert written.document["spec"] == {"image": "i", "priority_class_name": "a-b", "node_name": "A-B"}
    assert written.unknown == set()


SELECTOR = 'fn.spec.node_selector = {"a": "b", "c": X}\n'
METHODS: Mapping[str, tuple[str, Any, set[Path]]] = {
    "a key that is there": ('pop("a")', None, {("spec", "node_selector", "c")}),
    "a key that is not there": ('pop("z")', {"a": "b"}, {("spec", "node_selector", "c")}),
    "others": ('update({"d": "e"}, f="g")', {"a": "b", "d": "e", "f": "g"}, {("spec", "node_selector", "c")}),
    "a default": ('setdefault("d", "e")', {"a": "b", "d": "e"}, {("spec", "node_selector", "c")}),
    "nothing": ("clear()", {}, set()),
    "what is not known": ("update(Y)", None, {("spec", "node_selector")}),
    "a method that is not followed": ("popitem()", None, {("spec", "node_selector")}),
}


@pytest.mark.parametrize(("call", "found", "unknown"), METHODS.values(), ids=METHODS)
def test_a_method_of_a_field_changes_it_as_python_would(call: str, found: Any, unknown: set[Path]) -> None:
    written = only(JOB + SELECTOR + f"fn.spec.node_selector.{call}\n")

    assert written.document["spec"].get("node_selector") == found
    assert written.unknown == unknown


def test_what_a_kind_begins_with_stands_where_the_function_is_made() -> None:
    made = 'import mlrun\nfn = mlrun.new_function("a", kind="spark")\n'

    first, other = read_python(made + "other = fn.copy()\n").functions

    path = ("spec", "driver_resources", "requests", "cpu")
    assert (first.at(path), other.at(path)) == (Position(2, 6), Position(3, 9))


def test_the_spec_under_another_name_is_the_functions() -> None:
    assert spec(JOB + 'spec = fn.spec\nspec.preemption_mode = "allow"\n')["preemption_mode"] == "allow"


def test_what_is_set_anew_is_known_again() -> None:
    written = only(JOB + "fn.with_preemption_mode(MODE)\nfn.with_preemption_mode('allow')\n")

    assert written.document["spec"]["preemption_mode"] == "allow"
    assert written.unknown == set()


PLACES: Mapping[str, tuple[str, Path, tuple[int, int]]] = {
    "the head": ("", (), (2, 6)),
    "a keyword": ('fn.with_limits(mem="1G", cpu="2")', ("spec", "resources", "limits", "cpu"), (3, 26)),
    "a position": ('fn.with_limits("1G", "2")', ("spec", "resources", "limits", "cpu"), (3, 22)),
    "what is missing of a section": ('fn.with_limits(mem="1G")', ("spec", "resources", "limits", "cpu"), (3, 1)),
    "what is missing of a function": ('fn.with_limits(mem="1G")', ("spec", "node_selector"), (2, 6)),
    "a key of a literal": (
        'fn.with_node_selection(\n    node_selector={\n        "a": "b",\n        "c": "d",\n    }\n)',
        ("spec", "node_selector", "c"),
        (6, 9),
    ),
    "a mapping by its name": (
        'S = {"c": "d"}\nfn.with_node_selection(node_selector=S)',
        ("spec", "node_selector", "c"),
        (4, 24),
    ),
    "an attribute": ('fn.spec.preemption_mode = "allow"', ("spec", "preemption_mode"), (3, 27)),
    "an item": ('fn.spec.node_selector["a"] = "b"', ("spec", "node_selector", "a"), (3, 30)),
    "the last of two": (
        'fn.with_limits(cpu="1")\nfn.with_limits(cpu="2")',
        ("spec", "resources", "limits", "cpu"),
        (4, 16),
    ),
    "after letters of two bytes": ('é = "ü"; fn.with_limits(cpu="1")', ("spec", "resources", "limits", "cpu"), (3, 25)),
    "a toleration": (
        (
            "from kubernetes.client import V1Toleration\n"
            'fn.with_node_selection(tolerations=[V1Toleration(key="spot", operator="Exists")])'
        ),
        ("spec", "tolerations", 0, "operator"),
        (4, 62),
    ),
}


@pytest.mark.parametrize(("text", "path", "place"), PLACES.values(), ids=PLACES)
def test_a_field_is_where_it_was_set_last(text: str, path: Path, place: tuple[int, int]) -> None:
    assert only(JOB + text + "\n").at(path) == Position(*place)


def test_a_field_that_a_profile_sets_is_where_the_profile_is() -> None:
    written = only(PROFILES + 'fn.apply(profiles.production_job(cpu=4, memory="16Gi"))\n')

    assert written.at(("spec", "preemption_mode")) == Position(4, 10)
    assert written.at(("metadata", "name")) == Position(3, 25)


WORLDS: Mapping[str, tuple[str, set[str | None]]] = {
    "both branches": ('if x:\n    fn.with_preemption_mode("allow")\n', {"allow", None}),
    "the same test again": (
        'm = "prevent"\nif spot:\n    m = "allow"\nif not spot:\n    m = "none"\nfn.with_preemption_mode(m)',
        {"allow", "none"},
    ),
    "the opposite test": (
        'if env == "prod":\n    m = "prevent"\nif env != "prod":\n    m = "allow"\nfn.with_preemption_mode(m)',
        {"prevent", "allow"},
    ),
    "part of a test": (
        'm = "none"\nif a and b:\n    m = "allow"\nif not a:\n    m = "prevent"\nfn.with_preemption_mode(m)',
        {"allow", "none", "prevent"},
    ),
    "a test that is known": ('DEBUG = False\nif DEBUG:\n    fn.with_preemption_mode("allow")', {None}),
    "run as a program": ('if __name__ == "__main__":\n    fn.with_preemption_mode("allow")', {"allow"}),
    "a check that ends the program": ('if not x:\n    raise SystemExit\nfn.with_preemption_mode("allow")', {"allow"}),
    "the end of the program": ('import sys\nsys.exit(main())\nfn.with_preemption_mode("allow")', {None}),
    "a check that ends it by a call": (
        'import sys\nif not x:\n    sys.exit(1)\nelse:\n    fn.with_preemption_mode("allow")',
        {"allow"},
    ),
    "an expression": ('fn.with_preemption_mode("allow" if x else "prevent")', {"allow", "prevent"}),
    "an early return": (
        'def f(fn):\n    if x:\n        return\n    fn.with_preemption_mode("allow")\nf(fn)',
        {None, "allow"},
    ),
    "an attempt that may fail": (
        'try:\n    fn.with_preemption_mode("allow")\nexcept Exception:\n    fn.with_preemption_mode("none")',
        {"allow", "none"},
    ),
    "cases": (
        'match x:\n    case 1:\n        m = "allow"\n    case _:\n        m = "none"\nfn.with_preemption_mode(m)',
        {"allow", "none", None},
    ),
    "what a branch prints is nothing": ('if x:\n    print(x)\nfn.with_preemption_mode("allow")', {"allow"}),
}


@pytest.mark.parametrize(("text", "found"), WORLDS.values(), ids=WORLDS)
def test_every_branch_is_gone_through(text: str, found: set[str | None]) -> None:
    assert modes(JOB + text + "\n") - {None} == found - {None}
    assert len(modes(JOB + text + "\n")) >= len(found) - 1


def test_of_more_than_a_few_values_the_first_are_judged_and_the_others_are_said_to_be_unknown() -> None:
    tests = "".join(f'if a{i}:\n    fn.with_preemption_mode("allow")\n' for i in range(10))

    content = read_python(JOB + tests)

    assert any(("spec", "preemption_mode") in each.unknown for each in content.functions)
    assert any("has more values than lint follows" in note for note in notes(content))
    assert "allow" in modes(JOB + tests)


def test_branches_that_no_setting_depends_on_take_no_worlds() -> None:
    tests = "".join(f"if a{i}:\n    x{i} = upload(a{i})\n    project.set_source(x{i})\n" for i in range(10))
    chosen = 'cpu = "1"\nif big:\n    cpu = "8"\nfn.with_limits(cpu=cpu)\n'

    content = read_python(JOB + tests + chosen)

    assert {str(each.document["spec"]["resources"]) for each in content.functions} == {
        "{'limits': {'cpu': '1'}}",
        "{'limits': {'cpu': '8'}}",
    }
    assert content.notes == []


def test_what_a_function_returns_on_too_many_ways_is_not_known() -> None:
    tests = "".join(f"    if a{i}:\n        return '{i}'\n" for i in range(20))

    content = read_python(f"{JOB}def cpu():\n{tests}    return '99'\nfn.with_limits(cpu=cpu())\n")

    limits = [each.document["spec"].get("resources", {"limits": {}})["limits"] for each in content.functions]
    assert {each["cpu"] for each in limits if each} == set(map(str, range(7)))
    assert any(("spec", "resources", "limits") in each.unknown for each in content.functions)


LOOPS = {
    "a list": 'for name in ("x", "y"):\n    mlrun.new_function(name, kind="job")',
    "a mapping": 'for name in {"x": 1, "y": 2}:\n    mlrun.new_function(name, kind="job")',
    "pairs": 'for name, cpu in [("x", 1), ("y", 2)]:\n    mlrun.new_function(name, kind="job")',
    "items": 'for name, cpu in {"x": 1, "y": 2}.items():\n    mlrun.new_function(name, kind="job")',
    "a comprehension": 'fns = [mlrun.new_function(name, kind="job") for name in ("x", "y")]',
}


@pytest.mark.parametrize("text", LOOPS.values(), ids=LOOPS)
def test_a_loop_over_a_short_list_makes_a_function_each_time(text: str) -> None:
    functions = read_python("import mlrun\n" + text).functions

    assert [each.document["metadata"]["name"] for each in functions] == ["x", "y"]


def test_a_factory_that_nothing_calls_is_read_with_its_defaults() -> None:
    content = read_python(
        'import mlrun\n\ndef make(name, cpu="4"):\n    fn = mlrun.new_function(name, kind="job", image="i")\n'
        "    fn.with_limits(cpu=cpu)\n    return fn\n"
    )

    (written,) = content.functions
    assert written.document["spec"]["resources"] == {"limits": {"cpu": "4"}}
    assert written.unknown == {("metadata", "name")}
    assert content.notes == []


BEGUN = {
    "what an object makes": (
        "class A:\n    def __init__(self):\n        self.fn = mlrun.new_function('a', kind='job')\n"
        "    def go(self):\n        self.fn.apply(mlrun.auto_mount())\n        {}\n"
    ),
    "what the module makes": "fn = mlrun.new_function('a', kind='job')\ndef go():\n    fn.apply(ours)\n    {}\n",
    "what comes from elsewhere": "def go(fn):\n    fn.with_limits(cpu=1)\n    {}\n",
}


@pytest.mark.parametrize("text", BEGUN.values(), ids=BEGUN)
def test_a_function_that_can_have_a_function_of_mlrun_at_hand_is_begun(text: str) -> None:
    deep = "x = " + " + ".join(["a"] * 900)

    assert "is nested deeper" in str(notes(read_python("import mlrun\n" + text.format(deep))))


def test_no_other_function_is_begun_whatever_names_it_uses() -> None:
    deep = "x = " + " + ".join(["a"] * 900)
    text = (
        "import mlrun\nfrom sqlalchemy import func\nclass Client:\n    def connect(self, config):\n"
        f"        mlrun.mlconf.config.run(func.count(self.apply(config)))\n        {deep}\n"
        "def make(fn):\n    fn.with_preemption_mode('allow')\n"
    )

    content = read_python(text)

    assert "is nested deeper" not in str(notes(content))
    assert modes(text) == {"allow"}


def test_what_the_module_makes_is_judged_as_a_function_of_it_finishes_it() -> None:
    written = only(PROFILES + "def pipeline():\n    fn.apply(profiles.production_job(cpu=1, memory='1Gi'))\n")

    assert written.document["spec"]["preemption_mode"] == "prevent"


def test_what_is_known_of_the_module_stays_where_a_function_of_it_makes_it_unknown() -> None:
    content = read_python(
        JOB + "fn.with_limits(cpu=1)\nimport ours\ndef pipeline():\n    ours.configure(fn.apply(ours.x))\n"
    )

    assert [each.document["spec"].get("resources") for each in content.functions] == [{"limits": {"cpu": 1}}, None]


def test_a_function_that_comes_from_elsewhere_is_judged_by_what_is_set_on_it() -> None:
    content = read_python("import mlrun\n\ndef configure(fn):\n    fn.with_preemption_mode('allow')\n")

    (written,) = content.functions
    assert written.document["spec"] == {"preemption_mode": "allow"}
    assert {("kind",), ("metadata", "name"), ("spec", "node_selector")} < written.unknown
    assert ("spec", "preemption_mode") not in written.unknown


@pytest.mark.parametrize(
    "call",
    [
        'mlrun.import_function("hub://auto_trainer")',
        'mlrun.import_function("function.yaml", new_name="auto-trainer")',
        'project.get_function("auto_trainer")',
    ],
)
def test_what_is_imported_is_not_known(call: str) -> None:
    text = f"import mlrun\nproject = mlrun.get_current_project()\nfn = {call}\n"

    assert read_python(text).functions == []
    content = read_python(text + 'fn.with_limits(cpu="4")\n')
    (written,) = content.functions
    assert written.document["metadata"] == {"name": "auto-trainer"}
    assert ("spec", "resources", "requests") in written.unknown
    assert ("spec", "resources", "limits") not in written.unknown
    assert len(content.notes) == 1
    assert "only what the code sets on it is judged" in content.notes[0].text


def test_a_project_gives_back_the_function_that_it_was_given() -> None:
    written = only(
        'import mlrun\nproject = mlrun.new_project("p")\nproject.set_function("t.py", name="my_fn", kind="job")\n'
        'project.get_function("my_fn").with_limits(cpu="4")\n'
    )

    assert written.document["spec"]["resources"] == {"limits": {"cpu": "4"}}
    assert written.unknown == set()


def test_a_function_that_is_handed_to_unknown_code_is_not_known_from_there_on() -> None:
    content = read_python(
        "import mlrun\nfrom helpers import configure\n"
        'fn = mlrun.new_function("a", kind="job", image="i")\n'
        'fn.with_limits(cpu="1")\nconfigure(fn)\nfn.with_preemption_mode("allow")\n'
    )

    (written,) = content.functions
    assert written.document["spec"] == {"image": "i", "preemption_mode": "allow"}
    assert ("spec", "resources", "limits") in written.unknown
    assert notes(content) == ["5:11: handed to configure(), which is not followed"]


@pytest.mark.parametrize("call", ["print(fn)", "mlrun.deploy_function(fn)", "fn.deploy()", "logger.info(fn.kind)"])
def test_what_only_looks_at_a_function_leaves_it_known(call: str) -> None:
    content = read_python(JOB + call + "\n")

    assert content.notes == []
    assert content.functions[0].unknown == set()


def test_an_unknown_modifier_makes_the_settings_unknown() -> None:
    content = read_python(JOB + "from helpers import ours\nfn.apply(ours())\n")

    assert ("spec", "node_selector") in content.functions[0].unknown
    assert notes(content) == ["4:10: apply(…): what it does to the function is not followed"]


def test_a_setter_that_a_kind_does_not_have_sets_nothing() -> None:
    content = read_python('import mlrun\nfn = mlrun.new_function("s", kind="spark")\nfn.with_limits(cpu="8")\n')

    assert "resources" not in content.functions[0].document["spec"]
    assert notes(content) == [
        "3:1: with_limits() is not a setter of kind 'spark': MLRun raises here, and nothing is set"
    ]


@pytest.mark.parametrize(
    ("call", "refused"),
    [
        ('with_node_selection(tolerations=[{"key": "spot"}])', "tolerations"),
        ('with_driver_node_selection(node_name="node-1")', "node_name"),
        ('with_executor_limits(mem="4g", cpu="2")', "mem"),
    ],
)
def test_an_argument_for_which_a_setter_raises_sets_nothing(call: str, refused: str) -> None:
    made = 'import mlrun\nfn = mlrun.new_function("s", kind="spark")\n'
    content = read_python(f"{made}fn.{call}\n")

    assert content.functions[0].document == read_python(made).functions[0].document
    setter = call.partition("(")[0]
    assert notes(content) == [
        f"3:1: {setter}() of kind 'spark' takes no {refused!r}: MLRun raises here, and nothing is set"
    ]


@pytest.mark.parametrize(
    "argument", ['tolerations=None, node_selector={"a": "b"}', 'node_selector={"a": "b"}, affinity=x']
)
def test_an_argument_that_is_none_or_not_known_is_not_said_to_raise(argument: str) -> None:
    content = read_python(
        f'import mlrun\nfn = mlrun.new_function("s", kind="spark")\nfn.with_node_selection({argument})\n'
    )

    assert content.functions[0].document["spec"]["driver_node_selector"] == {"a": "b"}
    assert notes(content) == []


def test_the_first_argument_of_build_config_is_an_image() -> None:
    content = read_python(
        JOB + 'fn.build_config("base:1", base_image="b:1")\nfn.build_config(requirements=["torch"], commands=FILE)\n'
    )

    assert content.functions[0].document["spec"]["build"] == {"requirements": ["torch"], "base_image": "b:1"}


def test_packages_that_stand_in_a_file_are_not_known_and_not_wrong() -> None:
    report = lint_text("factory.py", JOB + 'fn.with_requirements("requirements.txt")\n')

    assert "IGZ902" not in {located.finding.rule for located in report.findings}


@pytest.mark.parametrize("kind", ["local", "handler", "", "sparkjob"])
def test_what_runs_no_pod_is_no_function_to_judge(kind: str) -> None:
    assert read_python(f'import mlrun\nfn = mlrun.new_function("a", kind="{kind}")\n').functions == []


PLANNED = "from igz_runtime import profiles\nplan = profiles.production_job(cpu=1, memory='1Gi').plan(fn)\n"
RESTARTED = [
    "fn.run(retry=mlrun.model.Retry(count=3))",
    "fn.run(schedule='0 * * * *')",
    "mlrun.run_function(fn, retry={'count': 3})",
    "mlrun.run_function('a', schedule='0 * * * *')",
    "step = mlrun.run_function(fn)\nstep.set_retry(3)",
    "step = fn.as_step().after(other)\nstep.set_retry(3)",
    "mlrun.run_function(fn).set_retry(num_retries=3)",
    "mlrun.run_function(fn).set_retry(3, policy='Always')",
    "mlrun.run_function(fn).set_retry(3, policy=POLICY)",
    "fn.run({'spec': {'retry': {'count': 3}}})",
    "fn.run(retry=RETRY)",
    PLANNED.replace("production_job", "spot_stateless") + "fn.run(**plan.run_options())",
    PLANNED + "plan.apply()\nfn.run(handler='fetch', **plan.run_options(retries=2))",
]


@pytest.mark.parametrize("text", RESTARTED)
def test_a_run_that_is_tried_again_is_restartable(text: str) -> None:
    assert only(JOB + text + "\n").workload == Workload(restartable=True)


@pytest.mark.parametrize(
    "text",
    [
        "fn.run()",
        "fn.run(retry=None)",
        "fn.run(retry={'count': 0})",
        "fn.run(retry=mlrun.model.Retry())",
        "fn.run(retry={'count': 3}, local=True)",
        "fn.run(params={'retry': 3})",
        "mlrun.run_function(fn).set_retry(0)",
        "mlrun.run_function(fn).set_retry(num_retries=0)",
        "mlrun.run_function(fn).set_retry(3, policy='OnError')",
        PLANNED + "fn.run(**plan.run_options())",
    ],
)
def test_a_run_that_is_not_tried_again_says_nothing_of_the_work(text: str) -> None:
    assert only(JOB + text + "\n").workload is None


@pytest.mark.parametrize("kind", ["mpijob", "spark", "databricks"])
def test_a_retry_that_mlrun_refuses_or_drops_restarts_nothing(kind: str) -> None:
    text = JOB.replace('kind="job"', f'kind="{kind}"') + "fn.run(retry={'count': 3})\n"

    assert only(text).workload is None


def test_a_server_before_retries_drops_them() -> None:
    content = read_python(JOB + "fn.run(retry={'count': 3})\n", cluster=Cluster.iguazio(mlrun_version="1.8.0"))

    assert [written.workload for written in content.functions] == [None]


def test_a_refused_profile_leaves_the_function_as_it_was() -> None:
    content = read_python(
        "from igz_runtime import profiles\nimport mlrun\n"
        'fn = mlrun.new_function("trainer", kind="job", image="i", handler="train")\n'
        'fn.apply(\n    profiles.spot_stateless(cpu=1, memory="2Gi")\n)\n'
    )

    (written,) = content.functions
    ((findings, position),) = written.refused
    assert [finding.rule for finding in findings.refusing] == ["IGZ101"]
    assert position == Position(4, 1)
    assert "preemption_mode" not in written.document["spec"]
    assert content.faults == []


@pytest.mark.parametrize(
    "block",
    [
        "try:\n    {}\nexcept UnsafeCombination as refusal:\n    print(refusal)\n",
        "with pytest.raises(igz_runtime.UnsafeCombination):\n    {}\n",
    ],
)
def test_a_refusal_that_the_code_expects_is_none(block: str) -> None:
    text = 'from igz_runtime import profiles\nimport mlrun\nfn = mlrun.new_function("train", kind="job", image="i")\n'

    content = read_python(text + block.format('fn.apply(profiles.spot_stateless(cpu=1, memory="2Gi"))'))

    assert content.functions[0].refused == []
    assert [note.text for note in content.notes] == ["spot_stateless(…) is refused here, as the code expects"]


FAULTS = {
    'fn.apply(profiles.production_job(cpu="4 cores", memory="1Gi"))': "production_job: cpu: '4 cores' is no",
    "fn.apply(profiles.production_job(cpus=4))": "production_job has no argument 'cpus'; did you mean 'cpu'?",
    "fn.apply(profiles.production_jobb(cpu=4))": "no profile 'production_jobb'; did you mean 'production_job'?",
    "fn.apply(profiles.production_job())": "production_job does not know how much it needs",
    'fn.apply(profiles.production_service(cpu=1, memory="1Gi"))': "is for Nuclio, serving and application functions",
    "fn.apply(profiles.production_job(4))": "takes its arguments by name",
    "profiles.production_job(cpu=4).replace(memory=True)": "memory: True is not a quantity",
    'fn.apply(profiles.spot_stateless(waive={"IGZ101": Waiver("")}))': "a waiver needs a reason",
}


@pytest.mark.parametrize(("call", "said"), FAULTS.items())
def test_a_profile_that_raises_is_a_fault(call: str, said: str) -> None:
    content = read_python("from igz_runtime import Waiver, profiles\n" + JOB + call + "\n")

    (fault,) = content.faults
    assert said in fault.text
    assert fault.position.line == 4
    assert content.notes == []
    assert all(not each.unknown and "preemption_mode" not in each.document["spec"] for each in content.functions)


def test_a_profile_whose_arguments_are_not_known_makes_the_settings_unknown() -> None:
    content = read_python(PROFILES + 'fn.apply(profiles.production_job(cpu=CPU, memory="1Gi"))\n')

    assert {("spec", "preemption_mode"), ("spec", "resources", "limits")} < content.functions[0].unknown
    assert "arguments are not known" in content.notes[0].text


def test_an_organisations_own_profiles_are_evaluated() -> None:
    def churn(cpu: int) -> Profile:
        return profiles.production_job(cpu=cpu, memory="1Gi").replace(name="churn")

    text = "import mlrun\nfrom acme import churn\nfn = mlrun.new_function('a', kind='job')\nfn.apply(churn(cpu=2))\n"

    written = only(text, settings_profiles={"acme.churn": churn})
    assert written.document["metadata"]["labels"] == {"igz-runtime/profile": "churn"}
    assert ("spec", "preemption_mode") in only(text).unknown


def test_secrets_of_the_environment_are_not_kept() -> None:
    content = read_python(
        JOB + 'fn.set_env("PASSWORD", "hunter2")\nfn.spec.env = [{"name": "P", "value": "hunter2"}]\n'
    )

    assert "hunter2" not in repr(content)


COMMENTS = (
    'import mlrun  # igz-runtime: waive IGZ001 beside\n'
    '# igz-runtime: waive IGZ002 above a call\n'
    'fn = mlrun.new_function(\n'
    '    "a",\n'
    '    # igz-runtime: waive IGZ003 inside\n'
    '    kind="job",  # igz-runtime: waive IGZ004 inside, beside\n'
    ')\n'
    '# igz-runtime: waive IGZ005 above a function\n'
    '@decorated\n'
    'def f(fn):\n'
    '    # igz-runtime: waive IGZ006 first in it\n'
    '    fn.deploy()\n'
    'if fn:  # igz-runtime: waive IGZ007 beside a head\n'
    '    fn.deploy()\n'
    'text = "# igz-runtime: no comment"\n'
    '# igz-runtime: waive IGZ008 at the end\n'
)  # fmt: skip


def test_comments_belong_to_their_statements() -> None:
    found = {each.text.split()[1]: (each.first, each.last) for each in read_python(COMMENTS).comments}

    assert found == {
        "IGZ001": (1, 1),
        "IGZ002": (3, 7),
        "IGZ003": (3, 7),
        "IGZ004": (3, 7),
        "IGZ005": (9, 12),
        "IGZ006": (12, 12),
        "IGZ007": (13, 14),
        "IGZ008": (16, 16),
    }


BROKEN = {
    "import mlrun\nfn = (": (2, 6, "is not Python: '(' was never closed"),
    "import mlrun\nx = 'abc": (2, 5, "is not Python: unterminated string literal"),
    "import mlrun\nprint mlrun.password": (2, 1, "is not Python: Missing parentheses in call to '…'"),
    "import mlrun\nx = " + "-" * 50_000 + "1": (1, 1, "is nested deeper than can be read"),
    "import mlrun\nx = '\ud800'": (1, 1, "is not Python: it holds a character that code cannot hold"),
}


@pytest.mark.parametrize(("text", "said"), BROKEN.items(), ids=range(len(BROKEN)))
def test_what_is_no_python_is_said_with_its_place(text: str, said: tuple[int, int, str]) -> None:
    content = read_python(text)

    (remark,) = content.broken
    assert (remark.position.line, remark.position.column) == said[:2]
    assert remark.text.startswith(said[2])
    assert content.functions == []


def test_text_that_mentions_no_platform_is_not_even_parsed() -> None:
    assert read_python("this is no ( Python") == Content()


HOSTILE = {
    "branches": JOB + "".join(f"if a{i}:\n    fn.with_limits(cpu={i})\n" for i in range(500)),
    "loops": JOB
    + "".join(" " * i + f"for a{i} in (1, 2, 3, 4, 5, 6, 7, 8):\n" for i in range(15))
    + " " * 15
    + "fn.run()\n",
    "loops over what is not known": JOB
    + "".join(" " * i + f"for a{i} in b{i}:\n" for i in range(18))
    + "".join(" " * (18 - i) + f"c{i} = not c{i}\n" for i in range(18))
    + "fn.with_preemption_mode('allow')\n",
    "recursion": JOB + "def f(x):\n    f(x)\n    f(x)\n    fn.with_limits(cpu=1)\nf(1)\n",
    "doubling": JOB + "x = [1]\n" + "x = [x, x]\n" * 60 + "fn.spec.tolerations = x\n",
    "a circle": JOB + "x = {}\nx['a'] = x\nfn.spec.node_selector = x\n",
    "calls on calls": JOB + "fn" + ".copy()" * 900 + "\n",
    "labels": JOB + "".join(f"fn.set_label('k{i}', 'v')\n" for i in range(2000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_file_costs_little(text: str) -> None:
    begun = time.process_time()

    read_python(text)

    assert time.process_time() - begun < 10


def test_reading_imports_no_platform() -> None:
    program = (
        "import sys\nfrom igz_runtime.lint.code import read_python\n"
        "read_python('import mlrun\\nfrom igz_runtime import profiles\\n"
        'mlrun.new_function("a", kind="job").apply(profiles.production_job(cpu=1, memory="1Gi"))\')\n'
        "loaded = {'mlrun', 'kubernetes', 'nuclio', 'pydantic', 'ruamel.yaml', 'rich', 'IPython'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )

    subprocess.run([sys.executable, "-c", program], check=True)


class TestDefectsThatRealCodeShowed:
    """Reduced from code that nobody wrote for lint."""

    def test_an_object_whose_making_raises(self) -> None:
        code = (
            "import mlrun\nclass Client:\n  def __init__(self):\n    raise ValueError()\n"
            "  def make(self):\n    fn = mlrun.new_function('a', kind='job')\n    fn.with_preemption_mode('allow')\n"
        )

        assert not read_python(code).broken

    def test_a_field_of_a_function_that_is_not_known_is_not_of_the_wrong_type(self) -> None:
        code = (
            "import mlrun\ndef build(requirements=None, overwrite=False):\n"
            "  fn = mlrun.import_function('hub://x')\n"
            "  if requirements:\n    fn.with_requirements(requirements=requirements, overwrite=overwrite)\n"
            "  fn.with_requirements(requirements)\n"
        )

        rules = {located.finding.rule for located in lint_text("build.py", code).findings}

        assert "IGZ902" not in rules


_CALL = 'named("production_job", cpu=4, memory="16Gi")'
NAMED = {
    "of the module": f"from igz_runtime import profiles\nfn.apply(profiles.{_CALL})",
    "by its own name": f"from igz_runtime.profiles import named\nfn.apply({_CALL})",
    "under another name": "from igz_runtime.profiles import named as n\n"
    'fn.apply(n(name="production_job", cpu=4, memory="16Gi"))',
    "with its whole path": f"import igz_runtime\nfn.apply(igz_runtime.profiles.{_CALL})",
    "of everything": f"from igz_runtime.profiles import *\nfn.apply({_CALL})",
    "by a name that is worked out": "from igz_runtime import profiles\nKIND = 'job'\n"
    'profile = profiles.named(f"production_{KIND}", **{"cpu": 4})\nprofile.replace(memory="16Gi").apply(fn)',
    "as a plan": f"from igz_runtime import profiles\nprofiles.{_CALL}.plan(fn).apply()",
    "in a function that nothing calls": f"from igz_runtime import profiles\ndef main():\n    profiles.{_CALL}(fn)",
}


class TestProfilesByName:
    @pytest.mark.parametrize("code", NAMED.values(), ids=NAMED)
    def test_a_built_in_one(self, code: str) -> None:
        content = read_python(JOB + code + "\n")

        assert [*content.faults, *content.notes] == []
        (written,) = content.functions
        assert written.document["metadata"]["labels"] == {"igz-runtime/profile": "production_job"}
        assert written.document["spec"]["resources"]["requests"] == {"cpu": "4", "memory": "16Gi"}

    @pytest.mark.usefixtures("nearest_configuration")
    def test_one_of_the_configuration_as_the_user_runs_it(
        self, tmp_path: FilePath, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "igz-runtime.yaml").write_text(
            "profiles: {nightly: {extends: production_job, cpu: 4, memory: 16Gi}}\n"
        )
        fine = f'{PROFILES}fn.apply(profiles.named("nightly", cpu=2))\n'
        (tmp_path / "fine.py").write_text(fine)
        (tmp_path / "wrong.py").write_text(f'{PROFILES}fn.apply(profiles.named("nightli"))\n')
        (tmp_path / "more.py").write_text(f'{PROFILES}fn.apply(profiles.named("nightly", cpus=2))\n')

        assert main(["lint", "fine.py"]) == 0
        assert main(["lint", "wrong.py", "more.py", "--format", "json", "--select", "IGZ9"]) == 1

        out = capsys.readouterr().out
        found = json.loads(out[out.index("{") :])["findings"]
        assert [(each["rule"], each["file"], each["line"]) for each in found] == [
            ("IGZ905", "more.py", 4),
            ("IGZ905", "wrong.py", 4),
        ]
        assert "no argument 'cpus'; did you mean 'cpu'?" in found[0]["message"]
        assert found[1]["message"] == "there is no profile 'nightli'; did you mean 'nightly'?"

    @pytest.mark.parametrize("name", ["NAME", "os.environ['PROFILE']", "*names", "names[0]", "name=NAME", "**more"])
    def test_a_name_that_is_not_known_leaves_the_settings_unknown_and_is_said(self, name: str) -> None:
        content = read_python(PROFILES + f"import os\nfn.apply(profiles.named({name}))\n")

        (written,) = content.functions
        assert {("spec", "preemption_mode"), ("spec", "resources", "limits")} < written.unknown
        assert [(note.position.line, "not known without running the code" in note.text) for note in content.notes] == [
            (5, True)
        ]
        assert content.faults == []

    def test_branches_between_names_are_gone_through(self) -> None:
        text = PROFILES + (
            'name = "production_job"\nif spot:\n    name = "spot_stateless"\n'
            'fn.apply(profiles.named(name, cpu=3, memory="1Gi"))\n'
        )

        labels = {each.document["metadata"]["labels"]["igz-runtime/profile"] for each in read_python(text).functions}
        assert labels == {"production_job", "spot_stateless"}

    def test_whether_one_was_applied_is_known(self) -> None:
        text = PROFILES + (
            "if profiles.applied_to(fn) is None:\n    fn.apply(profiles.production_job(cpu=3, memory='1Gi'))\n"
            "if profiles.applied_to(fn):\n    fn.with_priority_class('igz-workload-low')\n"
        )

        assert spec(text)["priority_class_name"] == "igz-workload-low"

    def test_a_factory_in_place_of_a_profile_raises(self) -> None:
        text = f"{PROFILES}fn.apply(profiles.production_job)\n"
        (fault,) = read_python(text).faults

        assert "production_job makes a profile: apply one, as in fn.apply(production_job(" in fault.text
        assert fault.position.line == text.count("\n")

    def test_what_stays_is_not_known_where_it_is_not_known_what_was_applied(self) -> None:
        text = f"{PROFILES}fn.metadata.annotations = given()\nprofiles.remove(fn)\n"

        assert any("profiles.remove()" in note.text for note in read_python(text).notes)

    def test_every_name_of_the_module_is_one_that_code_may_call(self) -> None:
        names = [name for name in vars(profiles) if not name.startswith("_")]

        for name in names:
            assert read_python(f"{PROFILES}profiles.{name}()\n").faults == [] or callable(getattr(profiles, name))
            assert "has no profile" not in str(read_python(f"{PROFILES}x = profiles.{name}()\n").faults)
