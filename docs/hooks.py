"""What is made from the code when the site is built: rules, their table, the best practices, part of the navigation."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any

from igz_runtime.audit.sentences import Sentence, sentences
from igz_runtime.cluster.workloads import TABLE as ORIGINS
from igz_runtime.cluster.workloads import UNPROFILED
from igz_runtime.profiles import BUILT_IN
from igz_runtime.rules import rules
from igz_runtime.rules.at_admission import admission_table
from igz_runtime.rules.both_languages import every_variable, in_both_languages
from igz_runtime.rules.page import rule_page, rules_table

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

INDEX, PRACTICES, ADMISSION = "rules/index.md", "best-practices.md", "rules/admission.md"
TABLE = "*`make docs` puts the table of rules here, and a page for each: both are made from the code.*"
ASKED = "*`make docs` puts the table here, made from the code.*"
UNPROFILED_PODS = "*`make docs` puts the pods that need no profile here, made from the code.*"
ALL_VARIABLES = "*`make docs` puts the variables here, made from the code.*"
SENTENCES = "*`make docs` puts the tables here, made from the code.*"


def rule_pages() -> dict[str, str]:
    """The page of every rule, with both of its languages, by its path in the site."""
    return {f"rules/{rule.id}.md": f"{rule_page(rule.id)}\n{in_both_languages(rule)}" for rule in rules().values()}


def with_table(markdown: str) -> str:
    """The index of the rules, with its table."""
    return _filled(INDEX, markdown, TABLE, rules_table())


def with_admission(markdown: str) -> str:
    """The page of the rules at admission, with its table, the exceptions from IGZ908, and the variables."""
    excepted = [(f"pods of the origin “{row.name}”", row.unprofiled) for row in ORIGINS if row.unprofiled]
    excepted += [(f"pods with `{each}`", why) for each, why in UNPROFILED]
    listed = "".join(f"- {pods}: {why}\n" for pods, why in excepted)
    for mark, made in ((ASKED, admission_table()), (UNPROFILED_PODS, listed), (ALL_VARIABLES, every_variable())):
        markdown = _filled(ADMISSION, markdown, mark, made)
    return markdown


def with_sentences(markdown: str) -> str:
    """The page of the best practices, with each of their sentences."""
    return _filled(PRACTICES, markdown, SENTENCES, "\n".join(_sentences()))


def _filled(page: str, markdown: str, mark: str, made: str) -> str:
    if mark not in markdown:
        raise ValueError(f"{page} has no line {mark!r}")
    return markdown.replace(mark, made)


def _sentences() -> Iterator[str]:
    for section, rows in groupby(sentences(), lambda each: each.section):
        yield f"## {section}\n"
        yield "| Sentence | Held by | On a cluster |\n| --- | --- | --- |"
        for each in rows:
            label = f"*{each.label.rstrip(':')}:* " if each.label else ""
            text = each.text.replace("*", "\\*").replace("<", "\\<")
            held = " ".join(f"[{rule_id}](rules/{rule_id}.md)" for rule_id in each.rules)
            yield f"| {label}{text} | {held} | {_on_a_cluster(each)} |"
        yield ""


def _on_a_cluster(sentence: Sentence) -> str:
    if sentence.explains:
        return f"demands nothing ({sentence.explains})"
    if sentence.not_checked:
        return f"not checked: {sentence.not_checked}"
    return f"checked on {sentence.environment} clusters" if sentence.environment else "checked"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Name every built-in profile and every rule in the navigation, below their indices."""
    sections: dict[str, list[Any]] = {title: part for entry in config.nav or [] for title, part in entry.items()}
    sections["Profiles"] += [{each.__name__: f"profiles/{each.__name__}.md"} for each in BUILT_IN]
    sections["Rules"] += [{f"{rule.id} {rule.name}": f"rules/{rule.id}.md"} for rule in rules().values()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add a page for every rule."""
    from mkdocs.structure.files import File

    for path, content in rule_pages().items():
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Put the tables into the index of the rules, and the pages of the best practices and of admission."""
    made = {INDEX: with_table, PRACTICES: with_sentences, ADMISSION: with_admission}.get(page.file.src_uri)
    return made(markdown) if made else markdown
