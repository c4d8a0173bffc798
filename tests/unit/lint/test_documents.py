"""Which functions YAML and JSON files hold, and where each of their fields stands."""

from __future__ import annotations

import json

import pytest
import yaml

from igz_runtime.functions import adapter_for
from igz_runtime.functions.pipeline import NOT_KFP_2
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.documents.functions import TEMPLATE, read_documents
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Content
from igz_runtime.text.place import Position
from tests.workflows import JOB, KFP_2, template, workflow

MLRUN = "kind: job\nmetadata: {name: etl}\nspec: {image: mlrun/mlrun}\n"


def names(content: Content) -> list[tuple[str, str]]:
    found = [written.function or adapter_for(written.document).read() for written in content.functions]
    return [(function.kind, function.name) for function in found]


class TestFunctions:
    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (MLRUN, ("job", "etl")),
            ("apiVersion: nuclio.io/v1\nkind: NuclioFunction\nmetadata: {name: a}\nspec: {}\n", ("nuclio", "a")),
            ("apiVersion: nuclio.io/v1beta1\nkind: Function\nmetadata: {name: a}\nspec: {}\n", ("nuclio", "a")),
            ("apiVersion: nuclio.io/v1\nmetadata: {name: a}\nspec: {handler: h, runtime: golang}\n", ("nuclio", "a")),
            ("meta: {name: a}\nspec: {handler: h, runtime: golang}\n", ("nuclio", "a")),
            ("kind: nuclio\nmetadata: {name: a}\nspec: {}\n", ("remote", "a")),
            ("kind: nuclio:serving\nmetadata: {name: a}\nspec: {}\n", ("remote", "a")),  # as code_to_function makes it
            ("kind: nuclio:serving_v2\nmetadata: {name: a}\nspec: {}\n", ("serving", "a")),
        ],
    )
    def test_of_every_form(self, text: str, found: tuple[str, str]) -> None:
        assert names(read_documents(text)) == [found]

    def test_several_in_one_file_each_at_its_place(self) -> None:
        content = read_documents(f"# two\n---\n{MLRUN}---\n{MLRUN.replace('etl', 'load')}")

        assert names(content) == [("job", "etl"), ("job", "load")]
        assert [written.at(("metadata", "name")) for written in content.functions] == [Position(4, 12), Position(8, 12)]
        assert [written.root for written in content.functions] == [(0,), (1,)]

    def test_json_and_lists(self) -> None:
        function = {"kind": "job", "metadata": {"name": "etl"}, "spec": {}}
        exported = {"kind": "List", "items": [{**function, "apiVersion": "nuclio.io/v1", "kind": "NuclioFunction"}]}

        assert names(read_documents(json.dumps(function), of_json=True)) == [("job", "etl")]
        assert names(read_documents(json.dumps([function, function]), of_json=True)) == [("job", "etl")] * 2
        assert names(read_documents(json.dumps(exported), of_json=True)) == [("nuclio", "etl")]

    @pytest.mark.parametrize(
        "text",
        [
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n",
            "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec: {}\n",
            "AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: !Ref B, Properties: !GetAtt [A, kind]}}\n",
            'apiVersion: v1\nkind: {{ .Values.kind }}\nmetadata:\n  {{- include "labels" . | nindent 4 }}\n',
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: []}\n",
            "kind: local\nmetadata: {name: a}\nspec: {}\n",
            "kind: job\nsteps: [1, 2]\n",
            "kind: [job]\nspec: {}\n",
            "just text about a kind of spec\n",
            "version: 2\nmetadata: [broken\n",
            "",
        ],
    )
    def test_what_is_none_is_passed_over_in_silence(self, text: str) -> None:
        assert read_documents(text) == Content()


