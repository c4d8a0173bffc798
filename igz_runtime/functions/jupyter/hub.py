"""KubeSpawner's profile list, and the values of Zero to JupyterHub's chart that hold one: the servers of a hub.

Of an entry with options, the server is read that its default choices make, and one more for each other choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.functions.jupyter.kubespawner import PLACED, PREFERRED, REQUIRED, Traits
from igz_runtime.functions.jupyter.server import Layer, Server, Site
from igz_runtime.functions.jupyter.service import Service, below
from igz_runtime.functions.recognition import SPAWNER
from igz_runtime.text.place import Path

OVERRIDE: Final = "kubespawner_override"
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


def listed(document: Any) -> Iterator[Service]:
    """The services of a profile list: the list itself, one entry of it, or the values of a chart that hold it."""
    if isinstance(document, list):
        yield from _entries(document, (), Site())
    elif isinstance(document, Mapping):
        if isinstance(document.get(OVERRIDE), Mapping):
            yield from _entry(document, (), "", Site())
        elif PROFILES in document:
            yield from _entries(document[PROFILES], (PROFILES,), Site())
        elif isinstance(document.get(SPAWNER), Mapping):
            yield from _configured(document[SPAWNER], (SPAWNER,), Site())
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


def _configured(section: Traits, path: Path, site: Site) -> Iterator[Service]:
    """The services of a section of JupyterHub's own configuration: `c.KubeSpawner`, over what the site gives."""
    site = _over(site, section, path)
    if PROFILE_LIST in section:
        yield from _entries(section[PROFILE_LIST], (*path, PROFILE_LIST), site)
    elif site.places:
        yield from _entry({}, next(iter(site.places.values()))[:-1], _USERS, site)


def _over(site: Site, section: Traits, path: Path) -> Site:
    """A site with the traits of a section over its own."""
    stated = [trait for trait in section if trait in _IN_CHART or trait in PLACED.values()]
    traits = {**site.traits, **{trait: section[trait] for trait in stated}}
    return site._replace(traits=traits, places={**site.places, **{trait: (*path, trait) for trait in stated}})


def _site(users: Mapping[str, Any], at: Path, cull: Any) -> Site:
    traits, places = dict(_OF_CHART), {}
    for trait, (*above, key) in _IN_CHART.items():
        held = below(users, tuple(above)).get(str(key))
        if held is not None:
            traits[trait], places[trait] = held, (*at, *above, key)
    culled = not (isinstance(cull, Mapping) and cull.get("enabled") is False)
    return Site(traits, places, culled, users)


def _entries(entries: Any, path: Path, site: Site) -> Iterator[Service]:
    """Each entry of a list, or of a mapping by slugs."""
    keyed = entries.items() if isinstance(entries, Mapping) else enumerate(entries if isinstance(entries, list) else ())
    for key, entry in keyed:
        if isinstance(entry, Mapping) and (site.traits or isinstance(entry.get(OVERRIDE), Mapping)):
            yield from _entry(entry, (*path, key), key if isinstance(key, str) else "", site)


def _entry(entry: Mapping[str, Any], path: Path, key: str, site: Site) -> Iterator[Service]:
    """The server of an entry, and those of the choices in it that differ from its defaults."""
    name = str(entry.get("slug") or key or entry.get("display_name") or "")
    own = Layer(entry.get(OVERRIDE), (*path, OVERRIDE) if OVERRIDE in entry else path)
    options = dict(_options(entry, path))
    usual = {option: next((each for each in choices if each[1]), choices[0]) for option, choices in options.items()}
    free = entry.get(_OPTIONS)
    unread = tuple(_unlisted(free)) if isinstance(free, Mapping) else ()
    defaults = tuple(layer for _, _, layer in usual.values())
    yield Server(name, path, site, (own, *defaults), unread).service()
    for option, choices in options.items():
        for choice, _, layer in choices:
            if layer != usual[option][2]:
                layers = tuple(layer if each == option else usual[each][2] for each in options)
                yield Server(f"{name} ({option}: {choice})", layer.path, site, (own, *layers), unread).service()


_OPTIONS: Final = "profile_options"
_Choices = list[tuple[str, bool, Layer]]
"""The choices of an option: name, whether it is the default, and override."""


def _options(entry: Mapping[str, Any], path: Path) -> Iterator[tuple[str, _Choices]]:
    """The options of an entry that have choices."""
    for option in below(entry, (_OPTIONS,)):
        at = (_OPTIONS, option, "choices")
        choices: _Choices = []
        for name, held in below(entry, at).items():
            if isinstance(held, Mapping):
                where = (*path, *at, name)
                layer = Layer(held.get(OVERRIDE), (*where, OVERRIDE) if OVERRIDE in held else where)
                choices.append((str(name), held.get("default") is True, layer))
        if choices:
            yield str(option), choices


def _unlisted(options: Mapping[str, Any]) -> Iterator[str]:
    for option in options:
        if below(options, (option, "unlisted_choice")).get("enabled"):
            yield f"profile_options: what users write themselves for {str(option)!r} is not followed"
