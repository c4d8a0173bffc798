"""Unit tests of ACME's rules: one rule on one function. Run them with `python -m pytest`."""

import acme_igz.rules  # registers them; where the package is installed, its entry point does
import pytest

from igz_runtime.testing import judge_rule


def job(**labels: str) -> dict[str, object]:
    return {"kind": "job", "metadata": {"name": "scorer", "labels": labels}, "spec": {}}


@pytest.mark.parametrize("team", acme_igz.rules.TEAMS)
def test_a_function_with_a_team_passes(team: str) -> None:
    assert not judge_rule("ACME101", job(team=team))


@pytest.mark.parametrize("labels", [{}, {"team": "nobody"}])
def test_a_function_without_a_team_is_found_where_the_label_should_be(labels: dict[str, str]) -> None:
    (finding,) = judge_rule("ACME101", job(**labels))

    assert "one of fraud, pricing, search is required" in finding.message
    assert finding.field == ("labels", "team")


def test_it_is_said_once_of_a_function_of_several_roles() -> None:
    assert len(judge_rule("ACME101", {**job(), "kind": "spark"})) == 1
