"""The documentation says what is so: every example is run, and what it shows is compared with what it prints.

A block marked `python` runs in its page's own namespace, after the blocks before it. What it prints is the block marked
`text` that follows it; without one it prints nothing. `python tests/contract/test_docs.py` writes what is printed now
into every page, for a look at the difference.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import re
import runpy
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import mlrun  # before a page does: its log goes to what is standard output when it is imported
import pytest
from ruamel.yaml import YAML

from igz_runtime import Cluster, profiles
from igz_runtime.audit.sentences import sentences
from igz_runtime.cluster.workloads import TABLE, UNPROFILED
from igz_runtime.functions.kinds import KINDS, with_pods
from igz_runtime.report.audit_formats import FORMATS as AUDIT_FORMATS
from igz_runtime.report.lint import FORMATS
from igz_runtime.rules import rules
from igz_runtime.rules.authoring import REGISTRY
from igz_runtime.rules.cel.form import Cel
from igz_runtime.rules.cel.variables import VARIABLES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = (ROOT / "README.md", *sorted(DOCS.rglob("*.md")))
NEEDS: Mapping[str, str] = {"docs/pipelines.md": "kfp", "docs/production.md": "kfp"}
"""Pages whose examples need a package that only some environments have."""

_EXAMPLE = re.compile(r"^```python\n(?P<code>.*?)^```\n(?:\n```text\n(?P<shown>.*?)^```\n)?", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)(?:#[^)]*)?\)")
_SNIPPET = re.compile(r'^ *--8<-- "([^":]+)', re.MULTILINE)
_REFERENCE = re.compile(r"^::: (\S+)$", re.MULTILINE)

pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


class Ran(NamedTuple):
    """An example that was run: where it stands, what is shown below it, and what it printed."""

    example: re.Match[str]
    shown: str
    printed: str


def run(page: Path, text: str) -> Iterator[Ran]:
    """Run a page's examples in order. A traceback names the page and its line."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for example in _EXAMPLE.finditer(text):
        lines = "\n" * text.count("\n", 0, example.start("code"))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(lines + example["code"], str(page), "exec"), namespace)  # noqa: S102  (that is the test)
        yield Ran(example, example["shown"] or "", printed.getvalue())


@contextlib.contextmanager
def workspace() -> Iterator[None]:
    """A directory with the examples in it, which a page's code may change and import from; rules that it adds go."""
    registered = set(rules())
    path, environment = sys.path.copy(), os.environ.copy()
    os.environ.pop("IGZ_RUNTIME_CONFIG", None)
    # What a page runs is the program that is installed beside this Python, on the code under test.
    os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environment.get("PATH", "")))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), environment.get("PYTHONPATH"))))
    with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
        # Nothing above it is searched.
        Path(".git").mkdir()
        shutil.copytree(ROOT / "examples", "examples")
        _forget_project()
        try:
            yield
        finally:
            Cluster.use(None)
            _forget_project()
            sys.path[:] = path
            os.environ.clear()
            os.environ.update(environment)
            for rule_id in set(REGISTRY) - registered:
                del REGISTRY[rule_id]
            for name, module in list(sys.modules.items()):
                if str(getattr(module, "__file__", None)).startswith("examples"):
                    del sys.modules[name]


def _forget_project() -> None:
    """A project that a page loads is MLRun's current one, and its functions would be in it."""
    mlrun.projects.pipeline_context.clear(with_project=True)
    mlrun.mlconf.active_project = ""


@pages
def test_every_example_prints_what_the_page_shows(page: Path) -> None:
    needed = NEEDS.get(page.relative_to(ROOT).as_posix())
    if needed:
        pytest.importorskip(needed)

    with workspace():
        for example, shown, printed in run(page, page.read_text()):
            assert printed == shown, f"{page.relative_to(ROOT)}: this prints something else:\n{example['code']}"


