"""`igz-runtime explain` and `igz-runtime rules`."""

from __future__ import annotations

import sys

import click

from igz_runtime.cli import say
from igz_runtime.cli.options import configuration, load
from igz_runtime.messages import json_text, printable_lines
from igz_runtime.rules.registry import rules as every_rule


def _ids(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    return [rule_id for rule_id in every_rule() if rule_id.startswith(begun.upper())]


@click.command()
@click.argument("rule", shell_complete=_ids)
def explain(rule: str) -> None:
    """Say what a RULE finds, why, and how to fix it: igz-runtime explain IGZ101."""
    from igz_runtime.rules.page import rule_page

    known = every_rule()
    named = next((each.id for each in known.values() if rule.lower() in (each.id.lower(), each.name)), rule)
    page = rule_page(named)
    if not sys.stdout.isatty():
        click.echo(printable_lines(page))
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))


@click.command()
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print them.")
@configuration
def rules(form: str, config: str | None, *, no_config: bool) -> None:
    """List the rules, with their severities as the configuration has them."""
    chosen = load(config, no_config=no_config).chosen
    listed = [
        {
            "id": rule.id,
            "name": rule.name,
            "severity": chosen.severity_of(rule.id, rule.severity),
            "waivable": rule.waivable,
            "on": chosen.judges(rule.id),
            "title": rule.title,
        }
        for rule in every_rule().values()
    ]
    if form == "json":
        click.echo(json_text(listed, 2))
        return
    width = max(len(str(rule["name"])) for rule in listed)
    for rule in listed:
        severity = rule["severity"]
        state = severity if rule["on"] else "off"
        say(f"{rule['id']:8} {state:8} {rule['name']:{width}} {rule['title']}", err=False)
    click.echo("\nigz-runtime explain IGZ101 says more of one.")
