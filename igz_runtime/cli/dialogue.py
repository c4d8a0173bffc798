"""The dialogue of `igz-runtime advise`: what a function does not answer by itself is asked of the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import click

from igz_runtime.cli import say
from igz_runtime.errors import InvalidValue
from igz_runtime.k8s.quantity import given
from igz_runtime.lint.found import Found
from igz_runtime.messages import printable
from igz_runtime.projects.advising import Advice, advice_for
from igz_runtime.projects.questions import Question, Said, hint, open_question

_SIZES: Final = {"cpu": "CPU, in cores, such as 2 or 500m", "memory": "Memory, such as 4Gi"}


def asked(found: Found, said: Mapping[str, Said], size: Mapping[str, Any]) -> Advice:
    """The advice on a function once the person has answered.

    Args:
        found: the function.
        said: what was answered by flags.
        size: CPU and memory that were given by flags.
    """
    answers, sizes = dict(said), dict(size)

    def advice() -> Advice:
        return advice_for(found.function, answers, declared=found.declared, place=found.place, **sizes)

    _begin(advice())
    left: set[str] = set()
    while question := open_question(advice().answers, frozenset(left)):
        yes = _answer(question, hint(question, found.function))
        if yes is None:
            left.add(question.name)
        else:
            answers[question.name] = Said(yes, "dialogue")
    for resource in [resource for where, resource in advice().missing if not where]:
        sizes[resource] = _amount(resource)
    click.echo()
    return advice()


def _begin(advice: Advice) -> None:
    """Which function is asked about, and what it answers by itself."""
    click.secho(printable(f"{advice.kind} {advice.function!r}"), bold=True, nl=False)
    say(f" ({advice.place})", err=False)
    for answer in advice.answers:
        if answer.given and answer.reason:
            say(f"  it {answer.said}: {answer.reason}", err=False)


def _answer(question: Question, known: str) -> bool | None:
    """Yes, no, or None where the person does not know."""
    yes, no = question.words
    answers = {"y": True, "n": False, yes: True, no: False}
    click.echo(f"\n  {question.text}")
    if known:
        click.secho(printable(f"  ({known})"), dim=True)
    while True:
        prompt = f"  {'y, n' if yes == 'yes' else f'y: {yes}, n: {no}'}, ?: why, Enter: not known"
        typed = click.prompt(prompt, default="", show_default=False).strip().lower()
        if typed in answers:
            return answers[typed]
        if not typed:
            click.secho(f"  left open: the safe answer counts, that it {question.said[not question.safe]}", dim=True)
            return None
        click.echo(f'  "{question.why}"' if typed == "?" else "  type y, n or ?, or Enter alone")


def _amount(resource: str) -> str | None:
    """A quantity, or None where the person does not know."""
    click.echo()
    while True:
        typed: str = click.prompt(f"  {_SIZES[resource]}; Enter: not known", default="", show_default=False).strip()
        if not typed:
            return None
        try:
            given(typed, what=resource)
        except InvalidValue as error:
            say(f"  {error}", err=False)
        else:
            return typed
