"""Quantities: read as Kubernetes reads them, compared by number, and written back as they were."""

from __future__ import annotations

import copy
import pickle
from decimal import ROUND_UP, Decimal, localcontext

import pytest
from hypothesis import assume, example, settings
from hypothesis import given as drawn
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity

from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.quantity import Quantity, given, jvm_quantity, jvm_text, kubernetes_text, quantity

pytestmark = pytest.mark.every_environment

SUFFIXES = ("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")
NANO = Decimal("1e-9")

digits = st.text("0123456789", min_size=1, max_size=9)
exponents = st.builds("{}{}{}".format, st.sampled_from("eE"), st.sampled_from(["", "+", "-"]), st.integers(0, 9))
numbers = st.one_of(
    digits, st.builds("{}.{}".format, digits, digits), st.builds("{}.".format, digits), st.builds(".{}".format, digits)
)
valid = st.builds("{}{}{}".format, st.sampled_from(["", "", "+", "-"]), numbers, st.sampled_from(SUFFIXES) | exponents)
# Texts close to quantities: most are none.
nearly = st.lists(
    st.sampled_from(
        ["0", "1", "25", ".", "+", "-", "e", "E", "i", "k", "K", "m", "n", "u", "G", "Mi", " ", "_", "B", "٣"]
    ),
    min_size=1,
    max_size=5,
).map("".join)


def read(text: str) -> Decimal:
    number = quantity(text).number
    assert number is not None, text
    return number


def kubernetes_takes(text: str) -> bool:
    """The grammar in the comment of apimachinery's quantity.go, recognised character by character; blanks around it.

    Unlike the comment, the API server asks for no digit (tests/cluster/test_qos.py).
    """
    text = text.strip(" ")
    rest = text[1:] if text[:1] in ("+", "-") else text
    _, rest = _leading_digits(rest)
    if not text:
        return False
    if rest[:1] == ".":
        _, rest = _leading_digits(rest[1:])
    if rest in SUFFIXES:
        return True
    if rest[:1] not in ("e", "E"):
        return False
    signed = rest[1:]
    power, rest = _leading_digits(signed[1:] if signed[:1] in ("+", "-") else signed)
    return bool(power) and not rest


def _leading_digits(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and text[end] in "0123456789":
        end += 1
    return text[:end], text[end:]


@settings(max_examples=600)
@drawn(valid)
@example("1E")
@example("1E3")
@example("0.1n")
@example("-1.5Gi")
def test_a_quantity_is_the_number_that_the_official_client_reads(text: str) -> None:
    """Kubernetes keeps nine decimals, rounds away from zero what is finer, and knows no number beyond 64 bits."""
    with localcontext(prec=60):
        expected = parse_quantity(text).quantize(NANO, rounding=ROUND_UP)
    assume(abs(expected) < 2**63)

    assert read(text) == expected


@settings(max_examples=600)
@drawn(nearly)
@example("1")
def test_exactly_the_texts_of_the_grammar_are_quantities(text: str) -> None:
    assume(len(text.lower().partition("e")[2].lstrip("+-")) <= 2)  # the power of ten stays one that a number could have
    assert (quantity(text).number is not None) == kubernetes_takes(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1\n",
        "\t1",
        "4 Gi",
        "1.1.M",
        "1+1.0M",
        "0.1mi",
        "0.1am",
        "aoeu",
        ".5i",
        "1i",
        "-3.01i",
        "-3.01e-",
        "1e",
        "4gi",
    ],
)
def test_what_kubernetes_rejects_is_no_quantity_and_keeps_its_text(text: str) -> None:
    assert quantity(text).number is None
    assert str(quantity(text)) == text
    assert not quantity(text).is_zero


@pytest.mark.parametrize("text", [".", "+", "Gi", "e3", "-.m"])
def test_no_digit_is_zero(text: str) -> None:
    assert quantity(text).is_zero


@pytest.mark.parametrize("text", ["4GB", "512MB", "1K", "1_000", "0x10", "1,5", "nan", "inf", "1Kii", "٤"])
def test_what_python_or_people_would_read_is_no_quantity(text: str) -> None:
    assert quantity(text).number is None


@drawn(st.text(max_size=40) | st.text("0123456789.", max_size=60))
@example("99999999999999999999.5")
@example("9" * 5000)
@example("1e999999999999")
def test_no_text_at_all_raises(text: str) -> None:
    assert str(Quantity(text)) == text


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [("1000m", "1", True), ("1024Mi", "1Gi", True), ("1e3", "1k", True), ("+2", "2.0", True), ("2G", "2Gi", False)],
)
def test_quantities_are_compared_by_number(left: str, right: str, *, same: bool) -> None:
    assert (quantity(left) == quantity(right)) is same
    assert len({quantity(left), quantity(right)}) == (1 if same else 2)


def test_texts_that_are_no_quantity_are_equal_only_to_themselves() -> None:
    assert Quantity("lots") == Quantity("lots")
    assert hash(Quantity("lots")) == hash(Quantity("lots"))
    assert Quantity("lots") not in (Quantity("many"), Quantity("0"), "lots")


def test_a_quantity_is_frozen_and_survives_copying() -> None:
    spark = jvm_quantity("4g")

    with pytest.raises(AttributeError, match="number cannot be set"):
        spark.number = Decimal(1)
    for twin in (pickle.loads(pickle.dumps(spark)), copy.copy(spark), copy.deepcopy(spark)):  # noqa: S301  (our own)
        assert (twin.text, twin.number) == ("4g", Decimal(4 * 2**30))


@drawn(st.decimals(min_value=0, max_value=10**15, places=9))
def test_a_number_is_spelled_so_that_it_is_read_back(number: Decimal) -> None:
    assert read(kubernetes_text(number)) == number


@drawn(st.integers(0, 10**6), st.sampled_from("kKmMgG"))
def test_spark_reads_its_units_as_powers_of_1024(count: int, unit: str) -> None:
    factor = {"k": "Ki", "m": "Mi", "g": "Gi"}[unit.lower()]
    amount = jvm_quantity(f"{count}{unit}")

    assert amount.number == parse_quantity(f"{count}{factor}")
    assert jvm_quantity(jvm_text(amount, what="memory")) == amount
    assert not count or not amount.is_plain


def test_the_same_text_means_less_to_kubernetes_than_to_spark() -> None:
    assert quantity("512m").number == Decimal("0.512")
    assert jvm_quantity("512m").number == 512 * 2**20
    assert quantity("512Mi").is_plain
    assert jvm_quantity("4Gi") == quantity("4Gi"), "what Spark does not take is left to the rules"


@pytest.mark.parametrize("text", ["1500", "0.5", "1G"])
def test_spark_takes_whole_kib_only(text: str) -> None:
    with pytest.raises(InvalidValue, match="executor memory: Spark takes memory in whole KiB"):
        jvm_text(quantity(text), what="executor memory")


@pytest.mark.parametrize(
    ("text", "parameter"),
    [
        ("{{pipelineparam:op=;name=memory}}", True),
        ("{{ inputs.parameters.memory }}", True),
        ("{{workflow.parameters.memory}}Gi", True),
        ("{{memory}}", False),
        ("inputs.parameters.memory", False),
        ("4Gi", False),
        ("", False),
    ],
)
def test_a_pipeline_parameter_is_known_only_when_the_pipeline_runs(text: str, *, parameter: bool) -> None:
    assert quantity(text).is_parameter is parameter
    if parameter:
        assert given(text, what="memory").text == text
