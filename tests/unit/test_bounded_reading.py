"""Whatever is read is opened by text/bounded.py, and YAML is parsed in text/: nothing else of the package does either.

The exceptions have their reason beside them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "igz_runtime"
OPENING = {"open", "read_text", "read_bytes", "fdopen", "load_source", "getsource", "getlines", "urlopen", "ZipFile"}
PARSERS = {
    "yaml",
    "ruamel.yaml",
    "tomllib",
    "pickle",
    "xml",
    "configparser",
    "csv",
    "tarfile",
    "zipfile",
    "gzip",
    "bz2",
}

OPENED = {
    "text/bounded.py": "opens what is read",
    "text/replace.py": "opens what it writes",
    "plugins.py": "lies below text/; reads so much of what is installed, whose code is run",
    "cli/__init__.py": "/dev/null, to write to",
    "audit/sentences.py": "a file of this package",
    "cli/schema.py": "a file of this package",
    "cli/audit_over_time.py": "files of this package",
    "jupyter/startup.py": "a file of this package",
    "rules/both_languages.py": "a file of this package",
    "text/folder.py": "files of ours, of which it looks at the size first",
    "rules/page.py": "a file of this package, or of a plug-in",
    "planning/preflight.py": "Connection.open",
    "cluster/api/live.py": "Connection.open",
    "planning/changing.py": "a folder, to lock it",
    "cli/supervision.py": "what Linux says of this process",
    "projects/guarding/reading.py": "an archive that this process made, whose file is not larger than it may be",
}
PARSED = {
    "lint/fix/fixes.py": "names YAML's error; the text comes from text/",
    "projects/guarding/reading.py": "the archive above",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted(PACKAGE.rglob("*.py")):
        yield file.relative_to(PACKAGE).as_posix(), ast.parse(file.read_text())


def opened(tree: ast.Module) -> Iterator[str]:
    """What opens a file, and a stream that is read to its end, however long it is."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        endless = name == "read" and not node.args and "buffer" in ast.unparse(node.func)
        if name in OPENING or endless:
            yield f"{node.lineno}: {ast.unparse(node)[:80]}"


def parsers(tree: ast.Module) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return {name for name in found if any(name == each or name.startswith(f"{each}.") for each in PARSERS)}


def test_only_the_bounded_reader_opens_what_is_read() -> None:
    found = {name: list(opened(tree)) for name, tree in modules()}

    assert {name: calls for name, calls in found.items() if calls and name not in OPENED} == {}
    assert {name for name in OPENED if not found[name]} == set()


def test_yaml_and_archives_are_parsed_in_text() -> None:
    found = {name: parsers(tree) for name, tree in modules() if not name.startswith("text/")}

    assert {name: held for name, held in found.items() if held and name not in PARSED} == {}
    assert {name for name in PARSED if not found[name]} == set()


@pytest.mark.parametrize(
    "code",
    ["open(a)", "with a.open() as b: pass", "Path(a).read_text()", "os.open(a, 0)", "sys.stdin.buffer.read()"],
)
def test_what_opens_a_file_is_seen(code: str) -> None:
    assert list(opened(ast.parse(code)))
