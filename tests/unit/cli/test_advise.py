"""`igz-runtime advise`: flags, the dialogue in a real terminal, JSON, and what is said of a path without a function."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from igz_runtime.cli import main
from igz_runtime.projects.questions import QUESTIONS

PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {name: prepare, url: src/prepare.py, kind: job, image: mlrun/mlrun, handler: prepare}
  - {name: train, url: src/train.py, kind: job, image: mlrun/mlrun, handler: train}
  - {name: describe, url: "hub://describe"}
  - {name: scorer, url: src/scorer.yaml}
"""
TRAIN = "def train(context, model, data):\n    model.fit(data, epochs=3)\n"
SCORER = "apiVersion: nuclio.io/v1\nkind: NuclioFunction\nmetadata: {name: scorer}\nspec: {minReplicas: 1}\n"


pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    churn = tmp_path / "churn"
    (churn / "src").mkdir(parents=True)
    (churn / "project.yaml").write_text(PROJECT)
    (churn / "src" / "prepare.py").write_text("def prepare(context, rows):\n    return sorted(rows)\n")
    (churn / "src" / "train.py").write_text(TRAIN)
    (churn / "src" / "scorer.yaml").write_text(SCORER)
    monkeypatch.chdir(tmp_path)
    return churn


def advised(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, dict[str, object]]:
    assert main(["advise", *arguments, "--format", "json"]) == 0
    return {each["function"]: each for each in json.loads(capsys.readouterr().out)}


