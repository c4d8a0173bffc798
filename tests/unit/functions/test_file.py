"""Function files: only what changes is written, all of it or nothing, and no error shows what stands in the file."""

from __future__ import annotations

import difflib
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from igz_runtime import check, profiles
from igz_runtime.errors import BrokenFunction, IgzRuntimeError, InvalidValue, WriteFailed
from tests.examples import examples

PRODUCTION = profiles.production_job(cpu=1, memory="2Gi")
SECRET = "s3cret"  # noqa: S105
FUNCTION = f"""\
# Scores transactions.
apiVersion: "nuclio.io/v1"
kind: NuclioFunction
metadata:
    name: scorer
spec:
    handler: main:handler   # in main.py
    description: 'one line
      and another'
    alias: ~
    env:
        - name: TOKEN
          value: {SECRET}
    nodeSelector:
        zone: a   # where the data is
        # no other zone has it

    # measured in May
    resources:
        limits:
            cpu: 1   # never more than 0.7
            memory: 2Gi
    loggerSinks: null
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "function.yaml"
    path.write_bytes(FUNCTION.encode())
    return path


def removed(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[2:].strip() for line in lines if line.startswith("- ")]


def test_only_the_fields_that_change_differ(path: Path) -> None:
    PRODUCTION.apply(path)

    assert removed(FUNCTION, path.read_text()) == ["cpu: 1   # never more than 0.7"]
    assert "            cpu: '1' # never more than 0.7\n" in path.read_text()
    assert "                    - matchExpressions:\n" in path.read_text()
    assert check(path) == check(YAML(typ="safe").load(path))


def test_comments_stay_when_the_value_beside_them_goes(path: Path) -> None:
    PRODUCTION.replace(node_group={"disk": "ssd"}).apply(path)
    written = path.read_text()
    assert "        disk: ssd\n" in written
    path.write_text(written.replace("disk: ssd", "disk: ssd  # fast\n        # and near\n\n    # for a while"))
    PRODUCTION.apply(path)

    written = path.read_text()
    assert "disk: ssd" not in written
    marks = ["zone: a   # where", "# and near", "# for a while", "resources:"]
    assert sorted(marks, key=written.index) == marks


@pytest.mark.parametrize(
    "content",
    [
        FUNCTION.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + FUNCTION.encode(),
        FUNCTION.rstrip("\n").encode(),
        f"---\n{FUNCTION}".encode(),
        f"kind: ConfigMap\napiVersion: v1\ndata: {{a: 'b'}}\n---\n{FUNCTION}...\n---\n# nothing\n".encode(),
        FUNCTION.replace(SECRET, "é").encode(),
        FUNCTION.replace(SECRET, "!vault |\n            encrypted").encode(),
    ],
    ids=["CRLF", "BOM", "no newline at the end", "start marker", "several documents", "not ASCII", "tag"],
)
def test_a_file_keeps_its_form(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    PRODUCTION.apply(path)

    written = path.read_bytes()
    assert removed(content.decode(), written.decode()) == ["cpu: 1   # never more than 0.7"]
    assert written[:3] == content[:3]
    assert written.endswith(b"\n") == content.endswith(b"\n")
    assert written.count(b"\r\n") == (written.count(b"\n") if b"\r\n" in content else 0)
    assert profiles.applied_to(path) is not None


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"kind": "job", "metadata": {"name": "é"}, "spec": {"args": []}}, indent=4, ensure_ascii=False),
        json.dumps({"kind": "job", "metadata": {"name": "a"}, "spec": {"args": ["\ud800", "é"]}}, indent="\t") + "\n",
        '{"kind":"job","metadata":{"name":"a"},"spec":{"args":["a","b"]}}\n',
        '\ufeff{"kind": "job", "metadata": {"name": "a"}, "spec": {"args": ["a", "b"]}}',
        '{\n  "kind": "job",\n  "metadata": {\n    "name": "é"\n  },\n  "spec": {"args": ["\\ud800", 1.50]}\n}\n',
    ],
    ids=["four spaces", "tabs", "compact", "one line", "half a surrogate pair"],
)
def test_json_keeps_its_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "function.json"
    path.write_text(text, encoding="utf-8")
    document = json.loads(text.removeprefix("\ufeff"))
    PRODUCTION.apply(path)
    PRODUCTION.apply(document)

    written = path.read_text(encoding="utf-8")
    assert json.loads(written.removeprefix("\ufeff")) == document
    assert written.count("\n") == text.count("\n") or text.count("\n") > 1
    assert written.endswith("\n") == text.endswith("\n")
    assert all(line.rstrip(",") in written for line in text.splitlines() if "args" not in line and "é" not in line)


def test_what_an_anchor_names_elsewhere_stays_as_it_was(path: Path) -> None:
    path.write_text("""\
