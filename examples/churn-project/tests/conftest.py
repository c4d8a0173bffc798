"""The project as MLRun loads it, without a server."""

import sys
from pathlib import Path
from typing import Any

import mlrun
import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "portal")]

mlrun.mlconf.dbpath = "offline"
mlrun.mlconf.httpdb.nop_db.verbose = False


@pytest.fixture(scope="session")
def project() -> Any:
    """The project, with its profiles."""
    return mlrun.load_project(str(ROOT), save=False)


@pytest.fixture
def context(tmp_path: Path) -> mlrun.MLClientCtx:
    """A run, whose artifacts go to a folder of the test's own."""
    context = mlrun.get_or_create_ctx("test", project="churn")
    context.artifact_path = str(tmp_path)
    return context
