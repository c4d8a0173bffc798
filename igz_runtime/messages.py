"""Values in sentences: shown, shortened, counted, and the nearest of some names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any, Final


def shown(value: object) -> str:
    """A value as a message shows it: cut where it is long; Python prints no number of more than 4,300 digits."""
    try:
        text = repr(value)
    except ValueError:
        return "a number of thousands of digits"
    text = without_credentials(text)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN: Final = 200


def described(error: BaseException) -> str:
    """What an exception of someone else's code is, and what it says; one whose own text fails is only named."""
    try:
        text = str.__str__(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException as further:  # noqa: BLE001  (the text of an exception is code of its class)
        text = f"its text cannot be read: {type(further).__name__}"
    text = without_credentials(text)
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

    So is what begins a command of a build server, which reads whatever a step prints; addresses lose what may be
    secret.

    >>> print(printable("evil\x1b[31m \u202ename"))
    evil\x1b[31m \u202ename
    >>> print(printable("::error file=x::y, ##vso[task.setvariable variable=PATH]z, conda-forge::gdal"))
    \x3a:error file=x::y, \x23#vso[task.setvariable variable=PATH]z, conda-forge::gdal
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    text = without_credentials(text)
    return _TO_A_BUILD_SERVER.sub(_escaped, text) if "##" in text or "::" in text else text


_TO_A_BUILD_SERVER: Final = re.compile(r"##(?=\w{0,40}\[)|::(?=[A-Za-z][\w-]{0,40}(?: |::))")
"""GitHub takes `::name …::` after blanks too, and `##[name]` anywhere in a line; so do Azure and TeamCity theirs."""


def _escaped(found: re.Match[str]) -> str:
    return f"\\x{ord(found[0][0]):x}{found[0][1:]}"


def printable_lines(text: str) -> str:
    """As `printable`, of a text whose lines are its own."""
    return "\n".join(map(printable, text.split("\n")))


def warn(text: str, stacklevel: int) -> None:
    """Warn, in lines that steer nothing.

    Args:
        text: the warning.
        stacklevel: whose line is named, as `warnings.warn` counts from where this is called.
    """
    import warnings

    warnings.warn(printable_lines(text), stacklevel=stacklevel + 1)


def without_credentials(text: str) -> str:
    """The text, in which no address has the user, the password or the query that may stand in it.

    >>> without_credentials("cannot read https://user:password@example.com/a.yaml?token=1")
    'cannot read https://example.com/a.yaml'
    """
    if ":/" not in text:
        return text
    return _QUERY.sub(r"\1", _USER.sub(lambda found: found[1] if found[2] else found[0], text))


# Each takes all of a word up to its end, so that no character is looked at again and again.
_USER: Final = re.compile(r"(?<=\w\w)(://?)[^/\s@'\"]*(@?)")
_QUERY: Final = re.compile(r"(?<=\w\w)(://?[^\s?'\"]*)(?:\?[^\s'\"]*)?")


def json_text(value: Any, indent: int | None = None, *, readable: bool = False) -> str:
    r"""Plain data as JSON that can be printed: no text in it steers a terminal or a build server.

    Args:
        value: the data.
        indent: blanks of each level; None: it is one line.
        readable: whether characters that can be printed stand as they are, so that not all is ASCII.

    >>> print(json_text("##[warning]Größe\u202e"), json_text("##[warning]Größe\u202e", readable=True))
    "\u0023#[warning]Gr\u00f6\u00dfe\u202e" "\u0023#[warning]Größe\u202e"
    """
    import json

    # Outside of its texts JSON has no such character.
    text = json.dumps(value, indent=indent, ensure_ascii=not readable).replace("##", r"\u0023#")
    return "".join(c if c.isprintable() or c == "\n" else json.dumps(c)[1:-1] for c in text) if readable else text


def yaml_text(text: str) -> str:
    r"""Text in quotes, as YAML reads it back; printed, it steers nothing.

    >>> print(yaml_text("##[warning]Größe \u202e\U000e0041"))
    "\x23#[warning]Größe \u202e\U000e0041"
    """
    import json

    # JSON's quotes are YAML's, too; but YAML knows no pairs of escapes for one character.
    quoted = json.dumps(text, ensure_ascii=False).replace("##", r"\x23#")
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" if c > "\uffff" else f"\\u{ord(c):04x}" for c in quoted)


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
