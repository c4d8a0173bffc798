"""Amounts that people give as arguments: their spelling is kept, and what cannot be is refused with a hint."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given as drawn
from hypothesis import strategies as st

from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.quantity import Quantity, given, hint, quantity

NANO = Decimal("1e-9")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4, "4"),
        (0.5, "0.5"),
        (2.0, "2"),
        (1e9, "1000000000"),
        (Decimal("4E+3"), "4000"),
        ("1000m", "1000m"),
        ("+4Gi", "+4Gi"),
        (Quantity("4g", Decimal(2**32)), "4g"),
    ],
)
def test_a_given_amount_keeps_its_spelling(value: Any, text: str) -> None:
    assert given(value, what="cpu").text == text


@drawn(st.floats(min_value=1e-6, max_value=1e15) | st.integers(1, 10**15))
def test_a_given_number_is_the_number(value: float) -> None:
    assert given(value, what="cpu").number == Decimal(str(value)).quantize(NANO, rounding=ROUND_UP)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (True, "cpu: True is not a quantity"),
        (None, "cpu: None is not a quantity"),
        (["4"], "is not a quantity; give a number or text such as '500m'"),
        (0, "'0' must be greater than zero"),
        (-1, "'-1' must be greater than zero"),
        ("-500m", "'-500m' must be greater than zero"),
        ("0Gi", "must be greater than zero"),
        (float("nan"), "'nan' is not a Kubernetes quantity"),
        (float("inf"), "'inf' is not a Kubernetes quantity"),
        (Decimal("sNaN"), "is not a Kubernetes quantity"),
        pytest.param(10**5000, "too large for any node", id="5,001 digits"),
        ("4gi", "did you mean '4Gi'"),
        ("", "examples: '500m'"),
        ("{{memory}}", "is not a Kubernetes quantity"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_by_name(value: Any, says: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        given(value, what="cpu")
    assert str(caught.value).startswith("cpu: ")
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("4gi", "4Gi"),
        ("4GB", "4G"),
        ("4 Gi", "4Gi"),
        ("512MIB", "512Mi"),
        ("1K", "1k"),
        ("1.5 gib", "1.5Gi"),
        ("2Kb", "2k"),
    ],
)
def test_the_hint_is_a_quantity_that_may_have_been_meant(text: str, meant: str) -> None:
    assert hint(text) == f"; did you mean '{meant}'?"
    assert quantity(meant).number is not None


@drawn(st.from_regex(r"[0-9.]{1,4} ?[KkMmGgTtPpEeinub]{0,3}", fullmatch=True))
@example("1.2.3gi")
def test_a_hint_never_proposes_what_is_no_quantity(text: str) -> None:
    proposed = hint(text).partition("did you mean '")[2].removesuffix("'?")

    assert not proposed or quantity(proposed).number is not None
