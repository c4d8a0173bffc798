"""What lint finds in the commands of notebooks and in startup hooks: where, and where it is silent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cluster.platform import PLATFORMS
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Report
from igz_runtime.lint.run import Run
from igz_runtime.lint.settings import Settings, load_settings
from igz_runtime.lint.walk import files_under

INSTALLING = "!apt-get install -y graphviz"


def notebook(*sources: Any, **metadata: Any) -> str:
    """A notebook of code cells, as Jupyter writes it."""
    cells = [{"cell_type": "code", "source": source} for source in sources]
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def found(report: Report) -> list[tuple[str, str]]:
    return [(one.finding.rule, str(one.position)) for one in report.findings]


def test_the_place_is_that_of_the_command_in_its_cell_and_in_the_file() -> None:
    text = notebook(
        ["# text\n", "x = 1\n", "if x:\n", "    !apt-get update && \\\n", "      apt-get install -y a"],
        "%conda install b",
    )

    report = lint_text("explore.ipynb", text)

    assert found(report) == [("IGZ502", "cell 1:5:7"), ("IGZ503", "cell 2:1:2")]
    lines = text.split("\n")
    assert ["apt-get install" in lines[one.position.in_file - 1] for one in report.findings] == [True, False]
    assert "%conda" in lines[report.findings[1].position.in_file - 1]


def test_functions_and_commands_of_one_notebook_are_both_judged() -> None:
    code = "import mlrun\nfn = mlrun.new_function('etl', kind='job', image='mlrun/mlrun')\nfn.with_limits(mem='4gi')"

    report = lint_text("explore.ipynb", notebook(f"{INSTALLING}\n{code}"))

    assert {"IGZ205", "IGZ502"} <= {one.finding.rule for one in report.findings}
    assert report.functions == 1
    assert report.notes == ()


@pytest.mark.parametrize("platform", [None, *PLATFORMS])
def test_nothing_is_found_where_the_platform_is_known_not_to_be_iguazio_s(platform: Any) -> None:
    settings = Settings(cluster=Cluster(platform=platform))
    text = notebook(INSTALLING, "%conda install b")

    rules = {one.finding.rule for one in lint_text("explore.ipynb", text, settings).findings}
    rules |= {one.finding.rule for one in lint_text("startup-hook.sh", "set -e\n", settings).findings}

    assert rules == (set() if platform == "ce" else {"IGZ502", "IGZ503", "IGZ504"})


@pytest.mark.parametrize(
    "text", ["conda, and no JSON", "{}", "[]", '{"cells": 1, "x": "apt"}', '{"metadata": [], "conda": 1}']
)
def test_what_is_not_a_notebook_and_mentions_no_function_is_passed_over_as_before(text: str) -> None:
    assert lint_text("explore.ipynb", text).findings == ()


@pytest.mark.parametrize("metadata", [None, [], {"kernelspec": 1}, {"kernelspec": {"name": 2}}, {"colab": None}])
def test_metadata_of_any_shape_are_read(metadata: Any) -> None:
    text = json.dumps({"cells": [{"cell_type": "code", "source": INSTALLING}], "metadata": metadata})

    assert len(lint_text("explore.ipynb", text).findings) == (metadata != {"colab": None})


def test_a_waiver_of_the_configuration_counts_by_file(tmp_path: Path) -> None:
    (tmp_path / "igz-runtime.yaml").write_text(
        "waivers:\n- rule: IGZ502\n  reason: a demonstration\n  files: demo/**\n", encoding="utf-8"
    )
    settings = load_settings(tmp_path / "igz-runtime.yaml")

    by_folder = {
        folder: lint_text(f"{tmp_path}/{folder}/a.ipynb", notebook(INSTALLING), settings).findings[0].finding.waived
        for folder in ("demo", "work")
    }
    assert by_folder["work"] is None
    assert "a demonstration" in str(by_folder["demo"])


def test_a_waiver_without_a_reason_is_a_finding_in_a_cell_and_in_a_hook() -> None:
    in_cell = lint_text("explore.ipynb", notebook(f"# igz-runtime: waive IGZ502\n{INSTALLING}"))
    in_hook = lint_text("startup-hook.sh", "echo a\nset -e  # igz-runtime: waive IGZ504\n")

    assert found(in_cell) == [("IGZ904", "cell 1:1:1"), ("IGZ502", "cell 1:2:2")]
    assert found(in_hook) == [("IGZ504", "2:1"), ("IGZ904", "2:9")]


def test_a_folder_s_startup_hook_is_read_and_no_other_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").mkdir()
    for name in ("a/startup-hook.sh", "deploy.sh"):
        (tmp_path / name).write_text("set -e\n")
    run = Run(Settings())

    run.files(files_under(["."]))

    report = run.report()
    assert [(one.file, *pair) for one, pair in zip(report.findings, found(report), strict=True)] == [
        ("a/startup-hook.sh", "IGZ504", "1:1")
    ]
    assert (report.files, report.unreadable) == (1, 0)
    named = ["a/startup-hook.sh", "deploy.sh"]
    assert [file.name for file in files_under(named, as_found=True)] == ["a/startup-hook.sh"]


def test_a_hook_that_is_not_text_is_said() -> None:
    report = lint_text("startup-hook.sh", b"\xff\xfe\x00")

    assert [(one.finding.rule, report.unreadable) for one in report.findings] == [("IGZ901", 1)]
