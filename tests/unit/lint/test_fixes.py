"""Fixes: what has one right answer is changed where it stands, and nothing else of the text is."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from igz_runtime import check
from igz_runtime.errors import InvalidValue, WriteFailed
from igz_runtime.functions.places import path_of
from igz_runtime.lint.fix.changes import change_for
from igz_runtime.lint.fix.fixes import Rooted, diff, fixed, write
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Finding
from igz_runtime.text.edits import Change
from igz_runtime.text.tree import read_yaml
from tests.examples import examples


def read(text: str) -> Any:
    """The document of a text, as lint reads it."""
    return next(read_yaml(text.removeprefix("\ufeff"))).value


def proposed(document: dict[str, Any], root: tuple[str | int, ...]) -> list[Rooted]:
    """The changes for every finding of a function's document."""
    found = []
    for finding in check(document):
        change = change_for(finding, document, path_of(document, finding.role, finding.field))
        if change:
            found.append((root, change))
    return found


def fixed_text(text: str, file: str = "function.yaml") -> str:
    """The text of a file that holds one function after `--fix`."""
    document = json.loads(text) if file.endswith(".json") else read(text)
    changes = proposed(document, (0,))
    return fixed(text.encode(), file, changes).decode()


def rules_of(text: str) -> list[str]:
    return sorted(finding.rule for finding in check(read(text)))


def job(spec: str) -> str:
    return f"kind: job\nmetadata:\n  name: report  # its name\nspec:\n{spec}"


@pytest.mark.parametrize(
    ("found", "expected", "rule"),
    [
        ("  resources:\n    limits: {memory: 4gi}  # enough\n", "limits: {memory: 4Gi}  # enough\n", "IGZ205"),
        ("  resources:\n    limits:\n      memory: '4GiB'\n", "memory: '4Gi'\n", "IGZ205"),
        ('  resources:\n    limits:\n      memory: "4 Gi"\n', 'memory: "4Gi"\n', "IGZ205"),
        ("  resources:\n    requests: {cpu: 500 m}\n", "requests: {cpu: 500m}\n", "IGZ205"),
        ("  preemption_mode: Prevent  # on demand\n", "preemption_mode: prevent  # on demand\n", "IGZ110"),
        ("  preemption_mode: ' none '\n", "preemption_mode: 'none'\n", "IGZ110"),
        ("  node_selector:\n    zone: ' a '\n", "zone: 'a'\n", "IGZ405"),
        ("  node_selector:\n    'zone ': a\n", "'zone': a\n", "IGZ405"),
        ('  node_selector: {" zone ": " a"}\n', '{"zone": "a"}\n', "IGZ405"),
        (
            "  resources:\n    requests: {nvidia.com/gpu: 1, cpu: 1, memory: 1Gi}\n",
            "limits: {nvidia.com/gpu: 1}\n",
            "IGZ203",
        ),
    ],
)
def test_one_right_answer_is_written_where_the_fault_stands(found: str, expected: str, rule: str) -> None:
    text = job(found)
    assert rule in rules_of(text)

    after = fixed_text(text)

    assert expected in after
    assert rule not in rules_of(after)
    assert set(rules_of(after)) <= set(rules_of(text))
    assert fixed_text(after) == after


@pytest.mark.parametrize(
    "found",
    [
        "  resources:\n    limits: {memory: 512m}\n",  # 512Mi or 512M
        "  resources:\n    limits: {memory: 16GB}\n",  # 10^9, or 2^30 as other tools read it
        "  resources:\n    limits: {memory: 16g}\n",
        "  resources:\n    limits: {memory: 4ki}\n",  # a unit that is too small as well
        "  resources:\n    limits: {cpu: 4gi}\n",
        "  resources:\n    limits: {memory: lots}\n",
        "  resources:\n    requests: {nvidia.com/gpu: 2}\n    limits: {nvidia.com/gpu: 1}\n",
        "  resources:\n    requests: {nvidia.com/gpu: 0.5}\n",
        "  preemption_mode: never\n",
        "  node_selector: {zone: ' a b '}\n",
        "  node_selector: {zone: a, ' zone': b}\n",
        "  node_selector: {'no key': a}\n",
    ],
)
def test_what_could_mean_two_things_stays(found: str) -> None:
    text = job(found)
    assert rules_of(text)
    assert fixed_text(text) == text


