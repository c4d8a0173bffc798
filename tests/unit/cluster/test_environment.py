"""IGZ_RUNTIME_ENVIRONMENT names the environment of the current cluster, wherever a function is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, UnsafeCombination, check, profiles
from igz_runtime.cli import main

DEVELOPMENT = profiles.development_job(cpu=1, memory="1Gi")


@pytest.fixture
def explore() -> dict[str, Any]:
    return DEVELOPMENT.apply({"kind": "job", "metadata": {"name": "explore"}, "spec": {"image": "mlrun/mlrun"}})


@pytest.fixture(autouse=True)
def unnamed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IGZ_RUNTIME_ENVIRONMENT", raising=False)


def test_it_decides_about_development_work(explore: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    assert "IGZ403" in [each.rule for each in check(explore).skipped]
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")
    assert "IGZ403" not in [each.rule for each in check(explore).skipped]
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "production")
    assert [each.rule for each in check(explore).refusing] == ["IGZ403"]
    with pytest.raises(UnsafeCombination, match="IGZ403"):
        DEVELOPMENT.apply({"kind": "job", "metadata": {"name": "other"}, "spec": {}})


@pytest.mark.parametrize("written", [None, "cluster: {environment: development}\n", "rules: {ignore: [IGZ209]}\n"])
def test_in_lint_too(
    written: str | None,
    explore: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("IGZ_RUNTIME_CONFIG")
    Path("explore.yaml").write_text(f"kind: job\nmetadata: {explore['metadata']}\nspec: {explore['spec']}\n")
    if written:
        Path("igz-runtime.yaml").write_text(written)
    assert main(["lint", "explore.yaml"]) == 0
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "production")
    assert main(["lint", "explore.yaml"]) == 1
    assert "IGZ403" in capsys.readouterr().out


def test_a_cluster_that_is_given_is_what_it_is(explore: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "production")
    assert "IGZ403" not in [each.rule for each in check(explore, Cluster(environment="development"))]


def test_one_of_an_organisation_says_nothing_of_the_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "staging")
    assert Cluster.current().environment is None
