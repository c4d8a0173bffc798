"""Notebooks: their code cells, without IPython's own commands, and the lines of the file that they stand on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from igz_runtime.code.cells.source import Cell, parsed
from igz_runtime.text.json_text import JsonText
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.place import Remark
from igz_runtime.text.tree import read_json


def cells_of(content: str) -> list[Cell]:
    """The code cells of a notebook, in their order, without IPython's own commands.

    Raises:
        Unreadable: no JSON, or no notebook.
    """
    return [without_commands(cell) for cell in read_cells(content).cells]


class Notebook(NamedTuple):
    """What is read of a notebook.

    Attributes:
        cells: its code cells, in their order, as they are written.
        kernel: the name of its kernel; empty where it names none.
        service: the public notebook service that it says it is of, such as `colab`; empty where it says none.
    """

    cells: list[Cell]
    kernel: str = ""
    service: str = ""


def read_cells(content: str) -> Notebook:
    """The code cells of a notebook, and where they run, as far as it says that.

    Raises:
        Unreadable: no JSON, or no notebook.
    """
    read_json(content)
    text = JsonText(content)
    top = text.entries(text.top)
    said = text.value(top["metadata"].value_at)[0] if "metadata" in top else None
    said = said if isinstance(said, dict) else {}
    kernel = said.get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    service = next((each for each in _SERVICES if each in said), "")
    return Notebook(_code_cells(content, text), name if isinstance(name, str) else "", service)


_SERVICES: Final = ("colab", "kaggle")


def _code_cells(content: str, text: JsonText) -> list[Cell]:
    held = _cells(content, text)
    if held is None:
        raise Unreadable("is not a notebook: it holds no list of cells")
    found = []
    for number, at in enumerate(held, start=1):
        cell = text.entries(at)
        source = cell.get("source") or cell.get("input")
        if source is None or "cell_type" not in cell or text.value(cell["cell_type"].value_at)[0] != "code":
            continue
        code, _ = text.value(source.value_at)
        if isinstance(code, list):
            stands = [text.line(each.stands) for each in text.entries(source.value_at).values()]
        else:
            code, stands = [code], [text.line(source.value_at)]
        if all(isinstance(piece, str) for piece in code):
            lines = tuple(_each_line(zip(code, stands, strict=True)))
            found.append(Cell("".join(code), number, lines))
    return found


def _cells(content: str, text: JsonText) -> list[int] | None:
    """Where each cell begins: in a list, or in several; None where there is no such list."""
    top = text.entries(text.top)
    holders = [top]
    if "cells" not in top and "worksheets" in top:
        # Notebooks of before 2015 have their cells in worksheets.
        holders = [text.entries(each.value_at) for each in text.entries(top["worksheets"].value_at).values()]
    elif "cells" not in top or content[top["cells"].value_at] != "[":
        return None
    lists = [text.entries(each["cells"].value_at) for each in holders if "cells" in each]
    return [each.value_at for cells in lists for each in cells.values()]


def without_commands(cell: Cell) -> Cell:
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
_ASSIGNED: Final = re.compile(r"^(\s*+[\w, ]++=\s*+)[%!].*$")


def _each_line(pieces: Iterable[tuple[str, int]]) -> Iterator[int]:
    """The file's line for each line of the code, of which a piece may hold several, or only a part."""
    begun = False
    for text, line in pieces:
        yield from [line] * (text.count("\n") - text.endswith("\n") + (not begun))
        begun = not text.endswith("\n")