kind: job
metadata:
  name: etl
  labels: &common
    team: risk
  annotations: *common
spec:
  node_selector: *common
  env_of_another_tool: *common
""")
    PRODUCTION.apply(path)
    written = YAML(typ="safe").load(path)

    assert written["spec"]["env_of_another_tool"] == {"team": "risk"}
    assert written["spec"]["node_selector"] == {"team": "risk"}
    assert written["metadata"]["labels"] == {"team": "risk", "igz-runtime/profile": "production_job"}


def test_a_merged_mapping_is_overridden_and_not_changed(path: Path) -> None:
    path.write_text("""\
x-defaults: &defaults
  preemption_mode: allow
kind: job
metadata: {name: etl}
spec:
  <<: *defaults
  image: mlrun/mlrun
""")
    PRODUCTION.apply(path)
    written = YAML(typ="safe").load(path)

    assert written["x-defaults"] == {"preemption_mode": "allow"}
    assert written["spec"]["preemption_mode"] == "prevent"
    assert "<<: *defaults" in path.read_text()


BROKEN = {
    "a key twice": (
        f"value: {SECRET}",
        f"value: {SECRET}\n          value: {SECRET}2",
        ":14:11: is not YAML: the same key",
    ),
    "an alias": (SECRET, f"*{SECRET}", ":13:18: is not YAML: an alias without its anchor"),
    "a tag": (SECRET, f"!!int {SECRET}", ": is not YAML that can be read"),
    "a tag's handle": (SECRET, f"!{SECRET}!x y", ":13:18: is not YAML: found undefined tag handle"),
    "a date": (SECRET, "2024-13-45", ": is not YAML that can be read"),
    "a long number": (SECRET, "9" * 5000, ": is not YAML that can be read"),
    "a NUL byte": (SECRET, f"{SECRET}\0", ": is not YAML: a character that YAML does not allow"),
    "a tab": ("    handler", "\thandler", ":7:1: is not YAML: found character '\\t'"),
    "deep nesting": (SECRET, "[" * 300 + "]" * 300, "is nested deeper than is read"),
    "an escape": (SECRET, f'"{SECRET}\\q"', "is not YAML: found unknown escape character 'q'"),
}


@pytest.mark.parametrize(("old", "new", "says"), BROKEN.values(), ids=BROKEN)
def test_a_broken_file_is_named_with_line_and_column_and_no_value(path: Path, old: str, new: str, says: str) -> None:
    path.write_text(FUNCTION.replace(old, new))
    before = path.read_bytes()
    for ask in (check, PRODUCTION.plan, PRODUCTION.apply, profiles.applied_to):
        with pytest.raises(BrokenFunction) as caught:
            ask(path)
        assert str(caught.value).startswith(f"{path}:")
        assert says in str(caught.value)
        assert SECRET not in str(caught.value)
        assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"{", ":1:2: is not JSON: Expecting property name"),
        (b"[" * 100_000, ":1:1: is nested deeper than is read"),
        (b'{"kind": "job", "spec": {"priority": %s}}' % (b"9" * 5000), ":1:1: holds a number of thousands of digits"),
        (b"\xff\xfe{", ": is not UTF-8 text"),
    ],
)
def test_a_broken_json_file_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "function.json"
    path.write_bytes(content)
    with pytest.raises(BrokenFunction) as caught:
        check(path)
    assert str(caught.value).startswith(f"{path}{says}")


@pytest.mark.parametrize(
    ("name", "says"),
    [("missing.yaml", "No such file or directory"), ("a\0.yaml", "no name of a file"), (Path("/"), "Is a directory")],
)
def test_a_file_that_cannot_be_read_is_named(name: Any, says: str) -> None:
    with pytest.raises(BrokenFunction, match=says):
        check(name)


def test_a_field_that_changed_since_planning_is_not_written_over(path: Path) -> None:
    plan = PRODUCTION.plan(path)
    path.write_text(FUNCTION.replace("zone: a", "zone: b"))
    before = path.read_bytes()

    with pytest.raises(InvalidValue, match="was changed since it was planned; plan again"):
        plan.apply()
    assert path.read_bytes() == before


def test_an_edit_of_something_else_since_planning_is_kept(path: Path) -> None:
    plan = PRODUCTION.plan(path)
    path.write_text(FUNCTION.replace(SECRET, "rotated"))
    plan.apply()

    assert "value: rotated" in path.read_text()
    assert profiles.applied_to(path) is not None


def test_an_edit_while_it_is_written_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from igz_runtime.text.round_trip import Source

    rewritten = Source.rewritten

    def while_someone_saves(source: Source, before: str) -> bytes:
        path.write_text("kind: job\n")
        return rewritten(source, before)

    monkeypatch.setattr(Source, "rewritten", while_someone_saves)
    with pytest.raises(InvalidValue, match="was changed since it was planned"):
        PRODUCTION.plan(path).apply_unread()
    assert path.read_text() == FUNCTION


def test_a_plan_that_is_applied_twice_changes_nothing(path: Path) -> None:
    plan = PRODUCTION.plan(path)
    plan.apply()
    once = path.read_bytes()
    plan.apply()

    assert path.read_bytes() == once


def test_a_file_that_is_gone_is_named(path: Path) -> None:
    plan = PRODUCTION.plan(path)
    path.unlink()
    with pytest.raises(BrokenFunction, match=r"function\.yaml: cannot be read: No such file"):
        plan.apply()
    assert not path.exists()


def test_a_link_stays_a_link_and_permissions_stay(path: Path) -> None:
    link = path.parent / "link.yaml"
    link.symlink_to(path.name)
    path.chmod(0o640)
    PRODUCTION.apply(link)

    assert link.is_symlink()
    assert profiles.applied_to(path) is not None
    assert path.stat().st_mode & 0o777 == 0o640
    assert sorted(each.name for each in path.parent.iterdir()) == ["function.yaml", "link.yaml"]


def test_a_file_that_cannot_be_written_is_named_and_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteFailed, match=r"function\.yaml: cannot be written: No space left on device"):
        PRODUCTION.apply(path)
    assert path.read_text() == FUNCTION
    assert [each.name for each in path.parent.iterdir()] == ["function.yaml"]


def test_a_read_only_file_is_named_and_stays(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The super-user, who runs tests in containers, may write everything.
    monkeypatch.setattr(os, "access", lambda _path, mode: mode != os.W_OK)
    with pytest.raises(WriteFailed, match="cannot be written: it is read-only"):
        PRODUCTION.apply(path)
    assert path.read_text() == FUNCTION


scalars = st.sampled_from(
    ["a", "~", "null", "''", "'it''s'", '"two  blanks"', "1.50", "0o7", "no", "2020-01-01", "[a, b]"]
)
comments = st.sampled_from(["", "   # why", " #", ""])
fillers = st.lists(st.sampled_from(["", "# on its own", "    # indented", "        # deep"]), max_size=2)
fields = st.sampled_from(
    [
        "nodeSelector:\n        zone: {0}{1}",
        "nodeSelector: {{zone: a}}{1}",
        "tolerations:{1}\n    - key: b\n      operator: Exists",
        "tolerations:{1}\n      - key: b\n        operator: Exists",
        "affinity: null{1}",
        "resources:\n        limits:{1}\n            cpu: 2{1}\n            memory: 3Gi",
        "priorityClassName: igz-workload-medium{1}",
        "preemptionMode:{1}",
        "env:{1}\n    - name: A\n      value: {0}",
        "other{0}: |\n        # no comment\n\n        text",
        "more: >-{1}\n        folded\n        text",
        "handler: {0}{1}",
        "description: a long text that\n        goes on{1}",
    ]
)


@st.composite
def function_texts(draw: st.DrawFn) -> str:
    chosen = draw(st.lists(fields, max_size=7, unique_by=lambda each: each.partition(":")[0]))
    lines = ["kind: NuclioFunction", "metadata:", "    name: scorer", *draw(fillers), "spec:", "    image: a"]
    for each in chosen:
        value = draw(st.just("a") if each.startswith(("nodeSelector", "other")) else scalars)
        lines += ["    " + each.format(value, draw(comments)), *draw(fillers)]
    return "\n".join(lines) + draw(st.sampled_from(["\n", "", "\n\n# the end\n"]))


@settings(max_examples=examples(300))
@given(text=function_texts())
@example("kind: NuclioFunction\nmetadata:\n    name: scorer\nspec:\n    affinity: null\n    image: a")
def test_any_file_is_written_as_its_mapping_is_and_keeps_every_comment(path: Path, text: str) -> None:
    path.write_text(text)
    try:
        document = YAML(typ="safe").load(text)
        PRODUCTION.apply(document)
    except IgzRuntimeError:
        with pytest.raises(IgzRuntimeError):
            PRODUCTION.apply(path)
        assert path.read_text() == text
        return
    PRODUCTION.apply(path)

    written = path.read_text()
    assert YAML(typ="safe").load(written) == document
    assert [line for line in removed(text, written) if line.startswith("#")] == []
