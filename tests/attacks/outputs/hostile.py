"""Hostile repositories and clusters, made of the tables in `injection.yaml`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from tests.attacks.budget import FULL

MARK: Final = "PAYLOAD"
TABLES: Final[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("injection.yaml").read_text())
CLUSTER: Final[Mapping[str, Any]] = yaml.safe_load(Path(__file__).with_name("injection_cluster.yaml").read_text())
LONG: Final = "x y[" * (4_000 if FULL else 400)
PAYLOADS: Final[Mapping[str, str]] = {
    name: LONG if payload == "LONG" else payload for name, payload in TABLES["payloads"].items()
}
_LONGEST_NAME: Final = 200


class Field(NamedTuple):
    """A field that an attacker fills.

    Attributes:
        name: what it is called in the tables.
        files: the names of files and their contents, in which a mark stands for a payload.
    """

    name: str
    files: Mapping[str, Any]

    def written(self, folder: Path, payload: str) -> None:
        """Write the files with a payload in its place."""
        for name, content in self.files.items():
            path = folder / _named(name, payload)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_content(content, payload).encode(errors="backslashreplace"))


def fields() -> Iterator[Field]:
    """Every field of a file."""
    for file, pointers in TABLES["fields"].items():
        for pointer in pointers:
            document = with_mark(TABLES["documents"][file], pointer)
            # A function that its configuration speaks of, and a project that lists it.
            beside = {"function.yaml": TABLES["documents"]["function.yaml"]} if file != "function.yaml" else {}
            yield Field(f"{file} {pointer}", {**beside, file: document})
    for name, files in TABLES["texts"].items():
        yield Field(name, files)
    function, broken = TABLES["documents"]["function.yaml"], "kind: job\nmetadata: {name: *a\n"
    code = "import mlrun\nfn = mlrun.new_function('a', kind='job', image='x')\nfn.with_limits(mem='4gi')\n"
    for name in TABLES["names"]:
        content = {".py": code, ".ipynb": CELLS, ".sh": "pip install x\n"}.get(Path(name).suffix, function)
        yield Field(f"the name {name}", {name: content, name.replace(MARK, f"{MARK}2"): broken})


def with_mark(document: Any, places: str) -> Any:
    """A document with the mark in its places.

    Args:
        document: the document.
        places: as `put` has them, joined by ` + `. One with the mark in it names a key: a new one, or after `=` the new
            name of one.
    """
    made = deepcopy(document)
    for place in places.split(" + "):
        above, _, last = place.rpartition(">")
        old, _, new = last.rpartition("=")
        if old:
            held = _below(made, above.split(">"))
            held[new] = held.pop(old)
        else:
            put(made, place, "x" if MARK in last else MARK)
    return made


def put(document: Any, place: str, value: Any) -> None:
    """Put a value into a document.

    Args:
        document: the document.
        place: keys and numbers of items, joined by `>`; what is missing on the way is made.
        value: the value.
    """
    *above, last = place.split(">")
    held = _below(document, above)
    if isinstance(held, list):
        held[int(last) :] = [value, *held[int(last) + 1 :]]
    else:
        held[last] = value


def _below(held: Any, parts: Iterable[str]) -> Any:
    for part in parts:
        held = held[int(part)] if isinstance(held, list) else held.setdefault(part, {})
    return held


def filled(value: Any, payload: str) -> Any:
    """A document with the payload in place of each mark."""
    if isinstance(value, str):
        return value.replace(MARK, payload)
    if isinstance(value, dict):
        return {filled(key, payload): filled(item, payload) for key, item in value.items()}
    return [filled(item, payload) for item in value] if isinstance(value, list) else value


def _content(content: Any, payload: str) -> str:
    if content == CELLS:
        source = f"import mlrun\nfn = mlrun.new_function({payload!r}, kind='job', image='x')\nfn.with_limits(mem='4gi')"
        lines = ["%pip install ", payload, "\n!echo ", payload, "\n%%bash ", payload]
        cells = [{"cell_type": "code", "metadata": {}, "source": each} for each in (source, "".join(lines), payload)]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    if isinstance(content, str):
        return content.replace(MARK, repr(payload)).replace("COMMENT", re.sub(r"[\n\r\0]", " ", payload))
    return json.dumps(filled(content, payload), indent=1)


CELLS: Final = "CELLS"


def _named(name: str, payload: str) -> str:
    """The name of a file, as far as a file can be called so."""
    text = re.sub(r"[/\0]", "_", payload).encode(errors="replace" if "\ud800" in payload else "surrogateescape")
    return name.replace(MARK, text[:_LONGEST_NAME].decode(errors="surrogateescape"))