@pytest.mark.parametrize(("found", "expected"), [("4Gi", "4g"), ("512mi", "512m"), ("2GiB", "2g"), ("1.5Gi", "1.5Gi")])
def test_memory_of_spark_is_spelled_for_its_jvm(found: str, expected: str) -> None:
    text = (
        "kind: spark\nmetadata: {name: s}\nspec:\n  executor_resources:\n    requests:\n"
        f"      cpu: 1\n      memory: {found}\n    limits: {{cpu: 1}}\n"
    )
    assert "IGZ205" in rules_of(text)

    assert fixed_text(text) == text.replace(found, expected)
    assert ("IGZ205" in rules_of(fixed_text(text))) == (found == expected)


GPUS = {
    "beside other limits": (
        "    limits:\n      cpu: 1  # cores\n      # of the node\n    requests:\n      nvidia.com/gpu: 1\n",
        "    limits:\n      cpu: 1  # cores\n      nvidia.com/gpu: 1\n      # of the node\n",
    ),
    "without limits": (
        "    requests:\n      cpu: 1\n      nvidia.com/gpu: '1'  # one\n  image: x\n",
        "      nvidia.com/gpu: '1'  # one\n    limits:\n      nvidia.com/gpu: '1'\n  image: x\n",
    ),
    "at the end of the text": (
        "    requests:\n      nvidia.com/gpu: 1",
        "    requests:\n      nvidia.com/gpu: 1\n    limits:\n      nvidia.com/gpu: 1",
    ),
    "empty limits": (
        "    limits: {}\n    requests: {nvidia.com/gpu: 1}\n",
        "    limits: {nvidia.com/gpu: 1}\n    requests: {nvidia.com/gpu: 1}\n",
    ),
    "two GPUs": (
        "    requests:\n      amd.com/gpu: 1\n      nvidia.com/gpu: 1\n",
        "    limits:\n      amd.com/gpu: 1\n      nvidia.com/gpu: 1\n",
    ),
}


@pytest.mark.parametrize("name", GPUS)
def test_a_gpu_gets_its_limit_in_the_style_around_it(name: str) -> None:
    before, expected = GPUS[name]
    text = job(f"  resources:\n{before}")

    after = fixed_text(text)

    assert expected in after
    assert set(text.splitlines()) - {"    limits: {}"} <= set(after.splitlines())
    assert not [finding for finding in check(read(after)) if "without a limit" in finding.message]
    assert fixed_text(after) == after


@pytest.mark.parametrize("indent", [None, 1, 2])
def test_json_keeps_its_form(indent: int | None) -> None:
    resources = {"requests": {"nvidia.com/gpu": 1, "memory": "4gi"}}
    document = {"kind": "job", "metadata": {"name": "\U0001f680"}, "spec": {"resources": resources, "n": 1.50}}
    text = json.dumps(document, indent=indent)

    after = fixed_text(text, "function.json")

    resources["requests"]["memory"] = "4Gi"
    resources["limits"] = {"nvidia.com/gpu": 1}
    assert after == json.dumps(document, indent=indent)


def test_compact_json_stays_compact() -> None:
    text = '{"kind":"job","spec":{"resources":{"limits":{"cpu":"1"},"requests":{"nvidia.com/gpu":1}}}}'

    assert '"limits":{"cpu":"1","nvidia.com/gpu":1}' in fixed_text(text, "function.json")


def test_line_ends_and_byte_order_mark_stay() -> None:
    text = "\ufeff" + job("  resources:\n    requests:\n      nvidia.com/gpu: 1\n      memory: 4gi\n").replace(
        "\n", "\r\n"
    )
    changes = proposed(read(text), (0,))

    after = fixed(text.encode(), "function.yaml", changes).decode()

    assert after.startswith("\ufeffkind: job\r\n")
    assert "\n" not in after.replace("\r\n", "")
    assert after.endswith("memory: 4Gi\r\n    limits:\r\n      nvidia.com/gpu: 1\r\n")


def test_the_document_and_the_function_inside_are_found_by_the_root() -> None:
    function = "kind: job\n      spec: {preemption_mode: Prevent}"
    text = f"---\nkind: other\n---\nkind: project\nspec:\n  functions:\n    - {function}\n    - {function}\n...\n"
    document = read("kind: job\nspec: {preemption_mode: Prevent}")

    after = fixed(text.encode(), "project.yaml", proposed(document, (1, "spec", "functions", 1))).decode()

    assert after == "prevent".join(text.rsplit("Prevent", 1))


SHARED = """\
spec:
  functions:
    - kind: job
      spec:
        resources: &large
          limits: {memory: 4gi}
    - kind: job
      spec:
        resources: *large
"""


