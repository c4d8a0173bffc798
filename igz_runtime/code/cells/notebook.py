"""Notebooks: their code cells, without IPython's own commands, and the lines of the file that they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from igz_runtime.code.cells.source import Cell, parsed
from igz_runtime.text.json_text import JsonText
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.place import Remark
from igz_runtime.text.tree import read_json


def cells_of(content: str) -> list[Cell]:
    """The code cells of a notebook, in their order.

    Raises:
        Unreadable: no JSON, or no notebook.
    """
    value = read_json(content).value
    cells = _cells(value)
    if cells is None:
        raise Unreadable("is not a notebook: it holds no list of cells")
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
    text = JsonText(content)
    found: dict[int, tuple[int, ...]] = {}
    cells = (cell for holder in _holders(text) for cell in text.entries(holder).values())
    for number, cell in enumerate(cells, start=1):
        held = text.entries(cell.value_at)
        source = held.get("source") or held.get("input")
        if source is None:
            continue
        code, _ = text.value(source.value_at)
        if isinstance(code, list):
            pieces = [
                (piece, text.line(at.stands))
                for piece, at in zip(code, text.entries(source.value_at).values(), strict=True)
            ]
        else:
            pieces = [(code, text.line(source.value_at))]
        found[number] = tuple(_each_line(pieces))
    return found


def _holders(text: JsonText) -> Iterator[int]:
    """Where the lists of cells begin: of the notebook, or of each of its worksheets."""
    top = text.entries(text.top)
    if "cells" in top:
        yield top["cells"].value_at
    elif "worksheets" in top:
        for sheet in text.entries(top["worksheets"].value_at).values():
            cells = text.entries(sheet.value_at).get("cells")
            if cells is not None:
                yield cells.value_at


def _each_line(pieces: list[tuple[Any, int]]) -> Iterator[int]:
    """The file's line for each line of the code, of which a piece may hold several, or only a part."""
    begun = False
    for text, line in pieces:
        if not begun:
            yield line
        for _ in range(str(text).count("\n") - str(text).endswith("\n")):
            yield line
        begun = not str(text).endswith("\n")
