"""IPython's magics: those that run the Python behind them, and those that change nothing of what the code makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from igz_runtime.code.cells.source import Cell, in_cell, parsed
from igz_runtime.text.place import Remark

RUN_LINE: Final = frozenset({"time", "timeit", "prun", "memit", "lprun", "mprun"})
RUN_CELL: Final = RUN_LINE | {"capture", "python", "python3"}
"""Magics that run the rest of the line, or of the cell, in the notebook's names."""
HARMLESS: Final = frozenset(
    {
        *("alias", "autoawait", "autoreload", "autosave", "bash", "cat", "cd", "cmd", "conda", "config", "cp", "dirs"),
        *("env", "file", "history", "html", "javascript", "js", "latex", "ldir", "less", "load_ext", "logstart", "ls"),
        *("lsmagic", "mamba", "man", "markdown", "matplotlib", "micromamba", "mkdir", "more", "mv", "notebook", "page"),
        *("pdb", "perl", "pinfo", "pip", "popd", "pprint", "precision", "pushd", "pwd", "pycat", "pylab", "reload_ext"),
        *("rm", "rmdir", "ruby", "sc", "script", "set_env", "sh", "sql", "store", "svg", "sx", "system", "tb"),
        *("tensorboard", "uv", "unload_ext", "watermark", "who", "who_ls", "whos", "writefile", "xmode"),
    }
)
_OPTIONS: Final = r"(?:-\w+(?:[ \t]*[\d.]+)?[ \t]+)*"
_RUNS: Final = re.compile(
    rf"^(?P<before>\s*(?:[\w, ]+=\s*)?)(?P<magic>%(?:{'|'.join(sorted(RUN_LINE))})\s+{_OPTIONS})(?=\S)"
)
_MAGIC: Final = re.compile(r"^\s*(?:[\w, ]+=\s*)?(?P<mark>%%?|/|,|;)(?P<name>\w+)", re.ASCII)
_OF_BUILD: Final = re.compile(r"^\s*%%?nuclio\s+(?!config\s+spec\.(?!build)|config\s*$)", re.ASCII)
"""What nuclio's magic says of anything but the function's specification."""


def without_magic(line: str) -> str:
    """A line of which a magic runs the rest: without the magic, its columns as they were.

    >>> without_magic("%time fn.run()")
    'if 1: fn.run()'
    >>> without_magic("run = %time fn.run()")
    'run =       fn.run()'
    """
    found = _RUNS.match(line)
    if found is None:
        return line
    length = len(found["magic"])
    # What would begin with white space is a block of its own.
    instead = " " * length if found["before"].strip() else "if 1:".ljust(length)
    return found["before"] + instead + line[found.end() :]


def not_followed(cell: Cell) -> Iterator[Remark]:
    """The magics of a cell that may do anything, each with its place."""
    of_cell = cell.text.lstrip().startswith("%%")
    if not of_cell and not isinstance(parsed(cell), Remark):
        return
    for number, line in enumerate(cell.text.split("\n"), start=1):
        found = _MAGIC.match(line)
        if found and found["name"] not in HARMLESS | RUN_CELL and not _OF_BUILD.match(line):
            said = f"{found['mark']}{found['name']}: what it does is not followed"
            yield Remark(in_cell(cell, number, found.start("mark") + 1), said)
        if of_cell and line.strip():
            return  # the rest of the cell is the magic's
