"""The four questions that decide between spot and on-demand nodes, and what a function answers by itself.

Source: "Here are some questions to consider when choosing the type of node" (Iguazio, Best Practices, Spot vs.
On-demand Usage)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal, NamedTuple

from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload, code_of, nature_of

By = Literal["kind", "evidence", "declaration", "argument", "flag", "dialogue", "nobody", "settled"]
"""Who answered: the function's kind, which is so by nature; other evidence (names, code); a declaration on the
function; a person, by an argument, a flag or in the dialogue; nobody, so that the safe answer counts; or nobody was
asked, because another answer settles it."""


class Question(NamedTuple):
    """One of the four questions.

    Attributes:
        name: what an answer is called: the argument of `advise`.
        text: the question.
        safe: the answer that counts where nobody gives one.
        said: what is said of a function when the answer is yes, and when it is no: what stands after "it".
        settles: the answer that keeps the function on demand whatever the later ones are; None: there is none.
        why: the best practice behind the safe answer.
        words: the answers in a word.
    """

    name: str
    text: str
    safe: bool
    said: tuple[str, str]
    settles: bool | None
    why: str
    words: tuple[str, str] = ("yes", "no")


QUESTIONS: Final = (
    Question(
        "mission_critical",
        "Is the function mission critical? Must it be operational at all times?",
        safe=True,
        said=("is mission-critical", "is not mission-critical"),
        settles=True,
        why="On-demand instances provide full control over the instance lifecycle.",
    ),
    Question(
        "stateful",
        "Is the function a stateful function or stateless function?",
        safe=True,
        said=("is stateful", "is stateless"),
        settles=True,
        why="Avoid running any stateful applications (e.g. training job, Spark job) on spot instances.",
        words=("stateful", "stateless"),
    ),
    Question(
        "recovers",
        "Can the function recover from unexpected failure?",
        safe=False,
        said=("can recover", "cannot recover"),
        settles=False,
        why="When an MLRun job is running on a spot node and it fails, it is not automatically restarted.",
    ),
    Question(
        "opportunistic",
        "Is this a job that should run only when there are inexpensive resources available?",
        safe=False,
        said=("is to run only when resources are inexpensive", "is to run whenever it is due"),
        settles=None,
        why="With Spot instances, […] spot instances may be interrupted and removed on a short notice.",
    ),
)
"""In their order: an answer may settle those after it."""


class Answer(NamedTuple):
    """An answer, and who gave it.

    Attributes:
        question: what was asked.
        yes: the answer.
        by: who gave it.
        reason: what the answer was read from, or why nobody was asked.
        contrary: what speaks against it, where a person says otherwise.
    """

    question: Question
    yes: bool
    by: By
    reason: str = ""
    contrary: str = ""

    @property
    def word(self) -> str:
        """The answer in a word."""
        return self.question.words[not self.yes]

    @property
    def said(self) -> str:
        """What it says of the function: what stands after "it"."""
        return self.question.said[not self.yes]

    @property
    def given(self) -> bool:
        """Whether a person, or the function, gave it."""
        return self.by not in ("nobody", "settled")

    @property
    def settles(self) -> bool:
        """Whether the function stays on demand because of it, whatever else is answered."""
        return self.yes == self.question.settles


class Said(NamedTuple):
    """What a person answers, and how."""

    yes: bool
    by: By


def answers_for(function: Function, declared: Workload, said: Mapping[str, Said]) -> tuple[Answer, ...]:
    """An answer to each question: what a person says, else what the function shows, else the safe one.

    Args:
        function: the function.
        declared: what is declared on it.
        said: a person's answers, by the names of the questions.
    """
    answers: list[Answer] = []
    for question in QUESTIONS:
        shown = next(_SHOWN[question.name](question, function, declared), None)
        answer = _of_person(question, said[question.name], shown) if question.name in said else shown
        settling = next((each for each in answers if each.given and each.settles), None)
        if answer is None and settling:
            answer = Answer(question, question.safe, "settled", f"what {settling.said} stays on demand")
        answers.append(answer or Answer(question, question.safe, "nobody", "nobody answered: the safe answer"))
    return tuple(answers)


def open_question(answers: tuple[Answer, ...], asked: frozenset[str] = frozenset()) -> Question | None:
    """The next question whose answer matters, and that nobody has answered; None: there is none.

    Args:
        answers: the answers so far.
        asked: names of questions that were asked already, and left open.
    """
    for answer in answers:
        if answer.by == "nobody" and answer.question.name not in asked:
            return answer.question
        if answer.settles:
            return None
    return None


def _of_person(question: Question, said: Said, shown: Answer | None) -> Answer:
    """A person's answer; what a kind is by nature beats it."""
    if shown is None or shown.yes == said.yes:
        return Answer(question, said.yes, said.by)
    if shown.by == "kind":
        return shown._replace(contrary=f"the {said.by} says otherwise")
    return Answer(question, said.yes, said.by, contrary=shown.reason)


def _critical(question: Question, function: Function, declared: Workload) -> Iterator[Answer]:
    if declared.mission_critical:
        yield Answer(question, yes=True, by="declaration", reason="declared mission-critical")
    least = [role.replicas.least for role in function.roles if role.replicas]
    if traits(function.kind).service and 0 in least:
        yield Answer(question, yes=False, by="evidence", reason="it may go down to no pods: its least replicas are 0")


def _stateful(question: Question, function: Function, declared: Workload) -> Iterator[Answer]:
    """Evidence shows state, and never that there is none: a function may keep what its code does not show."""
    nature = nature_of(function, declared)
    if nature.ground == "declaration":
        yield Answer(question, yes=nature.stateful, by="declaration", reason=nature.reason)
    elif nature.stateful:
        yield Answer(question, yes=True, by="kind" if nature.ground == "kind" else "evidence", reason=nature.reason)


def _recovers(question: Question, function: Function, declared: Workload) -> Iterator[Answer]:
    if declared.restartable:
        yield Answer(question, yes=True, by="declaration", reason="declared restartable")
    kind = traits(function.kind)
    if kind.service:
        yield Answer(question, yes=True, by="evidence", reason=f"kind {kind.name!r}: {kind.when_killed}")
    code = code_of(function)
    if code is None:
        return
    if code.writes and code.reads:
        reason = f"its code writes a checkpoint, {code.writes[0]}, and reads one, {code.reads[0]}"
        yield Answer(question, yes=True, by="evidence", reason=reason)
    elif code.trains and code.whole:
        yield Answer(question, yes=False, by="evidence", reason=f"its code trains, {_lacking(code.writes, code.reads)}")


def _lacking(writes: tuple[object, ...], reads: tuple[object, ...]) -> str:
    if writes:
        return f"writes a checkpoint, {writes[0]}, and reads none back"
    return f"reads a checkpoint, {reads[0]}, and writes none" if reads else "and neither writes nor reads a checkpoint"


def _opportunistic(question: Question, function: Function, declared: Workload) -> Iterator[Answer]:  # noqa: ARG001
    if traits(function.kind).service:
        reason = f"kind {function.kind!r} is a service, which is kept running"
        yield Answer(question, yes=False, by="kind", reason=reason)


_SHOWN: Final = {
    "mission_critical": _critical,
    "stateful": _stateful,
    "recovers": _recovers,
    "opportunistic": _opportunistic,
}


def hint(question: Question, function: Function) -> str:
    """What a person may want to know who is asked; empty where nothing is known."""
    code = code_of(function)
    if question.name == "stateful" and code is not None and code.whole and not code.trains:
        return "its code was read: it does not train"
    return ""
