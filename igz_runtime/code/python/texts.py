"""Code and modules that only a text names: `exec`, `eval`, `import_module`, and IPython's magics by their functions."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.magics import HARMLESS, RUN_CELL
from igz_runtime.code.python.values import UNKNOWN, Arguments, Imported

if TYPE_CHECKING:
    from igz_runtime.code.python.evaluator import Evaluator

_LONGEST_CODE: Final = 10_000


def module(_of: Evaluator, arguments: Arguments) -> Any:
    """`importlib.importmodule(name)`, `__import__(name)`."""
    name = text_of(arguments, 0)
    return Imported(name.partition(".")[0] if arguments.callee == "__import__" else name) if name else UNKNOWN


def executed(of: Evaluator, arguments: Arguments) -> Any:
    """`exec(text)`, `eval(text)`: the code of a text that is known is gone through, where it is called."""
    text = text_of(arguments, 0)
    tree = _parsed(text, arguments) if text and len(arguments.positional) + len(arguments.named) == 1 else None
    if tree is None:
        of.host.note(arguments.place, f"{arguments.callee}(…): what it runs is not known without running the code")
        of.host.hand_over(arguments)
        return UNKNOWN
    return of.execute(tree)


def _parsed(text: str, arguments: Arguments) -> ast.Module | None:
    if len(text) > _LONGEST_CODE:
        return None
    try:
        tree = ast.parse(text.strip())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    line, column = arguments.place
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            place = {"lineno": line, "end_lineno": line, "col_offset": column, "end_col_offset": column}
            vars(node).update(place)
    return tree


def run_cell(of: Evaluator, arguments: Arguments) -> Any:
    """`get_ipython().run_cell(text)`."""
    return executed(of, replace(arguments, named={}))


def run_magic(of: Evaluator, arguments: Arguments) -> Any:
    """`get_ipython().run_line_magic(name, text)`, `….run_cell_magic(name, line, text)`."""
    name = text_of(arguments, 0)
    if name in RUN_CELL:
        return run_cell(of, replace(arguments, positional=arguments.positional[-1:]))
    if name not in HARMLESS:
        of.host.note(arguments.place, f"%{name or '…'}: what it does is not followed")
    return UNKNOWN


def text_of(arguments: Arguments, index: int) -> str:
    """An argument that is text; empty where it is not known, or something else."""
    value = arguments.positional[index].value if len(arguments.positional) > index else ""
    return value if isinstance(value, str) else ""
