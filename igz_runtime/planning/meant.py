"""What people give to a profile and mean otherwise: names and values that are almost right, and what is meant."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any, Final

from igz_runtime.messages import did_you_mean

NOT_ARGUMENTS: Final[Mapping[str, str]] = {
    "node_selector": "node_group={'LABEL': 'VALUE'} selects by labels, and node_group='NAME' a node group",
    "tolerations": "node_group='NAME' tolerates the group's own taints; others are set on the function, with "
    "fn.with_node_selection(tolerations=…), and stay",
    "affinity": "set it on the function, with fn.with_node_selection(affinity=…): it stays",
    "requests": "cpu= and memory= are requests and limits both",
    "limits": "cpu= and memory= are requests and limits both",
    "resources": "give cpu=, memory= and gpus=",
    "min_replicas": "give replicas=, the least number of pods; only production_service takes it",
    "max_replicas": "replicas= is the least number of pods; the most is set on the function, as fn.spec.max_replicas",
    "preemption_mode": "the profile chooses it, so that its pods run where it promises",
    "priority_class": "give priority=, a level or the name of a priority class",
    "priority_class_name": "give priority=, a level or the name of a priority class",
    "pending_timeout": "give waiting_limit=, such as '1h'",
    "waivers": "give waive={'IGZnnn': Waiver('the mitigation')}",
}
"""What is no argument of a profile, and what stands for it."""


def other_argument(name: str, known: Collection[str]) -> str:
    """The end of a sentence about an argument that does not exist."""
    return f": {NOT_ARGUMENTS[name]}" if name in NOT_ARGUMENTS else did_you_mean(name, known)


def single_unit(value: Any) -> str:
    """A duration of several units, or a timedelta, in one: the end of a sentence; empty where it is none.

    >>> single_unit("1h 30m"), single_unit(timedelta(hours=2)), single_unit("soon")
    ("; write '90m'", "; write '2h'", '')
    """
    if isinstance(value, timedelta):
        seconds = int(value.total_seconds())
    else:
        parts = re.findall(r"\s*([0-9]{1,9})\s*([smhd])[a-z]*", value) if isinstance(value, str) else []
        seconds = sum(int(number) * _SECONDS[unit] for number, unit in parts)
    if seconds <= 0:
        return ""
    unit = next(unit for unit in ("d", "h", "m", "s") if seconds % _SECONDS[unit] == 0)
    return f"; write '{seconds // _SECONDS[unit]}{unit}'"


_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
