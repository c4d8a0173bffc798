"""What a rule may say that it reads, and what is behind each of it.

A name is that of a field: of the role's `PodSettings`, as it is asked for or in the effective pod; of the same in every
role of the function (`roles.containers`); of the `Function` and its `Evidence`; of the `Cluster`; of the `Workload`; or
of what a profile promised. No two of these types share a name.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from dataclasses import fields
from functools import cache, cached_property
from typing import Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.effective.deciding import deciding
from igz_runtime.functions.model import Evidence, Function
from igz_runtime.functions.workload import DECLARATIONS
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.rules.subject import PROMISED, Subject

PLACEMENT: Final = ("node_name", "node_selector", "tolerations", "affinity")
"""What the scheduler chooses nodes by. The preemption mode in force is behind each of them but the first."""

NATURE: Final = "nature"
"""Whether the work is stateful, as `Subject.nature` has it."""

ROLE: Final = PodSettings._fields
EVERY_ROLE: Final = "roles."
IDENTITY: Final = frozenset({"role", "roles.role", "kind"})
"""What every rule may read without saying so: which pod it judges."""

_OF_FUNCTION: Final = frozenset({*Function._fields, *Evidence._fields}) - {"roles", "evidence"}
_BEHIND_NATURE: Final = ("name", *Evidence._fields, "stateful")


def required_reads(on: type, reads: Iterable[str]) -> tuple[str, ...]:
    """What a rule says that it reads, each name once; `evidence` is each of its fields.

    Args:
        on: the type of the rule's subject.
        reads: the names.

    Raises:
        ValueError: a name that no type has, or a text instead of names.
    """
    if isinstance(reads, str):
        raise ValueError(f"reads is {shown(reads)}, and names are required, such as ('{reads}',)")  # noqa: TRY004
    known = readable(on)
    named = [each for name in reads for each in (Evidence._fields if (on, name) == (Subject, "evidence") else (name,))]
    for name in named:
        if name not in known:
            near = did_you_mean(str(name), known)
            raise ValueError(f"reads {shown(name)}, and {on.__name__} has nothing of that name to read{near}")
    return tuple(dict.fromkeys(named))


@cache
def readable(on: type) -> frozenset[str]:
    """Every name that a rule on such a subject may say that it reads."""
    if not issubclass(on, Subject):
        return frozenset(_stated_by(on))
    of_cluster, of_workload = (field.name for field in fields(Cluster)), DECLARATIONS
    every_role = (EVERY_ROLE + name for name in ROLE)
    return frozenset({*ROLE, *every_role, *_OF_FUNCTION, *of_cluster, *of_workload, *PROMISED, NATURE})


def _stated_by(on: type) -> Iterator[str]:
    """The public fields and properties of a type."""
    for base in on.__mro__:
        computed = [name for name, value in vars(base).items() if isinstance(value, property | cached_property)]
        yield from (name for name in (*inspect.get_annotations(base), *computed) if not name.startswith("_"))


def behind(names: Iterable[str], cluster: Cluster | None = None) -> frozenset[str]:
    """Everything that decides what is read: the names, and what the platforms make the effective pod of.

    Args:
        names: what a rule says that it reads.
        cluster: the cluster, where it is known.
    """
    return frozenset(each for name in names for each in _behind(name, cluster))


def _behind(name: str, cluster: Cluster | None) -> Iterator[str]:
    yield name
    yield from _BEHIND_NATURE if name == NATURE else deciding(name, cluster) if name in ROLE else ()


def is_general(reads: tuple[str, ...] | None) -> bool:
    """Whether functions of one kind, whose roles ask for the same on one cluster, get the same verdict."""
    return reads is not None and behind(reads).isdisjoint(_OF_FUNCTION - IDENTITY)
