"""`igz-runtime audit`: where the cluster comes from, what fails it, and what is said when it cannot be read."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from igz_runtime.cli import main
from igz_runtime.cluster import Cluster
from igz_runtime.cluster.facts import Live, Node
from igz_runtime.cluster.node_groups import NodeGroup
from igz_runtime.cluster.running import Identity, Load, Running, Work
from tests.serving import INTERRUPTIBLE
from tests.unit.cli.called import Called

GIB = 2**30
CORE = NodeGroup("initial", lifecycle="spot", core=True)
JOBS = NodeGroup("jobs", {"pool": "jobs"}, lifecycle="on-demand")
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: a, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: a, user: {{}}}}]
contexts: [{{name: a, context: {{cluster: a, user: a}}}}]
current-context: a
"""

pytestmark = pytest.mark.usefixtures("nearest_configuration")


def node(name: str, group: str) -> Node:
    offers = {"cpu": 16000, "memory": 64 * GIB, "pods": 110}
    return Node(name, allocatable=offers, used={"memory": GIB}, pods=1, group=group)


def work(count: int) -> Work:
    return Work(Identity("job", "churn", "train"), "ml", "Burstable", nodes={"n-2": count})


NODES = (node("n-1", "initial"), node("n-2", "jobs"))
RUNNING = Running((work(3),), {"n-2": Load({"Burstable": GIB}, {"": 3}, user=3)})
LIVE = Live("2026-11-28T07:15:00Z", "ml", NODES, running=RUNNING)
CLUSTER = Cluster.iguazio(source="a test", node_groups=(CORE, JOBS), live=LIVE)


@pytest.fixture(autouse=True)
def folder(empty_home: Path) -> Path:
    CLUSTER.save(empty_home / "cluster.json")
    return empty_home


class Said(Called):
    command = "audit"

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    def of(self, rule: str) -> list[dict[str, Any]]:
        """The findings of a rule."""
        return [each for each in self.report["findings"] if each["rule"] == rule]


SAVED = ("--cluster", "cluster.json")
AS_JSON = (*SAVED, "--format", "json")


@pytest.mark.parametrize(("uid", "found"), [("a", 1), ("b", 0)])
def test_production_and_development_are_not_one_cluster(
    capsys: pytest.CaptureFixture[str], folder: Path, uid: str, found: int
) -> None:
    for file, of_file in (("cluster.json", "a"), ("development.json", uid)):
        replace(CLUSTER, live=replace(LIVE, uid=of_file)).save(folder / file)

    said = Said(capsys, *AS_JSON, "--environment", "production", "--apart-from", "development.json")

    assert len(said.of("IGZ620")) == found


