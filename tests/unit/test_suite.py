"""The suite itself: what it goes by must not be how busy the machine is."""

from __future__ import annotations

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
