"""igz-runtime.yaml means the same to check, plan, apply and named as to lint."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster, Finding, UnsafeCombination, Waiver, check, profiles
from igz_runtime.config.file import NO_FILE, config_file
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.settings import load_settings
from igz_runtime.report.html import plan_html
from igz_runtime.report.text import plan_text
from igz_runtime.testing import assert_applied, assert_never_on_spot, assert_no_refusal, assert_only_on_spot

pytestmark = pytest.mark.usefixtures("nearest_configuration")

BATCH = """\
cluster:
  mlrun: {node_selector: {lifecycle: spot}}
  node_groups:
    - {name: batch, labels: {pool: batch-a, lifecycle: demand}, lifecycle: on-demand, selected_by: pool}
    - {name: cheap, labels: {pool: cheap-a, lifecycle: spot}, lifecycle: spot, selected_by: pool}
profiles:
  nightly: {extends: production_job, cpu: 1, memory: 2Gi, node_group: batch}
"""
WAIVED = "waivers: [{rule: IGZ101, reason: resubmitted by cron}]\n"
SPOT = profiles.spot_stateless(cpu=1, memory="2Gi")
TRAINER = """\
kind: job
metadata: {name: trainer, project: fraud}
spec:
  node_selector: {app.iguazio.com/lifecycle: preemptible}
  preemption_mode: allow
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository, and a folder in it from which everything is called."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "notebooks").mkdir()
    monkeypatch.chdir(tmp_path / "notebooks")
    return tmp_path


@pytest.fixture(autouse=True)
def no_session() -> Iterator[None]:
    yield
    Cluster.use(None)


def write(folder: Path, text: str) -> Path:
    path = folder / "igz-runtime.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def trainer(name: str = "trainer", project: str = "fraud", **spec: Any) -> dict[str, Any]:
    placed = {"node_selector": {"app.iguazio.com/lifecycle": "preemptible"}, "preemption_mode": "allow"}
    return {"kind": "job", "metadata": {"name": name, "project": project}, "spec": {**placed, **spec}}


def plain() -> dict[str, Any]:
    return {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}


def found(findings: Iterable[Finding], rule: str = "IGZ101") -> Finding:
    return next(finding for finding in findings if finding.rule == rule)


class TestTheCluster:
    def test_of_the_file_is_planned_on_and_named_profiles_select_its_groups(self, folder: Path) -> None:
        write(folder, BATCH)
        fn = profiles.named("nightly").apply(plain())

        assert fn["spec"]["node_selector"] == {"pool": "batch-a"}
        assert_never_on_spot(fn)
        assert_applied(fn, profiles.named("nightly"))
        with pytest.raises(InvalidValue, match="the cluster has no node group 'gpus'; it has: batch, cheap"):
            profiles.production_job(cpu=1, memory="2Gi", node_group="gpus").plan(plain())

    def test_sizes_that_contradict_each_other_are_named_with_their_place(self, folder: Path) -> None:
        write(folder, "cluster:\n  node_groups:\n    - {name: a, most: -1}\n    - {name: b, least: 3, most: 2}\n")
        with pytest.raises(ConfigurationError) as caught:
            Cluster.current()

        assert str(caught.value).splitlines() == [
            f"{folder}/igz-runtime.yaml:3:17: cluster: node_groups.0.most: a number of nodes is required, found -1",
            f"{folder}/igz-runtime.yaml:4:17: cluster: node_groups.1.least: is 3, above most (2) of node group 'b'",
        ]

    def test_assertions_go_by_it(self, folder: Path) -> None:
        fn = plain()
        fn["spec"] = {"node_selector": {"pool": "cheap-a"}, "preemption_mode": "allow"}
        write(folder, BATCH)

        assert_only_on_spot(fn)
        write(folder, WAIVED)
        assert_no_refusal(trainer())

    def test_which_one_counts(self, folder: Path) -> None:
        write(folder, "cluster: {source: the file}")
        given, own, used = (Cluster(source=name) for name in ("given", "own", "used"))
        profile = profiles.production_job(cpu=1, memory="2Gi")

        assert profile.plan(plain()).cluster.source == "the file" == Cluster.current().source
        Cluster.use(used)
        assert profile.plan(plain()).cluster is used
        assert Cluster.current() is used
        assert profile.replace(cluster=own).plan(plain()).cluster is own
        assert profile.replace(cluster=own).plan(plain(), given).cluster is given
        Cluster.use(None)
        assert profile.plan(plain(), config="none").cluster.source != "the file"
        assert Cluster.current("none").source != "the file"

    def test_only_a_cluster_is_used(self) -> None:
        with pytest.raises(InvalidValue, match="a Cluster is required, found str"):
            Cluster.use("cluster.yaml")  # type: ignore[arg-type]

    def test_of_a_file_beside_it_is_read_again_when_that_one_changes(self, folder: Path) -> None:
        beside = folder / "cluster.yaml"
        beside.write_text("source: first")
        write(folder, "cluster: cluster.yaml")

        assert Cluster.current().source == "first"
        beside.write_text("source: other")
        assert Cluster.current().source == "other"
        assert load_settings(folder / "igz-runtime.yaml").cluster.source == "other"