def test_a_shared_value_changes_only_with_all_that_share_it() -> None:
    document = read(SHARED)["spec"]["functions"][0]
    first, second = (proposed(document, (0, "spec", "functions", index)) for index in (0, 1))

    assert fixed(SHARED.encode(), "project.yaml", first).decode() == SHARED
    assert fixed(SHARED.encode(), "project.yaml", second).decode() == SHARED
    assert fixed(SHARED.encode(), "project.yaml", first + second).decode() == SHARED.replace("4gi", "4Gi")


def test_what_cannot_be_changed_does_not_keep_the_rest_from_it() -> None:
    text = SHARED.replace(
        "    - kind: job\n      spec:\n", "    - kind: job\n      spec:\n        preemption_mode: ALLOW\n", 1
    )
    document = read(text)["spec"]["functions"][0]

    after = fixed(text.encode(), "project.yaml", proposed(document, (0, "spec", "functions", 0))).decode()

    assert after == text.replace("ALLOW", "allow")


def wrong_type() -> Finding:
    return document_finding("IGZ902", "a label value is text")


@pytest.mark.parametrize("written", ["true", "1.10", "0x1F", "012", "yes", "2024-01-31", "1_000", "12:30", ".inf"])
def test_a_label_keeps_its_spelling_in_quotes(written: str) -> None:
    text = job(f"  node_selector:\n    zone: {written}  # why\n")
    path = ("spec", "node_selector", "zone")
    change = change_for(wrong_type(), read(text), path)
    assert change

    after = fixed(text.encode(), "function.yaml", [((0,), change)]).decode()

    assert after == text.replace(f": {written}", f': "{written}"')
    assert read(after)["spec"]["node_selector"] == {"zone": written}
    assert change_for(wrong_type(), read(after), path) is None


def test_a_label_in_json_gets_quotes() -> None:
    text = '{"kind": "job", "spec": {"tolerations": [{"key": "a", "value": 1.10}], "node_selector": {"b": true}}}'
    document = json.loads(text)
    paths: list[tuple[str | int, ...]] = [("spec", "tolerations", 0, "value"), ("spec", "node_selector", "b")]
    changes = [((0,), change_for(wrong_type(), document, path)) for path in paths]

    after = fixed(text.encode(), "function.json", [(root, change) for root, change in changes if change]).decode()

    assert after == text.replace("1.10", '"1.10"').replace("true", '"true"')


@pytest.mark.parametrize(
    ("path", "spec"),
    [
        (("spec", "replicas"), "{replicas: true}"),
        (("spec", "node_selector", "zone"), "{node_selector: {zone: [a]}}"),
        (("spec", "node_selector", "zone"), "{node_selector: {zone: null}}"),
        (("spec", "node_selector"), "{node_selector: true}"),
        ((), "{}"),
    ],
)
def test_other_types_are_not_guessed(path: tuple[str | int, ...], spec: str) -> None:
    assert change_for(wrong_type(), read(f"kind: job\nspec: {spec}"), path) is None


@pytest.mark.parametrize(
    ("wrong", "right", "beside", "renamed"),
    [
        ("nodeSelector", "node_selector", "image", True),
        ("priority_className", "priority_class_name", "image", True),
        ("nodeSelector", "node_selector", "node_selector", False),
        ("node_selectr", "node_selector", "image", False),
    ],
)
def test_a_field_in_the_other_case_is_renamed(wrong: str, right: str, beside: str, *, renamed: bool) -> None:
    text = job(f"  {wrong}:  # of the nodes\n    zone: a\n  {beside}: {{}}\n")
    finding = document_finding("IGZ903", f"spec.{wrong} is not a field of a job; did you mean {right!r}?")

    change = change_for(finding, read(text), ("spec", wrong))

    assert bool(change) == renamed
    if change:
        after = fixed(text.encode(), "function.yaml", [((0,), change)]).decode()
        assert after == text.replace(wrong, right)


def test_a_key_is_renamed_together_with_what_stands_below_it() -> None:
    text = job("  nodeSelector:\n    'zone ': ' a'\n  resources: {Limits: {Memory: 4gi}}\n")
    names = (("spec", "nodeSelector"), "node_selector"), (("spec", "resources", "Limits"), "limits")
    changes = [((0,), Change(path, "", key=key)) for path, key in names]
    changes += [
        ((0,), Change(("spec", "nodeSelector", "zone "), "", " a", "a", "zone")),
        ((0,), Change(("spec", "resources", "Limits", "Memory"), "", key="memory")),
        ((0,), Change(("spec", "resources", "Limits", "Memory"), "", "4gi", "4Gi")),
    ]

    after = fixed(text.encode(), "function.yaml", changes).decode()

    assert after == job("  node_selector:\n    'zone': 'a'\n  resources: {limits: {memory: 4Gi}}\n")


