"""The grammar of label keys and values, and of the names of namespaces."""

from __future__ import annotations

import re

LABEL_VALUE = "(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?"
"""What a label's value is, as a regular expression."""
_LABEL_VALUE = re.compile(LABEL_VALUE)


NAMESPACE = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
"""What the name of a namespace is, likewise."""

_LONGEST_LABEL = 63


_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")


_LABEL_PREFIX = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


def label_fault(value: str) -> str:
    """What is wrong with a label value; empty where nothing is."""
    if value != value.strip():
        return "has white space around it, so it matches no node"
    if len(value) > _LONGEST_LABEL:
        return "is longer than 63 characters"
    return "" if _LABEL_VALUE.fullmatch(value) else "is not a label value"


def is_label_key(key: str) -> bool:
    """Whether text is a label key: a name, optionally after a DNS prefix and a slash."""
    prefix, slash, name = key.rpartition("/")
    return bool(_LABEL_NAME.fullmatch(name)) and (not slash or bool(_LABEL_PREFIX.fullmatch(prefix)))