class TestWaivers:
    def test_what_lint_passes_check_and_apply_pass(self, folder: Path) -> None:
        fn = trainer()
        with pytest.raises(UnsafeCombination):
            SPOT.apply(fn)
        path = write(folder, WAIVED)

        report = lint_text("trainer.yaml", TRAINER, load_settings(path))
        assert found([one.finding for one in report.findings]).waived == Waiver("resubmitted by cron")
        assert found(check(fn)).waived == Waiver("resubmitted by cron")
        assert not SPOT.plan(fn).refused
        SPOT.apply(fn)
        applied = profiles.applied_to(fn)
        assert applied is not None
        # They are the file's, and not the function's.
        assert applied.waivers == {}

    @pytest.mark.parametrize(
        ("waiver", "counts"),
        [
            ("function: 'train*'", True),
            ("function: etl", False),
            ("project: 'fr*'", True),
            ("project: pricing", False),
            ("files: 'jobs/**'", False),
            ("until: 2020-01-31", False),
        ],
    )
    def test_they_fit_as_in_lint(self, folder: Path, waiver: str, *, counts: bool) -> None:
        path = write(folder, f"waivers: [{{rule: IGZ101, reason: by cron, {waiver}}}]")
        report = lint_text("trainer.yaml", TRAINER, load_settings(path))

        assert (found(check(trainer())).waived is not None) is counts
        assert (found(SPOT.plan(trainer()).findings).waived is not None) is counts
        assert (found([one.finding for one in report.findings]).waived is not None) is counts

    def test_of_files_count_for_a_function_in_a_file(self, folder: Path) -> None:
        write(folder, "waivers: [{rule: IGZ101, reason: by cron, files: 'jobs/**'}]")
        (folder / "jobs").mkdir()
        inside, outside = folder / "jobs" / "trainer.yaml", folder / "trainer.yaml"
        for path in (inside, outside):
            path.write_text(TRAINER)

        assert found(check(inside)).waived == Waiver("by cron")
        assert found(check("../jobs/trainer.yaml")).waived == Waiver("by cron")
        assert found(check(outside)).refuses
        assert not SPOT.plan(inside).refused
        assert SPOT.plan(outside).refused

    def test_the_functions_own_go_before_and_one_that_is_over_is_said(self, folder: Path) -> None:
        write(folder, "waivers: [{rule: IGZ101, reason: the file's, until: 2020-01-31}]")
        fn = trainer()
        assert "(the waiver expired on 2020-01-31: the file's)" in found(check(fn)).fix

        write(folder, WAIVED)
        fn["metadata"]["annotations"] = {"igz-runtime/waive-IGZ101": "its own"}
        assert found(check(fn)).waived == Waiver("its own")
        fn["metadata"]["annotations"] = {"igz-runtime/waive-IGZ101": "until 2020-01-31 its own"}
        assert found(check(fn)).waived == Waiver("resubmitted by cron")


