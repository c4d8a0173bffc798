"""A kind that the table does not have is named as not checked wherever it is met; it is never taken for checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime import check, profiles
from igz_runtime.cli import main
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.functions.recognition import unknown_kind
from igz_runtime.lint.code import read_notebook, read_python
from igz_runtime.lint.documents.functions import read_documents
from igz_runtime.lint.results import Content
from tests.unit.code.test_notebook import notebook

SAID = "kind 'ray' is not known to this igz-runtime: the function was not checked"
FUNCTION = "kind: ray\nmetadata: {name: etl}\nspec: {image: i}\n"
PROJECT = "kind: project\nmetadata: {name: p}\nspec:\n  functions:\n"
STEP = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}
spec:
  templates:
  - name: train
    container:
      command: [python, -m, mlrun, run, "{'kind': 'ray', 'metadata': {'name': 'a'}, 'spec': {'image': 'i'}}"]
"""

DOCUMENTS = {
    "a function": (FUNCTION, (1, 1)),
    "one of several": (f"kind: job\nmetadata: {{name: a}}\nspec: {{}}\n---\n{FUNCTION}", (5, 1)),
    "one of a list": ("- kind: ray\n  metadata: {name: a}\n  spec: {node_selector: {}}\n", (1, 3)),
    "one of a project": (f"{PROJECT}  - name: a\n    kind: ray\n    spec: {{image: i}}\n", (6, 5)),
    "a whole one of a project": (
        f"{PROJECT}  - name: a\n    spec:\n      kind: ray\n      spec: {{image: i}}\n",
        (7, 7),
    ),
    "code of a project": (f"{PROJECT}  - name: a\n    url: train.py\n    kind: ray\n", (7, 5)),
    "one that a step holds": (STEP, (9, 41)),
}


def notes(content: Content) -> list[tuple[tuple[int, int], str]]:
    return [((note.position.line, note.position.column), note.text) for note in content.notes]


@pytest.mark.parametrize(("text", "place"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_it_is_said_of_a_document(text: str, place: tuple[int, int]) -> None:
    content = read_documents(text)

    assert notes(content) == [(place, SAID)]
    assert all(written.document.get("kind") != "ray" for written in content.functions)


MADE = {
    "new_function": 'fn = mlrun.new_function("a", kind="ray", image="i")\n',
    "code_to_function": 'fn = mlrun.code_to_function("a", kind="ray", filename="a.py")\n',
    "set_function": 'mlrun.new_project("p").set_function("a.py", "a", kind="ray")\n',
    "a document": 'fn = mlrun.new_function("a", runtime={"kind": "ray", "spec": {}})\n',
}


@pytest.mark.parametrize("text", MADE.values(), ids=MADE)
def test_it_is_said_of_code(text: str) -> None:
    for content in (read_python(f"import mlrun\n{text}"), read_notebook(notebook(f"import mlrun\n{text}"))):
        assert content.functions == []
        assert [(note.position.line, note.text) for note in content.notes] == [(2, SAID)]


@pytest.mark.parametrize(
    "text",
    [
        "kind: model\nmetadata: {key: m}\nspec: {model_file: m.pkl, target_path: s3://b/m}\n",
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\nspec: {image: i}\n",
        "kind: project\nmetadata: {name: p}\nspec: {image: i}\n",
        "kind: local\nmetadata: {name: a}\nspec: {image: i}\n",
        "kind: ray\nnote: no function\n",
        f"{PROJECT}  - name: a\n    kind: local\n    spec: {{image: i}}\n",
    ],
)
def test_what_is_no_function_is_not_taken_for_one(text: str) -> None:
    assert read_documents(text).notes == []


@pytest.mark.parametrize(
    "document", [{}, {"kind": 7}, {"kind": "ray", "spec": []}, {"kind": "", "spec": {"image": "i"}}]
)
def test_a_document_of_any_types_is_looked_at(document: dict[str, Any]) -> None:
    assert unknown_kind(document) == ""


def test_lint_says_that_it_was_not_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "function.yaml").write_text(FUNCTION)

    main(["lint", str(tmp_path)])

    assert f"not checked: {tmp_path}/function.yaml:1:1  {SAID}" in capsys.readouterr().out


@pytest.mark.parametrize("of_file", [False, True])
def test_check_and_apply_refuse_it_by_name(tmp_path: Path, *, of_file: bool) -> None:
    fn: Any = {"kind": "ray", "metadata": {"name": "etl"}, "spec": {"image": "i"}}
    if of_file:
        fn = tmp_path / "function.yaml"
        fn.write_text(FUNCTION)

    for judge in (check, profiles.production_job(cpu=1, memory="1Gi").apply):
        with pytest.raises(UnsupportedFunction, match=r"'etl' is of kind 'ray', which .* so it was not checked"):
            judge(fn)
