"""The handlers that code runs a function with say what the function does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from igz_runtime.cli import main
from igz_runtime.lint.baseline import fingerprint
from igz_runtime.lint.code import read_python
from igz_runtime.lint.judging import lint_text

HEAD = (
    'import mlrun\nfrom igz_runtime import profiles\nfn = mlrun.new_function("work", kind="job", image="i")\n'
    "project = mlrun.get_current_project()\n"
)
UNSAFE = 'fn.with_preemption_mode("allow")\n'
OF_PROJECT = (
    'import mlrun\nproject = mlrun.get_or_create_project("p")\n'
    'fn = project.set_function("code.py", name="work_on", kind="job", image="i")\n'
)


def stateful(text: str) -> list[str]:
    found = (located.finding for located in lint_text("factory.py", text).findings)
    return [finding.message for finding in found if finding.rule == "IGZ101" and finding.waived is None]


RUN = {
    "a run": 'fn.run(handler="train")',
    "a run by position": 'fn.run(None, "train")',
    "a run with parameters": 'run = fn.run(name="r", handler="train", params={"p": 1}, watch=True)',
    "a run of a step": 'fn.as_step(handler="train").after(other)',
    "MLRun's function": 'mlrun.run_function(fn, handler="train")',
    "MLRun's function, by name": 'mlrun.run_function("work", handler="train")',
    "a project's": 'project.run_function(fn, handler="train")',
    "a project's, by name": 'project.run_function("work", handler="train")',
    "a project's, of the current one": 'mlrun.get_current_project().run_function("work", "train")',
    "a task": 'task = mlrun.new_task(handler="train")\nfn.run(task)',
    "a task at once": 'fn.run(mlrun.new_task(name="t", handler="train"))',
    "a task, refined": 'task = mlrun.new_task(handler="train").with_params(x=1)\nfn.run(runspec=task)',
    "a task of a project's run": 'project.run_function("work", base_task=mlrun.new_task(handler="train"))',
    "an imported handler": "from trainer import train\nfn.run(handler=train)",
    "a module's handler": 'fn.run(handler="trainer.train")',
    "a function of the file": "def train(context):\n    pass\nfn.run(handler=train)",
    "a name": 'HANDLER = "train"\nfn.run(handler=HANDLER)',
    "several handlers": 'fn.run(handler="fetch")\nfn.run(handler="train")\nfn.run(handler="report")',
    "a branch": 'fn.run(handler="train" if big else "fetch")',
    "a function that nothing calls": 'def main():\n    fn.run(handler="train")',
    "a task in a function that nothing calls": "def main():\n    fn.run(mlrun.new_task(handler='train'))",
    "a pipeline": '@dsl.pipeline()\ndef pipeline():\n    mlrun.run_function("work", handler="train")',
    "a loop": 'for handler in ("fetch", "train"):\n    fn.run(handler=handler)',
}


@pytest.mark.parametrize("run", RUN.values(), ids=RUN)
@pytest.mark.parametrize("code", [HEAD + UNSAFE + "{}\n", HEAD + "{}\n" + UNSAFE], ids=["before", "after"])
def test_a_run_is_evidence_before_and_after_what_makes_it_unsafe(run: str, code: str) -> None:
    (message,) = set(stateful(code.replace("{}", run)))

    handler = "trainer.train" if "trainer.train" in run else "train"
    assert message.startswith(f"stateful (it is run with the handler {handler!r}, which says training), and")


SILENT = {
    "another handler": 'fn.run(handler="fetch")',
    "no handler": "fn.run()",
    "a handler that is not known": "fn.run(handler=HANDLER)",
    "a run on this computer": 'fn.run(handler="train", local=True)',
    "another function": 'mlrun.new_function("other", kind="job").run(handler="train")',
    "a function of another name": 'project.run_function("other", handler="train")',
    "a function that is not known": "get_function().run(handler='train')",
    "another object": 'runner.run(handler="train")',
    "text": 'fn.run("train")',
}


@pytest.mark.parametrize("run", SILENT.values(), ids=SILENT)
def test_what_cannot_be_connected_says_nothing(run: str) -> None:
    assert stateful(HEAD + UNSAFE + run + "\n") == []
    assert stateful(HEAD + run + "\n" + UNSAFE) == []


@pytest.mark.parametrize(
    "run", ['project.run_function("work_on", handler="train")', 'project.get_function("work-on").run(handler="train")']
)
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_name_is_connected_across_the_functions_of_a_file(run: str, order: tuple[int, int]) -> None:
    setup = "def setup(project):\n    fn = project.set_function('code.py', 'work_on', kind='job', image='i')\n"
    parts = setup + "    fn.with_preemption_mode('allow')\n", f"def pipeline(project):\n    {run}\n"

    (message,) = stateful("import mlrun\n" + "".join(parts[index] for index in order))

    assert "run with the handler 'train'" in message


def test_a_function_that_a_project_holds_is_found_by_its_name() -> None:
    text = OF_PROJECT + UNSAFE + 'project.run_function("work_on", handler="train")\n'

    assert len(stateful(text)) == 1


class TestDeclarations:
    @pytest.mark.parametrize("run", ['fn.run(handler="train")', 'fn.run(handler="train", retry={"count": 3})'])
    @pytest.mark.parametrize("before", [True, False])
    def test_a_declared_workload_beats_the_handler_of_a_run(self, run: str, *, before: bool) -> None:
        applied = 'fn.apply(profiles.spot_stateless(cpu=1, memory="1Gi", workload="stateless"))'
        lines = [run, applied] if before else [applied, run]

        assert stateful(HEAD + "\n".join(lines) + "\n") == []

    def test_a_profile_for_spot_nodes_is_found_where_the_run_shows_what_it_does(self) -> None:
        text = HEAD + 'fn.apply(profiles.spot_stateless(cpu=1, memory="1Gi"))\nfn.run(handler="train")\n'

        assert len(stateful(text)) == 1

    def test_a_handler_of_the_function_that_is_not_known_takes_nothing_away(self) -> None:
        text = HEAD.replace('image="i"', 'image="i", handler=HANDLER') + UNSAFE + 'fn.run(handler="train")\n'

        assert len(stateful(text)) == 1

    def test_a_task_that_is_tried_again_is_restartable(self) -> None:
        text = HEAD + UNSAFE + 'fn.run(mlrun.new_task(handler="fetch", retry={"count": 3}))\n'

        (written,) = read_python(text).functions
        assert written.workload is not None
        assert written.workload.restartable


def test_the_finding_stays_known_when_lines_move() -> None:
    text = HEAD + UNSAFE + 'fn.run(handler="train")\n'

    marks = {
        fingerprint(one) for code in (text, "\n\n" + text) for one in lint_text("f.py", code).findings
        if one.finding.rule == "IGZ101"
    }  # fmt: skip
    assert len(marks) == 1


def test_the_command_line_says_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_text(HEAD + UNSAFE + 'fn.run(handler="train")\n')
    cells = [
        {"cell_type": "code", "source": text, "outputs": []} for text in (HEAD + UNSAFE, 'fn.run(handler="train")')
    ]
    (tmp_path / "b.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}))

    assert main(["lint", ".", "--format", "json", "--select", "IGZ101"]) == 1

    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(each["file"], each["line"], each["function"]) for each in found] == [
        ("a.py", 5, "work"),
        ("b.ipynb", 5, "work"),
    ]


def test_what_else_is_run_makes_no_branch_matter() -> None:
    tests = "".join(f"if a{i}:\n    subprocess.run(['x', a{i}])\n    app.run()\n" for i in range(10))

    content = read_python(HEAD + "import subprocess\n" + tests + UNSAFE)

    assert len(content.functions) == 1
    assert content.notes == []
