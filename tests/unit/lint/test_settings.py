"""igz-runtime.yaml: what it says becomes settings; what is wrong is said with line, column and the right name."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime import Cluster, Waiver, profiles
from igz_runtime.config.nearest import nearest
from igz_runtime.errors import ConfigurationError, InvalidValue, UnsafeCombination
from igz_runtime.lint.settings import Settings, load_settings
from igz_runtime.profiles import Profile
from igz_runtime.rules import Finding
from igz_runtime.rules.terms import Site
from igz_runtime.rules.waivers import waived
from igz_runtime.text.place import Position, Remark

pytestmark = pytest.mark.every_environment

FULL = """\
rules:
  select: [IGZ1, IGZ2]
  ignore: [IGZ2, IGZ204]
  severities: {IGZ2: warning, IGZ206: info}
cluster:
  environment: production
  priority_classes: [gold]
profiles:
  weekly: {extends: nightly, memory: 32Gi, waive: {IGZ101: {reason: resubmitted, until: 2999-01-31}}}
  nightly: {extends: production_job, cpu: 4, memory: 16Gi}
waivers:
  - {rule: IGZ101, reason: the old one, until: 2020-01-31}
  - {rule: IGZ101, reason: resubmitted by cron, until: 2999-01-31, function: "trainer*", files: "jobs/**"}
exclude: ["third_party/", "*.generated.yaml"]
fail-on: warning
"""


def load(folder: Path, text: str) -> Settings:
    path = folder / "igz-runtime.yaml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def finding(rule: str = "IGZ101", function: str = "trainer-7") -> Finding:
    return Finding(rule, "error", "message", "why", "fix", function, "job", "main")


def as_defined(profile: Profile, by: Profile) -> Profile:
    """A profile with the name and the definition of an organisation's."""
    return profile.replace(name=by.name, definition=by.definition)


def test_every_section_is_read(tmp_path: Path) -> None:
    told = load(tmp_path, FULL)

    assert told.cluster == Cluster.from_dict({"environment": "production", "priority_classes": ["gold"]})
    assert told.fail_on == "warning"
    nightly, weekly = told.profiles["nightly"], told.profiles["weekly"]
    waive = {"IGZ101": Waiver("resubmitted", "2999-01-31")}
    assert nightly() == as_defined(profiles.production_job(cpu=4, memory="16Gi"), nightly())
    assert weekly(cpu=8) == as_defined(profiles.production_job(cpu=8, memory="32Gi", waive=waive), weekly())
    assert told.terms.waivers[0].position == Position(12, 5)


def test_settings_go_to_other_processes(tmp_path: Path) -> None:
    told = load(tmp_path, FULL)

    assert pickle.loads(pickle.dumps(told)) == told  # noqa: S301  (our own)


def test_an_empty_file_is_the_default_but_for_its_name(tmp_path: Path) -> None:
    default = Settings(source=str(tmp_path / "igz-runtime.yaml"))

    for text in ("", "# nothing\n", "rules:\nprofiles:\n", "{}"):
        told = load(tmp_path, text)
        assert told._replace(terms=told.terms._replace(folder="")) == default


def under(told: Settings, file: str, rule: str = "IGZ101", function: str = "trainer-7") -> Finding:
    """A finding as the configuration's waivers leave it."""
    site = Site("", file, function)
    return waived(finding(rule, function), told.terms.granted(rule, site), told.terms, site)


