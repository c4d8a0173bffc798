"""How advice looks in a terminal and in a notebook."""

from __future__ import annotations

from html.parser import HTMLParser

from igz_runtime import advise
from igz_runtime.projects.questions import QUESTIONS
from igz_runtime.report.text import advice_text

HOSTILE = "evil\x1b[31m<script>"


def function(name: str = "train") -> dict[str, object]:
    return {"kind": "job", "metadata": {"name": name}, "spec": {}}


def test_each_question_stands_above_its_answer_and_who_gave_it() -> None:
    text = advice_text(advise(function(), mission_critical=False, cpu=1, memory="1Gi"), width=100)

    lines = [line.strip() for line in text.splitlines()]
    assert [lines[lines.index(each.text) + 1] for each in QUESTIONS] == [
        "no (you said so, by an argument)",
        "stateful (its name 'train' says training)",
        "not asked (what is stateful stays on demand)",
        "not asked (what is stateful stays on demand)",
    ]
    assert lines[:2] == ["production_job for job 'train'", "on demand: it is stateful"]
    assert text.endswith(
        "functions:\n  train:\n    profile: production_job\n    cpu: 1\n    memory: 1Gi\n    workload: stateful"
    )


def test_what_is_open_and_what_is_missing_is_said() -> None:
    text = advice_text(advise(function("etl")), width=200)

    assert "open: mission_critical, stateful, recovers, opportunistic; answer by arguments of advise" in text
    assert "size: to be filled in, because the function does not state it: cpu and memory" in text


def test_of_what_differs_the_role_is_named() -> None:
    dask = {"kind": "dask", "metadata": {"name": "d"}, "spec": {"worker_resources": {"limits": {"cpu": "1"}}}}

    assert "does not state it: scheduler: cpu and memory; worker: memory" in advice_text(advise(dask), width=200)


class _Texts(HTMLParser):
    def __init__(self, markup: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_notebook_shows_the_same_and_no_name_becomes_markup() -> None:
    shown = _Texts(advise(function(HOSTILE))._repr_html_())

    assert "script" not in shown.tags
    assert "\x1b" not in "".join(shown.texts)
    assert [text for text in shown.texts if text in [each.text for each in QUESTIONS]] == [
        each.text for each in QUESTIONS
    ]
    assert any(text.startswith("functions:\n") for text in shown.texts)


def test_at_the_prompt_it_is_one_line() -> None:
    assert repr(advise(function(), cpu=1, memory="1Gi")) == (
        "<Advice: production_job(cpu='1', memory='1Gi', priority='high', workload={'stateful': True}) for job 'train', "
        "it is stateful>"
    )


def test_no_name_steers_a_terminal() -> None:
    assert "\x1b" not in str(advise(function(HOSTILE)))