class TestWhatItReads:
    def test_the_functions_of_a_project_each_with_its_place(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = advised(capsys, "churn")

        assert {name: (each["place"], each["because"]) for name, each in found.items()} == {
            "prepare": ("churn/project.yaml:5:5", "nobody said that it is not mission-critical"),
            "train": ("churn/project.yaml:6:5", "it is stateful"),
            "scorer": ("churn/src/scorer.yaml:1:1", "nobody said that it is not mission-critical"),
        }
        assert found["train"]["answers"][1]["reason"] == "its code trains: model.fit at train.py:2"  # type: ignore[index]

    def test_what_project_setup_makes_replaces_what_the_project_holds(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "project_setup.py").write_text(
            "import mlrun\n\n\ndef setup(project):\n"
            "    fn = project.set_function('src/train.py', name='train', kind='job', handler='train')\n"
            "    fn.with_limits(cpu=4, mem='8Gi')\n"
        )

        assert advised(capsys, "churn")["train"]["profile"] == {
            "name": "production_job",
            "cpu": "4",
            "memory": "8Gi",
            "priority": "high",
            "workload": {"stateful": True},
        }

    def test_a_folder_without_a_project_is_walked_and_its_tests_are_left_out(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "project.yaml").unlink()
        made = "import mlrun\nfn = mlrun.code_to_function({!r}, kind='job', filename='src/train.py', handler='train')\n"
        (folder / "jobs.py").write_text(made.format("nightly"))
        (folder / "test_jobs.py").write_text(made.format("tested"))

        assert sorted(advised(capsys, "churn")) == ["nightly", "scorer"]

    def test_a_function_of_nuclios_own_that_is_called_by_meta(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "old.yaml").write_text("meta: {name: old}\nspec: {runtime: 'python:3.11', handler: 'a:b'}\n")

        assert list(advised(capsys, "churn/old.yaml")) == ["old"]

    def test_one_without_a_name_is_named_by_its_place(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        made = "import mlrun\nmlrun.new_function(ask(), kind='job')\nmlrun.new_function('a', kind='job', image='i')\n"
        (folder / "jobs.py").write_text(made)

        assert main(["advise", "churn/jobs.py"]) == 0
        assert "churn/jobs.py:2:1: not advised on: a function whose name is not known" in capsys.readouterr().err

    def test_a_project_may_call_a_function_of_a_file_otherwise(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "project.yaml").write_text(PROJECT.replace("name: scorer", "name: online"))

        assert "online" in advised(capsys, "churn")

    def test_a_notebook(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        cell = {
            "cell_type": "code",
            "source": "import mlrun\nfn = mlrun.new_function('fit-it', kind='job', image='i')\n",
        }
        notebook = {"cells": [{**cell, "metadata": {}, "outputs": []}], "metadata": {}, "nbformat": 4}
        (folder / "churn.ipynb").write_text(json.dumps({**notebook, "nbformat_minor": 5}))

        assert advised(capsys, "churn/churn.ipynb")["fit-it"]["because"] == "it is stateful"

    def test_a_file_of_code_alone_becomes_what_is_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert advised(capsys, "churn/src/train.py", "--kind", "job")["train"]["because"] == "it is stateful"

    def test_one_of_several(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert list(advised(capsys, "churn", "--function", "scorer")) == ["scorer"]

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            (("nowhere",), "nowhere: there is no such file or folder"),
            (("churn/src/train.py",), "its code makes no function; say what it is to become, as in --kind job"),
            (("empty.yaml",), "empty.yaml: no function is in it"),
            (("broken.yaml",), "broken.yaml:3:1: is not YAML"),
            (("wrong.yaml",), "wrong.yaml:1:1"),
            (("churn", "--function", "trian"), "no function 'trian' is in it; did you mean 'train'?"),
            (("churn", "--cpu", "lots"), "cpu: 'lots' is not a Kubernetes quantity"),
            (("churn", "--kind", "jobs"), "'jobs' is not one of"),
            (("churn", "--kind", "job"), "--kind: churn has functions, each of a kind of its own"),
        ],
    )
    def test_what_it_cannot_read_is_named(
        self, arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "empty.yaml").write_text("a: 1\n")
        (tmp_path / "broken.yaml").write_text("kind: job\nspec: [\n")
        (tmp_path / "wrong.yaml").write_text("kind: job\nmetadata: {name: a}\nspec: {tolerations: 7}\n")

        assert main(["advise", *arguments]) == 2
        said = capsys.readouterr()
        assert says in said.err
        assert said.out == ""
        assert "Traceback" not in said.err


class TestFlags:
    def test_they_answer(self, capsys: pytest.CaptureFixture[str]) -> None:
        flags = ("--not-mission-critical", "--stateless", "--recovers", "--opportunistic", "--cpu=2", "--memory=4Gi")

        told = advised(capsys, "churn", "--function", "prepare", *flags)["prepare"]

        assert told["profile"]["name"] == "opportunistic_job"  # type: ignore[index]
        assert [each["by"] for each in told["answers"]] == ["flag"] * 4  # type: ignore[attr-defined]
        assert told["missing"] == []

    def test_without_them_nobody_answers_and_it_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["advise", "churn", "--function", "prepare"]) == 0
        said = capsys.readouterr()

        assert said.out.count("(nobody answered: the safe answer)") == 4
        assert "production_job for job 'prepare' (churn/project.yaml:5:5)" in said.out
        assert "churn/project.yaml:7:22: not advised on: a function that is fetched (hub://…)" in said.err


PATIENCE = 120
"""How often the terminal is looked at before a session is given up."""


def session(*arguments: str, typed: list[str]) -> tuple[int, str]:
    """A session in a terminal of its own: each line is typed when the program asks for one, a key until it is taken."""
    child, terminal = pty.fork()
    if not child:
        # A shell's job in the background, as CI may be one, ignores it.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 100, 0, 0))
        os.execv(sys.executable, [sys.executable, "-m", "igz_runtime", "advise", *arguments])  # noqa: S606
    said, key = b"", b""
    for _ in range(PATIENCE):
        if not select.select([terminal], [], [], 1)[0]:
            # Python takes no interrupt between the prompt and the reading.
            os.write(terminal, key)
            continue
        read = _read(terminal)
        if not read:
            break
        said += read
        if typed and said.endswith(b"Enter: not known: "):
            line = typed.pop(0).encode()
            key = b"" if line.endswith(b"\n") else line
            os.write(terminal, line)
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return code, re.sub(r"\x1b\[[0-9;]*m|\r", "", said.decode())


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # what Linux says where the program has ended
        return b""


class TestTheDialogue:
    def test_it_asks_what_is_open_and_takes_the_answers(self) -> None:
        typed = ["n\n", "maybe\n", "?\n", "stateless\n", "Y\n", "\n", "lots\n", "2\n", "4Gi\n"]

        _, said = session("churn", "--function", "prepare", typed=typed)

        assert typed == []
        assert said.count("type y, n or ?, or Enter alone") == 1
        assert f'"{QUESTIONS[1].why}"' in said.replace("\n", "")
        assert "(its code was read: it does not train)" in said
        assert "left open: the safe answer counts, that it is to run whenever it is due" in said
        assert "cpu: 'lots' is not a Kubernetes quantity" in said
        assert "spot_stateless for job 'prepare' (churn/project.yaml:5:5)" in said
        assert said.count("(you said so)") == 3
        assert "    workload: {stateful: false, restartable: true}" in said

    def test_what_the_function_shows_is_said_and_not_asked(self) -> None:
        typed = ["n\n", "\n", "\n"]

        _, said = session("churn", "--function", "train", typed=typed)

        asked, advice = said.split("production_job for job 'train'")
        assert "  it is stateful: its code trains: model.fit at train.py:2" in asked
        assert "mission critical?" in asked
        assert "stateless function?" not in asked
        assert "recover from" not in asked
        assert "size: to be filled in" in advice

    def test_an_answer_that_settles_ends_it(self) -> None:
        typed = ["y\n", "1\n", "2Gi\n"]

        _, said = session("churn", "--function", "prepare", typed=typed)

        assert typed == []
        assert "    workload: mission-critical" in said

    @pytest.mark.parametrize("key", ["\x03", "\x04"])
    def test_it_can_be_left(self, key: str) -> None:
        code, said = session("churn", "--function", "prepare", typed=[key])

        assert "Traceback" not in said
        assert "production_job" not in said
        assert code == 130

    def test_it_does_not_ask_when_told_so(self) -> None:
        _, said = session("churn", "--function", "prepare", "--no-ask", typed=[])

        assert "Enter" not in said
        assert said.count("nobody answered") == 4


def test_it_imports_no_platform_and_runs_nothing(folder: Path) -> None:
    (folder / "src" / "train.py").write_text("raise SystemExit('was run')\n")
    code = (
        "import sys; from igz_runtime.cli import main; assert main(['advise', 'churn']) == 0; "
        "print({'mlrun', 'kubernetes', 'nuclio', 'ruamel.yaml'} & set(sys.modules), 'train' in sys.modules)"
    )

    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert told.splitlines()[-1] == "set() False"
