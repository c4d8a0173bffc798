"""Kubernetes resource quantities, exact.

Kubernetes spells `4Gi`, Spark's JVM spells the same amount `4g`; inside, both are the number 4294967296.
The grammar is apimachinery's (resource/quantity.go): a sign, digits with an optional point, and a binary
suffix (`Ki` … `Ei`), a decimal suffix (`n` … `E`) or a decimal exponent (`e3`).
"""

from __future__ import annotations

import re
from decimal import ROUND_UP, Context, Decimal, localcontext

from igz_runtime.cached import by_short_text
from igz_runtime.errors import InvalidValue
from igz_runtime.messages import shown

_BINARY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "Pi": 2**50, "Ei": 2**60}
_DECIMAL = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    "k": Decimal(10**3),
    "M": Decimal(10**6),
    "G": Decimal(10**9),
    "T": Decimal(10**12),
    "P": Decimal(10**15),
    "E": Decimal(10**18),
}
MULTIPLES = (("", 1), *_BINARY.items(), *((suffix, int(_DECIMAL[suffix])) for suffix in "kMGTPE"))
"""The suffixes of whole numbers, each with its factor: of spellings as short, the first counts."""
_JVM = {"k": 2**10, "m": 2**20, "g": 2**30}

# Kubernetes asks for no digit: `Gi` alone is zero.
_KUBERNETES_FORM = re.compile(
    r"(?=.)(?P<number>[+-]?[0-9]*+\.?[0-9]*)"
    r"(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]+))?"
)
_JVM_FORM = re.compile(r"(?P<number>[0-9]+)(?P<suffix>[KkMmGg])")
_PIPELINE_PARAMETER = re.compile(r"\{\{\s*(pipelineparam|inputs|workflow)\b.*\}\}", re.DOTALL)

_NANO = Decimal("1e-9")
# The API server takes larger ones, and hangs on the largest.
_LONGEST_EXPONENT = 999
_LONGEST_TEXT = 1000


class Quantity:
    """An amount of a resource: its exact number and the text that it was written as.

    Equal quantities have equal numbers, however they are spelled. Text that is not a quantity keeps its spelling
    and has `number` None, so that a rule can report it where it stands.

    Args:
        text: a Kubernetes quantity such as `500m`, `4` or `16Gi`.
        number: the amount, in cores, bytes or units; read from the text where it is left out.

    >>> Quantity("1000m") == Quantity("1"), Quantity("4Gi").number
    (True, Decimal('4294967296'))
    """

    __slots__ = ("number", "text")

    number: Decimal | None
    text: str

    def __init__(self, text: str, number: Decimal | None = None) -> None:
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "number", _parse(text) if number is None else number)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a Quantity is frozen: {name} cannot be set")

    def __reduce__(self) -> tuple[type[Quantity], tuple[str, Decimal | None]]:
        return Quantity, (self.text, self.number)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantity):
            return NotImplemented
        if self.number is None or other.number is None:
            return self.text == other.text
        return self.number == other.number

    def __hash__(self) -> int:
        return hash(self.text if self.number is None else self.number)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Quantity({self.text!r})"

    @property
    def is_parameter(self) -> bool:
        """Whether the amount is a pipeline parameter, known only when the pipeline runs."""
        return self.number is None and bool(_PIPELINE_PARAMETER.search(self.text))

    @property
    def is_plain(self) -> bool:
        """Whether the text alone says the number: Spark's `4g` does not."""
        return self.number == quantity(self.text).number

    @property
    def is_zero(self) -> bool:
        """Whether Kubernetes treats the amount as not given (zero counts as unset for the QoS class)."""
        return self.number is not None and not self.number


@by_short_text(4096)
def quantity(text: str) -> Quantity:
    """The quantity that a text spells, made once for each text."""
    return Quantity(text)


@by_short_text(1024)
def jvm_quantity(text: str) -> Quantity:
    """The quantity that Spark's JVM reads in a memory text: `4g` is 4 GiB, `512m` is 512 MiB."""
    form = _JVM_FORM.fullmatch(text)
    if form is None:
        return Quantity(text)
    return Quantity(text, Decimal(int(form["number"]) * _JVM[form["suffix"].lower()]))


