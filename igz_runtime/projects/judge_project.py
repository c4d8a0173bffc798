"""Every rule's verdict on the functions of a project, and on what igz-runtime.yaml assigns to them.

Nothing is changed, synced or fetched: what a project has not made an object of yet is judged by its definition.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import Any, NamedTuple

from igz_runtime.cluster.configured import ENVIRONMENT
from igz_runtime.cluster.model import Cluster
from igz_runtime.cluster.project import PARAMETER
from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import Function
from igz_runtime.functions.project_entry import read_entry
from igz_runtime.functions.recognition import kind_of, kind_of_object, runs_here
from igz_runtime.planning.capacity import Assigned, capacity_for
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.assignment import Assigner, patterns_in
from igz_runtime.profiles.checked import checked
from igz_runtime.profiles.profile import Profile
from igz_runtime.projects.assigning import assigning_of
from igz_runtime.projects.configuration import assigner_for, configuration_of, folder_of, grounds_of
from igz_runtime.projects.runners import runner_findings, runner_selector
from igz_runtime.rules.assignment import Pattern, for_others
from igz_runtime.rules.declarations import of_project
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.engine import About, findings_of, verdicts
from igz_runtime.rules.findings import PROJECT, Finding, Findings
from igz_runtime.rules.terms import Site


def judged_project(project: Any, cluster: Cluster | None = None, config: str | PathLike[str] | None = None) -> Findings:
    """The verdict on every function of a project, as it is. See `igz_runtime.check`.

    Raises:
        ConfigurationError: the configuration cannot be read; names each place.
        InvalidValue: there is no such environment.
        BrokenFunction: the project's default node selector is not a mapping of labels.
    """
    file = configuration_of(project, config)
    assigner = assigner_for(project, file)
    grounds = grounds_of(project, file, assigner.environment, cluster)
    members = tuple(_members(project))
    named = project.get_param(PARAMETER)
    by_itself = named and named == assigner.environment and not os.environ.get(ENVIRONMENT)
    said = (of_project(project.metadata.name, named),) if by_itself else ()
    found = Findings(unread=(each.unread for each in members if each.unread), declared=said)
    functions = [each.function for each in members if each.function is not None]
    for function in functions:
        found += _judged(function, grounds, assigner)
    set_up = assigning_of(project) is not None
    if not set_up and any(_lacks(function, assigner) for function in functions):
        found += grounds.chosen.among(Findings([_not_set_up(project.metadata.name)]))
    selector = runner_selector(grounds) if set_up else {}
    found += grounds.chosen.among(Findings(runner_findings(project.spec.workflows, selector)))
    found += _unmatched(project, file, tuple(sorted({each.name for each in members})), grounds)
    return found + _capacity(project, [(each, _meant(each, assigner)) for each in functions], grounds)


class _Member(NamedTuple):
    """A function of a project: what was read of it, or why it was not. One that runs no pod has neither."""

    name: str
    function: Function | None = None
    unread: str = ""


def _members(project: Any) -> Iterator[_Member]:
    """Every function of a project, each once: an object may be there under its name and under its name and tag."""
    # Whatever is public makes the objects that are missing, or loses what stands on those that are there.
    objects, definitions = project.spec._function_objects, project.spec._function_definitions  # noqa: SLF001
    seen = set()
    for key in {**definitions, **objects}:
        held = objects.get(key, definitions.get(key))
        if id(held) not in seen:
            seen.add(id(held))
            yield _member(str(key).partition(":")[0], held, project)


def _member(name: str, held: Any, project: Any) -> _Member:
    try:
        return _of_definition(name, held, project) if isinstance(held, Mapping) else _of_object(name, held)
    except (BrokenFunction, UnsupportedFunction) as error:
        return _Member(name, unread=str(error))


def _of_object(name: str, held: Any) -> _Member:
    if runs_here(kind_of_object(held)):
        return _Member(name)
    return _Member(name, adapter_for(held).read())


def _of_definition(name: str, definition: Mapping[str, Any], project: Any) -> _Member:
    """A function that the project has not made yet: as its definition has it."""
    entry, folder = read_entry(definition), folder_of(project)
    if entry.fetched:
        why = f"it is fetched from {entry.fetched} when it is needed, and was not looked into"
        return _Member(name, unread=f"function {name!r}: {why}")
    if entry.file:
        function = adapter_for(folder / entry.file).read()
    elif entry.document is None or runs_here(kind_of(entry.document)):
        return _Member(name)
    else:
        function = adapter_for(entry.document).read().seen_from(str(folder))
    return _Member(name, function.but(name=name, project=project.metadata.name))


def _judged(function: Function, grounds: Grounds, assigner: Assigner) -> Findings:
    try:
        return checked(function, grounds, assigner=assigner)
    except BrokenFunction as error:
        return Findings([document_finding("IGZ902", str(error), function=function.name, kind=function.kind)])


def _lacks(function: Function, assigner: Assigner) -> bool:
    """Whether a profile is assigned to a function, and none was applied."""
    return _meant(function, assigner) is not None and not function.record


def _meant(function: Function, assigner: Assigner) -> Profile | None:
    """The profile that is assigned to a function; None: none is."""
    try:
        return assigner.assignments.profile_for(function.name, assigner.environment)
    except InvalidValue:  # said of the function itself
        return None


def _not_set_up(name: str) -> Finding:
    text = "profiles are assigned to its functions, and it was not set up"
    fix = "call igz_runtime.projects.setup(project), in project_setup.py so that every load of the project does"
    return replace(document_finding("IGZ908", text, fix=fix, function=name, kind=PROJECT), severity="warning")


def _capacity(project: Any, functions: Sequence[Assigned], grounds: Grounds) -> Findings:
    """What the functions take of each node group, and IGZ212 where that is more than there may ever be."""
    capacity, name = capacity_for(functions, grounds), project.metadata.name
    said = tuple(verdict for each in capacity for verdict in verdicts(each))
    found = findings_of(About(name, PROJECT), [said], None, grounds.terms, Site(name, "", name))
    return grounds.chosen.among(found) + Findings(capacity=capacity)


def _unmatched(project: Any, file: ConfigFile, names: tuple[str, ...], grounds: Grounds) -> Findings:
    """IGZ910 on the assignments that match no function; where other projects may have one, only that this has none."""
    about = About(project.metadata.name, PROJECT)
    found = [
        replace(finding, message=f"{file.name}:{position}: {finding.message}")
        for pattern, position in patterns_in(file)
        for finding in findings_of(about, (verdicts(Pattern(pattern, names)),))
    ]
    if file.path and found and file.path.parent.resolve() != folder_of(project).resolve():
        return Findings(unread=[for_others(file.name, len(found))])
    return grounds.chosen.among(Findings(found))
