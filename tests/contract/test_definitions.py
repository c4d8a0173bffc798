"""A profile that an organisation defines, and defines anew: who has the older one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import check, profiles
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.settings import load_settings
from tests.contract.distributions import made, run
from tests.contract.functions import job

pytestmark = [pytest.mark.once, pytest.mark.usefixtures("nearest_configuration")]

NIGHTLY = "profiles:\n  nightly:\n    extends: production_job\n    cpu: 4\n    memory: 8Gi\n"


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "igz-runtime.yaml"
    file.write_text(NIGHTLY)
    return file


def said(fn: Any) -> list[tuple[str, str]]:
    return [(finding.rule, finding.severity) for finding in check(fn) if finding.rule == "IGZ909"]


def test_who_has_an_older_definition_is_told_until_the_profile_is_applied_again(config: Path) -> None:
    fn = job()
    fn.apply(profiles.named("nightly", cpu=2))
    assert said(fn) == []

    config.write_text(NIGHTLY.replace("8Gi", "16Gi"))
    assert said(fn) == [("IGZ909", "warning")]

    fn.apply(profiles.named("nightly", cpu=2))
    assert said(fn) == []


@pytest.mark.parametrize(
    ("changed", "older"),
    [
        (f"# the nightly work\n{NIGHTLY}  other: {{extends: gpu_notebook}}\n", False),
        (NIGHTLY + "    bounds: {cpu: {most: 8}}\n", True),
        (NIGHTLY.replace("production_job", "development_job"), True),
        (NIGHTLY + "    waive: {IGZ203: {reason: measured}}\n", True),
    ],
)
def test_what_is_another_definition(config: Path, changed: str, *, older: bool) -> None:
    fn = job()
    fn.apply(profiles.named("nightly"))
    config.write_text(changed)

    assert bool(said(fn)) is older


def test_another_name_is_not_the_organisations_profile(config: Path) -> None:
    profile = profiles.named("nightly")

    assert profile.definition == profile.replace(cpu=1).definition != ""
    assert profile.replace(name="mine").definition == ""
    assert config.name not in repr(profile)
    assert "definition" not in repr(profile)


def test_lint_says_it_at_the_function(config: Path) -> None:
    fn: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
    profiles.named("nightly").apply(fn)
    config.write_text(NIGHTLY.replace("8Gi", "16Gi"))

    report = lint_text("etl.yaml", json.dumps(fn), load_settings(config))

    found = [(each.finding.rule, each.position.line) for each in report.findings if each.finding.rule == "IGZ909"]
    assert found == [("IGZ909", 1)]


FACTORY = (
    "from igz_runtime import profiles\ndef nightly(**a):\n"
    "    return profiles.production_job(**{'cpu': %d, 'running_limit': 'none', **a})\n"
)


def test_a_profile_of_another_distribution_is_defined_by_what_its_factory_makes(tmp_path: Path) -> None:
    site = made(tmp_path, FACTORY % 4, {"profiles": "broken_igz:nightly"})
    apply = (
        "import json; from igz_runtime import profiles; fn = {'kind': 'job', 'metadata': {'name': 'etl'}, 'spec': {}}; "
        "profiles.named('x', memory='8Gi').apply(fn); json.dump(fn, open('fn.json', 'w'))"
    )
    check_again = "from igz_runtime import check; print([f.rule for f in check('fn.json')])"

    run(apply, site=site, cwd=tmp_path)
    assert run(check_again, site=site, cwd=tmp_path) == "[]\n"
    (tmp_path / "broken_igz.py").write_text(FACTORY % 16)
    assert run(check_again, site=site, cwd=tmp_path) == "['IGZ909']\n"
