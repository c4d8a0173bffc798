"""What is made from the code when the site is built: the pages of rules, their table, a part of the navigation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igz_runtime.profiles import BUILT_IN
from igz_runtime.rules import rules
from igz_runtime.rules.page import rule_page, rules_table

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

INDEX = "rules/index.md"
TABLE = "*`make docs` puts the table of rules here, and a page for each: both are made from the code.*"


def rule_pages() -> dict[str, str]:
    """The page of every rule, by its path in the site."""
    return {f"rules/{rule_id}.md": rule_page(rule_id) for rule_id in rules()}


def with_table(markdown: str) -> str:
    """The index of the rules, with its table.

    Raises:
        ValueError: the page no longer says where the table stands.
    """
    if TABLE not in markdown:
        raise ValueError(f"{INDEX} has no line {TABLE!r}")
    return markdown.replace(TABLE, rules_table())


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
    """Put the table into the index of the rules."""
    return with_table(markdown) if page.file.src_uri == INDEX else markdown
