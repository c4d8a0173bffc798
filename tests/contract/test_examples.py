"""The examples run as their readers run them: offline, with real MLRun objects and real function files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbclient
import nbformat

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_quickstart_shows_a_profile_a_plan_a_refusal_and_its_mitigation(tmp_path: Path) -> None:
    """Also where an MLRun server is configured that cannot be reached; and it prints nothing but its own words."""
    files = {path: path.read_bytes() for path in EXAMPLES.glob("functions/*")}

    told = run(str(EXAMPLES / "quickstart.py"), cwd=tmp_path, MLRUN_DBPATH="http://127.0.0.1:9")

    assert (told.returncode, told.stderr) == (0, "")
    assert "warning]" not in told.stdout
    applied, planned, refused, mitigated = told.stdout.split("\n== ")[1:]
    assert "igz-workload-high" in applied
    assert "production_service on nuclio 'scorer': can be applied" in planned
    assert "IGZ101 error: job 'trainer' (main): stateful" in refused
    assert "fix: keep it on demand" in refused
    assert "still applied: production_job" in refused
    assert "now applied: spot_stateless" in mitigated
    assert "waived   checkpoints every epoch" in mitigated
    assert files == {path: path.read_bytes() for path in EXAMPLES.glob("functions/*")}


def test_the_quickstart_is_short() -> None:
    assert len((EXAMPLES / "quickstart.py").read_text().splitlines()) < 60


class TestTheNotebook:
    def test_it_is_stored_without_outputs(self) -> None:
        notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]

        nbformat.validate(notebook)
        assert all(not cell.outputs and cell.execution_count is None for cell in cells)

    def test_every_cell_runs_and_shows_what_its_text_says(self) -> None:
        notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
        client = nbclient.NotebookClient(
            notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(EXAMPLES)}}
        )
        client.execute()
        shown = {cell.id: outputs(cell) for cell in notebook.cells if cell.cell_type == "code"}

        assert "<" in html(shown["show-plan"])
        assert "production_job" in html(shown["show-plan"])
        assert "igz-workload-high" in text(shown["apply-plan"])
        assert "IGZ101 error" in text(shown["refuse"])
        assert "profile='production_job'" in text(shown["refuse"])
        assert "checkpoints every epoch" in html(shown["waive"])
        assert "IGZ201" in html(shown["drift"])
        assert "gpu_notebook" in html(shown["gpu-plan"])
        assert "{'app.iguazio.com/node-group': 'gpu'}" in text(shown["gpu-apply"])


def outputs(cell: Any) -> list[Any]:
    """What a cell shows. Nothing is an error, which would have ended the run, and nothing a warning."""
    assert all(output.get("name") != "stderr" for output in cell.outputs), cell.outputs
    return list(cell.outputs)


def html(shown: list[Any]) -> str:
    return "".join(output.get("data", {}).get("text/html", "") for output in shown)


def text(shown: list[Any]) -> str:
    return "".join(output.get("text", "") + output.get("data", {}).get("text/plain", "") for output in shown)


def test_the_factorys_tests_pass_where_someone_copies_them(tmp_path: Path) -> None:
    for file in EXAMPLES.glob("factory/*.py"):
        shutil.copy(file, tmp_path)

    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)

    assert told.returncode == 0, told.stdout + told.stderr
    assert "6 passed" in told.stdout


def test_the_factorys_tests_fail_where_a_promise_is_broken(tmp_path: Path) -> None:
    shutil.copy(EXAMPLES / "factory" / "test_functions.py", tmp_path)
    factory = (EXAMPLES / "factory" / "functions.py").read_text()
    broken = factory.replace("production_job(node_group=", "production_job(priority='low', node_group=")
    assert broken != factory
    (tmp_path / "functions.py").write_text(broken)

    told = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)

    assert told.returncode == 1
    assert "1 failed, 5 passed" in told.stdout
    assert "job 'train-churn' (main): the pod has priority class 'igz-workload-low'" in told.stdout
