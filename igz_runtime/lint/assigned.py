"""What a function of a project gets when the project is set up: the profile that igz-runtime.yaml assigns, planned."""

from __future__ import annotations

import copy
from collections.abc import MutableMapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.config.file import NO_FILE
from igz_runtime.errors import BrokenFunction, IgzRuntimeError, InvalidValue, MissingResources
from igz_runtime.functions.model import Function
from igz_runtime.lint.results import Member, Written
from igz_runtime.lint.settings import Settings
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Finding, Findings
from igz_runtime.text.place import Path

if TYPE_CHECKING:
    from igz_runtime.profiles.profile import Profile


class Given(NamedTuple):
    """A function as it will be, and what stands in the way.

    Attributes:
        written: the function with the profile that is assigned to it; as it is where none is, or where it has one.
        profile: the assigned profile; None: there is none.
        refusal: the findings with which setting the project up is refused.
        unknown: what could not be known without running the code.
    """

    written: Written
    profile: Profile | None = None
    refusal: tuple[Finding, ...] = ()
    unknown: str = ""


def given(written: Written, function: Function, settings: Settings, file: str) -> Given:
    """What a function gets when its project is set up.

    A function that is in no project gets nothing. One that has a profile is judged as it is; what its project's own is
    refused for is said as well, as setting the project up replaces what was applied.

    Args:
        written: the function.
        function: what was read of it.
        settings: the configuration.
        file: the file that holds it.
    """
    assigner = settings.assigner
    if assigner is None or {NAME, RECORD} & written.unknown:
        return Given(written)
    try:
        profile = assigner.assignments.profile_for(function.name, environment_of(written.member, settings))
    except InvalidValue as error:
        return Given(written, None, (_not_applicable(str(error), function),))
    if profile is None or written.member is None:
        return Given(written, profile)
    planned = _planned(written, function, profile, settings, file)
    return planned._replace(written=written) if function.record else planned


NAME: Final[Path] = ("metadata", "name")
RECORD: Final[Path] = ("metadata", "annotations")


def environment_of(member: Member | None, settings: Settings) -> str:
    """The environment of a project: what was asked for, else what its parameters name, else the cluster's."""
    of_project = member.environment if member and member.environment in settings.environments else ""
    return settings.environment or of_project or settings.cluster.environment or ""


def cluster_of(member: Member | None, settings: Settings) -> Cluster:
    """The cluster as the functions of a project meet it."""
    if member is None:
        return settings.cluster
    return settings.cluster.in_environment(environment_of(member, settings)).in_project(member.selector)


def _planned(written: Written, function: Function, profile: Profile, settings: Settings, file: str) -> Given:
    from igz_runtime.planning.grounds import Grounds
    from igz_runtime.planning.make_plan import make_plan

    document = _in_project(copy.deepcopy(written.document), written.member)
    grounds = Grounds(cluster_of(written.member, settings), settings.terms, NO_FILE, file)
    try:
        plan = make_plan(profile, document, grounds, folder=file.rpartition("/")[0])
        if plan.refused:
            return Given(written, profile, tuple(_of(profile, plan.findings)))
        plan.apply_unread()
    except BrokenFunction:
        return Given(written, profile)  # said where the function itself is judged
    except IgzRuntimeError as error:
        if isinstance(error, MissingResources) and any("resources" in str(path) for path in written.unknown):
            return Given(written, profile, unknown=f"{profile.name} is assigned, and takes its sizes from the function")
        return Given(written, profile, (_not_applicable(f"assigned {profile!r}: {error}", function),))
    # Nothing of what the profile sets can be written back to the file.
    return Given(replace(written, document=document, root=()), profile)


def _in_project(document: MutableMapping[str, Any], member: Member | None) -> MutableMapping[str, Any]:
    """The function as its project makes it: waivers may be for one project."""
    metadata = document.setdefault("metadata", {})
    if member and member.project and isinstance(metadata, MutableMapping):
        metadata["project"] = member.project
    return document


def _of(profile: Profile, findings: Findings) -> tuple[Finding, ...]:
    """The findings of a plan that is refused, with the profile that they are about."""
    return tuple(replace(each, message=f"{each.message}; {profile.name} is assigned") for each in findings)


def _not_applicable(text: str, function: Function) -> Finding:
    fix = "correct the entry in igz-runtime.yaml: setting the project up raises"
    return document_finding("IGZ905", text, fix=fix, function=function.name, kind=function.kind)