class TestWaivers:
    def test_function_and_file_must_fit(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        told = load(tmp_path, FULL)
        by_cron = Waiver("resubmitted by cron", "2999-01-31")

        assert told.source == "igz-runtime.yaml"
        assert under(told, "jobs/a/b.yaml").waived == by_cron
        assert under(told, str(tmp_path / "jobs/a.yaml")).waived == by_cron
        monkeypatch.chdir(_made(tmp_path / "jobs"))
        assert under(load_settings(tmp_path / "igz-runtime.yaml"), "a.yaml").waived == by_cron
        assert under(told, "jobs/a.yaml", "IGZ103") == finding("IGZ103")

    @pytest.mark.parametrize(
        ("function", "file"), [("etl", "jobs/a.yaml"), ("trainer", "other/a.yaml"), ("trainer", "../jobs/a.yaml")]
    )
    def test_an_expired_one_is_said_where_no_other_fits(
        self, function: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        found = under(load(tmp_path, FULL), file, function=function)

        assert (found.waived, found.fix) == (None, "fix (the waiver expired on 2020-01-31: the old one)")

    def test_expired_ones_are_said_with_their_place(self, tmp_path: Path) -> None:
        expired = Remark(Position(12, 5), "the waiver of IGZ101 expired on 2020-01-31: the old one")

        assert load(tmp_path, FULL).without_effect() == (expired,)


def test_what_is_excluded_is_seen_from_the_configurations_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(_made(tmp_path / "sub"))
    told = load(tmp_path, FULL)

    for file in ("../third_party", "../third_party/a/b.yaml", "a.generated.yaml", str(tmp_path / "third_party/a.yaml")):
        assert told.excludes(file), file
    for file in ("a.yaml", "../third.yaml", "../../a.generated.yaml"):
        assert not told.excludes(file), file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rulse: {}", "1:1: there is no setting 'rulse'; did you mean 'rules'?"),
        ("rules:\n  selct: []", "2:3: there is no setting 'rules.selct'; did you mean 'select'?"),
        ("fail_on: error", "1:1: there is no setting 'fail_on'; did you mean 'fail-on'?"),
        ("fail-on: fatal", "1:1: fail-on: 'error', 'warning' or 'info' is required, found 'fatal'"),
        ("exclude: third_party", "1:1: exclude: a list is required, found 'third_party'"),
        ("rules: []", "1:1: rules: a mapping is required, found list"),
        ("rules: {severities: []}", "1:9: rules.severities: a mapping is required, found list"),
        ("profiles: [[a, b]]", "1:1: profiles: a mapping is required, found list"),
        ("- rules", "1:1: a mapping is required, found list"),
        ("rules: {select: [IGZ1, IGZ7]}", "1:24: rules.select: there is no rule 'IGZ7'; did you mean 'IGZ"),
        ("rules: {ignore: [igz1]}", "1:18: rules.ignore: there is no rule 'igz1'; did you mean 'IGZ1'?"),
        ("rules: {ignore: ['']}", "1:18: rules.ignore: there is no rule ''"),
        ("rules:\n  severities:\n    IGZ2O6: info", "3:5: rules.severities: there is no rule 'IGZ2O6'; did you"),
        ("rules: {severities: {IGZ206: fatal}}", "1:22: rules.severities.IGZ206: 'error', 'warning' or 'info' is"),
        ("waivers:\n- rule: IGZ101", "2:3: waivers[0].reason: is required"),
        ("waivers: [{rule: IGZ101, reason: ' '}]", "1:26: waivers[0]: a waiver needs a reason"),
        ("waivers: [{rule: IGZ101, reason: r, until: May}]", "1:37: waivers[0]: waiver: until='May' is not a date"),
        ("waivers: [{rule: IGZ1O1, reason: r}]", "1:12: waivers[0]: there is no rule 'IGZ1O1'; did you mean 'IGZ1"),
        ("waivers: [{rule: IGZ102, reason: r}]", "1:12: waivers[0]: rule IGZ102 cannot be waived"),
        ("waivers: [{rule: IGZ101, reason: r, file: x}]", "1:37: there is no setting 'waivers[0].file'; did you mean"),
        ("waivers: [[]]", "1:11: waivers[0]: a mapping is required, found"),
        ("waivers: [{rule: IGZ101, reason: r, files: '!'}]", "1:37: waivers[0].files: '!' is not a pattern of files"),
        ("exclude: [a, '!']", "1:14: exclude[1]: '!' is not a pattern of files"),
        ("cluster:\n  environmnt: x", "2:3: cluster: environmnt: there is no such fact; did you mean 'environment'?"),
        ("cluster: {node_groups: [{name: a, lifecycle: spto}]}", "1:35: cluster: node_groups.0.lifecycle: "),
        (
            "cluster: {default_resources: {limits: {cpu: x}}}",
            "1:1: cluster: default_resources.limits['cpu']: 'x' is no",
        ),
        ("cluster: 7", "1:1: cluster: a mapping is required, found int"),
        ("cluster: none.yaml", "none.yaml: cannot be read (No such file or directory)"),
        ("profiles: {a: {extends: production_jb}}", "1:12: profiles.a: there is no profile 'production_jb'; did you"),
        ("profiles: {a: {cpu: 1}}", "1:12: profiles.a: a mapping with 'extends', the name of another profile, is"),
        ("profiles: {a: 1}", "1:12: profiles.a: a mapping with 'extends'"),
        (
            "profiles:\n  a:\n    extends: production_job\n    memroy: 1Gi",
            "4:5: profiles.a: production_job has no argu",
        ),
        ("profiles:\n  a:\n    extends: production_job\n    memory: 1gi", "4:5: profiles.a: production_job: memory: '"),
        ("profiles: {a: {extends: spot_stateless, lifecycle: spot}}", "1:41: profiles.a: spot_stateless has no argume"),
        ("profiles: {a: {extends: spot_stateless, waive: {IGZ101: cron}}}", "1:41: profiles.a: waive['IGZ101']: a map"),
        (
            "profiles: {a: {extends: spot_stateless, waive: {IGZ101: {reason: ''}}}}",
            "1:41: profiles.a: waive['IGZ101']: a waiver needs a reason",
        ),
        ("profiles: {a b: {extends: spot_stateless}}", "1:12: profiles.a b: name of a profile: 'a b' "),
        ("profiles: {a: {extends: b}, b: {extends: a}}", "extends itself: "),
        ("profiles: {production_job: {extends: spot_stateless}}", "1:12: profiles.production_job: there is another p"),
        ("rules: [", "is not YAML: "),
        ("a: b: c", "1:5: is not YAML: "),
        ("rules: {}\n---\nrules: {}", "3:1: a second document; one is required"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text)

    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'igz-runtime.yaml'}:")


def test_every_fault_has_a_line_of_its_own_in_their_order(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "wavers: []\nfail-on: x\nexclude: y\n")

    assert [line.removeprefix(str(tmp_path)).split(":")[1] for line in str(caught.value).splitlines()] == [
        "1",
        "2",
        "3",
    ]


def test_a_profile_that_extends_a_wrong_one_is_not_blamed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, "profiles: {a: {extends: b}, b: {extends: production_job, cpu: x}}")

    assert str(caught.value).count("\n") == 0
    assert "profiles.b: " in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "binary.yaml").write_bytes(b"a: \xff")

    for name, said in (("none.yaml", "cannot be read: No such file"), ("binary.yaml", "binary.yaml:1:4: is not UTF-8")):
        with pytest.raises(ConfigurationError, match=said):
            load_settings(tmp_path / name)