UNCHANGED = [
    "",
    "[",
    "kind: [job",
    "\x00",
    "kind: job\nspec: {preemption_mode: allow}\n",
    "kind: job\nspec: {preemption_mode: &a Prevent, image: *a}\n",
    "kind: job\nspec:\n  preemption_mode: |-\n    Prevent\n",
    "x: &x {preemption_mode: Prevent}\nkind: job\nspec:\n  <<: *x\n",
    "- kind: job\n",
    "[" * 200,
]


@pytest.mark.parametrize("text", UNCHANGED)
def test_where_the_text_is_another_one_nothing_happens(text: str) -> None:
    change = Change(("spec", "preemption_mode"), "", "Prevent", "prevent")

    for root in ((0,), (1,), (0, "spec"), ()):
        assert fixed(text.encode(), "function.yaml", [(root, change)]) == text.encode()
        assert fixed(text.encode(), "function.json", [(root, change)]) == text.encode()


def test_bytes_that_are_no_text_stay() -> None:
    assert fixed(b"a: \xff", "function.yaml", [((0,), Change(("a",), "", "b", "c"))]) == b"a: \xff"


def test_a_text_that_is_nested_too_deeply_stays() -> None:
    text = '{"kind": "job", "spec": {"preemption_mode": "Prevent", "x": ' + "[" * 700 + "]" * 700 + "}}"
    change = Change(("spec", "preemption_mode"), "", "Prevent", "prevent")

    assert fixed(text.encode(), "function.json", [((0,), change)]) == text.encode()


def test_a_value_with_an_anchor_or_a_tag_keeps_it() -> None:
    text = "kind: job\nspec:\n  preemption_mode: &mode !!str Prevent\n"

    assert fixed_text(text) == text.replace("Prevent", "prevent")


def test_the_difference_is_what_changes_and_nothing_else() -> None:
    before, after = b"a: 1\nb: \xc3\xa9\nc: 3", b"a: 1\nb: \xc3\xa9\nc: 4"

    assert diff(before, after, "in/f.yaml") == (
        "--- a/in/f.yaml\n+++ b/in/f.yaml\n@@ -3,1 +3,1 @@\n"
        "-c: 3\n\\ No newline at end of file\n+c: 4\n\\ No newline at end of file\n"
    )
    assert diff(before, before, "in/f.yaml") == ""


LINES = st.lists(st.sampled_from(["a: 1", "b: 2", "c: 3", "", "d: [1]"]), max_size=8)


@given(LINES, LINES)
@settings(max_examples=examples(30), deadline=None)
def test_the_difference_can_be_applied(before: list[str], after: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "f.yaml")
        old, new = ("".join(f"{line}\n" for line in lines).encode() for lines in (before, after))
        file.write_bytes(old)
        patch = diff(old, new, "f.yaml")
        if patch:
            command = ["git", "apply", "--unidiff-zero", "--allow-empty", "-"]
            subprocess.run(command, cwd=folder, input=patch, text=True, check=True, capture_output=True)
        assert (file.read_bytes() if file.exists() else b"") == new


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("spec:\n  env:\n  - {name: A, value: hunter2}\n  preemption_mode: Prevent\n", False),
        ("spec:\n  preemption_mode: Prevent\n  env: [{name: A, value: hunter2}]\n", False),
        ("spec: {env: [{name: A, value: hunter2}], preemption_mode: Prevent}\n", True),
        ('{"spec": {"preemption_mode": "Prevent", "env": [{"name": "A", "value": "hunter2"}]}}', True),
        ("spec: {env: [{name: A,\n  value: hunter2}], preemption_mode: Prevent}\n", True),
        ("spec: {&a env: &b [{name: A, value: hunter2}], preemption_mode: Prevent, x: *b}\n", True),
    ],
)
def test_no_value_of_an_environment_variable_is_in_the_difference(text: str, *, hidden: bool) -> None:
    after = text.replace("Prevent", "prevent")
    shown = diff(text.encode(), after.encode(), "f.json" if text.startswith("{") else "f.yaml")

    assert "hunter2" not in shown
    assert ("changes too, and is not shown" in shown) is hidden
    assert ("+" in shown) is not hidden


