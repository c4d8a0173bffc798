"""KubeSpawner's profile list, and the values of Zero to JupyterHub's chart that hold one.

An entry's override is laid over the site's own settings as KubeSpawner lays it: mappings are merged, everything else is
replaced, lists included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter.kubespawner import (
    AMOUNTS,
    EXTENDED,
    EXTRA_CONTAINERS,
    NOTEBOOK,
    PLACED,
    PREFERRED,
    REQUIRED,
    Traits,
    read_traits,
)
from igz_runtime.functions.jupyter.service import Service, below
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import UNNAMED, Function
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field
from igz_runtime.text.place import Path

OVERRIDE: Final = "kubespawner_override"
SPAWNER: Final = "KubeSpawner"
PROFILE_LIST: Final = "profile_list"
PROFILES: Final = "profileList"
"""The key of the profile list in the values of Zero to JupyterHub."""

_IN_CHART: Final[Mapping[str, Path]] = {
    "cpu_limit": ("cpu", "limit"),
    "cpu_guarantee": ("cpu", "guarantee"),
    "mem_limit": ("memory", "limit"),
    "mem_guarantee": ("memory", "guarantee"),
    "extra_resource_limits": ("extraResource", "limits"),
    "extra_resource_guarantees": ("extraResource", "guarantees"),
    "node_selector": ("nodeSelector",),
    "tolerations": ("extraTolerations",),
    REQUIRED: ("extraNodeAffinity", "required"),
    PREFERRED: ("extraNodeAffinity", "preferred"),
    "extra_labels": ("extraLabels",),
    "extra_annotations": ("extraAnnotations",),
    "extra_containers": ("extraContainers",),
    "init_containers": ("initContainers",),
    "extra_pod_config": ("extraPodConfig",),
    "cmd": ("cmd",),
    "args": ("args",),
}
"""Where the chart's `singleuser` has KubeSpawner's traits. Source: zero-to-jupyterhub-k8s, jupyterhub_config.py."""
_OF_CHART: Final[Traits] = {"mem_guarantee": "1G", "cmd": "jupyterhub-singleuser"}
"""What the chart sets where its values say nothing. Source: zero-to-jupyterhub-k8s, values.yaml."""
FIREWALL: Final = "block-cloud-metadata"
"""The init container that the chart adds, unless `cloudMetadata.blockWithIptables` is false."""


_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class _Site(NamedTuple):
    """What a hub gives to every server.

    Attributes:
        traits: KubeSpawner's traits.
        places: where each of them stands.
        culled: whether the hub ends idle servers; None: not known.
        values: the chart's values of `singleuser`; None where there is no chart.
    """

    traits: Traits = _NOTHING
    places: Mapping[str, Path] = _NOTHING
    culled: bool | None = None
    values: Mapping[str, Any] | None = None


def listed(document: Any) -> Iterator[Service]:
    """The services of a profile list: the list itself, one entry of it, or the values of a chart that hold it."""
    if isinstance(document, list):
        yield from _entries(document, (), _Site())
    elif isinstance(document, Mapping):
        if isinstance(document.get(OVERRIDE), Mapping):
            yield _entry(document, (), "", _Site())
        elif PROFILES in document:
            yield from _entries(document[PROFILES], (PROFILES,), _Site())
        elif isinstance(document.get(SPAWNER), Mapping):
            yield from _configured(document[SPAWNER], (SPAWNER,), _Site())
        else:
            yield from _in_values(document, ())
            for key, part in document.items():  # a chart that has Zero to JupyterHub's as a part of it
                if isinstance(part, Mapping) and isinstance(part.get(_USERS), Mapping):
                    yield from _in_values(part, (str(key),))


_USERS: Final = "singleuser"
_SECTION: Final = ("hub", "config", SPAWNER)


def _in_values(values: Mapping[str, Any], path: Path) -> Iterator[Service]:
    users = values.get(_USERS)
    if not isinstance(users, Mapping):
        return
    at = (*path, _USERS)
    site = _site(users, at, values.get("cull"))
    section, own = below(values, _SECTION), (*path, *_SECTION)
    if PROFILES in users and PROFILE_LIST not in section:
        yield from _entries(users[PROFILES], (*at, PROFILES), _over(site, section, own))
    else:
        yield from _configured(section, own, site)


def _configured(section: Traits, path: Path, site: _Site) -> Iterator[Service]:
    """The services of a section of JupyterHub's own configuration: `c.KubeSpawner`, over what the site gives."""
    site = _over(site, section, path)
    if PROFILE_LIST in section:
        yield from _entries(section[PROFILE_LIST], (*path, PROFILE_LIST), site)
    elif site.places:
        yield _entry({}, next(iter(site.places.values()))[:-1], _USERS, site)


def _over(site: _Site, section: Traits, path: Path) -> _Site:
    """A site with the traits of a section over its own."""
    stated = [trait for trait in section if trait in _IN_CHART or trait in PLACED.values()]
    traits = {**site.traits, **{trait: section[trait] for trait in stated}}
    return site._replace(traits=traits, places={**site.places, **{trait: (*path, trait) for trait in stated}})


