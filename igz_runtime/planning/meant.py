"""What people give to a profile and mean otherwise: names and values that are almost right, and what is meant."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

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
    "timeout": "give running_limit=, such as '36h', or 'none'",
    "state_thresholds": "give running_limit= and waiting_limit=, such as '36h'; the others stay as they are",
    "waivers": "give waive={'IGZnnn': Waiver('the mitigation')}",
}
"""What is no argument of a profile, and what stands for it."""


def other_argument(name: str, known: Collection[str]) -> str:
    """The end of a sentence about an argument that does not exist."""
    return f": {NOT_ARGUMENTS[name]}" if name in NOT_ARGUMENTS else did_you_mean(name, known)
