"""A call of the command line, and what it printed."""

from __future__ import annotations

from typing import ClassVar

import pytest

from igz_runtime.cli import main


class Called:
    """What a call of a command printed, and its exit code."""

    command: ClassVar[str]

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main([self.command, *arguments])
        self.out, self.err = capsys.readouterr()
        assert "Traceback" not in self.out + self.err
        assert "defect" not in self.err