def test_the_cluster_may_stand_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "cluster.json").write_text(json.dumps({"environment": "development"}))
    told = load(tmp_path, "cluster: cluster.json")

    assert told.cluster.environment == "development"

    (tmp_path / "cluster.json").write_text(json.dumps({"environmnt": "development"}))
    with pytest.raises(
        ConfigurationError, match=r"1:1: cluster: .*cluster\.json: cluster: environmnt: there is no such"
    ):
        load(tmp_path, "cluster: cluster.json")


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/hosts", "link.yaml"])
def test_a_cluster_outside_of_the_repository_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.yaml").write_text("hunter2: x\n")
    folder = tmp_path / "repository" / "config"
    folder.mkdir(parents=True)
    (folder / "link.yaml").symlink_to("../../secret.yaml")

    with pytest.raises(ConfigurationError, match="is outside of the configuration's folder and repository") as refused:
        load(folder, f"cluster: {name}")
    assert "hunter2" not in str(refused.value)
    (tmp_path / "repository" / ".git").mkdir()
    (tmp_path / "repository" / "cluster.yaml").write_text("environment: production\n")
    assert load(folder, "cluster: ../cluster.yaml").cluster.environment == "production"


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(["IGZ101", "error"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | st.integers(), inner, max_size=3),
    max_leaves=6,
)
KEYS = ["rules", "cluster", "profiles", "waivers", "exclude", "fail-on"]
INNER = ["select", "ignore", "severities", "rule", "reason", "until", "function", "files", "extends", "cpu", "waive"]
sections = st.dictionaries(
    st.sampled_from(KEYS),
    values
    | st.dictionaries(st.sampled_from(INNER), values)
    | st.lists(st.dictionaries(st.sampled_from(INNER), values)),
)


