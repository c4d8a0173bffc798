"""Fields that nothing reads, because their names are almost right: `nodeSelector` in an MLRun spec, `resources.limit`.

A name that is merely unknown is nobody's business here: it may be of a newer version, or a note of a person.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from igz_runtime.cached import by_short_text
from igz_runtime.functions.fields import spelled
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.names import EXTRA_CONTAINERS, RELEASED_THRESHOLDS, SETTINGS
from igz_runtime.functions.recognition import NUCLIO, kind_of, placed_by_mlrun
from igz_runtime.text.place import Path

Found = Iterator[tuple[Path, str]]
Names = tuple[str, ...]


def unknown_fields(document: Mapping[str, Any]) -> Found:
    """The fields of a function that neither MLRun, Nuclio nor Kubernetes knows, though they know one nearly so called.

    Args:
        document: a function document of MLRun or Nuclio.

    Yields:
        The place of each such field, and what is wrong with it.

    >>> for path, message in unknown_fields({"kind": "job", "spec": {"nodeSelector": {"pool": "jobs"}}}):
    ...     print(path, message)
    ('spec', 'nodeSelector') 'nodeSelector' is not a field of kind 'job'; did you mean 'node_selector'?
    """
    kind, spec = kind_of(document), _mapping(document.get("spec"))
    metadata = "meta" if document.get("metadata") is None else "metadata"
    if kind == NUCLIO:
        yield from _near(document.get(metadata), (metadata,), _METADATA, "a function's metadata", any_case=True)
        yield from _nuclio_spec(spec, ("spec",))
    elif placed_by_mlrun(kind):
        yield from _near(document.get(metadata), (metadata,), _METADATA, "a function's metadata")
        yield from _mlrun_spec(kind, spec)


def unknown_in_app_service(spec: Mapping[str, Any]) -> Found:
    """The same of the specification of a Jupyter service of Iguazio's, of which igz-mgmt takes every field.

    >>> [message for _, message in unknown_in_app_service({"kind": "jupyter", "scaletozero": {}})]
    ["'scaletozero' is not a field of an application service; did you mean 'scale_to_zero'?"]
    """
    yield from _near(spec, (), _APP_SERVICE, "an application service")
    for section, known in IN_APP_SERVICE.items():
        yield from _near(spec.get(section), (section,), known, section)
    scale, listed = "scale_to_zero", "scale_resources"
    for index, resource in enumerate(_listed(_mapping(spec.get(scale)).get(listed))):
        yield from _near(resource, (scale, listed, index), _SCALE_RESOURCE, "a scale resource")


IN_APP_SERVICE: Final[Mapping[str, Names]] = {
    "resources": ("limits", "requests"),
    "scale_to_zero": ("mode", "scale_resources"),
    "advanced": ("node_selector", "priority_class_name"),
    "jupyter": ("image_name",),
}
_APP_SERVICE: Final = (*IN_APP_SERVICE, "desired_state", "display_name")
_SCALE_RESOURCE: Final = ("metric_name", "threshold", "window_size")
"""The fields of igz-mgmt's AppServiceSpec that rules go by. Source: igz_mgmt 0.4.2."""


def _mlrun_spec(kind: str, spec: Mapping[Any, Any]) -> Found:
    top: Path = ("spec",)
    yield from _near(spec, top, traits(kind).fields, f"kind {kind!r}")
    (thresholds,) = SETTINGS["waiting_limit"].mlrun
    yield from _near(spec.get(thresholds), (*top, thresholds), _THRESHOLDS, thresholds)
    for fields in traits(kind).roles:
        tolerations, affinity = fields.fields["tolerations"], fields.fields["affinity"]
        if fields.resources:
            yield from _resources(spec.get(fields.resources), (*top, fields.resources))
        yield from _tolerations(spec.get(tolerations), (*top, tolerations))
        yield from _affinity(spec.get(affinity), (*top, affinity))
    if traits(kind).passes_on:
        yield from _passed_on(spec)


def _passed_on(spec: Mapping[Any, Any]) -> Found:
    """What a Nuclio kind of MLRun passes on to Nuclio."""
    config = _mapping(spec.get("config"))
    for key, value in config.items():
        section, _, name = str(key).partition(".")
        first, dot, _ = name.partition(".")
        if section != "spec" or not first:
            continue
        near = _nearest(first, _NUCLIO, any_case=True)
        if near:
            yield ("spec", "config", key), f"{str(key)!r} names no field of Nuclio; did you mean 'spec.{near}'?"
        elif not dot:
            yield from _in_nuclio(first, value, ("spec", "config", key))
    base = _mapping(_mapping(spec.get("base_spec")).get("spec"))
    yield from _nuclio_spec(base, ("spec", "base_spec", "spec"))


