"""A configuration below the platform's: what it may say, and what counts of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.cluster.configured import cluster_in
from igz_runtime.config.file import config_file, nearest_file
from igz_runtime.config.nearest import upwards_from
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.settings import settings_of
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.rules.configured import chosen_in, terms_in

pytestmark = pytest.mark.usefixtures("nearest_configuration")

ABOVE = """\
waivable: []
rules: {ignore: [IGZ103]}
cluster: {environment: production}
exclude: [/team/old/]
fail-on: warning
"""


@pytest.fixture(autouse=True)
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    team = tmp_path / "team"
    team.mkdir()
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(team)
    return team


def write(folder: Path, text: str) -> Path:
    path = folder / "igz-runtime.yaml"
    path.write_text(text)
    return path


def test_one_below_has_what_is_the_platforms(team: Path) -> None:
    write(team.parent, ABOVE)
    below = write(team, "profiles: {nightly: {extends: production_job}}\nwaivers: [{rule: IGZ101, reason: r}]\n")
    settings = settings_of(nearest_file())

    assert settings.source == below.name
    assert set(settings.profiles) == {"nightly"}
    assert settings.chosen.ignore == ("IGZ103",)
    assert settings.cluster.environment == "production"
    assert settings.fail_on == "warning"
    assert settings.excludes(str(team / "old" / "a.yaml"))
    assert not settings.excludes(str(team / "team" / "old" / "a.yaml"))
    (fault,) = settings.without_effect()
    assert fault.text == "the platform allows no rule to be waived"


@pytest.mark.parametrize("section", ["rules: {}", "cluster: {}", "exclude: []", "fail-on: warning"])
def test_what_is_the_platforms_alone_is_a_fault_below_it_whatever_it_says(team: Path, section: str) -> None:
    above = write(team.parent, "declarable: []")
    write(team, f"profiles: {{}}\n{section}\n")
    name = section.split(":", maxsplit=1)[0]

    with pytest.raises(ConfigurationError) as raised:
        settings_of(nearest_file())
    said = f"{name}: {above} says what may be waived or declared here, and this is its word alone; remove it here"
    assert str(raised.value) == f"igz-runtime.yaml:2:1: {said}"
    if name in ("rules", "cluster"):
        with pytest.raises(ConfigurationError):
            whole_file(None)


def test_one_that_limits_nothing_is_nobodys_platform(team: Path) -> None:
    write(team.parent, "rules: {ignore: [IGZ103]}\nfail-on: info\n")
    write(team, "rules: {ignore: [IGZ101]}\n")
    file = nearest_file()

    assert file.platform is None
    assert file.meaning(chosen_in).ignore == ("IGZ101",)
    assert settings_of(file).fail_on == "error"


def test_one_that_is_named_is_alone(team: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(team.parent, "waivable: []\n")
    below = write(team, "rules: {ignore: [IGZ101]}\n")

    assert config_file(below).meaning(terms_in).above is None
    monkeypatch.setenv("IGZ_RUNTIME_CONFIG", str(below))
    assert config_file().meaning(chosen_in).ignore == ("IGZ101",)


def test_it_is_the_same_until_one_of_them_changes(team: Path) -> None:
    above = write(team.parent, "waivable: []\ncluster: facts.yaml\n")
    (team.parent / "facts.yaml").write_text("environment: production\n")
    write(team, "profiles: {}\n")
    file = nearest_file()
    cluster = file.meaning(cluster_in)

    assert file.platform is not None
    assert cluster is not None
    assert cluster.environment == "production"
    above.write_text("waivable: [{reason: each of them}]\n")
    changed = nearest_file()
    assert changed is not file
    assert changed.meaning(cluster_in) is None
    assert changed.meaning(terms_in).above is not None


def test_a_repository_below_the_working_directory_does_not_end_the_search(
    team: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    above, below = write(team.parent, "waivable: []\n"), write(team, "{}\n")
    (team / ".git").write_text("gitdir: elsewhere\n")

    assert upwards_from(team) == (below,)
    monkeypatch.chdir(team.parent)
    assert upwards_from(team) == (below, above)
    assert nearest_file(team).platform is not None
