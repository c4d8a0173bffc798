"""Manifests as one stream of YAML: long texts as blocks, and nothing in it steers whoever prints it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from igz_runtime.messages import printable, yaml_text

_LONG: Final = 80
"""Characters of a text that stands in a block of its own."""
_LONGEST_KEY: Final = 1000
"""Characters of a key that needs no mark before it, less than the 1,024 of YAML."""
_STEP: Final = "  "


def stream(manifests: Iterable[Mapping[str, Any]], head: Iterable[str] = ()) -> str:
    """Manifests as a stream.

    Args:
        manifests: the manifests.
        head: lines that stand before them as comments.
    """
    lines = [f"# {printable(line)}".rstrip() for line in head]
    for each in manifests:
        lines += ["---", *_mapping(each, "")]
    return "\n".join(lines) + "\n"


def _mapping(held: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in held.items():
        written = scalar(key)
        if len(written) > _LONGEST_KEY:
            yield f"{indent}? {written}"
            written = ""
        yield from _under(f"{indent}{written}:", value, indent)


def _under(label: str, value: Any, indent: str) -> Iterator[str]:
    """A value behind its label, or in the lines below it."""
    if isinstance(value, Mapping) and value:
        yield label
        yield from _mapping(value, indent + _STEP)
    elif isinstance(value, list | tuple) and value:
        yield label
        for each in value:
            yield from _item(each, indent)
    elif isinstance(value, str) and _is_block(value):
        yield f"{label} |-"
        yield f"{indent}{_STEP}{value}"
    else:
        yield f"{label} {scalar(value)}"


def _item(value: Any, indent: str) -> Iterator[str]:
    """An item of a list, the first line of which begins with a dash."""
    if isinstance(value, Mapping) and value:
        first, *others = _mapping(value, indent + _STEP)
        yield f"{indent}- {first.removeprefix(indent + _STEP)}"
        yield from others
    else:
        yield from _under(f"{indent}-", value, indent + _STEP)


def _is_block(text: str) -> bool:
    """Whether a text is easier to read in a block, and can stand there as it is, in one line."""
    quoting = len(text) > _LONG or '"' in text or "\\" in text
    return quoting and text.isprintable() and printable(text) == text and text.strip() == text


def scalar(value: Any) -> str:
    r"""A value in one line, as YAML reads it back.

    >>> print(scalar("igz-runtime.io/v1"), scalar("true"), scalar(True), scalar("1"), scalar({}), scalar("##[x]"))
    igz-runtime.io/v1 "true" true "1" {} "\x23#[x]"
    """
    if isinstance(value, str):
        return value if _is_plain(value) else yaml_text(value)
    if isinstance(value, Mapping):
        return "{}"
    if isinstance(value, list | tuple):
        return "[]"
    return str(value).lower() if isinstance(value, bool) else str(value)


# Neither a number nor a moment begins with a letter, and of the words that mean something else none is longer.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(][A-Za-z0-9_./()-]*)*")
_NOT_TEXT: Final = re.compile(r"y|n|yes|no|on|off|true|false|null|nan|inf", re.IGNORECASE)


def _is_plain(text: str) -> bool:
    return bool(_PLAIN.fullmatch(text)) and not _NOT_TEXT.fullmatch(text)