class TestBrokenFiles:
    @pytest.mark.parametrize(
        "text",
        ["kind: job\nspec: [\n", '{"kind": "NuclioFunction", "spec": ', "apiVersion: nuclio.io/v1\nspec:\n\tx: 1\n"],
    )
    def test_of_a_function_are_said(self, text: str) -> None:
        assert len(read_documents(text, of_json=text.startswith("{")).broken) == 1

    @pytest.mark.parametrize(
        "text",
        [
            "kind: job  # {{- rendered\nspec: [\n",
            "# {% if x %}\nkind: job\nspec: [\n",
            "kind: job\n{{- x }}\n" + "#\n" * 100_001,
        ],
        ids=["behind a value", "a comment", "too long"],
    )
    def test_what_looks_like_a_template_where_it_makes_nothing(self, text: str) -> None:
        assert len(read_documents(text).broken) == 1

    def test_a_template_of_functions_is_said_not_to_be_checked(self) -> None:
        content = read_documents("kind: job\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n")

        assert content.broken == []
        assert [remark.text for remark in content.notes] == [TEMPLATE]

    def test_what_stood_before_is_read(self) -> None:
        content = read_documents(f"{MLRUN}---\nkind: job\nspec: [\n")

        assert names(content) == [("job", "etl")]
        assert content.broken[0].position.line >= 6

    def test_each_fault_of_a_file_that_was_named(self) -> None:
        assert read_documents("a: [", named=True).broken
        assert not read_documents("a: [").broken

    def test_a_key_that_stands_twice_in_a_function(self) -> None:
        content = read_documents("kind: job\nmetadata: {name: a}\nspec:\n  image: a\n  image: b\n")

        assert [remark.position for remark in content.broken] == [Position(5, 3)]
        assert not read_documents("a: 1\na: 2\n").broken


class TestProjects:
    PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - name: etl
    spec:
      kind: job
      metadata: {name: old}
      spec:
        preemption_mode: allow
  - {url: trainer.yaml, name: trainer}
  - {url: score.py, name: score, kind: nuclio, image: mlrun/mlrun, handler: score}
  - {url: "hub://describe", name: describe}
  - {url: local.py, kind: local}
  - name: inline
    kind: dask
    metadata: {name: inline}
    spec: {image: x}
"""

    def test_embedded_functions_have_the_projects_names_and_their_own_places(self) -> None:
        content = read_documents(self.PROJECT)

        assert names(content) == [("job", "etl"), ("remote", "score"), ("dask", "inline")]
        assert content.functions[0].at(("spec", "preemption_mode")) == Position(10, 9)
        assert content.functions[0].root == (0, "spec", "functions", 0, "spec")
        assert content.functions[1].at(("spec", "resources")) == Position(12, 5)

    def test_functions_by_file_are_followed_and_others_said(self) -> None:
        content = read_documents(self.PROJECT)

        assert [(follow.file, follow.position) for follow in content.files] == [("trainer.yaml", Position(11, 6))]
        assert [(note.position, note.text) for note in content.notes] == [
            (Position(13, 6), "a function that is fetched (hub://…) is not looked into")
        ]

    @pytest.mark.parametrize("functions", ["[]", "{}", "5", "[1, null, {spec: 3}]"])
    def test_junk_in_the_list(self, functions: str) -> None:
        content = read_documents(f"kind: project\nspec: {{functions: {functions}}}\n")

        assert all(function.document["kind"] == "job" for function in content.functions)


class TestPipelines:
    STEP = """\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  annotations: {pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}
spec:
  nodeSelector: {zone: a}
  templates:
  - name: dag
    dag: {tasks: []}
  - name: train
    container:
      image: mlrun/mlrun
      command: [python, -m, mlrun, run, --handler, fit, "{'kind': 'job', 'metadata': {'name': 'train'}, 'spec': {}}"]
      resources:
        limits: {cpu: 1, memory: 1Gi}
    tolerations:
    - {operator: Exists}
    PriorityClassName: igz-workload-high
    retryStrategy: {limit: 3, retryPolicy: Always}
    sidecars:
    - name: proxy
      resources: {requests: {cpu: 1}}
