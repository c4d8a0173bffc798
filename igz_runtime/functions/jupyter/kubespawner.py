"""KubeSpawner's traits, which an entry of its profile list overrides, read as the pod that it makes of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.annotations import LABEL, WORKLOAD, read_protection, read_waivers
from igz_runtime.functions.idle import ENDS, Idle
from igz_runtime.functions.jupyter.service import IN_POD, settings, texts
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import UNNAMED, Evidence, Function
from igz_runtime.functions.values import PLACEMENT
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Affinity, Container, ContainerSort, PodSettings
from igz_runtime.k8s.quantity import Quantity, kubernetes_text, quantity
from igz_runtime.messages import shown

Traits = Mapping[str, Any]

NOTEBOOK: Final = "notebook"
"""What KubeSpawner calls the container of the server."""

AMOUNTS: Final[Mapping[str, tuple[str, str]]] = {
    "cpu_guarantee": ("requests", "cpu"),
    "cpu_limit": ("limits", "cpu"),
    "mem_guarantee": ("requests", "memory"),
    "mem_limit": ("limits", "memory"),
}
"""The trait of each amount: its section and resource in Kubernetes."""
EXTENDED: Final[Mapping[str, str]] = {"extra_resource_guarantees": "requests", "extra_resource_limits": "limits"}
"""The traits that hold further resources by their names."""
PLACED: Final[Mapping[str, str]] = {
    "node_selector": "node_selector",
    "tolerations": "tolerations",
    "priority_class": "priority_class_name",
}
"""The trait of each setting of the placement."""
REQUIRED: Final = "node_affinity_required"
PREFERRED: Final = "node_affinity_preferred"
EXTRA_CONTAINERS: Final[tuple[tuple[str, ContainerSort], ...]] = (
    ("extra_containers", "sidecar"),
    ("init_containers", "init"),
)

SHUTDOWN: Final = "shutdown_no_activity_timeout"
"""jupyter_server's own end of a server without kernels, in seconds. Source: jupyter_server, ServerApp."""
CULL: Final = "cull_idle_timeout"
"""Its end of an idle kernel, in seconds. Source: jupyter_server, MappingKernelManager."""


def read_traits(name: str, traits: Traits, *, culled: bool | None) -> Function:
    """The Jupyter service that KubeSpawner makes of its traits.

    Args:
        name: what the service is called.
        traits: the traits, as they are once an entry's override is merged with the site's own.
        culled: whether the hub ends servers that nobody uses; None: not known.

    Raises:
        BrokenFunction: a value that the trait does not take; its field is the trait.
    """
    labels, annotations = (_formatted(traits.get(each), each) for each in ("extra_labels", "extra_annotations"))
    return Function(
        name or UNNAMED,
        JUPYTER,
        (_role(traits),),
        evidence=Evidence(image=str(traits.get("image") or ""), labels=labels),
        profile=labels.get(LABEL),
        waivers=read_waivers(annotations),
        workload=labels.get(WORKLOAD),
        unreachable=tuple(_not_followed(traits)),
        idle=idle_of(traits, culled=culled),
    )


def escaped(text: str) -> str:
    """A text that KubeSpawner's `str.format` leaves as it was."""
    return text.replace("{", "{{").replace("}", "}}")


def _formatted(value: Any, trait: str) -> dict[str, str]:
    """Labels or annotations once they were formatted; what stands for a user's name stays as it is."""
    held = texts(value, trait)
    return {key: each.replace("{{", "{").replace("}}", "}") for key, each in held.items()}


def _role(traits: Traits) -> PodSettings:
    pod = codec.mapping(traits.get(_POD), _POD)
    stated = {setting: PLACEMENT[setting](traits.get(key), key) for setting, key in PLACED.items()}
    stated |= {setting: PLACEMENT[setting](pod[key], f"{_POD}.{key}") for setting, key in IN_POD.items() if key in pod}
    containers = [_notebook(traits)]
    for key, sort in EXTRA_CONTAINERS:
        containers += codec.read_containers(traits.get(key), key, sort)
    return settings(
        containers=tuple(containers),
        annotations=read_protection(traits.get("extra_annotations")),
        **{"affinity": _affinity(traits), **stated},
    )


_POD: Final = "extra_pod_config"


