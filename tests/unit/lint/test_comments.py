"""Waivers in comments: what is said, what is wrong with it, and the lines of YAML that it covers."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime import Waiver
from igz_runtime.lint.comments import waivers_in
from igz_runtime.lint.documents.comments import yaml_comments
from igz_runtime.rules.waivers import waiver_fault
from igz_runtime.text.place import Position

CRON = Waiver("resubmitted by cron")


@pytest.mark.parametrize(
    ("text", "waivers"),
    [
        ("waive IGZ101 resubmitted by cron", {"IGZ101": CRON}),
        ("  waive   IGZ101:   resubmitted by cron  ", {"IGZ101": CRON}),
        ("waive IGZ101 - resubmitted by cron", {"IGZ101": CRON}),
        ("waive IGZ101, IGZ103 resubmitted by cron", {"IGZ101": CRON, "IGZ103": CRON}),
        ("waive IGZ101 IGZ103: resubmitted by cron", {"IGZ101": CRON, "IGZ103": CRON}),
        ("waive IGZ101,IGZ103,resubmitted by cron", {"IGZ101": CRON, "IGZ103": CRON}),
        ("waive IGZ101 until 2999-01-31 resubmitted by cron", {"IGZ101": Waiver(CRON.reason, "2999-01-31")}),
        ("waive IGZ101 until: 2999-01-31, resubmitted by cron", {"IGZ101": Waiver(CRON.reason, "2999-01-31")}),
        ("waive IGZ101 A100 nodes are rare", {"IGZ101": Waiver("A100 nodes are rare")}),
        ("waive IGZ101 see #12, and https://example.com/x", {"IGZ101": Waiver("see #12, and https://example.com/x")}),
    ],
)
def test_what_a_comment_waives(text: str, waivers: dict[str, Waiver]) -> None:
    assert waivers_in(text) == (waivers, "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("waive IGZ101", "a waiver needs a reason"),
        ("waive IGZ101 until 2999-01-31", "a waiver needs a reason"),
        ("waive IGZ101 until tomorrow we hope", "until='tomorrow' is not a date; write for example '2027-01-31'"),
        ("waive IGZ1O1 resubmitted", "there is no rule 'IGZ1O1'; did you mean 'IGZ1"),
        ("waive igz101 resubmitted", "there is no rule 'igz101'; did you mean 'IGZ101'?"),
        ("waive", "names no rule; write: # igz-runtime: waive IGZ101 reason"),
        ("waive resubmitted by cron", "names no rule"),
        ("ignore IGZ101 resubmitted", "'ignore' is not a directive of igz-runtime"),
        ("", "'' is not a directive of igz-runtime"),
    ],
)
def test_what_is_without_effect_is_said(text: str, fault: str) -> None:
    waivers, said = waivers_in(text)

    assert waivers == {}
    assert fault in said


def test_a_rule_that_does_not_exist_takes_the_others_nothing() -> None:
    waivers, fault = waivers_in("waive IGZ101, IGZ199 resubmitted by cron")

    assert waivers == {"IGZ101": CRON}
    assert fault.startswith("there is no rule 'IGZ199'")


def test_a_waiver_that_cannot_count_or_no_longer_does_is_kept_for_the_engine_and_said() -> None:
    assert waivers_in("waive IGZ102 we accept it") == (
        {"IGZ102": Waiver("we accept it")},
        "rule IGZ102 cannot be waived",
    )
    expired = Waiver("resubmitted", until="2020-01-31")
    assert waivers_in("waive IGZ101 until 2020-01-31 resubmitted") == (
        {"IGZ101": expired},
        "the waiver of IGZ101 expired on 2020-01-31: resubmitted",
    )
    assert waiver_fault("IGZ101", expired, today=date(2020, 1, 31)) == ""


@given(st.text())
def test_no_text_raises(text: str) -> None:
    waivers_in(text)
    waivers_in(f"waive {text}")
    waivers_in(f"waive IGZ101 {text}")
    yaml_comments(f"a: {text}\n# igz-runtime: {text}\nb: 1")


DOCUMENT = """\
kind: job
metadata:
  name: trainer