def given(value: object, *, what: str) -> Quantity:
    """The quantity that a person gave as an argument.

    Args:
        value: cores or bytes as a number, or a Kubernetes quantity as text.
        what: how the argument is called in the error message.

    Raises:
        InvalidValue: not a quantity, not positive, or not finite.
    """
    if isinstance(value, Quantity):
        amount = value
    elif isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise InvalidValue(f"{what}: {shown(value)} is not a quantity; give a number or text such as '500m' or '4Gi'")
    else:
        try:
            amount = quantity(_plain(value) if isinstance(value, float | Decimal) else str(value))
        except ValueError:  # Python prints no whole number of more than 4,300 digits
            raise InvalidValue(f"{what}: a number that is too large for any node") from None
    if amount.is_parameter:
        return amount
    if amount.number is None:
        raise InvalidValue(f"{what}: {shown(amount.text)} is not a Kubernetes quantity{hint(amount.text)}")
    if amount.number <= 0:
        raise InvalidValue(f"{what}: {shown(amount.text)} must be greater than zero")
    return amount


def hint(text: str) -> str:
    """What was probably meant by a text that is not a quantity, as the end of a sentence."""
    form = re.fullmatch(r"\s*([0-9.]+)\s*([A-Za-z]+?)(?:[bB])?\s*", text)
    if form and _KUBERNETES_FORM.fullmatch(form[1]):
        for suffix in (*_BINARY, *(s for s in _DECIMAL if s)):
            if form[2].lower() == suffix.lower() or (form[2] == "K" and suffix == "k"):
                return f"; did you mean '{form[1]}{suffix}'?"
    return "; examples: '500m', '2', '512Mi', '16Gi'"


def kubernetes_text(number: Decimal) -> str:
    """The shortest exact Kubernetes spelling of a number.

    >>> kubernetes_text(Decimal(17179869184)), kubernetes_text(Decimal("0.5")), kubernetes_text(Decimal(2_000_000_000))
    ('16Gi', '500m', '2G')
    """
    if number != number.to_integral_value():
        for suffix in ("m", "u", "n"):
            scaled = number / _DECIMAL[suffix]
            if scaled == scaled.to_integral_value():
                return f"{int(scaled)}{suffix}"
    whole = int(number)
    return min((f"{whole // factor}{suffix}" for suffix, factor in MULTIPLES if whole % factor == 0), key=len)


def jvm_text(amount: Quantity, *, what: str) -> str:
    """The spelling of a memory amount for Spark, whose units are KiB, MiB and GiB.

    Raises:
        InvalidValue: the amount is not a whole number of KiB.
    """
    if amount.number is None:
        return amount.text
    for suffix in ("g", "m", "k"):
        scaled = amount.number / _JVM[suffix]
        if scaled == scaled.to_integral_value():
            return f"{int(scaled)}{suffix}"
    raise InvalidValue(f"{what}: Spark takes memory in whole KiB, and {amount.text!r} is not; use for example '4Gi'")


def _plain(value: float | Decimal) -> str:
    number = Decimal(str(value))
    return format(number.normalize(), "f") if number.is_finite() else str(value)


def _parse(text: str) -> Decimal | None:
    # The API server takes blanks around an amount, and no other white space.
    form = _KUBERNETES_FORM.fullmatch(text.strip(" ")) if len(text) <= _LONGEST_TEXT else None
    if form is None:
        return None
    if form["exponent"] is not None and abs(int(form["exponent"][:9])) > _LONGEST_EXPONENT:
        return None
    # Digits enough for every step to be exact: the text's own, a suffix or exponent, and nine decimals.
    with localcontext(Context(prec=len(text) + _LONGEST_EXPONENT + 40)):
        number = Decimal(form["number"] if has_digits(form["number"]) else 0)
        if form["exponent"] is not None:
            return _canonical(number.scaleb(int(form["exponent"])))
        suffix = form["suffix"] or ""
        return _canonical(number * (_BINARY[suffix] if suffix in _BINARY else _DECIMAL[suffix]))


def has_digits(text: str) -> bool:
    """Whether a text that spells a quantity has a digit; Kubernetes takes one without for zero."""
    return any(map(str.isdigit, text))


def _canonical(number: Decimal) -> Decimal:
    """Kubernetes keeps nine decimals and rounds away from zero."""
    if number == number.to_integral_value():
        return number
    return number.quantize(_NANO, rounding=ROUND_UP)