def _notebook(traits: Traits) -> Container:
    amounts: dict[str, dict[str, Quantity]] = {"requests": {}, "limits": {}}
    for trait, (section, resource) in AMOUNTS.items():
        value = traits.get(trait)
        if value is not None:
            amounts[section][resource] = (_cores if resource == "cpu" else _bytes)(value, trait)
    for trait, section in EXTENDED.items():
        for resource, amount in codec.mapping(traits.get(trait), trait).items():
            amounts[section][str(resource)] = codec.read_amount(amount, f"{trait}[{str(resource)!r}]")
    return Container(NOTEBOOK, amounts["requests"], amounts["limits"])


def _cores(value: Any, trait: str) -> Quantity:
    return quantity(kubernetes_text(Decimal(str(_number(value, trait, "cores")))))


def _bytes(value: Any, trait: str) -> Quantity:
    """Bytes as jupyterhub's ByteSpecification reads them, whose K, M, G and T are powers of 1024."""
    if not isinstance(value, str):
        return quantity(kubernetes_text(Decimal(int(_number(value, trait, "bytes")))))
    form = _BYTES.fullmatch(value)
    if form is None:
        wrong = "write bytes as a number, or text with K, M, G or T, which are powers of 1024"
        raise BrokenFunction(f"{trait}: KubeSpawner refuses {shown(value)}; {wrong}", (trait,))
    return Quantity(value, Decimal(form[1]) * _FACTORS[form[2]])


def _number(value: Any, trait: str, unit: str) -> float:
    """A number, which is finite and fits into what Kubernetes keeps."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST <= value <= _MOST:
        raise BrokenFunction(f"{trait}: KubeSpawner refuses {shown(value)}; write {unit} as a number", (trait,))
    return value


_MOST: Final = 2**63 - 1
_FACTORS: Final = {"K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}
_BYTES: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([KMGT])")


def _affinity(traits: Traits) -> Affinity | None:
    required, preferred = _listed(traits, REQUIRED), _listed(traits, PREFERRED)
    if not required and not preferred:
        return None
    raw: dict[str, Any] = {}
    if required:
        raw["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": required}
    if preferred:
        raw["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    try:
        return codec.read_affinity({"nodeAffinity": raw}, "affinity")
    except BrokenFunction as error:
        raise BrokenFunction(str(error), (REQUIRED, *error.field[_ABOVE_TERMS:])) from None


_ABOVE_TERMS: Final = 4
"""How much stands above a term in an affinity as Kubernetes spells it."""


def _listed(traits: Traits, trait: str) -> list[Any]:
    """A list; KubeSpawner takes a mapping with keys in its place, so that entries can be merged."""
    value = traits.get(trait)
    return list(value.values()) if isinstance(value, Mapping) else codec.sequence(value, trait)


def _not_followed(traits: Traits) -> Iterator[str]:
    if traits.get("modify_pod_hook") is not None:
        yield "modify_pod_hook changes the pod when it is made, and is code: what it does is not followed"


def idle_of(traits: Traits, *, culled: bool | None) -> Idle:
    """Whether a server that nobody uses ends: by jupyter_server's own time limit, or because the hub culls it.

    Args:
        traits: KubeSpawner's traits.
        culled: whether the hub ends idle servers; None: not known.
    """
    arguments = [str(each) for each in codec.sequence(traits.get("args"), "args")]
    if culled or not _seconds(arguments, SHUTDOWN):
        return _CULLED[culled]
    if not traits.get("cmd"):
        return _CULLED[culled]._replace(because=f"its args are dropped, because cmd is not set{_BUT[culled]}")
    if not _seconds(arguments, CULL):
        kept = f"an idle kernel keeps it: {SHUTDOWN} is set without {CULL}{_BUT[culled]}"
        return _CULLED[culled]._replace(because=kept)
    return ENDS


_OF_HUB: Final = "whether JupyterHub culls idle servers is one setting for the whole hub, and does not stand here"
_BUT: Final[Mapping[bool | None, str]] = {False: "", None: f"; {_OF_HUB}"}
_CULLED: Final[Mapping[bool | None, Idle]] = {
    True: ENDS,
    False: Idle(ends=False, because="nothing ends it: the hub culls no idle server (cull.enabled: false)"),
    None: Idle(ends=None, because=_OF_HUB),
}


def _seconds(arguments: list[str], trait: str) -> int:
    """The seconds that an argument of jupyter_server gives to a trait; 0 where none does."""
    found = (re.fullmatch(rf"--\w+\.{trait}=([0-9]+)", each) for each in arguments)
    return next((int(each[1]) for each in found if each), 0)
