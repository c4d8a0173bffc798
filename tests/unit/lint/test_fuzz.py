"""Lint on texts with any fault: never a traceback, never a secret in a message, and fixes that come to an end."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.lint.fix.fixes import fixed
from igz_runtime.lint.judging import judge_file, lint_text
from igz_runtime.lint.results import Report
from igz_runtime.lint.settings import Settings
from tests.kinds import OF_MLRUN

SECRET = "hunter2-and-more"  # noqa: S105  (no password of anyone)
_POD = f"""\
  image: mlrun/mlrun
  env: [{{name: PASSWORD, value: {SECRET}}}]
  node_selector: {{app.iguazio.com/lifecycle: preemptible, zone: ' a'}}
  tolerations: [{{key: spot, operator: Exists, effect: NoSchedule, tolerationSeconds: 30}}]
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{{matchExpressions: [{{key: zone, operator: In, values: [a]}}]}}]
  priority_class_name: igz-workload-high
  preemption_mode: Prevent
"""
_RESOURCES = "{requests: {cpu: 1, memory: 4gi, nvidia.com/gpu: 1}, limits: {cpu: '2'}}"
_OF_JOB = f"{_POD}  resources: {_RESOURCES}\n  build: {{requirements: [torch]}}\n  default_handler: train\n"


def _mlrun(kind: str, more: str) -> str:
    return (
        f"kind: {kind}\nmetadata:\n  name: f\n  project: p\n  labels: {{owner: me}}\n  categories: [etl]\n"
        f"  annotations: {{igz-runtime/waive-IGZ101: it is resubmitted}}\nspec:\n{more}"
    )


def _indented(text: str, by: int) -> str:
    return "".join(" " * by + line for line in text.splitlines(keepends=True)).lstrip()


_WORKFLOW = f"""\
apiVersion: argoproj.io/v1alpha1
kind: Workflow
metadata:
  generateName: pipeline-
  annotations: {{pipelines.kubeflow.org/kfp_sdk_version: 1.8.22}}
spec:
  entrypoint: pipeline
  templates:
  - name: train
    container:
      args: []
      command: [mlrun, run, --kind, job, --handler, train]
      image: mlrun/mlrun
      env: [{{name: PASSWORD, value: {SECRET}}}]
      resources: {_RESOURCES}
    nodeSelector: {{zone: a}}
    tolerations: [{{key: spot, operator: Exists}}]
    sidecars: [{{name: side, resources: {_RESOURCES}}}]
    retryStrategy: {{limit: 2}}
