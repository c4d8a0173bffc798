"""What is read of code: training, checkpoints, what is not known, notebooks, modules beside it, hostile texts."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.code.evidence import CodeEvidence, evidence_in
from tests.examples import examples

CASES = yaml.safe_load((Path(__file__).parent / "evidence.yaml").read_text(encoding="utf-8"))


def cases(of: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in CASES[of]]


def seen_in(case: dict[str, str]) -> CodeEvidence:
    return evidence_in(case["code"], ["main"], "job.py")


@pytest.mark.parametrize("case", cases("trains"))
def test_what_trains(case: dict[str, str]) -> None:
    assert case["seen"] in "\n".join(map(str, seen_in(case).trains))


@pytest.mark.parametrize("case", cases("trains_nothing"))
def test_what_trains_nothing(case: dict[str, str]) -> None:
    assert not seen_in(case).trains


@pytest.mark.parametrize("case", cases("writes"))
def test_what_writes_checkpoints(case: dict[str, str]) -> None:
    assert seen_in(case).writes


@pytest.mark.parametrize("case", cases("writes_nothing"))
def test_what_writes_none(case: dict[str, str]) -> None:
    assert not seen_in(case).writes


@pytest.mark.parametrize("case", cases("reads"))
def test_what_reads_checkpoints(case: dict[str, str]) -> None:
    assert seen_in(case).reads


@pytest.mark.parametrize("case", cases("reads_nothing"))
def test_what_reads_none(case: dict[str, str]) -> None:
    assert not seen_in(case).reads


UNREACHED = """\
from sklearn.svm import SVC
def train(x, y):
    SVC().fit(x, y)
def main(x):
    return x
def nested(x):
    def go():
        train(x, x)
    return go()
def handed_on(pool, x):
    pool.submit(train, x)
class Model:
    def fit_all(self, x):
        train(x, x)
    def predict(self, x):
        return x
def predicting(x):
    return Model().predict(x)
def fitting(x):
    Model().fit_all(x)
if __name__ == "__main__":
    train(1, 2)
"""


@pytest.mark.parametrize(
    ("handler", "trains"),
    [
        *[("main", False), ("train", True), ("nested", True), ("handed_on", True), ("predicting", False)],
        *[("fitting", True), ("Model.predict", False), ("Model::fit_all", True), ("job:main", False), ("", True)],
        ("lost", True),
    ],
)
def test_only_what_the_handler_reaches_counts(handler: str, *, trains: bool) -> None:
    assert bool(evidence_in(UNREACHED, [handler], "job.py").trains) == trains


@pytest.mark.parametrize(
    ("code", "because"),
    [
        ("from .steps import go\ndef main():\n    go()\n", ".steps.go was not read"),
        ("import steps\ndef main():\n    steps.go()\n", "steps was not read"),
        ("import steps\ndef main(pool):\n    pool.submit(steps.go)\n", "steps was not read"),
        ("from steps import *\ndef main():\n    go()\n", "go was not read"),
        ("def main(text):\n    exec(text)\n", "exec(…) at line 2 decides what runs"),
        (
            "from mlrun.utils import create_function\ndef main(f):\n    create_function(f)()\n",
            "create_function(…) at line 3",
        ),
        ("def other():\n    pass\n", "a.py does not define 'main'"),
        ("def main(:\n", "a.py is not Python"),
        ("def main():\n    x = " + "(" * 5000 + ")" * 5000 + "\n", "a.py is"),
    ],
    ids=["relative", "module", "handed on", "star", "exec", "by name", "no handler", "broken", "deep"],
)
def test_what_is_not_known_is_said(code: str, because: str) -> None:
    found = evidence_in(code, ["main"], "a.py")

    assert not found.whole
    assert any(because in each for each in found.unread), found.unread


def test_of_a_script_any_function_may_be_run() -> None:
    """MLRun runs a file as a script, or whichever function a run names."""
    code = "from sklearn.svm import SVC\ndef log():\n    pass\ndef go(x):\n    SVC().fit(x, x)\nlog()\n"

    found = evidence_in(code, [], "a.py")

    assert not found.trains
    assert found.unread == ("which part of a.py is run, while SVC.fit at a.py:5 would train",)


def test_known_libraries_are_known() -> None:
    code = (
        "import json, torch\nimport pandas as pd\ndef main(p):\n    return torch.load(p), json.loads(pd.read_csv(p))\n"
    )

    assert evidence_in(code, ["main"], "a.py").whole


def test_a_module_beside_it_is_read() -> None:
    held = {"steps": ("steps.py", "import torch\ndef go(net):\n    net.loss.backward()\n")}
    code = "import steps\nfrom steps import go as started\ndef main(n):\n    started(n)\n"

    found = evidence_in(code, ["main"], "a.py", held.get)

    assert [str(each) for each in found.trains] == ["loss.backward at steps.py:3"]
    assert found.whole


def notebook(*cells: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": each} for each in cells], "nbformat": 4})


def test_a_notebook_is_read_by_its_cells() -> None:
    text = notebook("%pip install torch\nimport torch", "def main(net):\n    net.loss().backward()")

    (seen,) = evidence_in(text, ["main"], "n.ipynb").trains

    assert str(seen) == "loss.backward at n.ipynb:cell 2:2"


def test_only_what_a_notebook_exports_counts() -> None:
    training = "import xgboost\nxgboost.train({}, 1)"
    text = notebook(
        training,
        "# mlrun: start-code",
        "def main():\n    pass",
        "# nuclio: ignore\n" + training,
        "# mlrun: end-code",
        training,
    )

    assert evidence_in(text, ["main"], "n.ipynb") == evidence_in(
        "def main():\n    pass", ["main"], "n.ipynb"[:-5] + "py"
    )


NUCLIO = "def init_context(context):\n    context.model.fit(1)\ndef handler(context, event):\n    pass\n"
SERVING = """\
from sklearn.svm import SVC
class Step:
    def do(self, x):
        SVC().fit(x, x)
