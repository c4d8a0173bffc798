"""The headers with warnings of an API server, as text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igz_runtime.cluster.api.warned import kept, warnings_in
from igz_runtime.text.limits import LONGEST_MESSAGE, LONGEST_WARNING, MOST_WARNINGS

pytestmark = pytest.mark.every_environment


def header(*texts: str) -> str:
    """As Kubernetes writes warnings, and Python's client of HTTP reads them."""
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return ", ".join(f'299 - "{text}"' for text in quoted).encode().decode("latin-1")


SAID = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=1).filter(lambda t: "://" not in t)


@given(st.lists(st.lists(SAID, min_size=1, max_size=4), max_size=4))
def test_each_text_comes_back(headers: list[list[str]]) -> None:
    told = warnings_in(header(*texts) for texts in headers)
    said = [text for texts in headers for text in texts if text.isprintable() and "::" not in text and "##" not in text]
    assert set(said) <= set(told)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('299 - "a"', ("a",)),
        ('299 - "a, 299 - \\"b\\"", 299 - "c"', ('a, 299 - "b"', "c")),
        ('199 example.org:80 "a" "Wed, 21 Oct 2026 07:28:00 GMT", 299 - "b"', ("a", "b")),
        (header("prüfe … 'größer'"), ("prüfe … 'größer'",)),
        ('299 - "says \xff\xfe"', ("says \ufffd\ufffd",)),
        ('299 - "it was cut', ("it was cut",)),
        ("no warning at all", ("no warning at all",)),
        ("", ()),
        (" , ", ()),
        ('299 - ""', ()),
        ('299 - "a", 299 - "a"', ("a",)),
        ('299 - "evil\x1b[31m\u0085"', ("evil\\x1b[31m\ufffd",)),
        ('299 - "see https://user:password@example.com/?token=1"', ("see https://example.com/",)),
    ],
)
def test_a_header(value: str, expected: tuple[str, ...]) -> None:
    assert warnings_in([value]) == expected


def test_no_more_is_kept_than_anybody_reads() -> None:
    long, many = "x" * 10**6, [f"{number}" for number in range(1000)]
    assert len(kept([long] * 1000)) == MOST_WARNINGS
    assert {len(each) for each in kept([long] * 1000)} == {LONGEST_WARNING}
    assert len(warnings_in([header(*many)])) == MOST_WARNINGS
    assert [len(each) for each in warnings_in([header("\x01" * 5000)])] == [LONGEST_MESSAGE]


@pytest.mark.parametrize("part", ['299 - "a"', '299 - "', "\\", '"', '299 - "a" "b', ", ", " ", '299 - "\\"'])
def test_a_hostile_header_takes_no_longer_than_another(part: str) -> None:
    value = ('299 - "' + part * 10**6)[: 10**6]
    began = time.process_time()
    warnings_in([value])
    assert time.process_time() - began < 2