"""
SEEDS: Final = {
    **{kind: _mlrun(kind, _OF_JOB) for kind in OF_MLRUN},
    "mpijob": _mlrun("mpijob", _OF_JOB + "  replicas: 4\n"),
    "dask": _mlrun("dask", f"{_POD}  scheduler_resources: {_RESOURCES}\n  worker_resources: {_RESOURCES}\n"),
    "spark": _mlrun(
        "spark",
        f"{_POD}  driver_resources: {_RESOURCES}\n  executor_resources: {_RESOURCES}\n"
        "  executor_node_selector: {zone: a}\n  executor_preemption_mode: allow\n",
    ),
    "remote": _mlrun(
        "nuclio",
        f"{_OF_JOB}  min_replicas: 1\n  max_replicas: 4\n  config:\n    spec.targetCPU: 80\n"
        f"    spec.sidecars: [{{name: s, resources: {_RESOURCES}}}]\n"
        "  base_spec: {spec: {nodeSelector: {zone: a}},\n"
        "    metadata: {annotations: {nuclio.io/preemptible-mode: allow}}}\n",
    ),
    "serving": _mlrun("serving", _OF_JOB + "  graph: {states: {m: {kind: task}}}\n  function_refs: [{name: c}]\n"),
    "application": _mlrun("application", _OF_JOB + "  state_thresholds: {pending_not_scheduled: 1h}\n"),
    "nuclio's own": "apiVersion: nuclio.io/v1beta1\nkind: NuclioFunction\nmetadata: {name: f, labels: {a: b}}\nspec:\n"
    f"  handler: main:handler\n  runtime: python:3.11\n  resources: {_RESOURCES}\n  nodeSelector: {{zone: a}}\n"
    f"  env: [{{name: PASSWORD, value: {SECRET}}}]\n  preemptionMode: Allow\n  minReplicas: 1\n  maxReplicas: 3\n"
    f"  initContainers: [{{name: i, resources: {_RESOURCES}}}]\n",
    "nuclio with meta": f"meta: {{name: f}}\nspec: {{handler: a, runtime: golang, resources: {_RESOURCES}}}\n",
    "project": "kind: project\nmetadata: {name: p}\nspec:\n  functions:\n  - name: a\n    spec:\n      "
    + _indented(_mlrun("job", _OF_JOB), 6)
    + "  - {name: b, kind: job, image: x, handler: train, url: train.py}\n  - {name: c, url: function.yaml}\n",
    "workflow": _WORKFLOW,
    "several": f"{_mlrun('job', _OF_JOB)}---\nkind: ConfigMap\napiVersion: v1\n---\n{_mlrun('dask', _POD)}",
}


def linted(text: str | bytes, name: str = "function.yaml") -> Report:
    """The report, which must tell no secret, and a place in the file for everything."""
    report = lint_text(name, text)
    for finding in report.findings:
        assert SECRET not in f"{finding.finding} {finding.finding.fix}"
        assert finding.position >= (1, 1)
    assert SECRET not in "".join(note.text for note in report.notes)
    return report


def fixed_until_nothing_changes(text: str, name: str = "function.yaml") -> bytes:
    """What repeated fixing comes to; each round must leave less to be fixed."""
    content = text.encode("utf-8", "surrogatepass")
    for _ in range(6):
        after = fixed(content, name, judge_file(name, content, Settings(), named=True).changes)
        if after == content:
            return content
        content = after
    raise AssertionError("fixing goes on forever")


@pytest.mark.parametrize("kind", SEEDS)
def test_a_seed_is_a_function_with_findings(kind: str) -> None:
    report = linted(SEEDS[kind])

    assert report.functions
    assert report.findings
    assert not report.unreadable


WRONG: Final[tuple[Any, ...]] = (
    *(None, True, 0, -1, 10**30, 1.5, float("nan"), "", " ", "x\x85\u2028", "{{inputs.x}}", "4gi", "\U0001f680" * 70),
    *([], [None], [[[]]], {}, {"a": {}}, {1: 2, None: 3}),
)


def test_what_stands_before_a_fault_is_reported_with_its_place() -> None:
    text = '{"kind": "job", "x": "' + "y " * 600 + '", "spec": {"preemption_mode": "X"}}"\\ud800"'

    rules = {each.finding.rule: each.position.column for each in linted(text).findings}

    assert "IGZ901" in rules
    assert rules.get("IGZ110") in (None, text.index('"preemption_mode"') + 1)


_AS_A_JOB = [kind for kind in OF_MLRUN if kind != "job" and SEEDS[kind] == _mlrun(kind, _OF_JOB)]
_WITH_FIELDS_OF_THEIR_OWN = [kind for kind in SEEDS if kind not in (*_AS_A_JOB, "several")]


@pytest.mark.parametrize("kind", _WITH_FIELDS_OF_THEIR_OWN)
def test_any_type_at_any_key(kind: str) -> None:
    document = yaml.safe_load(SEEDS[kind])
    for path in _paths(document, ()):
        for value in WRONG:
            changed = copy.deepcopy(document)
            _holder(changed, path)[path[-1]] = value
            linted(json.dumps(changed), "function.json")


@pytest.mark.parametrize("kind", _WITH_FIELDS_OF_THEIR_OWN)
def test_any_key_can_be_missing_or_be_no_text(kind: str) -> None:
    document = yaml.safe_load(SEEDS[kind])
    for path in _paths(document, ()):
        for key in (None, 1, "x" * 300):
            changed = copy.deepcopy(document)
            holder = _holder(changed, path)
            value = holder.pop(path[-1])
            if isinstance(holder, dict) and key is not None:
                holder[key] = value
            linted(yaml.dump(changed, Dumper=yaml.SafeDumper))


def _paths(value: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from _paths(item, (*at, key))


def _holder(document: Any, path: tuple[Any, ...]) -> Any:
    for part in path[:-1]:
        document = document[part]
    return document


ODD = st.sampled_from(
    [
        *("\t", "\r", "\r\n", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\u202e", "\ud800", "\U0001f680", " ", "\n"),
        *(
            "  ",
            "\n\n",
            "- ",
            ": ",
            ":",
            "? ",
            "&a ",
            "*a",
            "<<: *a\n",
            "!!python/object:os.system ",
            "!!int ",
            "!Ref ",
        ),
        *("!!binary ", "!<tag:x> ", "|\n", ">-\n", "|9\n", "[", "]", "{", "}", ",", "'", '"', '"\\ud83d"', '"\\x', "#"),
        *("%YAML 1.1\n", "---\n", "...\n", "@", "`", "9" * 400, "1e999", "0x", "0o7", "-.inf", ".nan", "1_0", "~", "="),
        *("2024-13-45", "12:99:99", "null", "kind: job\n", "kind: project\n", "spec:\n", "metadata: &a\n"),
        *(
            "# igz-runtime: waive IGZ101 x\n",
            "# igz-runtime: waive\n",
            "# igz-runtime: waive IGZ999 until 2020-99-01\n",
        ),
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A seed with some of its text lost, doubled, moved, or with something odd in it."""
    text = SEEDS[draw(st.sampled_from(list(SEEDS)))]
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 2, 5, 30, 200])))
        new = draw(ODD | st.just("") | st.just(text[start:end] * 2) | st.text(max_size=3))
        text = text[:start] + new + text[end:]
    if draw(st.integers(0, 9)) == 0:
        text = text[: draw(st.integers(0, len(text)))]
    return text


@given(mutated())
def test_a_mutated_text_is_reported_and_can_be_fixed(text: str) -> None:
    linted(text)
    linted(text.replace("\n", "\r\n"))
    linted(fixed_until_nothing_changes(text))


@given(st.sampled_from(list(SEEDS)), st.data())
def test_mutated_json_is_reported_and_can_be_fixed(kind: str, data: st.DataObject) -> None:
    document = next(yaml.safe_load_all(SEEDS[kind]))
    text = json.dumps(document, indent=data.draw(st.sampled_from([None, 2])))
    start = data.draw(st.integers(0, len(text)))
    new = data.draw(ODD | st.sampled_from(["", '"\\ud800"', "NaN", "-Infinity", "1e999", "\\", '{"a":1,"a":2}']))
    text = text[:start] + new + text[start + data.draw(st.integers(0, 3)) :]
    for name in ("function.json", "function.yaml"):
        linted(text, name)
        linted(fixed_until_nothing_changes(text, name), name)


@given(st.binary(max_size=200), st.sampled_from([".yaml", ".json", ".py", ".ipynb", ""]))
def test_any_bytes_in_any_file(content: bytes, suffix: str) -> None:
    linted(content, f"file{suffix}")
