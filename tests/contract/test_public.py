"""What is public is what the page says: documentation and examples keep to it, and each name can be imported first."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "reference" / "public.md"
PUBLIC = tuple(re.findall(r"^\| `(igz_runtime[\w.]*)` \|", PAGE.read_text(), re.MULTILINE))
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "examples").rglob("*.md")))
CODE = sorted(each for ending in ("*.py", "*.ipynb") for each in (ROOT / "examples").rglob(ending))

_IMPORT = re.compile(
    r"^[ >]*from (igz_runtime[\w.]*) import (\([^)]*\)|[^\n]*)|^[ >]*import (igz_runtime[\w.]*)", re.MULTILINE
)
_REFERENCE = re.compile(r"^::: (\S+)$", re.MULTILINE)


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def private_in(text: str) -> Iterator[str]:
    """What a text imports and is not public."""
    for module, names, alone in _IMPORT.findall(text):
        if alone and alone not in PUBLIC:
            yield alone
        if module:
            listed = re.sub(r"#.*", "", names.strip("()")).split(",")
            named = [each.split(" as ")[0].strip() for each in listed]
            yield from (f"{module}.{each}" for each in named if each and not is_public(module, each))


def is_public(module: str, name: str) -> bool:
    return f"{module}.{name}" in PUBLIC or (module in PUBLIC and name in importlib.import_module(module).__all__)


def test_the_page_names_modules_and_no_module_lists_a_private_name() -> None:
    assert PUBLIC[0] == "igz_runtime"
    assert len(PUBLIC) >= 6
    for name in PUBLIC:
        module = importlib.import_module(name)
        assert len(set(module.__all__)) == len(module.__all__)
        assert module.__doc__
        for each in module.__all__:
            assert not each.startswith("_")
            assert hasattr(module, each)
            assert each in dir(module)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_documentation_imports_what_is_public(page: Path) -> None:
    assert list(private_in(page.read_text())) == []


@pytest.mark.parametrize("file", CODE, ids=name_of)
def test_an_example_imports_what_is_public(file: Path) -> None:
    text = file.read_text()
    if file.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")

    assert list(private_in(text)) == []


def test_every_import_of_an_example_is_seen_by_these_tests() -> None:
    """They look for lines; Python's own parser finds no import that they miss."""
    for file in CODE:
        if file.suffix == ".py":
            tree = ast.parse(file.read_text())
            froms = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
            names = [each.name for node in ast.walk(tree) if isinstance(node, ast.Import) for each in node.names]
            ours = sorted(str(each) for each in (*froms, *names) if str(each).partition(".")[0] == "igz_runtime")
            assert ours == sorted(module or alone for module, _, alone in _IMPORT.findall(file.read_text()))


@pytest.mark.parametrize(
    ("text", "private"),
    [
        ("from igz_runtime.rules import rule, Found\n    import igz_runtime\n", []),
        ("    from igz_runtime.rules.authoring import rule", ["igz_runtime.rules.authoring.rule"]),
        ("from igz_runtime.rules import (\n    rule,\n    REGISTRY,\n)", ["igz_runtime.rules.REGISTRY"]),
        ("from igz_runtime import profiles, errors, rules, lint as l", ["igz_runtime.lint"]),
        ("import igz_runtime.cli", ["igz_runtime.cli"]),
    ],
)
def test_an_import_of_something_private_is_seen(text: str, private: list[str]) -> None:
    assert list(private_in(text)) == private


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_reference_documents_public_names_only(page: Path) -> None:
    named = _REFERENCE.findall(page.read_text())

    assert [each for each in named if each not in PUBLIC and not is_public(*each.rsplit(".", 1))] == []


def test_every_public_name_is_documented() -> None:
    """By the module in which it is public; a type that two of them name is documented once, a profile on a page."""
    named = "\n".join(page.read_text() for page in DOCS.rglob("*.md"))
    documented = set(_REFERENCE.findall(named))
    values = [getattr(importlib.import_module(m), n) for m, _, n in (each.rpartition(".") for each in documented)]
    whole = {"igz_runtime.testing"} & documented

    missing = [
        f"{module}.{name}"
        for module in PUBLIC
        for name in importlib.import_module(module).__all__
        if module not in whole and not any(getattr(importlib.import_module(module), name) is one for one in values)
    ]
    assert missing == []


FIRST = """
import importlib, os, sys
for module, name in {names!r}:
    child = os.fork()
    if not child:
        try:
            assert not [each for each in sys.modules if each.startswith("igz_runtime")]
            value = getattr(importlib.import_module(module), name)
            os._exit(value is None)
        except BaseException as error:
            print(module, name, type(error).__name__, error, flush=True)
            os._exit(1)
    if os.waitpid(child, 0)[1]:
        print("cannot be imported first:", module, name, flush=True)
print("asked for", len({names!r}))
"""


def test_each_public_name_can_be_imported_first() -> None:
    """Each in a process that has imported nothing of the package before."""
    names = [(module, name) for module in PUBLIC for name in importlib.import_module(module).__all__]
    told = subprocess.run(
        [sys.executable, "-c", FIRST.format(names=names)], capture_output=True, text=True, cwd=ROOT, check=False
    )

    assert (told.stdout, told.stderr) == (f"asked for {len(names)}\n", "")
