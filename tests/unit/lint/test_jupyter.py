"""Jupyter services in files: judged at their places, from the command line as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from igz_runtime import Cluster, check
from igz_runtime.cli import main
from igz_runtime.errors import UnsupportedFunction
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.settings import Settings

HUB = """\
# values of the chart
singleuser:
  nodeSelector: {pool: users}
  profileList:
    - display_name: Small
      slug: small
      kubespawner_override: {cpu_limit: 1, mem_limit: 2G, mem_guarantee: 2G}
    - display_name: GPU
      slug: gpu
      kubespawner_override:
        cpu_limit: 8
        mem_limit: 64G
        mem_guarantee: 64G
        priority_class_name: igz-system-high
        extra_resource_limits:
          nvidia.com/gpu: "1"
        extra_pod_config:
          nodeName: node-7
cull:
  enabled: false
"""
LAB = """\
name: lab
kind: jupyter
resources:
  limits: {cpu: "8", memory: 64Gi, nvidia_gpu: "1"}
  requests: {cpu: "8", memory: 64Gi}
scale_to_zero:
  mode: enabled
"""
NOTEBOOK = """\
apiVersion: kubeflow.org/v1
kind: Notebook
metadata:
  name: lab
spec:
  template:
    spec:
      priorityClassName: system-node-critical
      containers:
        - name: lab
          resources: {limits: {cpu: "1", memory: 2Gi}, requests: {cpu: "2", memory: 2Gi}}
"""


def found(text: str, name: str = "f.yaml", **facts: object) -> list[tuple[str, str, int]]:
    settings = Settings(cluster=Cluster.iguazio(**facts))
    report = lint_text(name, text, settings)
    return [(each.finding.rule, each.finding.function, each.position.line) for each in report.findings]


def test_each_finding_has_its_line() -> None:
    assert found(HUB) == [("IGZ501", "gpu", 10), ("IGZ302", "gpu", 14), ("IGZ404", "gpu", 17)]
    assert found(LAB) == [("IGZ501", "lab", 6)]
    assert found(NOTEBOOK) == [("IGZ302", "lab", 8), ("IGZ202", "lab", 11), ("IGZ204", "lab", 11)]


def test_development_work_has_no_place_in_production() -> None:
    heads = [
        (rule, function, line) for rule, function, line in found(HUB, environment="production") if rule == "IGZ403"
    ]

    assert heads == [("IGZ403", "small", 5), ("IGZ403", "gpu", 8)]


def test_a_manifest_as_json() -> None:
    lab = {"name": "lab", "kind": "jupyter", "resources": {"limits": {"nvidia_gpu": "1", "cpu": "1", "memory": "2Gi"}}}
    text = f'{{"app_services": [\n{{"spec": {{"name": "sh", "kind": "shell"}}}},\n{{"spec": {json.dumps(lab)}}}]}}'

    assert ("IGZ501", "lab", 3) in found(text, "services.json")


def test_a_broken_field_is_named_where_it_stands_and_the_others_are_judged() -> None:
    assert found(HUB.replace("64G\n        mem_g", "64Gi\n        mem_g")) == [("IGZ902", "", 12)]
    assert ("IGZ902", "", 6) in found(LAB.replace("scale_to_zero:\n  mode: enabled\n", "scale_to_zero: on\n"))


@pytest.mark.parametrize(
    ("name", "meant", "line"),
    [
        ("scaletozero", "scale_to_zero", 6),
        ("window_sizes", "window_size", 9),
        ("metricName", "metric_name", 9),
        ("limit", "limits", 4),
        ("scaleResources", "scale_resources", 8),
        ("priorityClassName", "priority_class_name", 11),
    ],
)
def test_a_name_that_is_almost_right_is_named_where_it_stands(name: str, meant: str, line: int) -> None:
    """igz-mgmt takes every name, and the platform reads none of these."""
    spec = f"""{LAB}  scale_resources:
    - {{metric_name: num_of_requests, threshold: 0, window_size: 1h}}
advanced:
  priority_class_name: igz-workload-low
  min_replicas: 1
"""
    assert "IGZ903" not in [rule for rule, *_ in found(spec)]

    report = lint_text("lab.yaml", spec.replace(f"{meant}:", f"{name}:"))

    assert [
        (each.position.line, each.finding.message.partition("; ")[2])
        for each in report.findings
        if each.finding.rule == "IGZ903"
    ] == [(line, f"did you mean {meant!r}?")]


def test_a_comment_waives_a_rule_there() -> None:
    waived = LAB.replace("scale_to_zero:", "scale_to_zero: # igz-runtime: waive IGZ501 -- shared by the night shift")
    report = lint_text("lab.yaml", waived)

    assert [str(each.finding.waived.reason) for each in report.findings if each.finding.waived] == [
        "shared by the night shift"
    ]


def test_functions_and_services_in_one_file_are_both_judged() -> None:
    function = "kind: job\nmetadata: {name: etl}\nspec: {node_name: n1}\n"

    assert {name for _, name, _ in found(f"{LAB}---\n{function}")} == {"lab", "etl"}


@pytest.mark.parametrize("text", [HUB, LAB, NOTEBOOK], ids=["hub", "lab", "notebook"])
def test_check_says_what_lint_says(text: str, tmp_path: Path) -> None:
    file = tmp_path / "services.yaml"
    file.write_text(text)
    judged = [(finding.rule, finding.function) for finding in check(file)]

    assert sorted(judged) == sorted((rule, name) for rule, name, _ in found(text))


def test_the_command_line_ends_with_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "hub.yaml"
    file.write_text(HUB)
    code = main(["lint", str(file)])
    said = capsys.readouterr()

    assert (code, said.err) == (1, "")
    assert "IGZ501 error  jupyter 'gpu' (main): asks for nvidia.com/gpu, and nothing ends it" in said.out


def test_a_file_of_a_function_and_a_service_is_checked_whole(tmp_path: Path) -> None:
    function = "kind: job\nmetadata: {name: etl}\nspec: {replicas: 1, node_name: node-7}\n"
    path = tmp_path / "both.yaml"
    path.write_text(f"{LAB}---\n{function}")

    both = {(each.rule, each.function) for each in check(path, Cluster.iguazio())}

    assert both > {("IGZ501", "lab"), ("IGZ404", "etl")}
    path.write_text(f"{LAB}---\n{function}---\n{function}")
    with pytest.raises(UnsupportedFunction, match="holds 2 functions"):
        check(path)
