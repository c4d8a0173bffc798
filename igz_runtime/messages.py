"""Values in sentences: shown, shortened, counted, and the nearest of some names."""

from __future__ import annotations

from collections.abc import Collection, Iterable


def shown(value: object) -> str:
    """A value as a message shows it: cut where it is long; Python prints no number of more than 4,300 digits."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN = 200


def described(error: BaseException) -> str:
    """What an exception of someone else's code is, and what it says; one whose own text fails is only named."""
    try:
        text = str.__str__(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as further:  # noqa: BLE001  (the text of an exception is code of its class)
        text = f"its text cannot be read: {type(further).__name__}"
    text = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def where_raised(error: BaseException) -> str:
    """What an error that nobody expected is, and where it was raised; its text may hold values, and is left out."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" in {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The nearest of the known names as the end of a sentence; empty where none is near.

    Of those that are equally near it is one that begins alike.

    >>> did_you_mean("IGZ1O1", ["IGZ101", "IGZ211"])
    "; did you mean 'IGZ101'?"
    """
    import difflib
    from itertools import takewhile

    text = str(name)

    def beginning(each: str) -> int:
        """How many characters it has in common from the first one on."""
        return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(each, text, strict=False)))

    near = difflib.get_close_matches(text, list(known), n=10)
    if not near:
        return ""
    ratios = {each: difflib.SequenceMatcher(a=each, b=text).ratio() for each in near}
    alike = [each for each in near if ratios[each] == ratios[near[0]]]
    return f"; did you mean {max(alike, key=beginning)!r}?"


def misspelled(name: str, known: Collection[str]) -> str:
    """The name that another is a misspelling of; empty where it may well be one of its own.

    >>> misspelled("nvidia.com/gpuu", ["nvidia.com/gpu"]), misspelled("nvidia.com/gpu.shared", ["nvidia.com/gpu"])
    ('nvidia.com/gpu', '')
    """
    if name in known:
        return ""
    import difflib

    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.9)), "")


def printable(text: str) -> str:
    r"""The text with every character that could steer a terminal, or hide, as its escape sequence.

    >>> print(printable("evil\x1b[31m \u202ename"))
    evil\x1b[31m \u202ename
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def is_writable(text: str) -> bool:
    r"""Whether a text can be written: JSON can spell halves of characters, which no file and no terminal takes.

    >>> is_writable("größe"), is_writable("\ud800")
    (True, False)
    """
    return text.isascii() or not any("\ud800" <= each <= "\udfff" for each in text)


def shortened(text: str, longest: int = 200) -> str:
    """The text, or its beginning where it is longer than any name or label that Kubernetes takes."""
    more = len(text) - longest
    return text if more <= 0 else f"{text[:longest]}… ({more} characters more)"


def counted(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> counted(1, "finding"), counted(2, "finding"), counted(2, "info", "info")
    ('1 finding', '2 findings', '2 info')
    """
    return f"{count} {one if count == 1 else many or f'{one}s'}"