class TestExitCodes:
    def test_findings_fail_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        said = Said(capsys, *SAVED)

        assert said.code == 1
        assert "\ninitial\n  IGZ601 error  " in said.out

    def test_clean(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        replace(CLUSTER, node_groups=(replace(CORE, lifecycle="on-demand"), JOBS)).save(folder / "cluster.json")

        assert Said(capsys, *SAVED, "--select", "IGZ601").code == 0

    @pytest.mark.parametrize(("fail_on", "code"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)])
    def test_the_least_severity_that_fails(self, capsys: pytest.CaptureFixture[str], fail_on: str, code: int) -> None:
        assert Said(capsys, *SAVED, "--fail-on", fail_on, "--select", "IGZ601").code == code

    @pytest.mark.parametrize(
        ("arguments", "says"),
        [
            ((*SAVED, "--context", "a"), "--context is for a live cluster, and --cluster names a saved one"),
            ((*SAVED, "--save", "b.json"), "--save is for a live cluster"),
            ((*SAVED, "--timeout", "5"), "--timeout is for a live cluster"),
            (("--cluster", "other.json"), "other.json: cannot be read"),
            (("--cluster", "described.yaml"), "described.yaml: it describes a cluster, and an audit needs one that"),
            (("--cluster", "half.json"), "half.json:"),
            (("--cluster", "earlier.json"), "earlier.json: it does not say which node group its nodes belong to"),
            (("--cluster", "list.json"), "a mapping is required, found list"),
            ((*SAVED, "--environment", "staging"), "'staging' is not one of"),
            ((*SAVED, "--config", "other.yaml"), "other.yaml: there is no such file"),
            ((*SAVED, "--select", "IGZ999"), "IGZ999"),
            ((*SAVED, "--output", "no/such/a.json"), "no/such/a.json: cannot be written"),
            ((*SAVED, "--baseline", "baseline.json"), "baseline.json: cannot be read"),
            ((*SAVED, "--apart-from", "other.json"), "other.json: cannot be read"),
            (("--timeout", "0"), "0.0 is not in the range"),
            ((), "no kubeconfig can be read (~/.kube/config, as $KUBECONFIG names none): "),
            (("--kubeconfig", "no.yaml"), "no kubeconfig can be read (no.yaml): "),
            (("--kubeconfig", "broken.yaml"), "no kubeconfig can be read (broken.yaml): "),
            (("--kubeconfig", "closed.yaml", "--context", "b"), "there is no context 'b' (there are: a)"),
            (("--kubeconfig", os.devnull), f"{os.devnull}: there is no current context; name one (there are: none)"),
        ],
    )
    def test_usage(
        self, capsys: pytest.CaptureFixture[str], folder: Path, arguments: tuple[str, ...], says: str
    ) -> None:
        whole = (folder / "cluster.json").read_text()
        (folder / "half.json").write_text(whole[: len(whole) // 2])
        (folder / "list.json").write_text("[]")
        nodes = tuple(each._replace(group="") for each in NODES)
        replace(CLUSTER, live=replace(LIVE, nodes=nodes)).save(folder / "earlier.json")
        (folder / "described.yaml").write_text("environment: production\n")
        (folder / "broken.yaml").write_text("a: [\n")
        (folder / "closed.yaml").write_text(KUBECONFIG.format(port=9))

        said = Said(capsys, *arguments)
        assert said.code == 2
        assert says in said.err
        assert said.out == ""

    def test_a_server_that_does_not_answer(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        (folder / "closed.yaml").write_text(KUBECONFIG.format(port=9))

        said = Said(capsys, "--kubeconfig", "closed.yaml")
        assert said.code == 3
        assert said.err == (
            "igz-runtime: Kubernetes, context 'a' (http://127.0.0.1:9): nothing answers at this address\n"
        )

    def test_a_cluster_of_which_nothing_could_be_read(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        """The report is written all the same: it says what may not be read."""
        unknown = {"nodes": "this user may not (list nodes)", "pods": "this user may not (list pods)"}
        Cluster.iguazio(live=Live("2026-11-28T07:15:00Z", "ml", unknown=unknown)).save(folder / "cluster.json")

        said = Said(capsys, *SAVED)
        assert said.code == 3
        assert "  nodes: this user may not (list nodes)\n" in said.out
        assert Said(capsys, *SAVED, "--write-baseline", "known.json").code == 3
        assert not (folder / "known.json").exists()

    def test_an_interruption_ends_it_without_a_traceback(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            (folder / "silent.yaml").write_text(KUBECONFIG.format(port=server.getsockname()[1]))
            command = [*INTERRUPTIBLE, "audit", "--kubeconfig", "silent.yaml"]
            environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
            started = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)
            with started as ran, server.accept()[0] as connection:
                connection.recv(1)  # it has asked, and waits for an answer
                ran.send_signal(signal.SIGINT)
                _, told = ran.communicate(timeout=20)

        assert ran.returncode == 130
        assert "Traceback" not in told


class TestWhatIsJudged:
    def test_a_cluster_that_was_saved_without_what_runs_there(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        replace(CLUSTER, live=replace(LIVE, running=None)).save(folder / "cluster.json")

        said = Said(capsys, *AS_JSON)
        assert said.code == 1
        assert [each["group"] for each in said.of("IGZ601")] == ["initial"]
        assert said.report["summary"]["pods"] is None

    def test_the_environment_that_is_named(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert Said(capsys, *AS_JSON, "--environment", "production").report["environment"] == "production"
        monkeypatch.setenv("IGZ_RUNTIME_ENVIRONMENT", "development")
        assert Said(capsys, *AS_JSON).report["environment"] == "development"

    def test_what_igz_runtime_yaml_says_of_the_cluster_and_of_rules(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        (folder / "igz-runtime.yaml").write_text(
            "cluster:\n  environment: production\n  node_groups: [{name: initial, least: 2, most: 2}]\n"
            "rules: {severities: {IGZ601: warning}}\nfail-on: warning\n"
        )
        said = Said(capsys, *AS_JSON, "--select", "IGZ601")

        assert said.code == 1
        assert said.report["environment"] == "production"
        assert said.report["groups"][0]["bounds"]["most"] == 2
        assert [each["severity"] for each in said.of("IGZ601")] == ["warning"]
        assert Said(capsys, *AS_JSON, "--select", "IGZ601", "--no-config").report["environment"] is None

    @pytest.mark.parametrize(("function", "waived"), [("train", True), ("other", False)])
    def test_a_waiver_of_igz_runtime_yaml(
        self,
        capsys: pytest.CaptureFixture[str],
        folder: Path,
        function: str,
        waived: bool,  # noqa: FBT001
    ) -> None:
        (folder / "igz-runtime.yaml").write_text(
            f"waivers: [{{rule: IGZ611, function: {function}, reason: small, until: 2999-01-01}}]\n"
        )

        said = Said(capsys, *AS_JSON, "--environment", "production", "--select", "IGZ611")
        assert [each["waived"] is not None for each in said.of("IGZ611")] == [waived]
        assert said.of("IGZ611")[0]["function"] == "train"

    def test_rules_that_are_ignored_find_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        report = Said(capsys, *AS_JSON, "--ignore", "IGZ6").report

        assert "IGZ6" not in {each["rule"][:4] for each in (*report["findings"], *report["unchecked"]) if each["rule"]}


class TestReports:
    def test_several_formats_at_once(self, capsys: pytest.CaptureFixture[str], folder: Path) -> None:
        said = Said(capsys, *SAVED, "-o", "a.sarif", "-o", "b.xml", "-o", "c.json", "--format", "github")

        assert "\n::error file=cluster.json,title=IGZ601 core-group-on-spot::" in f"\n{said.out}"
        (result, *_) = json.loads((folder / "a.sarif").read_text())["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "cluster.json"
        assert 'name="igz-runtime audit"' in (folder / "b.xml").read_text()
        assert json.loads((folder / "c.json").read_text())["version"] == 1

    def test_the_schema_is_printed_and_holds(self, capsys: pytest.CaptureFixture[str]) -> None:
        report = Said(capsys, *AS_JSON).report
        assert main(["schema", "audit"]) == 0

        jsonschema.Draft202012Validator(json.loads(capsys.readouterr().out)).validate(report)

    def test_a_baseline_knows_a_finding_when_its_counts_change(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        production = (*AS_JSON, "--environment", "production", "--fail-on", "warning", "--baseline", "known.json")
        written = Said(capsys, *SAVED, "--environment", "production", "--write-baseline", "known.json")
        assert (written.code, written.out) == (0, "")
        more = RUNNING._replace(work=(work(7),))
        replace(CLUSTER, live=replace(LIVE, running=more)).save(folder / "cluster.json")

        said = Said(capsys, *production)
        assert said.code == 0
        assert {each["known"] for each in said.report["findings"]} == {True}
        other = RUNNING._replace(work=(work(7)._replace(identity=Identity("job", "churn", "other")),))
        replace(CLUSTER, live=replace(LIVE, running=other)).save(folder / "cluster.json")
        again = Said(capsys, *production)
        assert again.code == 1
        assert {each["function"] for each in again.report["findings"] if not each["known"]} == {"other"}

    def test_findings_of_one_rule_on_the_cluster_are_told_apart(
        self, capsys: pytest.CaptureFixture[str], folder: Path
    ) -> None:
        only = ("--select", "IGZ610", "--fail-on", "warning")
        live = replace(LIVE, priorities={"igz-workload-low": 1}, running=RUNNING._replace(work=()))
        replace(CLUSTER, priority_classes=("igz-workload-low",), live=live).save(folder / "cluster.json")
        Said(capsys, *SAVED, *only, "--write-baseline", "known.json")
        live = replace(LIVE, priorities={"igz-workload-low": 1})
        replace(CLUSTER, priority_classes=CLUSTER.priority_classes, live=live).save(folder / "cluster.json")

        said = Said(capsys, *AS_JSON, *only, "--baseline", "known.json")
        assert said.code == 1
        assert [each["known"] for each in said.of("IGZ610")] == [False]

    def test_text_lists_what_is_known_on_request(self, capsys: pytest.CaptureFixture[str]) -> None:
        Said(capsys, *SAVED, "--write-baseline", "known.json")

        assert "IGZ601" not in Said(capsys, *SAVED, "--baseline", "known.json").out.partition("not checked")[0]
        verbose = Said(capsys, *SAVED, "--baseline", "known.json", "-v").out
        assert "IGZ601 error, in the baseline" in verbose
