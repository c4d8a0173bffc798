"""The example of the documentation: run as its readers run it, against a recording server."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from igz_runtime import check
from tests.jupyter.iguazio import Iguazio

EXAMPLE = Path(__file__).parents[2] / "examples" / "jupyter" / "services.py"


def test_the_services_of_a_team_are_made_and_changed(iguazio: Iguazio) -> None:
    said = subprocess.run([sys.executable, EXAMPLE, iguazio.url, "key"], check=True, capture_output=True, text=True)

    assert said.stdout == "lab-gpu: made\nlab: changed\n"
    assert iguazio.sent_spec("lab")["pvc"] == {"mounts": {"data": [{"path": "/data"}]}}
    assert not [finding for finding in check(iguazio.manifest()) if finding.refuses]
