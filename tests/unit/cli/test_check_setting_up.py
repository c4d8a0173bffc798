"""`igz-runtime check` says whether anything sets the project up, by the syntax trees of its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.checked import PROJECT, SETUP, Checked

pytestmark = pytest.mark.usefixtures("nearest_configuration", "project")


@pytest.mark.parametrize(
    "script",
    [
        SETUP,
        "import igz_runtime.projects\n\ndef setup(p):\n    return igz_runtime.projects.setup(p)\n",
        "import igz_runtime.projects as ours\n\ndef setup(p):\n    ours.setup(p)\n    return p\n",
        "from igz_runtime.projects import setup as with_profiles\n\ndef setup(p):\n    return with_profiles(p)\n",
        "from igz_runtime import projects\n\ndef setup(p):\n    return projects.setup(p, config='igz-runtime.yaml')\n",
        "from igz_runtime import projects\n\ndef setup(p):\n    return projects.setup(p, config=None)\n",
        "import igz_runtime\n\ndef setup(p):\n    if p:\n        p = igz_runtime.projects.setup(p)\n    return p\n",
    ],
)
def test_project_setup_calls_it(capsys: pytest.CaptureFixture[str], project: Path, script: str) -> None:
    (project / "project_setup.py").write_text(script)
    assert [each[0] for each in Checked(capsys).of("IGZ908")] == ["report"]


OTHERWISE = "project_setup.py calls it with another configuration"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (None, "there is no project_setup.py"),
        ("def setup(project):\n    return project\n", "project_setup.py does not call it"),
        ("from other import projects\n\ndef setup(p):\n    projects.setup(p)\n", "project_setup.py does not call"),
        ("def setup(project:\n", "project_setup.py does not call it"),
        *(
            (f"from igz_runtime import projects\n\ndef setup(p):\n    projects.setup(p, {given})\n", OTHERWISE)
            for given in ("config='none'", "config='mine.yaml'", "config=chosen()", "**{'config': 'none'}")
        ),
    ],
)
def test_nothing_calls_it(capsys: pytest.CaptureFixture[str], project: Path, script: str | None, why: str) -> None:
    (project / "project_setup.py").unlink()
    if script:
        (project / "project_setup.py").write_text(script)
    checked = Checked(capsys)

    (said,) = [each for each in checked.found if each.function == "churn"]
    assert (said.rule, said.severity, said.file, said.line) == ("IGZ908", "warning", "project.yaml", 1)
    assert why in said.message


def test_nothing_is_assigned_so_nothing_need_call_it(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "project_setup.py").unlink()
    (project / "igz-runtime.yaml").write_text("{}")

    assert "churn" not in [each.function for each in Checked(capsys).found]


def test_a_waiver_of_the_configuration_counts(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "project_setup.py").unlink()
    config = project / "igz-runtime.yaml"
    severe = "rules: {severities: {IGZ908: error}, ignore: [IGZ2]}\n"
    config.write_text(f"{config.read_text()}{severe}")
    assert Checked(capsys).code == 1
    waivers = "waivers: [{rule: IGZ908, project: churn, reason: a notebook sets it up}]\n"
    config.write_text(f"{config.read_text()}{waivers}")
    assert Checked(capsys).code == 0


@pytest.mark.parametrize(
    ("workflow", "body", "found"),
    [
        ("", "projects.setup(mlrun.get_current_project())\n    mlrun.run_function('train')", False),
        (", run_setup: true", "mlrun.run_function('train')", False),
        (", engine: local", "mlrun.run_function('train')", False),
        (", engine: local, schedule: '0 * * * *'", "mlrun.run_function('train')", True),
        ("", "mlrun.run_function('train')", True),
        (", handler: other", "projects.setup(mlrun.get_current_project())", False),
        ("", "mlrun.run_function('train')\n    projects.setup(mlrun.get_current_project())", True),
    ],
)
def test_a_workflow_that_the_runner_of_1_12_would_run_unprofiled(
    capsys: pytest.CaptureFixture[str], project: Path, workflow: str, body: str, *, found: bool
) -> None:
    text = f"import mlrun\nfrom igz_runtime import projects\n\ndef pipeline():\n    {body}\n"
    (project / "flow.py").write_text(text)
    (project / "project.yaml").write_text(f"{PROJECT}  workflows:\n  - {{name: main, path: flow.py{workflow}}}\n")
    checked = Checked(capsys)

    expected = [("churn", "warning", "project.yaml:12")] if found else []
    assert [each for each in checked.of("IGZ908") if each[0] == "churn"] == expected


def test_every_workflow_calls_it_itself(capsys: pytest.CaptureFixture[str], project: Path) -> None:
    (project / "project_setup.py").unlink()
    code = "from igz_runtime import projects\n\ndef pipeline():\n    projects.setup(project)\n"
    written = PROJECT + f"  workflows:\n  - {{name: main, code: {json.dumps(code)}}}\n"
    (project / "project.yaml").write_text(written)

    assert "churn" not in [each.function for each in Checked(capsys).found]
