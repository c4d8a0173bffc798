"""The first igz-runtime.yaml and project_setup.py of a project, as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from igz_runtime.functions.model import normal_name
from igz_runtime.messages import printable
from igz_runtime.projects.advising import Advice
from igz_runtime.projects.entries import entry_of, scalar

CALL: Final = "igz_runtime.projects.setup(project)"
"""What gives the functions of a project their profiles."""

PROJECT_SETUP: Final = f'''\
"""What MLRun runs when it loads this project: its functions get the profiles of igz-runtime.yaml."""

from typing import Any

import igz_runtime.projects


def setup(project: Any) -> Any:
    """Give every function of the project its profile, those that are set from now on included."""
    return {CALL}
'''
"""The script that MLRun runs when it loads a project, from its folder."""

_HEAD: Final = """\
# yaml-language-server: $schema=igz-runtime.schema.json
# Which function gets which profile: `igz-runtime init` wrote this from what it found. Read it, and correct it.
# `igz-runtime schema > igz-runtime.schema.json` writes the schema that editors check this file with.

# What is known of the cluster, on which every promise is proved: describe yours.
# cluster:
#   environment: production
#   node_groups:
#     - {name: batch, labels: {pool: batch}, lifecycle: spot}

# By the function's name; else the one pattern that matches, such as train-*. One entry counts for each function.
"""

_TAIL: Final = """
# By the names of a pipeline's steps: their pods start a run and wait for it, and get as much as the run does otherwise.
# steps:
#   "*": {{cpu: 200m, memory: 512Mi}}

# What differs in an environment, which IGZ_RUNTIME_ENVIRONMENT or the project's parameter `environment` names.
# environments:
#   development:
#     functions:
#       {name}: {{profile: development_job}}
"""


class Group(NamedTuple):
    """Functions that share one entry.

    Attributes:
        pattern: what the entry is called: a name, or a pattern.
        advices: the advice for each of them.
    """

    pattern: str
    advices: Sequence[Advice]


def configuration_text(advices: Sequence[Advice], missed: Iterable[str] = ()) -> str:
    """An igz-runtime.yaml that assigns what is advised, with the reasons as comments.

    Args:
        advices: the advice for each function.
        missed: what was not looked into, each with its place and why.
    """
    lines = ["functions:"]
    for group in grouped(advices):
        first = group.advices[0]
        said = [line for each in group.advices for line in _said(each)]
        lines += entry_of(group.pattern, first.profile, first.missing, said)
    lines += (f"  # {printable(line)}" for line in missed)
    return _HEAD + "\n".join(lines) + "\n" + _TAIL.format(name=scalar(advices[0].function))


def grouped(advices: Sequence[Advice]) -> Iterator[Group]:
    """The functions by the entries that they get.

    A pattern stands for functions that share the beginning of their names, where all that begin so get the same. It
    also matches functions that come later, so that only profiles that keep pods on demand get one.
    """
    names = [normal_name(each.function) for each in advices]
    taken: set[str] = set()
    for name, advice in zip(names, advices, strict=True):
        if name in taken:
            continue
        beginning = f"{name.partition('-')[0]}-"
        alike = [each for each, named in zip(advices, names, strict=True) if named.startswith(beginning)]
        if len(alike) > 1 and len({_assigned(each) for each in alike}) == 1 and advice.profile.lifecycle == "on-demand":
            taken.update(normal_name(each.function) for each in alike)
            yield Group(f"{beginning}*", alike)
        else:
            taken.add(name)
            yield Group(name, [advice])


def _assigned(advice: Advice) -> tuple[str, ...]:
    """What its entry says, the name aside."""
    return tuple(entry_of("", advice.profile, advice.missing))


def _said(advice: Advice) -> Iterator[str]:
    """The reasons for an advice, as comments."""
    decisive = next((each.reason for each in advice.answers if each.given and each.settles), "")
    place = f", {advice.place}" if advice.place else ""
    yield f"{advice.function} ({advice.kind}{place}): {advice.because}{f': {decisive}' if decisive else ''}"
    if advice.open:
        yield f"nobody answered {', '.join(advice.open)}, so that the safe answer counts"
