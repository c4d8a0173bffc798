"""Giving the functions of one project their profiles: every one of them is accepted, or no function has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

from igz_runtime.config.file import WITHOUT, ConfigFile
from igz_runtime.errors import ConfigurationError, IgzRuntimeError, UnsafeCombination
from igz_runtime.functions import Adapter, adapter_for
from igz_runtime.functions.drift import drifted
from igz_runtime.functions.model import Function
from igz_runtime.functions.recognition import kind_of_object, runs_here
from igz_runtime.functions.record import Applied
from igz_runtime.planning.changing import changing
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.make_plan import is_of
from igz_runtime.planning.plan import Plan
from igz_runtime.planning.write import write_all
from igz_runtime.profiles.applied import remove
from igz_runtime.profiles.assignment import Assigner, assignments_in, place_of
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.projects.configuration import grounds_of
from igz_runtime.rules.findings import Findings, order

GIVEN: Final = "_igz_runtime_given"
"""The attribute of a function object that has had its profile: the record that was written; empty where it gets none.
MLRun exports no such attribute, and its copies of the object have it."""

ATTRIBUTE: Final = "_igz_runtime"
"""The attribute of a project that was set up: its `Assigning`. MLRun exports no such attribute."""


class Assigning:
    """The configuration and the environment that a project was set up by.

    It travels with copies of the project and to other processes, where the file is read again.

    Args:
        file: the configuration.
        environment: the environment that counts; empty: none is known.

    Attributes:
        environment: the environment.
        config: the configuration's path, or `none`.
    """

    def __init__(self, file: ConfigFile, environment: str) -> None:
        self.environment = environment
        self.config = WITHOUT if file.path is None else str(file.path)
        self.__dict__["file"] = file

    def __getstate__(self) -> dict[str, str]:
        return {"environment": self.environment, "config": self.config}

    @cached_property
    def file(self) -> ConfigFile:
        """The configuration.

        Raises:
            ConfigurationError: it cannot be read, or no longer.
        """
        return whole_file(self.config)

    @property
    def assigner(self) -> Assigner:
        """What gives a function's profile by its name."""
        return Assigner(self.file.meaning(assignments_in), self.environment)

    def grounds(self, project: Any) -> Grounds:
        """What the functions of that project are judged by."""
        return grounds_of(project, self.file, self.environment)

    def give(self, project: Any, functions: Iterable[Any], *, anew: bool = False) -> tuple[str, ...]:
        """Give functions their profiles: all of them, or none.

        Args:
            project: their project.
            functions: the function objects.
            anew: also those that have had theirs.

        Returns:
            What a person should know of, as sentences: profiles that somebody else applied, and that are replaced.

        Raises:
            UnsafeCombination: rules refuse; carries the findings of every function.
            IgzRuntimeError: functions that no profile can be planned for; names the place of each one's entry.
        """
        functions = tuple(functions)
        with changing(*functions):
            return self._give(project, {id(fn): fn for fn in functions if anew or not hasattr(fn, GIVEN)})

    def _give(self, project: Any, new: Mapping[int, Any]) -> tuple[str, ...]:
        if not new:
            return ()
        changes = _changes(new.values(), self.assigner, self.grounds(project))
        plans = [(each.place, each.plan) for each in changes if each.plan]
        if any(plan.refused for _, plan in plans):
            raise _refused(project.metadata.name, plans)
        write_all((each.adapter, each.write) for each in changes)
        records = {id(each.fn): each.adapter.read().record for each in changes}
        for key, fn in new.items():
            setattr(fn, GIVEN, records.get(key) or "")
        return tuple(each.replaces for each in changes if each.replaces)


def assigning_of(project: Any) -> Assigning | None:
    """What a project was set up by, in this process or before it was copied here; None: it was not."""
    found: Assigning | None = vars(project).get(ATTRIBUTE)
    return found


