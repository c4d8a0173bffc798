"""Text as one word of a shell."""

from __future__ import annotations

import re
from typing import Final

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def quoted(text: str) -> str:
    r"""Text as one word that Bash takes for exactly this text, whatever it holds.

    Control characters other than a tab and a new line are written as escapes, so that a script stays a text file.

    Args:
        text: what can be encoded in UTF-8, without NUL, which no word of a shell holds.

    >>> print(quoted("it's $(here)"))
    'it'\''s $(here)'
    >>> print(quoted("\x1b[31m"))
    $'\x1b[31m'
    """
    if not _CONTROL.search(text):
        return "'" + text.replace("'", r"'\''") + "'"
    escaped = text.replace("\\", r"\\").replace("'", r"\'")
    return "$'" + _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + "'"


def word(text: str) -> str:
    """Text as one word of a shell, in quotes only where it needs them.

    >>> print(word("/User/.conda/envs/forecast"), word("a b"))
    /User/.conda/envs/forecast 'a b'
    """
    return text if _PLAIN.fullmatch(text) else quoted(text)


_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
