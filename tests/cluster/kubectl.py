"""kubectl, as an administrator of a test's control plane."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

Plain = dict[str, Any]


class Refused(Exception):
    """kubectl ended with an error; carries what it said."""


class Kubectl:
    """kubectl, as an administrator of a test's control plane."""

    def __init__(self, programs: Path, kubeconfig: Path, folder: Path) -> None:
        self._command = [str(programs / "kubectl"), f"--kubeconfig={kubeconfig}", f"--cache-dir={folder}"]

    def __call__(self, *arguments: str, text: str = "") -> str:
        """What it prints, warnings of the API server too.

        Args:
            arguments: its arguments.
            text: its standard input, which `-f -` reads.

        Raises:
            Refused: it ended with an error.
        """
        ran = subprocess.run(
            self.command(*arguments), input=text, capture_output=True, text=True, check=False, timeout=120
        )
        if ran.returncode:
            raise Refused(ran.stdout + ran.stderr)
        return ran.stdout + ran.stderr

    def command(self, *arguments: str) -> list[str]:
        """The command of such a call, for who runs it beside something else."""
        return [*self._command, *arguments]

    def get(self, *arguments: str) -> Plain:
        """An object, or a list of them, as the API server stores it."""
        held: Plain = json.loads(self("get", *arguments, "-o", "json"))
        return held
