"""Random functions of Nuclio's and sets of Iguazio's services, as people write them, and of whatever type."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import BrokenFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.annotations import MODE_ANNOTATION
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.rules.terms import ConfiguredWaiver
from igz_runtime.waiver import Waiver
from tests.policy.enforced import CLASSES
from tests.policy.random_pods import NAMES, WAIVERS

Plain = dict[str, Any]

MODES: Final = ("allow", "constrain", "prevent", "none", "Prevent", "preventt", "it's", "")
WINDOWS: Final = (
    "10m",
    "1h30m",
    "1.5h",
    "1d",
    "90",
    "0s",
    "",
    "+5m",
    ".5h",
    "1µs",
    "10 m",
    "a'b",
    'a"b',
    "größe",
)
TRIGGERS: Final = ("http", "cron", "v3ioStream", "v3io-stream", "kafka-cluster", "rabbit-mq", "")
WAIVED: Final = ("IGZ505", "IGZ404", "IGZ111", "IGZ302", "IGZ501")
ODD: Final[tuple[Any, ...]] = (7, 0, 1.5, True, False, "x", "", [], ["x"], {}, {"x": 1}, [None], [[]], [{}], {"x": {}})
AMOUNTS: Final = ("1", "2", "1000m", "0", "0.0", "1Gi", "1024Mi", " 1", "4gi", "", ".5", "500m", "1e3", 1, 2, 0, 0.5)
GPUS: Final = ("nvidia.com/gpu", "habana.ai/gaudi", "kubernetes.io/x", "hugepages-2Mi/x")


def functions_cluster(pick: random.Random) -> Cluster:
    """What may be known of the preemption modes of a cluster."""
    of_nuclio = {"default_mode": pick.choice(MODES[:4])}
    return Cluster.from_dict(pick.choice(({}, {"nuclio": of_nuclio}, {"mlrun": of_nuclio})))


def a_function(pick: random.Random) -> Plain:
    """A function of Nuclio's."""
    name = pick.choice(NAMES)
    labels = {"nuclio.io/project-name": "fraud"} if pick.random() < 0.8 else {}
    if pick.random() < 0.4:
        labels["mlrun/class"] = pick.choice(("remote", "serving", "application", "job"))
        name = pick.choice((name, f"fraud-{name}", f"fraud-{name}-v2"))
        labels |= {"mlrun/tag": pick.choice(("latest", "v2"))} if pick.random() < 0.5 else {}
    annotations = {MODE_ANNOTATION: pick.choice(MODES)} if pick.random() < 0.4 else {}
    annotations |= {f"igz-runtime/waive-{each}": pick.choice(WAIVERS) for each in WAIVED if pick.random() < 0.1}
    return {
        "kind": "NuclioFunction",
        "metadata": {"name": name, "labels": labels, "annotations": annotations},
        "spec": _spec(pick),
    }


def _spec(pick: random.Random) -> Plain:
    spec: Plain = {"handler": "main:handler", "runtime": "python:3.11"}
    spec |= _some(pick, {"minReplicas": (0, 0, 0, 1, -1), "maxReplicas": (0, 1, 3), "replicas": (None, 1)}, 0.7)
    spec |= _some(
        pick, {"priorityClassName": (*CLASSES, "", "system-x", "it's"), "nodeName": ("node-1", "", "a b")}, 0.3
    )
    spec |= _some(pick, {"preemptionMode": MODES, "disableDefaultHTTPTrigger": (True, False, None)}, 0.4)
    if pick.random() < 0.7:
        spec["scaleToZero"] = {"scaleResources": [_metric(pick) for _ in range(pick.choice((0, 1, 1, 2, 3)))]}
    if pick.random() < 0.6:
        spec["triggers"] = {
            f"{name}": _trigger(pick) for name in pick.sample(("a", "b", "it's", "größe"), pick.randint(0, 3))
        }
    if pick.random() < 0.5:
        spec["resources"] = _resources(pick)
    for field in ("sidecars", "initContainers"):
        if pick.random() < 0.2:
            spec[field] = [
                {"name": each, "resources": _resources(pick)} for each in pick.sample(("x", "y"), pick.randint(1, 2))
            ]
    return _respelled(pick, spec)


def _some(pick: random.Random, fields: dict[str, tuple[Any, ...]], often: float) -> Plain:
    return {name: pick.choice(values) for name, values in fields.items() if pick.random() < often}


def _metric(pick: random.Random) -> Plain:
    metric = {
        "metricName": ("events", "events", "events", "", None),
        "windowSize": ("10m", "10m", *WINDOWS, None),
        "threshold": (0, 1),
    }
    return _respelled(pick, _some(pick, metric, 0.9))


def _trigger(pick: random.Random) -> Plain:
    return _some(pick, {"kind": TRIGGERS}, 0.95) | _some(pick, {"disabled": (True, False, None)}, 0.2)


