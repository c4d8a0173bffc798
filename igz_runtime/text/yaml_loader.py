"""What parses YAML: libyaml where it is there; and what is wrong with a text that is none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import yaml

from igz_runtime.text.limits import TOO_DEEP, Unreadable

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's, and where PyYAML was built without it Python's own, which takes some ten times as long."""


@contextmanager
def loading(text: str) -> Iterator[yaml.SafeLoader]:
    """What reads a text, for a while.

    Raises:
        Unreadable: the text is not YAML; with line and column.
    """
    loader = None
    try:
        loader = LOADER(text)
        yield loader
    except yaml.YAMLError as error:
        raise _unreadable(error, text) from None
    finally:
        if loader is not None:
            loader.dispose()


def _unreadable(error: yaml.YAMLError, text: str) -> Unreadable:
    """What libyaml says is wrong, without what it quotes of the file."""
    if isinstance(error, yaml.reader.ReaderError):
        found = _NOT_ALLOWED.search(text)
        place = found.start() if found else 0
        line, column = text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place)
        return Unreadable("is not YAML: a character that YAML does not allow", line, column, syntax=True)
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "a character that is not allowed"
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    if "nesting depth" in problem:  # libyaml counts too, since PyYAML 6.0.4, and stops before we are asked
        return Unreadable(TOO_DEEP, line, column)
    # What libyaml quotes of the file may be a secret.
    problem = re.sub(r"[\"'].*[\"']", "…", str(problem))
    return Unreadable(f"is not YAML: {problem}", line, column, syntax=True)


_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