@pages
def test_no_example_is_written_so_that_it_is_not_run(page: Path) -> None:
    """Blocks that show a file of the examples aside: those have tests of their own."""
    text = page.read_text()

    assert len(_EXAMPLE.findall(text)) == len(re.findall(r"```+ ?\{?\.?py[^\n]*\n(?! *--8<--)", text))


@pages
def test_every_internal_link_and_included_file_is_there(page: Path) -> None:
    text = page.read_text()
    made = {DOCS / "rules" / f"{rule_id}.md" for rule_id in rules()}
    linked = [(page.parent / target).resolve() for target in _LINK.findall(text)]
    included = [ROOT / path for path in _SNIPPET.findall(text)]

    assert [path for path in (*linked, *included) if path not in made and not path.exists()] == []


@pages
def test_every_name_of_the_reference_exists(page: Path) -> None:
    for name in _REFERENCE.findall(page.read_text()):
        assert resolve(name) is not None


def resolve(name: str) -> Any:
    """The module or object of a dotted name."""
    module, _, attribute = name.rpartition(".")
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return getattr(importlib.import_module(module), attribute)


@pytest.mark.parametrize("factory", profiles.BUILT_IN, ids=lambda factory: factory.__name__)
def test_every_built_in_profile_has_a_page_that_quotes_its_best_practice(factory: Any) -> None:
    page = (DOCS / "profiles" / f"{factory.__name__}.md").read_text()
    quotation = re.search(r"^> (.+?)\n(?!>)", page, re.MULTILINE | re.DOTALL)

    assert f"::: igz_runtime.profiles.{factory.__name__}" in page
    assert f"]({factory.__name__}.md)" in (DOCS / "profiles" / "index.md").read_text()
    assert quotation is not None
    assert words(quotation[1].replace("\n> ", " ")).rstrip(".") in words(factory.__doc__)


def words(text: str) -> str:
    return " ".join(text.split())


def test_every_format_of_lint_has_its_section_and_stands_in_the_table() -> None:
    page = (DOCS / "lint-formats.md").read_text()
    listed = re.findall(r"^\| `(\w+)` \| (?:`(.+?)` )?\|", page, re.MULTILINE)

    assert listed == [(name, form.ending) for name, form in FORMATS.items()]
    assert [name for name in FORMATS if f"\n## {name}\n" not in page] == []


def test_the_labels_that_say_whose_pod_it_is_stand_on_the_page_about_clusters() -> None:
    listed = (DOCS / "clusters.md").read_text().partition("| whose pod | labels |\n| --- | --- |\n")[2]
    rows = [f"| {row.name} | `{', '.join(map(str, row.labels))}` |" for row in TABLE if row.labels]

    assert listed.partition("\n\n")[0].splitlines() == rows


def test_every_format_of_an_audit_stands_in_the_table_with_its_ending() -> None:
    section = (DOCS / "audit.md").read_text().partition("\n## Formats\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+?`) \|(.*?)\|", section, re.MULTILINE)
    named = [name for names, _ in rows for name in re.findall(r"`(\w+)`", names)]
    endings = {ending for _, listed in rows for ending in re.findall(r"`(\.\w+)`", listed)}

    assert sorted(named) == sorted(AUDIT_FORMATS)
    assert endings == {form.ending for form in AUDIT_FORMATS.values() if form.ending}


def test_every_rule_has_a_page_and_stands_in_the_index() -> None:
    made = hooks()["rule_pages"]()
    index = hooks()["with_table"]((DOCS / "rules" / "index.md").read_text())

    assert list(made) == [f"rules/{rule_id}.md" for rule_id in rules()]
    for rule in rules().values():
        assert rule.id in made[f"rules/{rule.id}.md"].splitlines()[0]
        assert words(rule.source) in words(made[f"rules/{rule.id}.md"].replace("\n> ", " "))
        assert f"]({rule.id}.md)" in index


