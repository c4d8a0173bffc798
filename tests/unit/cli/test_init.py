"""`igz-runtime init`: what it writes is right at once, and it writes over nothing."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from igz_runtime import profiles
from igz_runtime.cli import main
from igz_runtime.config.file import config_file

FUNCTIONS = """\
  - {name: prepare, url: src/prepare.py, kind: job, handler: prepare}
  - {name: train-small, url: src/train.py, kind: job, handler: train}
  - {name: train-large, url: src/train.py, kind: job, handler: train}
  - {name: score-a, url: src/prepare.py, kind: job, handler: prepare}
  - {name: score-b, url: src/train.py, kind: job, handler: train}
  - {name: describe, url: "hub://describe"}
  - {name: "no", kind: serving, url: src/prepare.py}
"""


pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    (tmp_path / "project.yaml").write_text(
        f"kind: project\nmetadata: {{name: churn}}\nspec:\n  functions:\n{FUNCTIONS}"
    )
    (tmp_path / "src" / "prepare.py").write_text("def prepare(context, rows):\n    return sorted(rows)\n")
    (tmp_path / "src" / "train.py").write_text("def train(context, model, data):\n    model.fit(data)\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def written(folder: Path) -> dict[str, Any]:
    held: dict[str, Any] = YAML(typ="safe", pure=True).load(folder / "igz-runtime.yaml")
    return held


class TestWhatItWrites:
    def test_each_function_is_assigned_its_profile(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = said(capsys, "init")

        assert code == 0
        assert out.splitlines()[:2] == ["igz-runtime.yaml: written, for 6 functions", "project_setup.py: written"]
        assert {
            name: profiles.assigned(name).name for name in ("prepare", "train-small", "train-large", "score-b")
        } == {**dict.fromkeys(("prepare", "train-small", "train-large", "score-b"), "production_job")}
        assert profiles.assigned("no") == profiles.production_service(cpu=1, memory="2Gi")
        assert profiles.assigned("train-small").workload.stateful

    def test_a_pattern_stands_where_names_begin_alike_and_all_get_the_same(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        said(capsys, "init")

        assert list(written(folder)["functions"]) == ["prepare", "train-*", "score-a", "score-b", "no"]

    def test_the_reasons_stand_beside_it(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said(capsys, "init")

        text = (folder / "igz-runtime.yaml").read_text()
        assert text.startswith("# yaml-language-server: $schema=igz-runtime.schema.json\n")
        assert "  # score-b (job, project.yaml:9:5): it is stateful: its code trains: model.fit at train.py:2\n" in text
        assert "  # nobody answered mission_critical, so that the safe answer counts\n" in text
        assert "    cpu: 1  # a default: replace it\n" in text
        assert "  # project.yaml:10:22: a function that is fetched (hub://…) is not looked into\n" in text

    def test_lint_passes_and_the_schema_holds(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said(capsys, "init")

        assert said(capsys, "lint", "--fail-on", "warning")[0] == 0
        assert said(capsys, "check", "--fail-on", "warning")[0] == 0
        schema = json.loads(said(capsys, "schema")[1])
        jsonschema.validate(written(folder), schema)

    def test_what_is_commented_out_is_right_as_well(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said(capsys, "init")
        file = folder / "igz-runtime.yaml"
        lines = file.read_text().splitlines()
        begins = ("# cluster:", "#   ", "# steps:", "# environments:")
        file.write_text("\n".join(line.removeprefix("# ") if line.startswith(begins) else line for line in lines))

        assert config_file(file).written is not None
        assert profiles.assigned("prepare", environment="development").name == "development_job"
        assert profiles.assigned("prepare").name == "production_job"

    def test_the_script_is_one_that_mlrun_can_load(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said(capsys, "init")

        code = compile((folder / "project_setup.py").read_text(), "project_setup.py", "exec")
        namespace: dict[str, Any] = {}
        exec(code, namespace)  # noqa: S102  (what MLRun does with it)
        assert callable(namespace["setup"])

    def test_another_folder(self, capsys: pytest.CaptureFixture[str], folder: Path, tmp_path_factory: Any) -> None:
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        os.chdir(elsewhere)

        assert said(capsys, "init", str(folder))[0] == 0
        assert (folder / "igz-runtime.yaml").is_file()
        assert "(job, project.yaml:5:5)" in (folder / "igz-runtime.yaml").read_text()
        assert not any(elsewhere.iterdir())

    def test_permissions_are_those_of_any_new_file(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said(capsys, "init")
        (folder / "other").write_text("")

        modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("igz-runtime.yaml", "other")}
        assert len(modes) == 1
        assert not [each.name for each in folder.iterdir() if each.name.startswith(".igz")]


class TestWhatIsThere:
    @pytest.mark.parametrize("name", ["igz-runtime.yaml", "igz-runtime.yml"])
    def test_a_configuration_is_never_written_over(
        self, name: str, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / name).write_text("functions: {}\n")

        code, _, err = said(capsys, "init")

        assert code == 2
        assert err.startswith(f"igz-runtime: {name}: is there already, and nothing is written")
        assert (folder / name).read_text() == "functions: {}\n"
        assert not (folder / "project_setup.py").exists()

    def test_nor_one_that_is_a_broken_link(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "igz-runtime.yaml").symlink_to("gone.yaml")

        assert said(capsys, "init")[0] == 2
        assert not (folder / "gone.yaml").exists()

    def test_one_above_would_no_longer_count(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "igz-runtime.yaml").write_text("functions: {}\n")
        (folder / "project").mkdir()
        (folder / "project.yaml").rename(folder / "project" / "project.yaml")

        code, _, err = said(capsys, "init", "project")

        assert code == 2
        assert "counts for this folder" in err
        assert [each.name for each in (folder / "project").iterdir()] == ["project.yaml"]

    def test_a_setup_script_stays_and_the_line_to_add_is_said(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "project_setup.py").write_text("def setup(project):\n    return project\n")

        code, out, _ = said(capsys, "init")

        assert code == 0
        assert (folder / "project_setup.py").read_text() == "def setup(project):\n    return project\n"
        assert "end its setup(project) with: return igz_runtime.projects.setup(project)" in out
        assert profiles.assigned("prepare")

    def test_a_setup_script_that_gives_profiles_needs_nothing(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "project_setup.py").write_text("from igz_runtime.projects import setup\n")

        assert "names igz_runtime.projects" in said(capsys, "init")[1]

    def test_both_files_or_neither(
        self, capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The script appears while the configuration is written."""
        monkeypatch.setattr("igz_runtime.cli.init._is_there", lambda _: False)
        (folder / "project_setup.py").write_text("mine\n")

        code, _, err = said(capsys, "init")

        assert code == 2
        assert "project_setup.py: cannot be written: File exists" in err
        assert not (folder / "igz-runtime.yaml").exists()
        assert (folder / "project_setup.py").read_text() == "mine\n"

    @pytest.mark.parametrize(("path", "says"), [("gone", "gone: there is no such folder"), ("empty", "no function")])
    def test_where_there_is_nothing(
        self, path: str, says: str, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "empty").mkdir()

        code, _, err = said(capsys, "init", path)

        assert code == 2
        assert says in err
        assert not list((folder / "empty").iterdir())
