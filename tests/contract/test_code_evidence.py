"""The code of real functions, wherever it stands, decides whether they are stateful; and how often it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlrun
import nuclio
import pytest
import yaml

from igz_runtime import UnsafeCombination, Waiver, check, profiles
from igz_runtime.functions import adapter_for
from igz_runtime.functions.workload import UNDECLARED, Nature, Workload, nature_of
from igz_runtime.lint.judging import judge_file
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import File

TRAINS = "from xgboost import XGBClassifier\n\ndef main(context, x, y):\n    XGBClassifier().fit(x, y)\n"
PREDICTS = "import torch\n\ndef main(context, x):\n    return torch.load('m.pt')(x)\n"
OPEN = "import ours\n\ndef main(context, x):\n    ours.go(x)\n"
SEEN = "its code trains: XGBClassifier.fit at model.py:4"
SPOT = profiles.spot_stateless(cpu=1, memory="2Gi")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def nature(fn: Any, declared: Workload = UNDECLARED) -> Nature:
    return nature_of(adapter_for(fn).read(), declared)


def made(text: str, name: str = "churn", kind: str = "job", **given: Any) -> Any:
    Path("model.py").write_text(text, encoding="utf-8")
    return mlrun.code_to_function(name, kind=kind, filename="model.py", image="mlrun/mlrun", handler="main", **given)


def command(text: str) -> Any:
    Path("model.py").write_text(text, encoding="utf-8")
    return mlrun.new_function("churn", kind="job", image="mlrun/mlrun", command="model.py", handler="main")


def labelled(kind: str) -> Any:
    fn = mlrun.new_function("f", kind=kind, image="mlrun/mlrun")
    fn.metadata.labels = {"framework": "sklearn"}
    return fn


ROUTES: dict[str, Callable[[str], Any]] = {
    "embedded": made,
    "embedded in a service": lambda text: made(text, kind="nuclio"),
    "embedded in a document": lambda text: made(text).to_dict(),
    "not embedded": lambda text: made(text, embed_code=False),
    "a command": command,
    "the document of a command": lambda text: command(text).to_dict(),
}


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_the_code_is_found(route: Callable[[str], Any]) -> None:
    assert nature(route(TRAINS)) == Nature(stateful=True, ground="evidence", reason=SEEN)
    assert not nature(route(PREDICTS)).stateful


def test_a_serving_function_is_read_whole() -> None:
    Path("model.py").write_text("class Step:\n    def do(self, x):\n        return x\n", encoding="utf-8")
    fn = mlrun.code_to_function("trainer", kind="serving", filename="model.py", image="mlrun/mlrun")

    assert nature(fn) == Nature(
        stateful=False, ground="evidence", reason="its code does not train, although its name 'trainer' says training"
    )


def test_a_file_of_nuclios_own_is_found_by_its_handler() -> None:
    Path("model.py").write_text(TRAINS, encoding="utf-8")
    spec = {"handler": "model:main", "runtime": "python:3.11"}
    document = {"apiVersion": "nuclio.io/v1", "kind": "NuclioFunction", "metadata": {"name": "f"}, "spec": spec}

    Path("function.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    assert nature("function.yaml").reason == SEEN
    assert nature(document).reason == "", "whichever file of that name is in the working directory"

    built = {**spec, "build": {"path": "."}}
    assert nature({**document, "spec": built}).reason == SEEN
    assert nature({**document, "spec": {**built, "runtime": "golang"}}).reason == ""
    config = nuclio.ConfigSpec(config={f"spec.{name}": value for name, value in built.items()})
    assert nature(config).reason == SEEN


# What is said beside the code: a kind, a declaration and a label beat it, and it beats names.
@pytest.mark.parametrize(
    ("fn", "declared", "stateful", "ground"),
    [
        (lambda: made(PREDICTS, kind="mpijob"), Workload(stateful=False), True, "kind"),
        (lambda: made(TRAINS), Workload(stateful=False), False, "declaration"),
        (lambda: made(PREDICTS), Workload(stateful=True), True, "declaration"),
        (lambda: made(TRAINS, labels={"igz-runtime/workload": "stateless"}), UNDECLARED, False, "declaration"),
        (lambda: made(PREDICTS, name="trainer"), UNDECLARED, False, "evidence"),
        (lambda: made(PREDICTS, labels={"framework": "pytorch"}), UNDECLARED, False, "evidence"),
        (lambda: made(PREDICTS, requirements=["accelerate"]), UNDECLARED, False, "evidence"),
        (lambda: made(OPEN, name="trainer"), UNDECLARED, True, "evidence"),
        (lambda: made("def other():\n    pass\n", name="trainer"), UNDECLARED, True, "evidence"),
        (lambda: made(PREDICTS), UNDECLARED, False, "nothing"),
        (lambda: labelled("remote"), UNDECLARED, False, "nothing"),
        (lambda: labelled("job"), UNDECLARED, True, "evidence"),
    ],
    ids=[
        *("kind", "declared stateless", "declared stateful", "label", "name", "framework", "requirements", "unread"),
        *("no handler", "nothing", "a service's label", "a job's label"),
    ],
)
def test_the_order(fn: Callable[[], Any], declared: Workload, *, stateful: bool, ground: str) -> None:
    found = nature(fn(), declared)

    assert (found.stateful, found.ground) == (stateful, ground)


def test_a_volume_counts_although_the_code_does_not_train() -> None:
    fn = made(PREDICTS)
    fn.spec.volumes = [{"name": "index", "persistentVolumeClaim": {"claimName": "index"}}]
    fn.spec.volume_mounts = [{"name": "index", "mountPath": "/index"}]
    assert nature(fn).reason == "it writes to the persistent volume 'index'"

    fn.spec.volume_mounts = [{"name": "index", "mountPath": "/index", "readOnly": True}]
    assert nature(fn).reason == ""


def test_a_profile_refuses_what_trains_and_says_where() -> None:
    fn = made(TRAINS)

    with pytest.raises(UnsafeCombination, match=r"its code trains: XGBClassifier\.fit at model\.py:4"):
        fn.apply(SPOT)
    made(PREDICTS, name="trainer").apply(SPOT)


def test_other_code_is_another_verdict() -> None:
    """Functions that ask for the same share what is remembered of them, but not what their code does."""
    for _ in range(2):
        assert "IGZ101" in {each.rule for each in SPOT.plan(made(TRAINS)).findings}
        assert "IGZ101" not in {each.rule for each in SPOT.plan(made(PREDICTS)).findings}
        assert "IGZ101" in {each.rule for each in SPOT.plan(command(TRAINS)).findings}
        assert "IGZ101" not in {each.rule for each in SPOT.plan(command(PREDICTS)).findings}


def test_a_module_beside_a_file_that_changes_is_read_again() -> None:
    Path("ours.py").write_text("def go(x):\n    return x\n", encoding="utf-8")
    fn = command(OPEN)
    assert not nature(fn).stateful

    Path("ours.py").write_text("from sklearn.svm import SVC\n\ndef go(x):\n    SVC().fit(x, x)\n", encoding="utf-8")
    assert nature(fn).reason == "its code trains: SVC.fit at ours.py:4"


def test_code_that_decides_nothing_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: Any) -> None:
        raise AssertionError

    monkeypatch.setattr("igz_runtime.functions.workload.evidence_of_code", read)
    profiles.production_job(cpu=1, memory="2Gi").apply(made(TRAINS))


def test_code_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    fn, file = made(TRAINS, name="once"), command(TRAINS)
    SPOT.plan(fn), SPOT.plan(file)

    monkeypatch.setattr("igz_runtime.code.evidence.evidence_in", None)
    assert "IGZ101" in {each.rule for each in SPOT.plan(fn).findings}
    assert "IGZ101" in {each.rule for each in SPOT.plan(file).findings}


@pytest.mark.parametrize(
    "text", ["https://a.org/model.py", "missing.py", "model", "git://a/b#c:/model.py", "", ".", "a\0.py"]
)
def test_what_is_no_local_file_says_nothing(text: str) -> None:
    Path("model").write_text(TRAINS, encoding="utf-8")
    fn = {"kind": "job", "metadata": {"name": "etl"}, "spec": {"command": text}}

    assert nature(fn) == Nature(stateful=False, ground="nothing")


def linted(*names: str) -> list[str]:
    run = Run(Settings(), jobs=1)
    run.files([File(name, named=True) for name in names])
    return [each.finding.message for each in run.report().findings if each.finding.rule == "IGZ101"]


def document(**spec: Any) -> str:
    return str(
        yaml.safe_dump({"kind": "job", "metadata": {"name": "churn"}, "spec": {"preemption_mode": "allow", **spec}})
    )


def test_a_document_is_judged_by_the_code_in_it_and_beside_it() -> None:
    embedded = {**made(f"{TRAINS}\n# {'long ' * 200}\n").to_dict()["spec"], "preemption_mode": "allow"}
    Path("embedded.yaml").write_text(document(**embedded), encoding="utf-8")
    Path("embedded.json").write_text(json.dumps(yaml.safe_load(document(**embedded))), encoding="utf-8")
    Path("folder").mkdir()
    Path("folder/beside.yaml").write_text(document(command="model.py", default_handler="main"), encoding="utf-8")
    Path("folder/model.py").write_text(TRAINS, encoding="utf-8")

    assert [SEEN in each for each in linted("embedded.yaml")] == [True]
    assert linted("embedded.json") == linted("embedded.yaml")
    assert [SEEN in each for each in linted("folder/beside.yaml")] == [True]


def test_a_handler_with_its_module_names_the_file() -> None:
    Path("src").mkdir()
    Path("src/model.py").write_text(TRAINS, encoding="utf-8")
    Path("beside.yaml").write_text(document(default_handler="src.model.main"), encoding="utf-8")

    assert [SEEN in each for each in linted("beside.yaml")] == [True]


def test_a_project_is_judged_by_the_code_that_it_names() -> None:
    Path("model.py").write_text(TRAINS, encoding="utf-8")
    functions = [{"name": "churn", "kind": "job", "url": "model.py", "handler": "main", "image": "i"}]
    text = yaml.safe_dump({"kind": "project", "metadata": {"name": "p"}, "spec": {"functions": functions}})
    settings = Settings()

    judged = judge_file("project.yaml", text.encode(), settings)
    assert judged.functions == 1
    (function,) = judged_functions(text)
    assert nature_of(function.seen_from(""), UNDECLARED).reason == SEEN


def judged_functions(text: str) -> list[Any]:
    from igz_runtime.lint.documents.functions import read_documents

    return [adapter_for(each.document).read() for each in read_documents(text).functions]


CALLS = {
    "code_to_function": 'mlrun.code_to_function("churn", kind="job", filename="model.py", handler="main", image="i")',
    "new_function": 'mlrun.new_function("churn", kind="job", command="model.py", handler="main", image="i")',
    "set_function": 'project.set_function("model.py", "churn", kind="job", handler="main", image="i")',
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_code_that_makes_a_function_is_judged_by_the_code_of_that(call: str) -> None:
    Path("model.py").write_text(TRAINS, encoding="utf-8")
    text = f"import mlrun\nproject = mlrun.new_project('p')\nfn = {call}\nfn.with_preemption_mode('allow')\n"
    Path("make.py").write_text(text, encoding="utf-8")

    assert [SEEN in each for each in linted("make.py")] == [True]


def test_a_notebook_that_makes_a_function_of_itself_is_judged_by_its_own_code() -> None:
    cells = [
        "# mlrun: start-code\nfrom xgboost import XGBClassifier",
        "def main(x, y):\n    XGBClassifier().fit(x, y)\n# mlrun: end-code",
        "import mlrun\nfn = mlrun.code_to_function('churn', kind='job', handler='main', image='i')",
        "fn.with_preemption_mode('allow')",
    ]
    held = [{"cell_type": "code", "source": each, "metadata": {}, "outputs": []} for each in cells]
    Path("churn.ipynb").write_text(json.dumps({"cells": held, "metadata": {}, "nbformat": 4}), encoding="utf-8")

    assert ["its code trains: XGBClassifier.fit at churn.ipynb:cell 2:2" in each for each in linted("churn.ipynb")] == [
        True
    ]


WAIVED = {"IGZ101": Waiver("checkpoints every epoch, resubmitted by cron")}


def test_a_waiver_that_says_checkpoints_is_held_to_the_code() -> None:
    fn = made(TRAINS)
    fn.apply(SPOT.replace(waive=WAIVED))

    assert "IGZ113" in {each.rule for each in check(fn)}
    assert "IGZ113" not in {
        each.rule for each in SPOT.replace(waive={"IGZ101": Waiver("resubmitted")}).plan(fn).findings
    }


def test_a_waiver_of_the_configuration_is_held_to_the_code_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IGZ_RUNTIME_CONFIG")
    waivers = [{"rule": "IGZ101", "function": "churn", "reason": "resumes where it stopped"}]
    Path("igz-runtime.yaml").write_text(yaml.safe_dump({"waivers": waivers}), encoding="utf-8")
    fn = made(TRAINS)

    assert "IGZ113" in {each.rule for each in SPOT.plan(fn).findings}
    assert "IGZ113" in {each.rule for each in check(fn)}
    assert "IGZ113" not in {each.rule for each in check(fn, config="none")}
