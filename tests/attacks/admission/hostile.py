"""What an author can write on a pod so that a policy fails at it: long, many, odd, extreme, or of another form."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

Plain = dict[str, Any]

LONG: Final = "v" * 63
KEY: Final = f"{'k' * 63}.{'e' * 63}.{'y' * 63}/{'n' * 60}"
_RULES: Final = ("IGZ101", "IGZ201", "IGZ302", "IGZ401", "IGZ402", "IGZ404")
WAIVERS: Final = (
    "until 9999-12-31: resubmitted by cron",
    "until 2999-01-31 resubmitted by cron",
    "until 0000-01-01: x",
    "until 0001-01-01: x",
    "until 2024-02-29: x",
    "until 2100-02-29: x",
    "until 2099-12-32: x",
    "until 20991231: x",
    "until x",
    "until",
    "until :",
    "until 2099-01-31",
    "until 2099-01-31:",
    "until 2099-01-31,; reason",
    "until=2099-01-31=x",
    "reason:",
    "reason: until 2099-01-31: x",
    "---:::---",
    "until 2099-01-31: (",
    "until [0-9]{99999}: x",
    "until 2099-01-\N{ARABIC-INDIC DIGIT THREE}\N{ARABIC-INDIC DIGIT ONE}: x",
    "\N{FULLWIDTH LATIN SMALL LETTER U}ntil 2099-01-31: x",
    "\N{PILE OF POO}",
    "\N{RIGHT-TO-LEFT OVERRIDE}until 2099-01-31: x",
    "\x00\x01\x1b[31m",
    "\n\n\n",
    "until\n2099-01-31\nresubmitted\nby cron",
    "x" * 1024,
    "x" * 1025,
    "until 2099-01-31: " + "x" * 1006,
    "until " + "9" * 60_000,
    "-" * 100_000 + "until 2099-01-31: x",
    "until 2099-01-31: " + "until" * 50_000,
    "é" * 100_000,
)
NUMBERS: Final = (
    "9223372036854775807",
    "-9223372036854775808",
    "999999999999999999",
    "-999999999999999999",
    "1000000000000000000",
    "0",
    "-0",
    "+7",
    "0007",
    "1.5",
    "1e3",
    "x",
)
QUANTITIES: Final = (
    "1e18",
    "0.0000001",
    "9223372036854775807",
    9223372036854775807,
    1.5,
    "8Ei",
    "1E",
    "1e-9",
    "100n",
    "0.1Gi",
    "0",
    "-0",
    "+1",
    "1e100",
    "1e999",
    ".5",
    "5.",
    "00001",
)
NAMES: Final = (
    "a[b](c)*+?.^$|\\",
    'it\'s "quoted" {and} [bracketed]',
    "-",
    "a\nb",
    "a\x01\x1b[31mb",
    "\N{PILE OF POO}",
    "trainer" * 10_000,
    "train-5d4f",
    "-5d4f",
    "5d4f",
)


def hostile(manifest: Plain, pick: random.Random) -> Plain:
    """A pod, or what makes pods, with up to three attacks on it."""
    pod = manifest["spec"].get("template") or manifest
    for attack in pick.sample(ATTACKS, pick.choice((1, 1, 2, 3))):
        attack(pod, pick)
    return manifest


def _many_labels(pod: Plain, pick: random.Random) -> None:
    """As many as are judged, with those that are there."""
    more = {f"{KEY[:-4]}{number}": pick.choice((LONG, "", "a", "train")) for number in range(pick.choice((1, 50, 180)))}
    pod["metadata"]["labels"] = more | pod["metadata"]["labels"]


def _odd_labels(pod: Plain, pick: random.Random) -> None:
    keys = (
        "mlrun/class",
        "mlrun/function",
        "mlrun/project",
        "mlrun/tag",
        "igz-runtime/profile",
        "igz-runtime/workload",
    )
    others = ("nuclio.io/function-name", "pod-template-hash", "framework", "trainer", "spark-role")
    for key in pick.sample((*keys, *others), 3):
        odd = (LONG, "", "A..b_C-1", "constructor", "fraud", "v2", "fraud-v2", "fraud-fraud-v2-v2", "job", "0")
        pod["metadata"]["labels"][key] = pick.choice(odd)


def _odd_waiver(pod: Plain, pick: random.Random) -> None:
    for rule in pick.sample(_RULES, pick.choice((1, 2))):
        pod["metadata"]["annotations"][f"igz-runtime/waive-{rule}"] = pick.choice(WAIVERS)


def _large_annotations(pod: Plain, pick: random.Random) -> None:
    for rule in _RULES:
        pod["metadata"]["annotations"][f"igz-runtime/waive-{rule}"] = (
            pick.choice(("until ", "reason:", "")) + "x" * 40_000
        )


def _many_tolerations(pod: Plain, pick: random.Random) -> None:
    keys = (KEY, "spot", "team", "nvidia.com/gpu")
    equal = [
        {"key": pick.choice(keys), "operator": "Equal", "value": pick.choice((LONG, "true", ""))} for _ in range(43)
    ]
    pod["spec"]["tolerations"] = [*equal, *({"key": "spot", "operator": "Exists"} for _ in range(5))]


def _many_expressions(pod: Plain, pick: random.Random) -> None:
    keys = ("zone", "app.iguazio.com/node-group", "app.iguazio.com/lifecycle", *(f"k{number}" for number in range(47)))
    expressions = [
        {"key": key, "operator": pick.choice(("In", "NotIn")), "values": [LONG, "a", "jobs", "preemptible"]}
        for key in keys
    ]
    _require(pod, expressions)


def _numbers(pod: Plain, pick: random.Random) -> None:
    key = pick.choice(("generation", "unheard-of"))
    expressions = [
        {"key": key, "operator": pick.choice(("Gt", "Lt")), "values": [pick.choice(NUMBERS)]}
        for _ in range(pick.randint(1, 4))
    ]
    _require(
        pod,
        [*expressions, {"key": key, "operator": pick.choice(("In", "NotIn")), "values": ["9223372036854775807", "0"]}],
    )


def _contradictions(pod: Plain, pick: random.Random) -> None:
    key, values = pick.choice(("unheard-of", "zone", KEY)), [str(number) for number in range(4)]
    several = [{"key": key, "operator": "In", "values": values} for _ in range(4)]
    _require(pod, [*several, {"key": key, "operator": "NotIn", "values": values}])
    pod["spec"]["nodeSelector"] = {key: pick.choice(("", "1", LONG))}


def _require(pod: Plain, expressions: list[Plain]) -> None:
    terms = [{"matchExpressions": expressions}]
    required = {"nodeSelectorTerms": terms}
    pod["spec"]["affinity"] = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


def _odd_selector(pod: Plain, pick: random.Random) -> None:
    pod["spec"]["nodeSelector"] = {
        f"{KEY[:-4]}{number}": pick.choice((LONG, "")) for number in range(pick.choice((1, 49)))
    }


def _odd_quantities(pod: Plain, pick: random.Random) -> None:
    for container in pod["spec"]["containers"]:
        for section in ("requests", "limits"):
            for resource in ("cpu", "memory", "ephemeral-storage", "nvidia.com/gpu"):
                if pick.random() < 0.4:
                    container["resources"][section][resource] = pick.choice(QUANTITIES)


def _many_containers(pod: Plain, pick: random.Random) -> None:
    amounts = {"cpu": "1", "memory": "1Gi", **{f"example.com/r{number}": "1" for number in range(pick.choice((0, 2)))}}
    held = {"requests": amounts, "limits": amounts}
    pod["spec"]["initContainers"] = [{"name": f"c{number}", "image": "x", "resources": held} for number in range(9)]


def _odd_owner(pod: Plain, pick: random.Random) -> None:
    kind = pick.choice(("ReplicaSet", "StatefulSet", "Job", LONG))
    pod["metadata"]["labels"]["app"] = "jupyter"
    pod["metadata"]["labels"]["pod-template-hash"] = pick.choice(("5d4f", "", LONG))
    owner = {"apiVersion": "x/v1", "kind": kind, "uid": "1", "name": pick.choice(NAMES)}
    pod["metadata"]["ownerReferences"] = [owner]


def _old(pod: Plain, pick: random.Random) -> None:
    """A moment of creation of its own, at which an expired waiver would still count."""
    pod["metadata"]["creationTimestamp"] = pick.choice(("2019-01-01T00:00:00Z", "9999-12-31T23:59:59Z", None))
    pod["metadata"]["annotations"]["igz-runtime/waive-IGZ101"] = "until 2020-01-31: resubmitted by cron"


ATTACKS: Final[tuple[Callable[[Plain, random.Random], None], ...]] = (
    _many_labels,
    _odd_labels,
    _odd_waiver,
    _large_annotations,
    _many_tolerations,
    _many_expressions,
    _numbers,
    _contradictions,
    _odd_selector,
    _odd_quantities,
    _many_containers,
    _odd_owner,
    _old,
)