def handler(context, event):
    globals()
"""


@pytest.mark.parametrize("code", [NUCLIO, SERVING], ids=["init_context", "a serving class"])
def test_what_nuclio_calls_beside_the_handler_counts(code: str) -> None:
    assert evidence_in(code, ["t-nuclio:handler"], "a.py").trains


HOSTILE = {
    "a long chain": "x = a" + ".b" * 20_000 + "\n",
    "calls in calls": "def main():\n    " + "f(" * 90 + ")" * 90 + "\n",
    "many assignments": "def main():\n" + "".join(f"    a{i} = a{i - 1}() or a{i - 2}()\n" for i in range(2, 4_000)),
    "functions that give each other": "".join(
        f"def f{i}(x):\n    return f{(i * 7) % 900}(f{(i * 3) % 900}(x))\n" for i in range(900)
    ),
    "classes that derive from each other": "class A(B):\n    pass\nclass B(A):\n    def main(self): self.x.fit(self)\n",
    "a variable of itself": "def main(x):\n    x = x.y\n    x = [x]\n    x.fit(x)\n",
    "a long name": "import " + ".".join(["a"] * 5_000) + " as b\ndef main():\n    b.fit(1)\n",
    "nothing": "",
    "nulls": "\0\0",
    "surrogates": "x = '\udc80'\n",
}


def test_of_code_that_holds_too_much_what_was_followed_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"import xgboost\ndef main():\n    xgboost.train({{}}, 1)\n{HOSTILE['many assignments'][12:]}"
    monkeypatch.setattr("igz_runtime.code.evidence.values._MOST_STEPS", 1_000)

    found = evidence_in(code, ["main"], "a.py")

    assert found.trains
    assert found.unread == ("it holds more than is followed",)


@pytest.mark.parametrize("code", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("name", ["a.py", "a.ipynb"])
def test_a_hostile_text_costs_no_more_than_a_long_one(code: str, name: str) -> None:
    begun = time.process_time()

    evidence_in(code, ["main"], name)
    evidence_in(code, [], name)

    assert time.process_time() - begun < 10


@settings(max_examples=examples(200))
@given(st.text(), st.sampled_from(["a.py", "a.ipynb"]))
def test_no_text_raises(text: str, name: str) -> None:
    evidence_in(text, ["main"], name)
