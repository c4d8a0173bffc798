"""Iguazio's application service of kind jupyter, as igz-mgmt's AppServiceSpec has it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from os import PathLike
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.clouds import IGUAZIO_LIFECYCLE, IGUAZIO_NODE_GROUP
from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import ConfigurationError, InvalidValue
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.jupyter.app_service import ENTRIES, METRICS, SIDECAR
from igz_runtime.functions.jupyter.service import ROLE
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import Function
from igz_runtime.functions.names import GPU, GPU_RESOURCE
from igz_runtime.jupyter.specification import (
    NO_CPU_REQUEST,
    Proof,
    Specification,
    grounds_of,
    idle_seconds,
    planned,
    proven,
    require_line,
    require_name,
    stated,
)
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import shown
from igz_runtime.planning.grounds import Grounds
from igz_runtime.profiles.profile import Profile

IMAGES: Final = ("jupyter-all", "jupyter-gpu-cuda")
"""The platform's own images, without and with CUDA. Source: igz_mgmt 0.4.2, JupyterAppServicePrebakedImage."""


class Request(NamedTuple):
    """What was asked of `service`: the profile, what it is judged by, texts by their names, and seconds idle."""

    profile: Profile
    grounds: Grounds
    texts: Mapping[str, str]
    idle: int


class AppService(Specification):
    """The specification of a Jupyter service, as a dictionary that says more.

    Args:
        specification: the mapping.
        proof: how it is known that it keeps the promise.
        request: what was asked for.
    """

    def __init__(self, specification: Mapping[str, Any], proof: Proof, request: Request) -> None:
        super().__init__(specification, proof)
        self._request = request

    def to_igz_mgmt(self) -> Any:
        """The same as igz-mgmt's `AppServiceSpec`, for `AppServicesManifest.create_or_update`.

        Raises:
            ConfigurationError: igz-mgmt is not installed.
        """
        return _igz_mgmt().AppServiceSpec(**self.to_dict())

    def merge_into(self, existing: Any) -> Any:
        """The service laid over the one that exists: `create_or_update` replaces a specification whole.

        What the profile decides is written (resources, node selector, priority class, scale to zero), and what was
        given to `service`; everything else stays, whoever wrote it. The result is proven as the specification was.

        Args:
            existing: the specification or the whole manifest, as igz-mgmt's object or as a mapping.

        Returns:
            igz-mgmt's `AppServiceSpec` of an object, a dictionary of a mapping. Nothing is changed in place.

        Raises:
            InvalidValue: neither of them, or a manifest without a Jupyter service of that name.
            UnsafeCombination: rules refuse what would come of it; carries every finding.
        """
        of_igz_mgmt = type(existing).__module__.partition(".")[0] == "igz_mgmt"
        document = existing.dict(exclude_none=True) if of_igz_mgmt else existing
        found = jupyter_services(document) if isinstance(document, Mapping) else ()
        held = next((each for each in found if each.name == self["name"]), None)
        if held is None:
            raise InvalidValue(f"merge_into: {_instead(existing, [each.name for each in found], self['name'])}")
        there: Any = document
        for part in held.path:
            there = there[part]
        merged = _made(self._request, there)
        return merged.to_igz_mgmt() if of_igz_mgmt else merged.to_dict()


def service(
    profile: Profile,
    *,
    name: str,
    idle: str = "1h",
    image: str | None = None,
    owner: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    cluster: Cluster | None = None,
    config: str | PathLike[str] | None = None,
) -> AppService:
    """The specification of an Iguazio Jupyter service that keeps a profile's promise, as a mapping.

    Args:
        profile: one that promises on-demand nodes, such as `gpu_notebook` or `development_notebook`.
        name: the service's name.
        idle: how long nobody uses it before it is scaled to zero, such as `90m` or `1h`.
        image: its image; else the platform's own, with CUDA where the profile asks for GPUs.
        owner: the Iguazio user whose service it is.
        display_name: what people see.
        description: what it is for.
        cluster: the cluster that the promise is proved on; else the profile's own, else the current one.
        config: a configuration, or `none`; else the nearest igz-runtime.yaml above the working directory.

    Raises:
        InvalidValue: a profile that is not for Jupyter, or an argument that the platform could never take.
        MissingResources: the profile does not say how much CPU or memory.
        UnsafeCombination: rules refuse it; carries every finding.
    """
    profile, grounds = grounds_of(profile, cluster, config)
    if profile.gpus and profile.gpu_type != GPU_RESOURCE:
        raise InvalidValue(f"gpu_type: an application service asks for {GPU_RESOURCE} alone, not {profile.gpu_type}")
    texts = stated(
        owner=(owner, require_line),
        display_name=(display_name, require_line),
        description=(description, require_line),
        image=(image, require_line),
    )
    return _made(Request(profile, grounds, {"name": require_name(name), **texts}, idle_seconds(idle)), {})


