"""Programs that make functions: run with the real MLRun, judged by `check`, and read by lint."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import nuclio
import yaml
from IPython.core.interactiveshell import InteractiveShell
from mlrun.runtimes.base import BaseRuntime
from traitlets.config import Config

from igz_runtime import Cluster, check
from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.lint.judging import lint_text
from igz_runtime.lint.results import Report

FOLDER = Path(__file__).with_name("programs")
IMPORTS = "import mlrun\nfrom kubernetes import client as k8s\n"
HEADS = {
    "none": "",
    "imports": IMPORTS,
    "function": IMPORTS + 'fn = mlrun.new_function("trainer", kind="job", image="mlrun/mlrun", handler="train")\n',
}
CLUSTER = Cluster.iguazio()


class Program(NamedTuple):
    """Code of a file, or of the cells of a notebook, that makes a function which `check` refuses.

    Attributes:
        cells: the code; of a file, one.
        notebook: whether they are cells.
        answer: `found`, or `said` where lint cannot know it.
    """

    cells: tuple[str, ...]
    notebook: bool = False
    answer: str = "found"


def programs() -> dict[str, Program]:
    """Every program of the tables, by its table and its name."""
    return {
        f"{file.stem}: {name}": _program(**row)
        for file in sorted(FOLDER.glob("*.yaml"))
        for name, row in yaml.safe_load(file.read_text()).items()
    }


def _program(why: str, code: str = "", cells: Sequence[str] = (), head: str = "function", answer: str = "found") -> Any:
    assert why.endswith("."), "each program says in a sentence what the trick is"
    if cells:
        return Program((HEADS[head], *cells), notebook=True, answer=answer)
    return Program((HEADS[head] + code,), answer=answer)


def refused(program: Program) -> set[str]:
    """The rules by which `check` refuses a function that the program makes when it runs."""
    with _collected() as made:
        named = _run(program)
    found: set[str] = set()
    for each in {id(each): each for each in (*made, *named)}.values():
        try:
            findings = check(each, CLUSTER, config="none")
        except (BrokenFunction, UnsupportedFunction):
            continue  # one that the program has only begun
        found.update(finding.rule for finding in findings if finding.severity == "error")
    return found


def answer(program: Program, rules: set[str]) -> str:
    """What lint says to the same text: `found` (an error of one of the rules), `said`, or nothing."""
    report = read(program)
    if any(one.finding.rule in rules and one.finding.severity == "error" for one in report.findings):
        return "found"
    # What is said has a place, or it helps nobody.
    said = [
        *(note.position for note in report.notes),
        *(one.position for one in report.findings if one.finding.rule == "IGZ901"),
    ]
    return "said" if any(said) else "silence"


def read(program: Program) -> Report:
    """Lint's report on the program."""
    if not program.notebook:
        return lint_text("program.py", program.cells[0])
    cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": each} for each in program.cells]
    return lint_text("program.ipynb", json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))


@contextmanager
def _collected() -> Iterator[list[Any]]:
    """The functions that are made meanwhile, however they are."""
    made: list[Any] = []
    originals = {cls: cls.__init__ for cls in (BaseRuntime, nuclio.ConfigSpec)}

    def collecting(original: Any) -> Any:
        def init(self: Any, *args: Any, **kwargs: Any) -> None:
            made.append(self)
            original(self, *args, **kwargs)

        return init

    for cls, original in originals.items():
        cls.__init__ = collecting(original)
    try:
        yield made
    finally:
        for cls, original in originals.items():
            cls.__init__ = original


def _run(program: Program) -> list[Any]:
    """Run the program; the functions that it has by a name in the end. A copy is not made by its class."""
    names: dict[str, Any] = {"__name__": "__main__"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if program.notebook:
            settings = Config({"HistoryManager": {"enabled": False}})
            shell: Any = InteractiveShell(user_ns=names, config=settings)  # type: ignore[no-untyped-call]
            shell.run_line_magic("autocall", "1")
            for cell in program.cells:
                shell.run_cell(cell, silent=True).raise_error()
        else:
            code = compile(program.cells[0], "program.py", "exec", dont_inherit=True)
            exec(code, names)  # noqa: S102  (what lint is compared with)
    return [each for each in names.values() if isinstance(each, BaseRuntime)]
