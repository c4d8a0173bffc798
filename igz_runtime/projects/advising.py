"""`igz_runtime.advise`: which profile a function should have, by the best practices' four questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.display import Displayed
from igz_runtime.errors import InvalidValue, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.model import Function
from igz_runtime.functions.record import Applied
from igz_runtime.functions.workload import HIGHLY_AVAILABLE, UNDECLARED, Workload
from igz_runtime.k8s.quantity import given
from igz_runtime.messages import printable, shown
from igz_runtime.planning.arguments import Amount
from igz_runtime.profiles.catalog import built_in
from igz_runtime.profiles.profile import Profile
from igz_runtime.projects.configuration import is_project
from igz_runtime.projects.entries import entry_of
from igz_runtime.projects.measured import Measured, measured
from igz_runtime.projects.questions import QUESTIONS, Answer, Said, answers_for


@dataclass(frozen=True, repr=False)
class Advice(Displayed):
    """A profile for a function, and the reasons for it. It prints itself, in a terminal and in a notebook.

    Attributes:
        function: the function's name.
        kind: its kind.
        profile: the profile, to be planned or applied. What nobody said of CPU and memory is left out of it.
        answers: an answer to each of the four questions, with who gave it and why.
        missing: CPU and memory that neither the function nor a person states: of which role or container (empty: of
            the function), and which. Until they are given, planning raises `MissingResources`.
        place: where the function was found; empty where it was given.
    """

    display_name = "advice"

    function: str
    kind: str
    profile: Profile
    answers: tuple[Answer, ...]
    missing: tuple[tuple[str, str], ...] = ()
    place: str = ""

    @property
    def entry(self) -> str:
        """The entry of igz-runtime.yaml that assigns the profile, below `functions`.

        What is missing stands there with a default, and a comment that says so.
        """
        return "\n".join(entry_of(self.function, self.profile, self.missing))

    @property
    def because(self) -> str:
        """Why this profile: what the answers that decide say of the function."""
        settling = sorted((each for each in self.answers if each.settles), key=lambda each: not each.given)
        if settling and settling[0].given:
            return f"it {settling[0].said}"
        if settling:
            return f"nobody said that it {settling[0].question.said[settling[0].yes]}"
        said = [each.said for each in self.answers if each.yes or each.question.settles is not None]
        return f"it {', '.join(said[:-1])} and {said[-1]}"

    @property
    def open(self) -> tuple[str, ...]:
        """Names of the questions that nobody answered, so that the safe answer counts."""
        return tuple(each.question.name for each in self.answers if each.by == "nobody")

    def __repr__(self) -> str:
        return printable(f"<Advice: {self.profile!r} for {self.kind} {self.function!r}, {self.because}>")

    def to_dict(self) -> dict[str, Any]:
        """The advice as plain data."""
        return {
            "function": self.function,
            "kind": self.kind,
            "place": self.place,
            "profile": {"name": self.profile.name, **self.profile.parameters},
            "because": self.because,
            "answers": [
                {
                    "question": each.question.text,
                    "name": each.question.name,
                    "answer": each.yes,
                    "by": each.by,
                    "reason": each.reason,
                    "contrary": each.contrary,
                    "source": each.question.why,
                }
                for each in self.answers
            ],
            "missing": [f"{where}: {resource}" if where else resource for where, resource in self.missing],
            "entry": self.entry,
        }


def advise(
    fn: Any,
    *,
    mission_critical: bool | None = None,
    stateful: bool | None = None,
    recovers: bool | None = None,
    opportunistic: bool | None = None,
    cpu: Amount | None = None,
    memory: Amount | None = None,
) -> Advice:
    """Which profile a function should have, by the four questions of the best practices; changes nothing.

    What the function shows by itself (its kind, names, code, declarations) is not asked for. What nobody answers gets
    the safe answer, with which the function stays on demand.

    Args:
        fn: an MLRun function, a nuclio ConfigSpec, a function as a mapping, or a path to a function's file.
        mission_critical: Is the function mission critical? Must it be operational at all times?
        stateful: Is the function a stateful function or stateless function?
        recovers: Can the function recover from unexpected failure?
        opportunistic: Is this a job that should run only when there are inexpensive resources available?
        cpu: cores, or a Kubernetes quantity; else what the function has.
        memory: bytes, or a Kubernetes quantity; else what the function has.

    Raises:
        InvalidValue: an answer that is neither True, False nor None; no quantity.
        UnsupportedFunction: no function, or a kind that runs no pod.
        BrokenFunction: a field of the wrong type.

    Source: "Here are some questions to consider when choosing the type of node" (Iguazio, Best Practices, Spot vs.
    On-demand Usage)

    >>> train = {"kind": "job", "metadata": {"name": "train"}, "spec": {"default_handler": "train"}}
    >>> advise(train, cpu=4, memory="16Gi").profile
    production_job(cpu='4', memory='16Gi', priority='high', workload={'stateful': True})
    """
    given_answers = (mission_critical, stateful, recovers, opportunistic)
    said = {}
    for question, answer in zip(QUESTIONS, given_answers, strict=True):
        if answer is not None and not isinstance(answer, bool):
            raise InvalidValue(
                f"{question.name}: {shown(answer)}; True or False is required, or None where it is not known"
            )
        if answer is not None:
            said[question.name] = Said(answer, "argument")
    if is_project(fn):
        raise UnsupportedFunction(
            f"project {fn.metadata.name!r}: advice is on one function, as in advise(project.get_function('train')); "
            "`igz-runtime advise FOLDER` gives it for all"
        )
    return advice_for(adapter_for(fn).read(), said, cpu=cpu, memory=memory)


def advice_for(
    function: Function,
    said: Mapping[str, Said] = {},
    *,
    declared: Workload | None = None,
    cpu: Amount | None = None,
    memory: Amount | None = None,
    place: str = "",
) -> Advice:
    """The advice for a function as values.

    Args:
        function: the function.
        said: a person's answers, by the names of the questions.
        declared: what is declared about its work beside it; else what its record declares.
        cpu: as `advise` takes it.
        memory: as `advise` takes it.
        place: where the function was found.
    """
    work = declared or _recorded(function)
    answers = answers_for(function, work, said)
    sizes = measured(
        function,
        None if cpu is None else given(cpu, what="cpu"),
        None if memory is None else given(memory, what="memory"),
    )
    profile = _profile(function, {each.question.name: each for each in answers}, work, sizes)
    return Advice(function.name, function.kind, profile, answers, sizes.missing, place)


def _recorded(function: Function) -> Workload:
    applied = Applied.on(function) if function.record else None
    return Workload.of(applied.promised.get("workload", {})) if applied else UNDECLARED


def _profile(function: Function, answers: Mapping[str, Answer], declared: Workload, sizes: Measured) -> Profile:
    kind = traits(function.kind)
    if any(each.settles for each in answers.values()):
        critical_service = answers["mission_critical"].yes and kind.service
        name = "production_service" if critical_service else "production_job"
    else:
        # A kind without a limit on waiting would wait for spot nodes for ever.
        name = "opportunistic_job" if answers["opportunistic"].yes and kind.waits else "spot_stateless"
    work = _workload(answers, declared, service=kind.service)
    least = max(
        (role.replicas.fixed or role.replicas.least or 0 for role in function.roles if role.replicas), default=0
    )
    pods = {"replicas": least} if name == "production_service" and least > HIGHLY_AVAILABLE else {}
    return built_in()[name](**sizes.arguments, **pods, workload=work)


def _workload(answers: Mapping[str, Answer], declared: Workload, *, service: bool) -> Workload:
    """What is known of the work: what nobody answered is not declared, nor what the kind says by itself."""
    known = {name: each.yes for name, each in answers.items() if each.given}
    by_nature = answers["stateful"].by == "kind"
    return Workload(
        stateful=None if by_nature else known.get("stateful"),
        mission_critical=known.get("mission_critical", False),
        restartable=answers["recovers"].by in _PERSON and known["recovers"] and not service,
        duration=declared.duration,
    )


_PERSON: Final = frozenset({"declaration", "argument", "flag", "dialogue"})
