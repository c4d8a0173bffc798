"""A project on a recording server that is configured as in production."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime.cluster import Preemptible
from tests.conftest import Mlconf
from tests.contract.projects.guarding.functions import SPOT, project_in
from tests.contract.projects.recorder import Recorder


@pytest.fixture
def project(recorder: Recorder, mlconf: Mlconf, tmp_path: Path) -> Any:
    """A project with a training job and workflows that run it; the server keeps functions off spot by default."""
    mlconf.preemptible(Preemptible(SPOT, (), (), "prevent"))
    made = project_in(tmp_path)
    recorder.sent.clear()
    return made
