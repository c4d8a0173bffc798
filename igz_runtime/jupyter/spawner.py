"""JupyterHub's profile list: an entry that KubeSpawner takes, and whose pod keeps a profile's promise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Final

from igz_runtime.cluster.model import Cluster
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.annotations import ANNOTATION_PREFIX, LABEL, PROTECTION, WORKLOAD
from igz_runtime.functions.jupyter import jupyter_services
from igz_runtime.functions.jupyter.hub import OVERRIDE
from igz_runtime.functions.jupyter.kubespawner import (
    AMOUNTS,
    CULL,
    EXTENDED,
    NOTEBOOK,
    REQUIRED,
    SHUTDOWN,
    escaped,
)
from igz_runtime.functions.jupyter.server import FIREWALL
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import Function
from igz_runtime.jupyter.specification import (
    NO_CPU_REQUEST,
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
from igz_runtime.k8s.pod import Container, PodSettings
from igz_runtime.k8s.quantity import Quantity
from igz_runtime.profiles.profile import Profile

COMMAND: Final = ("jupyterhub-singleuser",)
"""What starts a server: KubeSpawner drops arguments where it is not said."""
_OF_LIMIT: Final = 11 / 12
"""A kernel ends before its server may: the server counts from the end of the last one."""


class SpawnerProfile(Specification):
    """An entry of KubeSpawner's `profile_list`, as a dictionary that says more."""

    @property
    def replaces(self) -> tuple[str, ...]:
        """The settings that replace the site's own: what every server needs must stand in them as well."""
        return _lists(self[OVERRIDE])


def kubespawner_profile(
    profile: Profile,
    *,
    slug: str | None = None,
    idle: str = "1h",
    image: str | None = None,
    display_name: str | None = None,
    description: str | None = None,
    cluster: Cluster | None = None,
    config: str | PathLike[str] | None = None,
) -> SpawnerProfile:
    """An entry of KubeSpawner's `profile_list` that keeps a profile's promise.

    Args:
        profile: one that promises on-demand nodes, such as `gpu_notebook` or `development_notebook`.
        slug: how the entry is called by JupyterHub; else the profile's name, with dashes.
        idle: how long nobody uses a server before it ends by itself, such as `90m` or `1h`.
        image: its image; else the site's.
        display_name: what people choose; else the profile's name with its sizes.
        description: what it is for.
        cluster: the cluster that the promise is proved on; else the profile's own, else the current one.
        config: a configuration, or `none`; else the nearest igz-runtime.yaml above the working directory.

    Raises:
        InvalidValue: a profile that is not for Jupyter, or an argument that KubeSpawner or Kubernetes could never take.
        MissingResources: the profile does not say how much CPU or memory.
        UnsafeCombination: rules refuse it; carries every finding.
    """
    profile, grounds = grounds_of(profile, cluster, config)
    seconds = idle_seconds(idle)
    named = require_name(slug if slug is not None else profile.name.replace("_", "-"), "slug")
    texts = stated(description=(description, require_line), display_name=(display_name, require_line))
    bare = Function(named, JUPYTER, (PodSettings(containers=(Container(NOTEBOOK),), preemption_mode="none"),))
    role = planned(profile, bare, grounds.cluster)
    override = {
        **_resources(role.containers[0]),
        **_placement(role),
        **_marks(profile),
        **(_ends_idle(seconds) if profile.scale_to_zero else {}),
        **stated(image=(image, require_line)),
    }
    entry = {"display_name": _shown(profile, role), **texts, "slug": named, OVERRIDE: override}
    (read,) = jupyter_services(entry)
    proof = proven(profile, read.read(), grounds)._replace(
        not_promised=tuple(_not_promised(profile, role, override)), idle=seconds if profile.scale_to_zero else None
    )
    return SpawnerProfile(entry, proof)


def profile_list(entries: Iterable[Profile | Mapping[str, Any]], **common: Any) -> list[dict[str, Any]]:
    """KubeSpawner's `profile_list`, as plain lists and dictionaries: for `c.KubeSpawner.profile_list`, or for YAML.

    Args:
        entries: profiles, and entries that were made already.
        **common: what every profile among them is made with; see `kubespawner_profile`.

    Raises:
        InvalidValue: two entries of one slug, or what `kubespawner_profile` refuses.
    """
    if isinstance(entries, Profile | Mapping | str):
        raise InvalidValue("profile_list takes a list of profiles: profile_list([profile, …])")
    made = [
        dict(each) if isinstance(each, Mapping) else kubespawner_profile(each, **common).to_dict() for each in entries
    ]
    slugs = [each.get("slug") for each in made]
    for slug in slugs:
        if slug is not None and slugs.count(slug) > 1:
            raise InvalidValue(f"profile_list: two entries have the slug {slug!r}; give one of them another: slug='…'")
    return made


