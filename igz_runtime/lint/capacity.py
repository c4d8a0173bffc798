"""What a project's functions take of the cluster's node groups, as far as files say what they ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from igz_runtime.lint.assigned import NAME
from igz_runtime.lint.results import Located, Written
from igz_runtime.lint.settings import Settings
from igz_runtime.rules.findings import PROJECT
from igz_runtime.rules.terms import Site
from igz_runtime.text.place import Position

if TYPE_CHECKING:
    from igz_runtime.cluster.capacity import GroupCapacity
    from igz_runtime.cluster.reserves import Reserve
    from igz_runtime.functions.model import Function
    from igz_runtime.functions.record import Applied
    from igz_runtime.rules.subject import Subject


def reserved(
    written: Written, function: Function, subjects: Iterable[Subject], applied: Applied | None, settings: Settings
) -> dict[str, tuple[Reserve, ...]]:
    """The pods of a project's function, by its name; nothing where the size of no node group is known.

    Args:
        written: the function as its file has it, or as its project makes it.
        function: what was read of it.
        subjects: its roles under judgement.
        applied: its record.
        settings: the configuration.
    """
    if written.member is None or not settings.cluster.node_groups or NAME in written.unknown:
        return {}
    from igz_runtime.planning.capacity import reserves_on

    chosen = applied.parameters.get("node_group") if applied else None
    pods = (subject.pod for subject in subjects)
    return {function.name: tuple(reserves_on(function, pods, chosen, settings.cluster))}


def capacity_in(reserves: Mapping[str, Iterable[Reserve]], settings: Settings) -> tuple[GroupCapacity, ...]:
    """What the functions take of each node group whose size is known."""
    from igz_runtime.cluster.capacity import knows_sizes, taken_of

    return taken_of(settings.cluster, chain(*reserves.values())) if knows_sizes(settings.cluster) else ()


def beyond(
    capacity: Iterable[GroupCapacity], project: str, file: str, position: Position, settings: Settings
) -> Iterator[Located]:
    """IGZ212 where that is more than there may ever be.

    Args:
        capacity: what the functions take.
        project: the project's name.
        file: its file.
        position: where findings on the project as a whole stand.
        settings: the configuration.
    """
    from igz_runtime.rules.engine import About, findings_of, verdicts

    said = tuple(verdict for each in capacity for verdict in verdicts(each))
    found = findings_of(About(project, PROJECT), [said], None, settings.terms, Site(project, file, project))
    yield from (Located(finding, file, position) for finding in settings.chosen.among(found))
