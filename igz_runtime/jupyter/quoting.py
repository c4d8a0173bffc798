"""Text as one word of a shell."""

from __future__ import annotations

import re
from typing import Final

from igz_runtime.messages import printable


def quoted(text: str) -> str:
    r"""Text as one word that Bash takes for exactly this text, whatever it holds.

    Characters that steer or hide are written as escapes, of their bytes, so that a script is what it looks like; a tab
    and a new line stay, beside which nothing else is one.

    Args:
        text: what can be encoded in UTF-8, without NUL, which no word of a shell holds.

    >>> print(quoted("it's $(here)"))
    'it'\''s $(here)'
    >>> print(quoted("\x1b[31m"))
    $'\x1b[31m'
    """
    if all(line == printable(line) for line in text.replace("\t", " ").split("\n")):
        return "'" + text.replace("'", r"'\''") + "'"
    return "$'" + "".join(map(_escaped, text)) + "'"


def _escaped(character: str) -> str:
    plain = character.isprintable() and character not in "\\'#:"
    return character if plain else "".join(f"\\x{byte:02x}" for byte in character.encode())


def word(text: str) -> str:
    """Text as one word of a shell, in quotes only where it needs them.

    >>> print(word("/User/.conda/envs/forecast"), word("a b"))
    /User/.conda/envs/forecast 'a b'
    """
    return text if _PLAIN.fullmatch(text) else quoted(text)


_PLAIN: Final = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
