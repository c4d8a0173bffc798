"""Random things that are made or changed, as the tests of policies ask about them."""

from __future__ import annotations

import random

from tests.policy.compared import CHANGED, Case
from tests.policy.random_pods import a_pod, a_workload


def a_case(pick: random.Random, namespace: str) -> Case:
    """Something of any kind: four pods to one workload."""
    if pick.random() < 0.8:
        return Case(namespace, a_pod(pick))
    workload = a_workload(pick)
    if workload["kind"] == "Job" or pick.random() < 0.5:
        return Case(namespace, workload)
    workload["metadata"]["name"] = CHANGED
    return Case(namespace, workload, changed=True)