def test_the_name_of_a_file_is_printed_as_any_text() -> None:
    shown = diff(b"a: 1\n", b"a: 2\n", "in\n::error::x\x1b[2J.yaml")

    assert shown.splitlines()[:2] == [f"{side}/in\\n::error::x\\x1b[2J.yaml" for side in ("--- a", "+++ b")]


def test_one_of_several_hard_links_stays(tmp_path: Path) -> None:
    file, other = tmp_path / "f.yaml", tmp_path / "other.yaml"
    file.write_bytes(b"a")
    other.hardlink_to(file)

    with pytest.raises(WriteFailed, match="is one of 2 hard links, and the others would stay as they are"):
        write(file, b"a", b"b")

    assert (file.read_bytes(), other.read_bytes()) == (b"a", b"a")


def test_a_file_is_replaced_with_its_permissions_and_its_link(tmp_path: Path) -> None:
    target, link = tmp_path / "f.yaml", tmp_path / "link.yaml"
    target.write_bytes(b"a")
    target.chmod(0o640)
    link.symlink_to(target)

    write(link, b"a", b"b")

    assert link.is_symlink()
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"b", 0o640)
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["f.yaml", "link.yaml"]


def test_a_file_that_someone_else_changed_stays(tmp_path: Path) -> None:
    target = tmp_path / "f.yaml"
    target.write_bytes(b"theirs")

    with pytest.raises(InvalidValue, match="was changed since it was checked"):
        write(target, b"a", b"b")
    assert target.read_bytes() == b"theirs"
    with pytest.raises(WriteFailed, match="cannot be read again"):
        write(tmp_path / "gone.yaml", b"a", b"b")


COMMENTS = st.sampled_from(["", "  # a comment: 4gi", "\t# Prevent", " #", "    "])
BETWEEN = st.sampled_from(["", "# whole line\n", "\n", "   \n", "      # indented\n"])
KEPT = st.sampled_from(
    [
        "  image: mlrun/mlrun",
        "  build: {commands: [pip install 4gi, 'a  b']}",
        "  description: >-\n    folded\n    4gi text\n",
        "  code: |\n    memory: 4gi\n",
        "  env:\n  - name: X\n    value: ~",
        "  args: [1.10, 0x1F, yes, null, 1e3]",
        "  default_handler: &h 'train'\n  function_handler: *h",
    ]
)
FAULTS = st.fixed_dictionaries(
    {},
    optional={
        "preemption_mode": st.sampled_from(["Prevent", "'NONE '", '"Allow"', "allow"]),
        "node_selector": st.sampled_from(["{zone: ' a'}", "{'zone ': a}", "\n    zone: ' a '", "{}", "\n    zone: b"]),
        "resources": st.sampled_from(
            [
                "{limits: {memory: 4gi}}",
                "\n    limits:\n      memory: 4gi",
                "\n    requests:\n        memory: 4 Gi\n        nvidia.com/gpu: 1",
                "{requests: {nvidia.com/gpu: 1}, limits: {memory: 1Gi, cpu: 1}}",
            ]
        ),
    },
)


@st.composite
def functions(draw: st.DrawFn) -> str:
    """A function's text with comments everywhere, some faults, and things that are easily lost when it is rewritten."""
    entries = [draw(KEPT), *(f"  {key}: {value}" for key, value in draw(FAULTS).items())]
    text = "kind: job\nmetadata:\n  name: f\nspec:\n"
    for entry in draw(st.permutations(entries)):
        comment = "" if entry.endswith("\n") else draw(COMMENTS) + "\n"
        text += draw(BETWEEN) + entry + comment
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", end)


@given(functions())
def test_lines_without_a_fault_are_the_same_to_the_byte(text: str) -> None:
    assume(yaml.__with_libyaml__ or "\t" not in text)  # without it, a tab before a comment is no YAML
    changes = proposed(read(text), (0,))

    after = fixed(text.encode(), "function.yaml", changes).decode()

    assert _unrelated(after) == _unrelated(text)
    assert not {finding.rule for finding in check(read(after))} & {"IGZ110", "IGZ205", "IGZ405"}
    assert not proposed(read(after), (0,))


_AT_FAULT = re.compile(r"preemption_mode: |zone|memory: 4|nvidia|^    limits:\r?$")


def _unrelated(text: str) -> list[str]:
    return [line for line in text.split("\n") if not _AT_FAULT.search(line)]
