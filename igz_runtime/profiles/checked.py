"""Every rule's verdict on a function as it is, and whether it has the profile that igz-runtime.yaml assigns to it."""

from __future__ import annotations

from dataclasses import replace

from igz_runtime.config.file import ConfigFile
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.model import Function
from igz_runtime.functions.workload import Workload
from igz_runtime.planning.assigned import judged_assignment
from igz_runtime.planning.grounds import Grounds
from igz_runtime.planning.judge_function import judged, said_of_itself
from igz_runtime.profiles.assignment import Assigner, assigner_of, assignments_in
from igz_runtime.rules.document import document_finding
from igz_runtime.rules.findings import Findings


def checked(
    function: Function, grounds: Grounds, workload: Workload | str | None = None, assigner: Assigner | None = None
) -> Findings:
    """Every rule's verdict on a function as it is.

    Args:
        function: the function.
        grounds: what it is judged by.
        workload: what is declared about the work; else what the function's record declares.
        assigner: what gives functions their profiles; None: the configuration, where it assigns any.

    Raises:
        BrokenFunction: a field of the wrong type.
        InvalidValue: there is no such environment.
    """
    found = judged(function, grounds, workload)[1] + said_of_itself(function, grounds)
    assigner = assigner or assigner_where_assigned(grounds.config)
    return found if assigner is None else found + profiled(function, grounds, assigner)


def profiled(function: Function, grounds: Grounds, assigner: Assigner, *, required: bool = False) -> Findings:
    """IGZ908 on a function, as grave as the configuration has it.

    Args:
        function: the function.
        grounds: what it is judged by.
        assigner: what gives functions their profiles.
        required: whether a function without a profile is refused, however grave the configuration calls it.
    """
    site = grounds.site(function)
    try:
        assigned = assigner.assignments.profile_for(function.name, assigner.environment)
    except InvalidValue as error:
        fault = document_finding("IGZ905", str(error), fix=FIX, function=function.name, kind=function.kind)
        return grounds.chosen.among(Findings([fault]))
    found = grounds.chosen.among(judged_assignment(function, assigned, grounds.config.entries, grounds.terms, site))
    if required and not function.record:
        return Findings(replace(each, severity="error") for each in found)
    return found


FIX = "correct the entry in igz-runtime.yaml"
"""What to do where an assignment cannot be followed."""


def assigner_where_assigned(file: ConfigFile) -> Assigner | None:
    """What gives functions their profiles; None where the configuration assigns none, so that nobody is asked for any.

    Raises:
        InvalidValue: there is no such environment.
    """
    return assigner_of(file) if file.meaning(assignments_in).profiles else None