def _resources(pick: random.Random) -> Plain:
    sections: Plain = {}
    for section in ("requests", "limits"):
        names = [
            *(each for each in ("cpu", "memory") if pick.random() < 0.5),
            *(each for each in GPUS if pick.random() < 0.25),
        ]
        sections[section] = {name: pick.choice(AMOUNTS) for name in names}
    return sections


def _respelled(pick: random.Random, fields: Plain) -> Plain:
    """The same, of which Nuclio's decoder takes whatever case its names have."""
    return {(name.upper() if pick.random() < 0.05 else name): value for name, value in fields.items()}


def a_set(pick: random.Random) -> Plain:
    """A set of services of Iguazio's."""
    tenants = [{"spec": {"services": _services(pick, end)}} for end in pick.choice(([""], [""], ["", "-b"]))]
    metadata = {"name": "default-tenant", "labels": pick.choice(({}, {"app": "jupyter", "mlrun/project": "fraud"}))}
    return {"kind": "IguazioTenantAppServiceSet", "metadata": metadata, "spec": {"spec": {"tenants": tenants}}}


def _services(pick: random.Random, end: str) -> Plain:
    names = pick.sample(("lab", "lab-2", "it's", "presto", "größe"), pick.randint(0, 4))
    return {f"{name}{end}": _service(pick) for name in names}


def _service(pick: random.Random) -> Plain:
    held: Plain = {"resources": {}}
    way = pick.random()
    if way < 0.75:
        held["kind"] = "jupyter"
    elif way < 0.9:
        held |= _some(pick, {"kind": ("presto", None), "jupyter": ({"image_name": "x"}, {})}, 0.8)
    for section in ("requests", "limits"):
        names = ("cpu", "nvidia_gpu", "amd.com/gpu", "xilinx.com/fpga", "nvidia.com/mig")
        held["resources"][section] = {name: pick.choice(AMOUNTS) for name in names if pick.random() < 0.4}
    if pick.random() < 0.85:
        held["scale_to_zero"] = _some(pick, {"mode": ("enabled", "enabled", "enabled", "disabled", "", None)}, 0.95)
        resource: dict[str, tuple[Any, ...]] = {
            "metric_name": ("num_of_requests",) * 6 + ("", None, 7),
            "threshold": (0, 0, 0, 1.5, "0", True, None, [], {}),
            "window_size": ("1h", "1h", "1h", *WINDOWS, 90, 1.5, True, None, [1], {"a": 1}),
        }
        if pick.random() < 0.9:
            listed = [_some(pick, resource, 0.95) for _ in range(pick.choice((0, 1, 1, 2, 3)))]
            held["scale_to_zero"]["scale_resources"] = listed
    return held


def with_odd(pick: random.Random, document: Plain) -> Plain:
    """The document with a value of whatever type in place of another, or in a field that it has not."""
    spec = document["spec"]
    holder, key = pick.choice([*_places(document, "spec"), *((spec, name) for name in FIELDS if name not in spec)])
    holder[key] = pick.choice(ODD)
    return document


def _places(holder: Any, key: Any) -> Iterator[tuple[Any, Any]]:
    yield holder, key
    held = holder[key]
    for each in held if isinstance(held, dict) else range(len(held)) if isinstance(held, list) else ():
        yield from _places(held, each)


FIELDS: Final = (
    *("minReplicas", "maxReplicas", "replicas", "scaleToZero", "triggers", "disableDefaultHTTPTrigger"),
    *("resources", "sidecars", "initContainers", "nodeName", "priorityClassName", "preemptionMode"),
)


def readable(document: Plain) -> tuple[Plain, set[tuple[str, ...]]]:
    """A function or a set without what cannot be read of it, and what that was: its fields, or a service's.

    What stands in place of a whole mapping is no field, and leaves nothing to judge.
    """
    document, left_out = copy.deepcopy(document), set[tuple[str, ...]]()
    while (path := _broken(document)) is not None:
        *above, field = path[: 2 if document["kind"] == "NuclioFunction" else 8]
        holder: Any = document
        for part in above:
            holder = holder[part]
        for each in [each for each in holder if str(each).lower() == str(field).lower()]:
            del holder[each]
        left_out.add(tuple(map(str, path)))
    return document, left_out


def _broken(document: Plain) -> tuple[str | int, ...] | None:
    reads = [adapter_for(document).read] if document["kind"] == "NuclioFunction" else []
    try:
        for read in reads or [each.read for each in jupyter_services(document)]:
            read()
    except BrokenFunction as error:
        return error.field
    return None


def some_waivers(pick: random.Random) -> tuple[ConfiguredWaiver, ...]:
    """Waivers of a configuration; none of IGZ404, by which a test knows that a policy is in force."""
    rules = ("IGZ505", "IGZ111", "IGZ501", "IGZ302", "IGZ203")
    names, projects = ("", "train*", "lab*", "fraud-*", "*t?"), ("", "fraud", "f*", "other")
    ends = (None, None, "2099-01-31", "2020-01-31")
    return tuple(
        ConfiguredWaiver(each, Waiver("by night", pick.choice(ends)), pick.choice(names), pick.choice(projects))
        for each in pick.sample(rules, 3)
    )