class TestWhichFile:
    def test_a_plan_says_it(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write(folder, BATCH)
        plan = profiles.named("nightly").plan(plain())
        assert plan.config == str(path)
        assert f"configuration: {path}" in plan_text(plan, 400)
        assert f"configuration: {path}" in plan_html(plan)

        monkeypatch.chdir(folder)
        assert profiles.named("nightly").plan(plain()).config == "igz-runtime.yaml"
        without = profiles.production_job(cpu=1, memory="2Gi").plan(plain(), config="none")
        assert without.config == ""
        assert "configuration" not in plan_text(without) + plan_html(without)

    def test_an_argument_or_the_variable_names_another_or_none(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write(folder, "waivers: [{rule: IGZ101, reason: the nearest}]")
        other, third = folder / "other.yaml", folder / "third.yaml"
        other.write_text("waivers: [{rule: IGZ101, reason: the other}]\nprofiles: {ours: {extends: production_job}}")
        third.write_text("waivers: [{rule: IGZ101, reason: the third}]")

        def reasons(config: str | Path | None = None) -> str:
            return str(found(check(trainer(), config=config)).waived)

        assert reasons() == "the nearest"
        assert reasons(config=other) == "the other"
        monkeypatch.setenv("IGZ_RUNTIME_CONFIG", str(third))
        assert reasons() == "the third"
        assert reasons(config=str(other)) == "the other"
        assert str(found(SPOT.plan(trainer(), config=other).findings).waived) == "the other"
        assert str(found(SPOT.plan(trainer()).findings).waived) == "the third"
        assert profiles.named("ours", config=other).name == "ours"
        for said, reason in (("none", "None"), ("", "the nearest")):
            monkeypatch.setenv("IGZ_RUNTIME_CONFIG", said)
            assert reasons() == reason
        assert reasons(config="none") == "None"

    def test_one_that_is_not_there_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("IGZ_RUNTIME_CONFIG", "gone.yaml")
        fn = plain()

        with pytest.raises(
            ConfigurationError, match=r"^gone\.yaml: there is no such file; .* IGZ_RUNTIME_CONFIG names it"
        ):
            profiles.production_job(cpu=1, memory="2Gi").apply(fn)
        assert fn == plain()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("wavers: []", "igz-runtime.yaml:1:1: there is no setting 'wavers'; did you mean 'waivers'?"),
        ("a: b: c", "igz-runtime.yaml:1:5: is not YAML: "),
        ("rules: {}\ncluster: {environmnt: x}", "igz-runtime.yaml:2:11: cluster: environmnt: there is no such fact"),
        ("waivers: [{rule: IGZ102, reason: r}]", "igz-runtime.yaml:1:12: waivers[0]: rule IGZ102 cannot be waived"),
        ("profiles: {a: {extends: nope}}", "igz-runtime.yaml:1:12: profiles.a: there is no profile 'nope'"),
    ],
)
def test_a_broken_file_is_one_error_and_no_function_is_changed(text: str, said: str, folder: Path) -> None:
    write(folder, text)
    fn = trainer()
    for call in (SPOT.apply, SPOT.plan, check, SPOT):
        with pytest.raises(ConfigurationError) as caught:
            call(fn)
        assert said in str(caught.value)
    assert fn == trainer()
    assert found(check(fn, config="none"))


def test_every_fault_of_a_file_is_said_at_once(folder: Path) -> None:
    write(folder, "cluster: {environmnt: x}\nwaivers: [{rule: IGZ1O1, reason: r}]\nprofiles: {a: {extends: nope}}\n")

    with pytest.raises(ConfigurationError) as caught:
        check(plain())
    assert [line.split("yaml:")[1].split(":")[0] for line in str(caught.value).splitlines()] == ["1", "2", "3"]


class TestReading:
    def test_a_change_is_seen_at_once_and_no_change_is_not_read_again(self, folder: Path) -> None:
        fn = trainer()
        assert SPOT.plan(fn).refused
        for reason in ("first", "other", "third"):
            # As long, and within one tick of most file systems' clocks.
            write(folder, f"waivers: [{{rule: IGZ101, reason: {reason}}}]")
            assert str(found(SPOT.plan(fn).findings).waived) == reason
            assert config_file() is config_file()
        (folder / "igz-runtime.yaml").unlink()
        assert SPOT.plan(fn).refused
        assert config_file() is NO_FILE

    def test_a_settled_file_is_only_looked_at(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        path = write(folder, WAIVED)
        for each in (path, folder, folder / "notebooks", folder / ".git"):
            os.utime(each, (1_000_000_000, 1_000_000_000))
        first = config_file()
        monkeypatch.setattr(Path, "read_bytes", lambda _: pytest.fail("it was read again"))
        monkeypatch.setattr(Path, "is_file", lambda _: pytest.fail("it was searched again"))

        assert config_file() is first

    def test_a_nearer_one_that_appears_is_found(self, folder: Path) -> None:
        write(folder, "waivers: [{rule: IGZ101, reason: above}]")
        for each in (folder, folder / "notebooks"):
            os.utime(each, (1_000_000_000, 1_000_000_000))
        assert str(found(check(trainer())).waived) == "above"

        write(folder / "notebooks", "waivers: [{rule: IGZ101, reason: here}]")
        assert str(found(check(trainer())).waived) == "here"

    def test_remembered_plans_do_not_outlive_the_file(self, folder: Path) -> None:
        profile = profiles.production_job(cpu=1, memory="2Gi", node_group="batch")
        for pool in ("one", "two"):
            write(folder, f"cluster: {{node_groups: [{{name: batch, labels: {{pool: {pool}}}, selected_by: pool}}]}}")
            assert profile.plan(plain(), config=folder / "igz-runtime.yaml").roles[0].after.node_selector == {
                "pool": pool
            }

    def test_importing_reads_nothing(self, folder: Path) -> None:
        write(folder / "notebooks", "a: b: c")
        code = "import igz_runtime, sys; from igz_runtime import *; print('yaml' in sys.modules)"

        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.stderr) == ("False\n", "")