def _site(users: Mapping[str, Any], at: Path, cull: Any) -> _Site:
    traits, places = dict(_OF_CHART), {}
    for trait, (*above, key) in _IN_CHART.items():
        held = below(users, tuple(above)).get(str(key))
        if held is not None:
            traits[trait], places[trait] = held, (*at, *above, key)
    culled = not (isinstance(cull, Mapping) and cull.get("enabled") is False)
    return _Site(traits, places, culled, users)


def _firewall(values: Mapping[str, Any] | None) -> Iterator[Container]:
    """The init container that the chart adds."""
    if values is None or codec.mapping(values.get("cloudMetadata"), _METADATA).get("blockWithIptables") is False:
        return
    resources = codec.mapping(values.get("networkTools"), "networkTools").get("resources")
    requests, limits = codec.read_resources(resources, "networkTools.resources")
    yield Container(FIREWALL, requests, limits, "init", reachable=False)


_METADATA: Final = "cloudMetadata"


def _entries(entries: Any, path: Path, site: _Site) -> Iterator[Service]:
    """Each entry of a list, or of a mapping by slugs."""
    keyed = entries.items() if isinstance(entries, Mapping) else enumerate(entries if isinstance(entries, list) else ())
    for key, entry in keyed:
        if isinstance(entry, Mapping) and (site.traits or isinstance(entry.get(OVERRIDE), Mapping)):
            yield _entry(entry, (*path, key), key if isinstance(key, str) else "", site)


def _entry(entry: Mapping[str, Any], path: Path, key: str, site: _Site) -> Service:
    name = str(entry.get("slug") or key or entry.get("display_name") or "")
    return Service(path, name, partial(_read, entry, path, name, site), partial(_place, entry, path, site))


def _read(entry: Mapping[str, Any], path: Path, name: str, site: _Site) -> Function:
    try:
        override = codec.mapping(entry.get(OVERRIDE), OVERRIDE)
        function = read_traits(name, merged(site.traits, override), culled=site.culled)
        added = tuple(_firewall(site.values))
    except BrokenFunction as error:
        trait, *rest = error.field or ("",)
        field = (*_holder(entry, path, site, str(trait)), *rest)
        raise BrokenFunction(f"{JUPYTER} {name or UNNAMED!r}: {error}", field) from None
    (role,) = function.roles
    unread = (*function.unreachable, _CHOICES) if entry.get("profile_options") else function.unreachable
    return function.but(roles=(role.but(containers=(*role.containers, *added)),), unreachable=unread)


_CHOICES: Final = "profile_options: what a user's choice changes is not followed"


def merged(site: Traits, override: Traits) -> dict[str, Any]:
    """The traits once an override is laid over them: mappings merged, where None removes a key; all else replaced.

    >>> merged({"node_selector": {"a": "1"}, "tolerations": [1]}, {"node_selector": {"b": "2"}, "tolerations": []})
    {'node_selector': {'a': '1', 'b': '2'}, 'tolerations': []}
    """
    found = dict(site)
    for trait, value in override.items():
        held = found.get(trait)
        if isinstance(value, Mapping) and isinstance(held, Mapping):
            found[trait] = {key: each for key, each in merged(held, value).items() if each is not None}
        else:
            found[trait] = value
    return found


def _holder(entry: Mapping[str, Any], path: Path, site: _Site, trait: str) -> Path:
    """Where a trait stands, or should: in the entry's override, else where the site has it."""
    override = entry.get(OVERRIDE)
    stated = isinstance(override, Mapping) and trait in override
    if not stated and trait in site.places:
        return site.places[trait]
    return (*path, OVERRIDE, trait) if trait and OVERRIDE in entry else path


def _place(entry: Mapping[str, Any], path: Path, site: _Site, field: Field) -> Path:
    name, *rest = field or ("",)
    if name == "containers":
        return _amount(entry, path, site, rest)
    if name in ("affinity", "idle"):
        return _holder(entry, path, site, {"affinity": REQUIRED, "idle": "args"}[name])
    if name in PLACED:
        return (*_holder(entry, path, site, PLACED[str(name)]), *rest)
    return _holder(entry, path, site, _NAMES.get(str(name), ""))


_NAMES: Final[Mapping[str, str]] = {
    "node_name": "extra_pod_config",
    "annotations": "extra_annotations",
    "waivers": "extra_annotations",
    "labels": "extra_labels",
    "profile": "extra_labels",
    "image": "image",
}


def _amount(entry: Mapping[str, Any], path: Path, site: _Site, rest: list[str | int]) -> Path:
    container, section, resource = map(str, (*rest, *(NOTEBOOK, "limits", "memory")[len(rest) :]))
    if container != NOTEBOOK:
        trait = next((key for key, _ in EXTRA_CONTAINERS if key in _stated(entry, site)), "")
        return _holder(entry, path, site, trait)
    for trait, amount in AMOUNTS.items():
        if amount == (section, resource):
            return _holder(entry, path, site, trait)
    trait = next(key for key, each in EXTENDED.items() if each == section)
    return (*_holder(entry, path, site, trait), resource)


def _stated(entry: Mapping[str, Any], site: _Site) -> set[str]:
    override = entry.get(OVERRIDE)
    return {*site.places, *(override if isinstance(override, Mapping) else ())}