def test_a_rules_page_shows_both_of_its_languages_where_admission_asks_it() -> None:
    made = hooks()["rule_pages"]()
    for rule in rules().values():
        page = made[f"rules/{rule.id}.md"]
        shown = isinstance(rule.cel, Cel)
        assert ("\n### In Python\n\n```python\ndef " in page) is shown
        assert ("\n### In CEL\n" in page) is shown
        blocks = {
            without_spaces(block) for block in re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
        }
        for says in rule.cel.says if isinstance(rule.cel, Cel) else ():
            assert blocks & {without_spaces(says.found), without_spaces(says.found[1:-1])}


def without_spaces(text: str) -> str:
    return "".join(text.split())


def test_the_page_of_admission_names_every_rule_and_variable() -> None:
    page = hooks()["with_admission"]((DOCS / "rules" / "admission.md").read_text())

    assert [rule_id for rule_id in rules() if f"\n| [{rule_id}]({rule_id}.md) |" not in page] == []
    assert [name for name in VARIABLES if f"\n`{name}`\n\n```text\n" not in page] == []
    assert [why for _, why in UNPROFILED if why not in page] == []


def test_every_sentence_of_the_best_practices_stands_on_their_page() -> None:
    page = words(hooks()["with_sentences"]((DOCS / "best-practices.md").read_text()).replace("\\", ""))

    assert [each.text for each in sentences() if words(each.text) not in page] == []


def test_the_roles_of_every_kind_stand_in_the_concepts() -> None:
    """Of one that a serving graph's child adds, its words do not count."""
    table = re.findall(r"^\| (`.+`) \| (`.+) \|$", (DOCS / "concepts.md").read_text(), re.MULTILINE)
    roles = {kind: re.findall(r"`(\w+)`", row) for kinds, row in table for kind in re.findall(r"`([\w-]+)`", kinds)}

    assert {kind: roles.get(kind) for kind in with_pods()} == {
        kind: [role.role for role in KINDS[kind].roles] for kind in with_pods()
    }


def test_the_architecture_names_every_module_and_no_other() -> None:
    layout = (DOCS / "architecture.md").read_text().partition("## Layout")[2].split()

    assert {word for word in layout if word.endswith(".py")} == {
        module.name for module in ROOT.glob("igz_runtime/**/*.py")
    }


def test_the_navigation_names_every_page_once() -> None:
    site = SimpleNamespace(**YAML(typ="safe", pure=True).load(ROOT / "mkdocs.yml"))
    named = list(leaves(hooks()["on_config"](site).nav))

    pages_of_files = [page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")]
    assert sorted(named) == sorted([*pages_of_files, *hooks()["rule_pages"]()])


def leaves(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    for child in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
        yield from leaves(child)


@pytest.mark.once
def test_the_pictures_show_what_a_notebook_shows_now() -> None:
    for file, drawn in runpy.run_path(str(DOCS / "picture.py"))["drawn"]().items():
        assert file.read_text() == drawn, file.name


def hooks() -> dict[str, Any]:
    return runpy.run_path(str(DOCS / "hooks.py"))


def write_what_is_printed() -> None:
    """Put what each example prints now below it, and draw the pictures."""
    for file, drawn in runpy.run_path(str(DOCS / "picture.py"))["drawn"]().items():
        file.write_text(drawn)
    for page in PAGES:
        text = page.read_text()
        needed = NEEDS.get(page.relative_to(ROOT).as_posix())
        if needed and importlib.util.find_spec(needed) is None:
            continue
        with workspace():
            ran = list(run(page, text))
        for example, shown, printed in reversed(ran):
            if printed != shown:
                below = f"\n```text\n{printed}```\n" if printed else ""
                text = f"{text[: example.start()]}```python\n{example['code']}```\n{below}{text[example.end() :]}"
        page.write_text(text)


if __name__ == "__main__":
    os.environ["MLRUN_DBPATH"] = ""
    write_what_is_printed()