@given(written=sections)
def test_whatever_is_written_is_settings_or_a_configuration_error(written: dict[str, Any], tmp_path: Path) -> None:
    with suppress(ConfigurationError):
        load(tmp_path, json.dumps(written))


@pytest.mark.usefixtures("nearest_configuration")
class TestTheNearestConfiguration:
    def test_is_found_above_up_to_the_root_of_the_repository(self, tmp_path: Path) -> None:
        deep = _made(tmp_path / "repository" / "a" / "b")
        (tmp_path / "igz-runtime.yaml").touch()
        assert nearest(deep) == tmp_path / "igz-runtime.yaml"

        (tmp_path / "repository" / ".git").mkdir()
        assert nearest(deep) is None

        (tmp_path / "repository" / "igz-runtime.yml").touch()
        assert nearest(deep) == tmp_path / "repository" / "igz-runtime.yml"
        assert nearest(deep / "function.yaml") == tmp_path / "repository" / "igz-runtime.yml"

        (deep / "igz-runtime.yaml").touch()
        (deep / "igz-runtime.yml").touch()
        assert nearest(deep) == deep / "igz-runtime.yaml"

    def test_names_profiles(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(_made(tmp_path / "a"))
        load(tmp_path, FULL)

        nightly = profiles.named("nightly")
        assert nightly == as_defined(profiles.production_job(cpu=4, memory="16Gi"), nightly)
        assert profiles.named("nightly", memory="1Gi").memory == profiles.production_job(memory="1Gi").memory
        assert profiles.named("spot_stateless", cpu=1) == profiles.spot_stateless(cpu=1)
        with pytest.raises(InvalidValue, match="there is no profile 'nightli'; did you mean 'nightly'"):
            profiles.named("nightli")
        with pytest.raises(InvalidValue, match="production_job has no argument 'lifecycle'"):
            profiles.named("nightly", lifecycle="spot")

    def test_an_applied_profile_is_recorded_by_its_name(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        load(tmp_path, FULL)
        function: dict[str, Any] = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
        with pytest.raises(UnsafeCombination, match="'igz-workload-high' does not exist; the cluster has: gold"):
            profiles.named("nightly").apply(function)
        profiles.named("nightly", priority="gold").apply(function)

        applied = profiles.applied_to(function)
        assert applied is not None
        assert applied.profile == "nightly"


def test_settings_without_a_configuration_load_no_tool() -> None:
    code = (
        "import sys; from igz_runtime.lint.settings import Settings; s = Settings(); s.chosen.judges('IGZ101'); "
        "s.excludes('a.yaml'); print({'pydantic', 'ruamel.yaml', 'yaml', 'pathspec', 'rich'} & set(sys.modules))"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "set()"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder
