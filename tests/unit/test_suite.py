"""The suite itself: it goes by no machine's speed, and runs in each environment what can differ there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings


def test_no_property_test_fails_because_the_machine_is_busy(request: pytest.FixtureRequest) -> None:
    functions = {item.function for item in request.session.items if isinstance(item, pytest.Function)}
    used = {f.__name__: f._hypothesis_internal_use_settings for f in functions if is_hypothesis_test(f)}
    slow = {name for name, each in used.items() if each.deadline or HealthCheck.too_slow not in _suppressed(each)}
    assert not slow
    assert settings.default is not None
    assert settings.default.deadline is None  # where this test runs alone, there is no other


def _suppressed(each: settings) -> set[HealthCheck]:
    return set(each.suppress_health_check)


DIFFERING = {"kfp", "kubernetes", "mlrun", "nuclio", "pydantic"}


@pytest.mark.parametrize("file", sorted(Path(__file__).parent.rglob("test_*.py")), ids=lambda file: file.stem)
def test_what_meets_a_package_that_differs_runs_in_every_environment(file: Path) -> None:
    text = file.read_text()
    met = set(_imported(ast.parse(text))) & DIFFERING
    assert not met or "pytestmark = pytest.mark.every_environment" in text, met


def _imported(tree: ast.AST) -> list[str]:
    """The packages that a file imports; the fixture `mlconf` is MLRun's configuration."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module.partition(".")[0])
        elif isinstance(node, ast.arg) and node.arg == "mlconf":
            found.append("mlrun")
    return found
