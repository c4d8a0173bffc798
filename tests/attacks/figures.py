"""What the attacks measured, printed when they are over."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.attacks.budget import FULL, SEED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Each measure once, added up over the tests (and processes) that took it."""
    measured: Counter[str] = Counter()
    for report in terminalreporter.getreports("passed") + terminalreporter.getreports("failed"):
        if report.nodeid.startswith("tests/attacks/"):
            measured.update({what: amount for what, amount in report.user_properties if isinstance(amount, int)})
    if not measured:
        return
    terminalreporter.section(f"attacks, {'in full' if FULL else 'a hundredth of each'}, seed {SEED}")
    for what, amount in sorted(measured.items()):
        terminalreporter.write_line(f"{amount:>10,}  {what}")
