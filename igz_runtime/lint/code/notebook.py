"""Notebooks: their code cells, without IPython's own commands, and the lines of the file that they stand on."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # not in the stubs
from typing import Any, Final

from igz_runtime.lint.code.source import Cell, parsed
from igz_runtime.lint.results import Remark
from igz_runtime.lint.tree import Unreadable, read_json


def cells_of(content: str) -> list[Cell]:
    """The code cells of a notebook, in their order.

    Raises:
        Unreadable: no JSON, or no notebook.
    """
    value = read_json(content).value
    cells = _cells(value)
    if cells is None:
        raise Unreadable("is no notebook: it holds no list of cells")
    lines = _lines(content)
    found = []
    for number, cell in enumerate(cells, start=1):
        text = _code(cell)
        if text is not None:
            found.append(_without_commands(Cell(text, number, lines.get(number, ()))))
    return found


def _cells(value: Any) -> list[Any] | None:
    if not isinstance(value, dict):
        return None
    cells = value.get("cells")
    if cells is None and isinstance(value.get("worksheets"), list):
        # Notebooks of before 2015 have their cells in worksheets.
        cells = [each for sheet in value["worksheets"] if isinstance(sheet, dict) for each in sheet.get("cells") or []]
    return cells if isinstance(cells, list) else None


def _code(cell: Any) -> str | None:
    if not isinstance(cell, dict) or cell.get("cell_type") != "code":
        return None
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    return source if isinstance(source, str) else None


def _without_commands(cell: Cell) -> Cell:
    """A cell with IPython's commands blanked out, its lines and columns as they were."""
    head = re.match(r"\s*%%(\w+)", cell.text)
    if head and head[1] not in _PYTHON_CELLS:
        return cell._replace(text="\n" * cell.text.count("\n"))
    if not head and (not _COMMAND_MARKS.search(cell.text) or not isinstance(parsed(cell), Remark)):
        return cell
    lines = cell.text.split("\n")
    going_on = False
    for number, line in enumerate(lines):
        begins = not going_on and bool(_COMMAND.match(line))
        command, going_on = going_on or begins, (going_on or begins) and line.rstrip().endswith("\\")
        if command and not begins:
            lines[number] = ""
        elif command:
            # A block needs a statement where a command was its only one.
            lines[number] = f"{line[: len(line) - len(line.lstrip())]}pass" if line[:1].isspace() else ""
        else:
            lines[number] = _ASSIGNED.sub(r"\1...", line)
    return cell._replace(text="\n".join(lines))


_PYTHON_CELLS: Final = frozenset({"time", "timeit", "capture", "prun", "python", "python3"})
_COMMAND_MARKS: Final = re.compile(r"[%!?]")
_COMMAND: Final = re.compile(r"\s*(?:%|!|\?|[\w.]+\?{1,2}\s*$)")
_ASSIGNED: Final = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")


def _lines(content: str) -> dict[int, tuple[int, ...]]:
    """For each cell, by its number, the lines of the file on which the lines of its code stand."""
    ends = [match.end() for match in re.finditer("\n", content)]

    def line_of(place: int) -> int:
        return bisect_right(ends, place) + 1

    found: dict[int, tuple[int, ...]] = {}
    number = 0
    for holder in _holders(content):
        for _, cell in _entries(content, holder):
            number += 1
            source = next((at for key, at in _entries(content, cell) if key in ("source", "input")), None)
            if source is None:
                continue
            if content[source] == "[":
                pieces = [(json.loads(content[at : _scan(content, at)[1]]), at) for _, at in _entries(content, source)]
            else:
                pieces = [(scanstring(content, source + 1)[0], source)] if content[source] == '"' else []
            found[number] = tuple(_each_line(pieces, line_of))
    return found


def _holders(content: str) -> Iterator[int]:
    """Where the lists of cells begin: of the notebook, or of each of its worksheets."""
    top = dict(_entries(content, _skip(content, 0)))
    if "cells" in top:
        yield top["cells"]
    elif "worksheets" in top:
        for _, sheet in _entries(content, top["worksheets"]):
            cells = dict(_entries(content, sheet)).get("cells")
            if cells is not None:
                yield cells


def _each_line(pieces: list[tuple[Any, int]], line_of: Any) -> Iterator[int]:
    """The file's line for each line of the code, of which a piece may hold several, or only a part."""
    begun = False
    for text, place in pieces:
        if not begun:
            yield line_of(place)
        for _ in range(str(text).count("\n") - str(text).endswith("\n")):
            yield line_of(place)
        begun = not str(text).endswith("\n")


_WHITE: Final = re.compile(r"[ \t\r\n]*")
_scan: Final = json.JSONDecoder().scan_once  # type: ignore[attr-defined]  # says where a value ends


def _skip(text: str, place: int) -> int:
    return _WHITE.match(text, place).end()  # type: ignore[union-attr]  # nothing is matched too


def _entries(text: str, place: int) -> Iterator[tuple[str | int, int]]:
    """The keys or indices of an object or list that begins at a place, and where each value begins."""
    if text[place] not in "[{":
        return
    of_object, place, index = text[place] == "{", _skip(text, place + 1), 0
    while text[place] not in "]}":
        key: str | int = index
        if of_object:
            key, end = scanstring(text, place + 1)
            place = _skip(text, _skip(text, end) + 1)
        yield key, place
        place = _skip(text, _scan(text, place)[1])
        if text[place] == ",":
            place = _skip(text, place + 1)
        index += 1