def _made(request: Request, existing: Mapping[str, Any]) -> AppService:
    """The service, laid over a specification that exists, or over none."""
    profile, cluster = request.profile, request.grounds.cluster
    head = {"name": request.texts["name"], "kind": JUPYTER}
    _read({**head, **existing})  # which says what is wrong with it
    base = _undecided(profile, existing)
    role = planned(profile, _read({**head, **base}), cluster, by_selector=True)
    texts = {name: text for name, text in request.texts.items() if name != "image"}
    spec = {"enabled": True, "desired_state": "ready", **base, "kind": JUPYTER, **texts, "mark_as_changed": True}
    spec["resources"] = _resources(role, base)
    spec["advanced"] = _advanced(role, base)
    if profile.scale_to_zero is not None:
        spec["scale_to_zero"] = _scale_to_zero(request.idle) if profile.scale_to_zero else {"mode": "disabled"}
    spec[JUPYTER] = {**(base.get(JUPYTER) or {}), "image_name": _image(request, role, base)}
    function = _read(spec)
    proof = proven(profile, function, request.grounds)._replace(
        not_promised=tuple(_not_promised(profile, function, cluster)),
        idle=request.idle if profile.scale_to_zero else None,
    )
    return AppService(spec, proof, request)


def _read(spec: Mapping[str, Any]) -> Function:
    (found,) = jupyter_services(spec)
    return found.read()


def _undecided(profile: Profile, existing: Mapping[str, Any]) -> dict[str, Any]:
    """A specification without what the profile decides and may leave out, which an earlier profile may have written.

    That is the labels that choose a node group or a lifecycle, and the CPU request under Burstable.
    """
    spec = copy.deepcopy(dict(existing))
    selector = (spec.get("advanced") or {}).get("node_selector")
    if isinstance(selector, dict) and isinstance(selector.get(ENTRIES), list):
        decided = (IGUAZIO_NODE_GROUP, IGUAZIO_LIFECYCLE)
        selector[ENTRIES] = [each for each in selector[ENTRIES] if each.get("key") not in decided]
    requests = (spec.get("resources") or {}).get("requests")
    if profile.qos == "Burstable" and isinstance(requests, dict):
        requests.pop("cpu", None)
    return spec


def _resources(role: PodSettings, base: Mapping[str, Any]) -> dict[str, Any]:
    """The resources in the platform's words; other sections of what exists stay."""
    written = codec.write_resources(role.containers[0])
    for amounts in written.values():
        if GPU_RESOURCE in amounts:
            amounts[GPU] = amounts.pop(GPU_RESOURCE)
    return {**(base.get("resources") or {}), **written}


def _advanced(role: PodSettings, base: Mapping[str, Any]) -> dict[str, Any]:
    advanced = {**(base.get("advanced") or {})}
    entries = [{"key": key, "value": value} for key, value in role.node_selector.items()]
    if entries:
        advanced["node_selector"] = {ENTRIES: entries}
    else:
        advanced.pop("node_selector", None)
    if role.priority_class:
        advanced["priority_class_name"] = role.priority_class
    return advanced


def _scale_to_zero(idle: int) -> dict[str, Any]:
    """Both of the scaler's metrics, each whole: it skips a specification of which one part is missing."""
    window = next(f"{idle // unit}{letter}" for unit, letter in ((3600, "h"), (60, "m"), (1, "s")) if idle % unit == 0)
    resources = [{"metric_name": metric, "threshold": 0, "window_size": window} for metric in METRICS]
    return {"mode": "enabled", "scale_resources": resources}


def _image(request: Request, role: PodSettings, base: Mapping[str, Any]) -> str:
    """The image that was asked for; else one that is not the platform's own stays."""
    present = str((base.get(JUPYTER) or {}).get("image_name") or "")
    own = IMAGES[bool(role.gpu_types)]
    return request.texts.get("image") or (present if present and present not in IMAGES else own)


def _not_promised(profile: Profile, function: Function, cluster: Cluster) -> Iterator[str]:
    (role,) = function.roles
    if profile.qos == "Guaranteed":
        yield (
            f"the pod is Burstable: the container {ROLE.container!r} has equal requests and limits, and the platform "
            f"adds {SIDECAR.name!r}, and an init container, without resources"
        )
    elif "cpu" not in role.containers[0].requests:
        yield NO_CPU_REQUEST
    yield "an autoscaler may remove the node while somebody works: the platform's chart marks the pod safe to evict"
    yield "an application service has no tolerations: nodes with a taint are out of its reach"
    if role.gpu_types and not role.node_selector and not cluster.node_groups:
        yield "nothing but the GPU binds the pod to a node group: name it with node_group= of the profile"


def _instead(existing: Any, names: list[str], name: str) -> str:
    if names:
        return f"it holds no Jupyter service {name!r}, but {', '.join(map(repr, names))}; a new one is to_igz_mgmt()"
    return f"{shown(type(existing).__name__)} holds no Jupyter service; a new one is to_igz_mgmt()"


def _igz_mgmt() -> Any:
    try:
        import igz_mgmt
    except ImportError:
        raise ConfigurationError("igz-mgmt is not installed; pip install igz-mgmt") from None
    return igz_mgmt