spec:
  # igz-runtime: waive IGZ107 above a list
  tolerations:
  - key: spot
    operator: Exists

  - key: other  # igz-runtime: waive IGZ107 beside an item
    operator: Exists
  resources:  # igz-runtime: waive IGZ201 beside a mapping
    limits:
      cpu: 1
      # no comment of ours
      memory: 1Gi
  image: "a # igz-runtime: waive IGZ101 in quotes"
  command: 'it''s # igz-runtime: waive IGZ101 in quotes'
  description: |
    text
    # igz-runtime: waive IGZ101 in a block scalar

  build:
    commands:
      - >-
        pip install x
        # igz-runtime: waive IGZ101 in a block scalar
      - pip install y # igz-runtime: waive IGZ101 beside a text
  args: [a, "b",
    "c # igz-runtime: waive IGZ101 in quotes", # igz-runtime: waive IGZ101 in brackets
    d]
  priority: don't  # other  # igz-runtime: waive IGZ301 after an apostrophe and another comment
  long: "one
    # igz-runtime: waive IGZ101 in quotes that go on
    two"  # igz-runtime: waive IGZ101 after them
"""


def test_a_comment_covers_its_field_with_all_that_is_in_it() -> None:
    covered = {
        comment.text.removeprefix("waive ")[7:]: (comment.position.line, comment.first, comment.last)
        for comment in yaml_comments(DOCUMENT)
    }

    assert covered == {
        "above a list": (5, 5, 11),
        "beside an item": (10, 10, 11),
        "beside a mapping": (12, 12, 16),
        "beside a text": (28, 28, 28),
        "in brackets": (30, 30, 30),
        "after an apostrophe and another comment": (32, 32, 32),
        "after them": (35, 35, 35),
    }


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("# igz-runtime: waive IGZ101 r\nkind: job\nspec:\n  a: 1\n", (1, 5)),
        ("# a licence\n\n# igz-runtime: waive IGZ101 r\n# more\nkind: job\nspec:\n  a: 1", (1, 7)),
        ("%YAML 1.1\n---\n# igz-runtime: waive IGZ101 r\nkind: job\n---\nkind: job\n", (2, 4)),
        ("kind: job\n---\n# igz-runtime: waive IGZ101 r\nkind: job\nspec: {}\n...\n---\nkind: job\n", (2, 5)),
        ("# igz-runtime: waive IGZ101 r\n---\nkind: job\n---\nkind: job\n", (1, 3)),
        ("---  # igz-runtime: waive IGZ101 r\nkind: job\nspec: {}", (1, 3)),
        ("kind: job  # igz-runtime: waive IGZ101 r\nspec: {}", (1, 1)),
        ("kind: job\n# igz-runtime: waive IGZ101 r\nspec: {}", (2, 3)),
        ("kind: job\nspec: {}\n# igz-runtime: waive IGZ101 r", (3, 3)),
        ("# igz-runtime: waive IGZ101 r", (1, 1)),
    ],
)
def test_above_the_first_field_it_covers_the_document(text: str, lines: tuple[int, int], end: str) -> None:
    (comment,) = yaml_comments(text.replace("\n", end))

    assert (comment.first, comment.last) == lines
    assert comment.text == "waive IGZ101 r"


def test_a_comment_knows_its_place() -> None:
    (comment,) = yaml_comments("spec:\n  ä: 1   #igz-runtime:waive IGZ101 reason\n")

    assert comment.position == Position(2, 10)
    assert comment.covers(Position(2, 3))
    assert not comment.covers(Position(1, 1))


def test_a_text_without_the_mark_is_not_scanned() -> None:
    assert yaml_comments("kind: job  # igz-runtime waive\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "# igz-runtime: waive IGZ101 r\n---\n" * 20_000,
        "# igz-runtime: waive IGZ101 r\na: 1\n" * 20_000,
        "# igz-runtime: waive IGZ101 r\n" * 10_000 + "a: 1\n" + "# igz-runtime: waive IGZ101 r\n" * 10_000,
    ],
    ids=["documents", "fields", "comments"],
)
def test_many_comments_take_no_longer_than_a_long_text(text: str) -> None:
    began = time.process_time()

    assert len(yaml_comments(text)) == 20_000
    assert time.process_time() - began < 5
