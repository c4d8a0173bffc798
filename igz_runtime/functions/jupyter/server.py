"""One server that a hub offers: the site's traits, with the overrides of an entry and of the choices in it over them.

An override is laid over what is beneath it as KubeSpawner lays it: mappings are merged, everything else is replaced,
lists included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.errors import BrokenFunction
from igz_runtime.functions.jupyter.kubespawner import (
    AMOUNTS,
    EXTENDED,
    EXTRA_CONTAINERS,
    NOTEBOOK,
    PLACED,
    REQUIRED,
    Traits,
    read_traits,
)
from igz_runtime.functions.jupyter.service import Service
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import UNNAMED, Function
from igz_runtime.k8s import codec
from igz_runtime.k8s.pod import Container, Field
from igz_runtime.text.place import Path

FIREWALL: Final = "block-cloud-metadata"
"""The init container that Zero to JupyterHub adds, unless `cloudMetadata.blockWithIptables` is false."""
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Site(NamedTuple):
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


class Layer(NamedTuple):
    """An override, and where it stands; of one that is not there, where what holds it stands."""

    override: Any
    path: Path


class Server(NamedTuple):
    """One server.

    Attributes:
        name: what it is called.
        path: where its entry stands.
        site: what the hub gives to every server.
        layers: the overrides, the last of them over the others.
        unread: what of it is not followed.
    """

    name: str
    path: Path
    site: Site
    layers: tuple[Layer, ...] = ()
    unread: tuple[str, ...] = ()

    def service(self) -> Service:
        """The service that it is."""
        return Service(self.path, self.name, self.read, self.place)

    def read(self) -> Function:
        """The service as rules see it.

        Raises:
            BrokenFunction: a value that a trait does not take; names it with its place.
        """
        try:
            traits: Traits = self.site.traits
            for layer in self.layers:
                traits = merged(traits, codec.mapping(layer.override, "kubespawner_override", ()))
            function = read_traits(self.name, traits, culled=self.site.culled)
            added = tuple(_firewall(self.site.values))
        except BrokenFunction as error:
            trait, *rest = error.field or ("",)
            field = (*self._holder(str(trait)), *rest)
            raise BrokenFunction(f"{JUPYTER} {self.name or UNNAMED!r}: {error}", field) from None
        (role,) = function.roles
        roles = (role.but(containers=(*role.containers, *added)),)
        return function.but(roles=roles, unreachable=(*function.unreachable, *self.unread))

    def place(self, field: Field) -> Path:
        """Where a field stands."""
        name, *rest = field or ("",)
        if name == "containers":
            return self._amount(rest)
        if name in PLACED:
            return (*self._holder(PLACED[str(name)]), *rest)
        return self._holder(_NAMES.get(str(name), ""))

    def _holder(self, trait: str) -> Path:
        """Where a trait stands, or should: in the uppermost override that states it, else where the site has it."""
        if not trait:
            return self.path
        for override, path in reversed(self.layers):
            if isinstance(override, Mapping) and trait in override:
                return (*path, trait)
        if trait in self.site.places:
            return self.site.places[trait]
        first = self.layers[0] if self.layers else Layer(None, self.path)
        return (*first.path, trait) if isinstance(first.override, Mapping) else first.path

    def _amount(self, rest: Sequence[str | int]) -> Path:
        container, section, resource = map(str, (*rest, *(NOTEBOOK, "limits", "memory")[len(rest) :]))
        if container != NOTEBOOK:
            stated = {*self.site.places, *(key for each in self.layers for key in each.override or ())}
            return self._holder(next((key for key, _ in EXTRA_CONTAINERS if key in stated), ""))
        for trait, amount in AMOUNTS.items():
            if amount == (section, resource):
                return self._holder(trait)
        trait = next(key for key, each in EXTENDED.items() if each == section)
        return (*self._holder(trait), resource)


_NAMES: Final[Mapping[str, str]] = {
    "affinity": REQUIRED,
    "idle": "args",
    "node_name": "extra_pod_config",
    "annotations": "extra_annotations",
    "waivers": "extra_annotations",
    "labels": "extra_labels",
    "profile": "extra_labels",
    "image": "image",
}


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


def _firewall(values: Mapping[str, Any] | None) -> Iterator[Container]:
    """The init container that the chart adds."""
    if values is None or codec.mapping(values.get("cloudMetadata"), "cloudMetadata").get("blockWithIptables") is False:
        return
    resources = codec.mapping(values.get("networkTools"), "networkTools").get("resources")
    requests, limits = codec.read_resources(resources, "networkTools.resources")
    yield Container(FIREWALL, requests, limits, "init", reachable=False)