def _nuclio_spec(spec: Mapping[Any, Any], at: Path) -> Found:
    yield from _near(spec, at, _NUCLIO, "a Nuclio function", any_case=True)
    for name in ("resources", "tolerations", "affinity", *_LISTED):
        key = spelled(spec, name)
        yield from _in_nuclio(name, spec.get(key), (*at, key))


def _in_nuclio(name: str, value: Any, at: Path) -> Found:
    if name == "resources":
        yield from _resources(value, at)
    elif name == "tolerations":
        yield from _tolerations(value, at)
    elif name == "affinity":
        yield from _affinity(value, at)
    elif name in _LISTED:
        for index, container in enumerate(_listed(value)):
            yield from _near(container, (*at, index), ("resources",), "a container", any_case=True)
            yield from _resources(_mapping(container).get("resources"), (*at, index, "resources"))


def _resources(value: Any, at: Path) -> Found:
    yield from _near(value, at, ("limits", "requests"), "resources")
    for section in ("limits", "requests"):
        amounts = _mapping(_mapping(value).get(section))
        for key in amounts:
            meant = _AMOUNTS.get(str(key).lower()) if key not in _AMOUNTS.values() else None
            if meant:
                yield (*at, section, key), f"{key!r} is not a resource of Kubernetes; did you mean {meant!r}?"


def _tolerations(value: Any, at: Path) -> Found:
    for index, toleration in enumerate(_listed(value)):
        yield from _near(toleration, (*at, index), _TOLERATION, "a toleration")


def _affinity(value: Any, at: Path) -> Found:
    yield from _near(value, at, _AFFINITY, "an affinity")
    for key in _AFFINITY:
        yield from _near(_mapping(value).get(key), (*at, key), _RULES, key)
    node = (*at, _AFFINITY[0], _RULES[0])
    required = _mapping(_mapping(value).get(_AFFINITY[0])).get(_RULES[0])
    yield from _near(required, node, ("nodeSelectorTerms",), "a required node affinity")
    for index, term in enumerate(_listed(_mapping(required).get("nodeSelectorTerms"))):
        at_term = (*node, "nodeSelectorTerms", index)
        yield from _near(term, at_term, ("matchExpressions", "matchFields"), "a term")


def _near(holder: Any, at: Path, known: Names, of: str, *, any_case: bool = False) -> Found:
    for key in _mapping(holder):
        near = _nearest(key, known, any_case=any_case) if isinstance(key, str) and key not in known else ""
        if near:
            yield (*at, key), f"{key!r} is not a field of {of}; did you mean {near!r}?"


@by_short_text(4096)
def _nearest(key: str, known: Names, *, any_case: bool = False) -> str:
    """The known name that is meant by one that is not known; empty where none is near."""
    plain = _plain(key)
    if len(key) > _LONGEST or key in known or (any_case and any(key.lower() == name.lower() for name in known)):
        return ""
    for name in known:
        target = _plain(name)
        shortened = len(plain) >= _SHORTEST and target.startswith(plain)
        if plain.removesuffix("s") == target.removesuffix("s") or shortened:
            return name
    if not any(_may_be_alike(plain, _plain(name)) for name in known):
        return ""
    from difflib import SequenceMatcher

    ratios = {name: SequenceMatcher(None, plain, _plain(name)).ratio() for name in known}
    best = max(known, key=ratios.__getitem__)
    return best if ratios[best] >= _ALIKE else ""


def _may_be_alike(one: str, other: str) -> bool:
    """Whether two names share letters enough, in whatever order: the ratio is never above that."""
    return 2 * (Counter(one) & Counter(other)).total() >= _ALIKE * (len(one) + len(other))


_LONGEST: Final = 64
_SHORTEST: Final = 10
_ALIKE: Final = 0.9


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


_METADATA: Final = ("labels", "annotations")
_THRESHOLDS: Final = tuple(RELEASED_THRESHOLDS)
_LISTED: Final = tuple(name for name, _ in EXTRA_CONTAINERS)
_NUCLIO: Final = (*(name for setting in SETTINGS.values() for name in setting.nuclio), *_LISTED)
_TOLERATION: Final = ("key", "operator", "value", "effect", "tolerationSeconds")
_AFFINITY: Final = ("nodeAffinity", "podAffinity", "podAntiAffinity")
_RULES: Final = (
    "requiredDuringSchedulingIgnoredDuringExecution",
    "preferredDuringSchedulingIgnoredDuringExecution",
)
_AMOUNTS: Final = {
    **dict.fromkeys(("cpu", "cpus"), "cpu"),
    **dict.fromkeys(("memory", "mem", "ram"), "memory"),
    **dict.fromkeys(("gpu", "gpus"), "nvidia.com/gpu"),
}


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
