"""No regular expression of the package takes long for a text that was made to be its worst.

One that goes back too often takes four times as long, or more, for a text twice as long: for 20,000 characters a second
of a processor, and others take milliseconds.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from igz_runtime.code.evidence.names import LONGEST_NAME
from tests.attacks.budget import FULL, generator
from tests.attacks.costs.patterns import HANDED_ON, Used, expressions, worst

TIMES = 50_000 if FULL else 20_000
SECONDS = 1.0
BOUNDED = dict.fromkeys({*HANDED_ON} - {"_PLACE"}, LONGEST_NAME)
"""Those that are asked only of names, by `fits`, and how long these may be."""


class Late(BaseException):
    """An expression took too long: what it is asked looks for signals."""


def late(*_: Any) -> None:
    raise Late


@contextmanager
def in_time() -> Iterator[None]:
    before = signal.signal(signal.SIGVTALRM, late)
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def first_too_late(used: Used, texts: Iterator[str]) -> str:
    """What takes too long, as its beginning; empty where nothing does."""
    for text in texts:
        try:
            with in_time():
                if used.method == "search":
                    for _ in used.pattern.finditer(text):
                        pass
                else:
                    getattr(used.pattern, used.method)(text)
        except Late:
            return f"{text[:60]!r}…"
    return ""


@pytest.mark.parametrize("part", range(4))
def test_no_expression_goes_back_too_often(part: int, record_property: Any) -> None:
    chance, found, count = generator(f"expressions {part}"), {}, 0
    for used in expressions()[part::4]:
        texts = list(worst(used.pattern.pattern, BOUNDED.get(used.name, TIMES), chance))
        texts = texts if FULL else chance.sample(texts, min(len(texts), 8))
        count += len(texts)
        if why := first_too_late(used, iter(texts)):
            found[used.where] = (used.pattern.pattern, used.method, why)

    assert found == {}
    record_property("texts that are the worst for a regular expression", count)


@pytest.mark.parametrize("pattern", [r"\s*x", r"(a|a)*b", r"\w+[\w.]*\.x", r"(\w+)+:"])
def test_one_that_does_is_noticed(pattern: str) -> None:
    used = Used("here", "", re.compile(pattern), "search")
    assert first_too_late(used, worst(pattern, 50_000, generator("noticed")))


def test_all_of_them_are_looked_at() -> None:
    names = {used.name for used in expressions()}
    assert {*BOUNDED, "_KUBERNETES_FORM", "_BLOCK"} <= names
    assert len(expressions()) > 100
