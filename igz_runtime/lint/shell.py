"""What notebooks tell a shell, and startup hooks of Jupyter services, as what rules look at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from igz_runtime.cluster.jupyter_image import HOME, looks_like_a_hook
from igz_runtime.cluster.platform import Platform
from igz_runtime.code.cells.shell import shell_texts, written_file
from igz_runtime.code.cells.source import Cell, in_cell
from igz_runtime.code.shell.programs import programs_in
from igz_runtime.jupyter.startup import written_by_us
from igz_runtime.k8s.pod import Field
from igz_runtime.lint.comments import MARK
from igz_runtime.lint.results import Content, Placed
from igz_runtime.rules.in_jupyter import HookFile, JupyterCommand
from igz_runtime.text.limits import LARGEST_CODE, Unreadable
from igz_runtime.text.place import Comment, Position

if TYPE_CHECKING:
    from igz_runtime.code.cells.notebook import Notebook

Fault = tuple[int, str]
"""The line on which Bash refuses a script, and what it says."""


def add_shell(notebook: Notebook, platform: Platform | None, content: Content) -> None:
    """Add what the cells of a notebook tell a shell to what was read of them.

    Args:
        notebook: the notebook; of one that is known to run elsewhere, nothing is added.
        platform: what MLRun runs on.
        content: what was read.
    """
    for cell in () if notebook.service else notebook.cells:
        written = written_file(cell)
        if written and looks_like_a_hook(written[0].rpartition("/")[2]):
            path, text = written
            _add_hook(_hook(text.text, _at_home(path), platform), _Place(cell, text.line), content)
        elif not written:
            for told in (texts := tuple(shell_texts(cell))):
                programs = programs_in(told.text)
                commands = (JupyterCommand(each, platform=platform, kernel=notebook.kernel) for each in programs)
                _add_commands(commands, _Place(cell, told.line, told.column), content)
            content.comments += _comments(cell) if texts else ()


def read_hook(text: str, path: str = "", platform: Platform | None = None, fault: Fault | None = None) -> Content:
    """A startup hook, as a file holds it.

    Args:
        text: the file.
        path: where it stands.
        platform: what MLRun runs on.
        fault: why Bash refuses it, where Bash was asked.

    Raises:
        Unreadable: it is larger than any script.
    """
    if len(text) > LARGEST_CODE:
        raise Unreadable(f"is larger than {LARGEST_CODE // 2**20} MiB, which no startup hook is")
    content = Content()
    _add_hook(_hook(text, path, platform, fault), _Place(Cell(text)), content)
    return content


class _Place(NamedTuple):
    """Where a text stands in a cell, or in a file that is one."""

    cell: Cell
    line: int = 1
    column: int = 1

    def of(self, line: int, column: int) -> Position:
        """A place of the text in the file."""
        return in_cell(self.cell, self.line + line - 1, column + (self.column - 1 if line == 1 else 0))

    def of_field(self, field: Field) -> Position:
        """The place of a finding that names line and column in place of a field."""
        line, column = map(int, field or (1, 1))
        return self.of(line, column)


def _hook(text: str, path: str, platform: Platform | None, fault: Fault | None = None) -> HookFile:
    return HookFile(text, tuple(programs_in(text)), path, fault, written_by_us(text), platform)


def _add_hook(hook: HookFile, place: _Place, content: Content) -> None:
    content.subjects.append(Placed(hook, place.of_field))
    commands = (JupyterCommand(program, in_hook=True, platform=hook.platform) for program in hook.programs)
    _add_commands(commands, place, content)
    content.comments += _comments(place.cell)


def _add_commands(commands: Iterable[JupyterCommand], place: _Place, content: Content) -> None:
    for command in commands:
        at = place.of(command.program.line, command.program.column)
        content.subjects.append(Placed(command, partial(_always, at)))


def _always(position: Position, _: Field) -> Position:
    return position


def _comments(cell: Cell) -> Iterator[Comment]:
    """The comments for igz-runtime, each with the lines to the end of the command that it stands beside or above."""
    if MARK not in cell.text:
        return
    lines = cell.text.split("\n")
    last = len(lines)
    for number in range(len(lines), 0, -1):
        line = lines[number - 1]
        found = _COMMENT.search(line)
        if line.partition("#")[0].strip() and not line.endswith("\\"):
            last = number
        if found:
            yield Comment(in_cell(cell, number, found.start(1) + 1), found[2].strip(), number, last)


_COMMENT: Final = re.compile(rf"(?:^|\s)(#\s*{MARK})(.*)")


def _at_home(path: str) -> str:
    for begin in ("~/", "$HOME/", "${HOME}/"):
        if path.startswith(begin):
            return f"{HOME}/{path.removeprefix(begin)}"
    return path