"""

    def test_each_step_is_a_function_and_so_is_what_its_command_holds(self) -> None:
        content = read_documents(self.STEP)

        assert names(content) == [("step", "train"), ("job", "train")]
        assert content.functions[1].at(("spec", "image")) == Position(13, 57)

    def test_what_the_steps_pod_asks_for(self) -> None:
        written = read_documents(self.STEP).functions[0]
        assert written.function is not None
        (role,) = written.function.roles

        assert role.node_selector == {"zone": "a"}
        assert role.priority_class == "igz-workload-high"
        assert [(c.name, c.sort) for c in role.containers] == [("main", "main"), ("proxy", "sidecar")]
        assert written.function.evidence.handler == "fit"
        assert written.workload is not None
        assert written.workload.restartable

    @pytest.mark.parametrize(
        ("strategy", "again"),
        [
            ("{limit: 3, retryPolicy: OnError}", True),
            ("{retryPolicy: Always}", True),
            ("{limit: 3}", False),
            ("{limit: 3, retryPolicy: OnFailure}", False),
            ('{limit: "0", retryPolicy: Always}', False),
            ("{}", False),
        ],
    )
    def test_a_step_whose_pod_is_lost_is_an_error_to_argo(self, strategy: str, *, again: bool) -> None:
        text = self.STEP.replace("{limit: 3, retryPolicy: Always}", strategy)

        workload = read_documents(text).functions[0].workload
        assert workload is not None
        assert workload.restartable is again

    @pytest.mark.parametrize(
        ("command", "found"),
        [("[python, -m, mlrun, run]", {"IGZ103"}), ("[python, train.py]", {"IGZ101", "IGZ103"})],
    )
    def test_a_step_that_only_waits_holds_no_state(self, command: str, found: set[str]) -> None:
        text = self.STEP.replace("    retryStrategy: {limit: 3, retryPolicy: Always}\n", "")
        lines = [f"      command: {command}" if "command:" in line else line for line in text.split("\n")]

        report = lint_text("workflow.yaml", "\n".join(lines))

        spot = [each.finding for each in report.findings if each.finding.rule in ("IGZ101", "IGZ103")]
        assert {finding.rule for finding in spot} == found
        assert any("call step.set_retry(3, policy='Always'): what it runs may then run twice" in f.fix for f in spot)

    @pytest.mark.parametrize(
        ("field", "place"),
        [
            ((), (10, 5)),
            (("tolerations", 0), (17, 7)),
            (("priority_class",), (18, 5)),
            (("containers", "main", "limits", "memory"), (15, 26)),
            (("containers", "main", "requests", "cpu"), (14, 7)),
            (("containers", "proxy", "requests", "cpu"), (22, 30)),
            (("affinity",), (10, 5)),
        ],
    )
    def test_places(self, field: tuple[str | int, ...], place: tuple[int, int]) -> None:
        written = read_documents(self.STEP).functions[0]
        assert written.place is not None

        assert written.at(written.place("step", field)) == Position(*place)

    def test_a_retry_of_a_step_counts_for_the_run_that_it_restarts(self) -> None:
        text = self.STEP.replace("{limit: 3, retryPolicy: Always}", "{limit: 3}")

        step, run = (written.workload for written in read_documents(text).functions)

        assert step is not None
        assert not step.restartable
        assert run == Workload(restartable=True)

    def test_a_pipeline_of_kfp_2_is_noted(self) -> None:
        content = read_documents(KFP_2)

        assert [(str(note.position), note.text) for note in content.notes] == [("1:1", NOT_KFP_2)]

    def test_a_field_of_the_wrong_type(self) -> None:
        content = read_documents(self.STEP.replace("- {operator: Exists}", "- {operator: 5}"))

        assert names(content) == [("job", "train")]
        assert content.wrong[0].position == Position(17, 8)
        assert "step 'train': tolerations[0].operator: text is required" in content.wrong[0].text


def test_what_a_function_in_a_step_declares_is_noted_where_the_step_holds_it() -> None:
    label = "'labels': {'igz-runtime/workload': 'stateless'}"
    step = template()
    step["container"]["command"][-1] = JOB.replace("'name': 'etl'", f"'name': 'trainer', {label}")
    (said,) = lint_text("pipeline.yaml", yaml.safe_dump(workflow(step))).declared

    assert (said.declaration.says, said.declaration.function, said.file) == ("stateless", "trainer", "pipeline.yaml")
    assert said.position