def _lists(override: Mapping[str, Any]) -> tuple[str, ...]:
    """KubeSpawner merges mappings, and replaces lists."""
    return tuple(trait for trait, value in override.items() if isinstance(value, list))


def _resources(container: Container) -> dict[str, Any]:
    """Cores as a float and bytes as a whole number, which is all that KubeSpawner takes; the rest by its name."""
    found: dict[str, Any] = {}
    for trait, (section, resource) in AMOUNTS.items():
        amount = getattr(container, section).get(resource)
        if amount is not None:
            found[trait] = _number(amount, resource)
    # A GPU's request is its limit.
    others = {name: str(each) for name, each in container.limits.items() if name not in ("cpu", "memory")}
    return {**found, **{trait: dict(others) for trait in EXTENDED if others}}


def _number(amount: Quantity, resource: str) -> float | int:
    if amount.number is None or (resource == "memory" and amount.number != int(amount.number)):
        raise InvalidValue(f"{resource}: {amount.text!r} is not a number that KubeSpawner takes")
    return float(amount.number) if resource == "cpu" else int(amount.number)


def _placement(role: PodSettings) -> dict[str, Any]:
    affinity = codec.write_affinity(role.affinity) if role.affinity and role.affinity.required else {}
    required = affinity.get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    stated = {
        "node_selector": dict(role.node_selector),
        REQUIRED: required.get("nodeSelectorTerms"),
        "tolerations": codec.write_tolerations(role.tolerations or ()),
        "priority_class_name": role.priority_class,
    }
    return {trait: value for trait, value in stated.items() if value}


def _marks(profile: Profile) -> dict[str, Any]:
    """What the pod carries: the profile, what keeps autoscalers from ending it, and each waiver.

    KubeSpawner formats every label and annotation, so that a brace has to be doubled.
    """
    labels = {LABEL: profile.name, **({WORKLOAD: profile.workload.word} if profile.workload.word else {})}
    waivers = {f"{ANNOTATION_PREFIX}{rule_id}": escaped(each.to_text()) for rule_id, each in profile.waive.items()}
    return {"extra_labels": labels, "extra_annotations": {**dict(PROTECTION.values()), **waivers}}


def _ends_idle(seconds: int) -> dict[str, Any]:
    """jupyter_server's own end of kernels, terminals and the server: JupyterHub's culler is one for the whole hub."""
    before = int(seconds * _OF_LIMIT)
    arguments = (
        f"--ServerApp.{SHUTDOWN}={seconds}",
        f"--MappingKernelManager.{CULL}={before}",
        "--MappingKernelManager.cull_connected=True",
        f"--TerminalManager.cull_inactive_timeout={before}",
    )
    return {"cmd": list(COMMAND), "args": list(arguments)}


def _shown(profile: Profile, role: PodSettings) -> str:
    limits = role.containers[0].limits
    gpus = [f"{limits[name]} GPU" for name in role.gpu_types]
    sizes = (*gpus, f"{limits['cpu']} CPU", f"{limits['memory']} memory")
    return f"{profile.name.replace('_', ' ')} ({', '.join(sizes)})"


def _not_promised(profile: Profile, role: PodSettings, override: Mapping[str, Any]) -> Iterator[str]:
    if profile.qos == "Guaranteed":
        yield (
            "the pod is Guaranteed only where each container that the site adds has equal requests and limits: Zero to "
            f"JupyterHub's {FIREWALL!r} has none, unless singleuser.networkTools.resources gives them"
        )
    elif "cpu" not in role.containers[0].requests:
        yield NO_CPU_REQUEST
    lists = ", ".join(_lists(override))
    if lists:
        yield f"{lists} replace the site's own: what every server needs must stand in them as well"
    if profile.scale_to_zero:
        yield "the end of an idle server is looked for once a minute, of an idle kernel every 5 minutes"
    elif role.gpu_types:
        yield "nothing here ends an idle server"