class _Change(NamedTuple):
    """What becomes of a function.

    Attributes:
        fn: the function.
        adapter: what reads and writes it.
        write: changes it.
        place: where its entry stands; empty where it has none.
        plan: the plan of the profile that it gets.
        replaces: which profile that one replaces, where somebody else applied it, as a sentence.
    """

    fn: Any
    adapter: Adapter
    write: Callable[[], object]
    place: str = ""
    plan: Plan | None = None
    replaces: str = ""


def _changes(functions: Iterable[Any], assigner: Assigner, grounds: Grounds) -> list[_Change]:
    """What becomes of each function; of one that nothing is to be done on, nothing.

    Raises:
        IgzRuntimeError: the place and the error of each function that no profile can be planned for.
    """
    changes: list[_Change] = []
    wrong: list[tuple[str, IgzRuntimeError]] = []
    for fn in functions:
        if runs_here(kind_of_object(fn)):
            continue
        meant = assigner.assignments.meant_for(_name_of(fn), assigner.environment)
        place = place_of(grounds.config, meant[0], assigner.environment) if meant else ""
        try:
            change = _assigned(fn, place, assigner, grounds) if meant else _unassigned(fn)
        except IgzRuntimeError as error:
            wrong.append((place, error))
        else:
            changes += [change] if change else []
    if wrong:
        raise _together(wrong)
    return changes


def _unassigned(fn: Any) -> _Change | None:
    """A profile that is no longer assigned goes; one that somebody else applied stays."""
    given = getattr(fn, GIVEN, None)
    adapter = adapter_for(fn) if given else None
    ours = adapter is not None and adapter.read().record == given
    return _Change(fn, adapter, partial(remove, fn)) if adapter and ours else None


def _assigned(fn: Any, place: str, assigner: Assigner, grounds: Grounds) -> _Change:
    """A function gets its profile, unless it has had it and a person has changed what that wrote."""
    name, adapter = _name_of(fn), adapter_for(fn)
    profile, function = assigner(name), adapter.read()
    applied = Applied.on(function)
    same = applied is not None and is_of(profile, applied)
    ours = applied is not None and function.record == getattr(fn, GIVEN, None)
    if applied is not None and same and ours and _changed_by_hand(function, applied):
        return _Change(fn, adapter, lambda: None, place)
    plan = profile.plan_by(fn, grounds._replace(cluster=profile.cluster or grounds.cluster))
    replaces = ""
    if applied is not None and not same and not ours:
        replaces = f"{place}: function {name!r} gets {profile!r}, and loses {applied.profile}, which was applied to it"
    return _Change(fn, adapter, plan.apply_unread, place, plan, replaces)


def _name_of(fn: Any) -> str:
    """A function's name without its tag: MLRun calls a tagged function `train:v2` when it makes it anew."""
    return str(fn.metadata.name or "").partition(":")[0]


def _changed_by_hand(function: Function, applied: Applied) -> bool:
    return any(True for role in function.roles for _ in drifted(role, applied.wrote.get(role.role, {})))


def _refused(project: str, plans: Sequence[tuple[str, Plan]]) -> UnsafeCombination:
    refusals = "\n".join(f"{place}: {plan.refusal}" for place, plan in plans if plan.refused)
    found = [plan.findings for _, plan in plans]
    findings = Findings(
        sorted((each for one in found for each in one), key=order),
        (each for one in found for each in one.skipped),
        dict.fromkeys(each for one in found for each in one.unread),
    )
    return UnsafeCombination(f"project {project!r}: no function was changed\n{refusals}", findings)


def _together(wrong: Sequence[tuple[str, IgzRuntimeError]]) -> IgzRuntimeError:
    """One error for several: of their type where that is the same."""
    types = {type(error) for _, error in wrong}
    lines = [f"{place}: {error}" for place, error in wrong]
    return types.pop()(lines) if len(types) == 1 else ConfigurationError(lines)
