"""`igz-runtime advise`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from igz_runtime.cli import say
from igz_runtime.errors import ConfigurationError
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import with_pods
from igz_runtime.functions.model import normal_name
from igz_runtime.lint.found import Found, functions_under
from igz_runtime.messages import did_you_mean, json_text
from igz_runtime.projects.advising import Advice, advice_for
from igz_runtime.projects.questions import QUESTIONS, Said

_CODE = (".py", ".ipynb")


@click.command()
@click.argument("path", metavar="[FILE|FOLDER]", default=".", type=click.Path())
@click.option("--mission-critical/--not-mission-critical", default=None, help=QUESTIONS[0].text)
@click.option("--stateful/--stateless", default=None, help=QUESTIONS[1].text)
@click.option("--recovers/--does-not-recover", default=None, help=QUESTIONS[2].text)
@click.option("--opportunistic/--not-opportunistic", default=None, help=QUESTIONS[3].text)
@click.option("--cpu", metavar="CORES", help="Cores, or a quantity such as 500m; else what the function has.")
@click.option("--memory", metavar="BYTES", help="A quantity such as 4Gi; else what the function has.")
@click.option("--function", "names", multiple=True, metavar="NAME", help="Only this function; may be repeated.")
@click.option("--kind", type=click.Choice(with_pods()), help="What a file of code is to become that makes no function.")
@click.option("--ask/--no-ask", default=True, help="In a terminal, ask what the function does not answer by itself.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to print the advice.")
def advise(path: str, **options: Any) -> int:
    """Say which profile the functions of a FILE or FOLDER should have, by the best practices' four questions.

    What a function shows by itself is not asked for; what nobody answers gets the safe answer. Nothing is run.
    """
    found = _chosen(path, options)
    said = {each.name: Said(options[each.name], "flag") for each in QUESTIONS if options[each.name] is not None}
    asks = options["form"] == "text" and options["ask"] and sys.stdin.isatty() and sys.stdout.isatty()
    advised = _advised(found, said, options, asks=asks)
    if options["form"] == "json":
        click.echo(json_text([each.to_dict() for each in advised], 2))
        return 0
    for number, advice in enumerate(advised):
        if number:
            click.echo()
        _print(advice)
    return 0


def _chosen(path: str, options: dict[str, Any]) -> Sequence[Found]:
    """The functions to advise on."""
    found, missed = functions_under(path)
    if found and options["kind"]:
        raise ConfigurationError(f"--kind: {path} has functions, each of a kind of its own")
    if not found and path.endswith(_CODE) and Path(path).is_file():
        found = {"": _of_code(Path(path), options["kind"])}
    if not found:
        raise ConfigurationError(f"{path}: no function is in it, and no code that makes one")
    names = [normal_name(name) for name in options["names"]]
    for name in names:
        if name not in found:
            raise ConfigurationError(f"{path}: no function {name!r} is in it{did_you_mean(name, found)}")
    for each in missed:
        say(f"igz-runtime: {each.place}: not advised on: {each.why}")
    return [each for name, each in found.items() if not names or name in names]


def _of_code(path: Path, kind: str | None) -> Found:
    """A file of code as the function that it is to become."""
    if kind is None:
        raise ConfigurationError(f"{path}: its code makes no function; say what it is to become, as in --kind job")
    document = {"kind": kind, "metadata": {"name": path.stem}, "spec": {"command": path.name}}
    return Found(adapter_for(document).read().seen_from(path.parent.as_posix()), path.as_posix())


def _advised(found: Sequence[Found], said: dict[str, Said], options: dict[str, Any], *, asks: bool) -> Iterator[Advice]:
    size = {"cpu": options["cpu"], "memory": options["memory"]}
    for each in found:
        if asks:
            from igz_runtime.cli.dialogue import asked

            yield asked(each, said, size)
        else:
            yield advice_for(each.function, said, declared=each.declared, place=each.place, **size)


def _print(advice: Advice) -> None:
    if not sys.stdout.isatty():
        click.echo(str(advice))
        return
    from rich.console import Console

    Console(highlight=False).print(advice)
