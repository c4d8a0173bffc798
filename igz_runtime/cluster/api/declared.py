"""What functions and Jupyter services declare in the cluster, as far as adapters read it: nothing else is kept.

No environment, no code, no command of a build, no configuration of a trigger or a volume: they hold people's secrets.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.api.objects import Raw
from igz_runtime.cluster.running import Declared
from igz_runtime.functions.annotations import ANNOTATION, ANNOTATION_PREFIX, MODE_ANNOTATION, PROTECTION
from igz_runtime.functions.jupyter.app_service import is_jupyter
from igz_runtime.functions.jupyter.notebook import CULLED
from igz_runtime.functions.jupyter.service import IN_POD
from igz_runtime.functions.misspelled import IN_APP_SERVICE
from igz_runtime.functions.names import EXTRA_CONTAINERS, SETTINGS
from igz_runtime.functions.triggers import TRIGGERS, WITHOUT_HTTP

Kept = Any
"""What is kept of a value: True all of it; of a mapping, what is kept under each key, `*` for every other one; of a
list, in a list, what is kept of each of its items; else what a function makes of it."""


def kept(held: Any, allowed: Kept) -> Any:
    """The part of a value that is kept; None where it is not of the form that it should have."""
    if allowed is True:
        return held
    if callable(allowed):
        return allowed(held)
    if isinstance(allowed, list):
        return [kept(each, allowed[0]) for each in held] if isinstance(held, list) else None
    if not isinstance(held, Mapping):
        return None
    found = {
        key: kept(value, allowed.get(key, allowed.get("*"))) for key, value in held.items() if _names(allowed, key)
    }
    return {key: value for key, value in found.items() if value is not None}


def _names(allowed: Mapping[str, Kept], key: str) -> bool:
    return key in allowed or "*" in allowed


def _marks(annotations: Any) -> Any:
    """Our annotations, and those that tell how pods are placed and ended."""
    named = {ANNOTATION, MODE_ANNOTATION, CULLED, *(name for name, _ in PROTECTION.values())}
    held = annotations if isinstance(annotations, Mapping) else {}
    return {key: value for key, value in held.items() if key in named or key.startswith(ANNOTATION_PREFIX)} or None


def _jupyter(service: Any) -> Any:
    """A service of Iguazio's, where it is one of Jupyter."""
    return kept(service, _SERVICE) if isinstance(service, Mapping) and is_jupyter(service) else None


_METADATA: Final = {"name": True, "namespace": True, "labels": True, "annotations": _marks}
_OBJECT: Final = {"apiVersion": True, "kind": True, "metadata": _METADATA}
_CONTAINER: Final = {"name": True, "resources": True}
_MOUNT: Final = {"name": True, "readOnly": True}
_CLAIM: Final = {"name": True, "persistentVolumeClaim": {"claimName": True, "readOnly": True}}

_FUNCTION: Final = {
    **{name: True for setting in SETTINGS.values() for name in setting.nuclio},
    **{name: [_CONTAINER] for name, _ in EXTRA_CONTAINERS},
    "handler": True,
    "runtime": True,
    "image": True,
    "build": {"baseImage": True},
    "volumes": [{"volume": _CLAIM, "volumeMount": _MOUNT}],
    TRIGGERS: {"*": {"kind": True, "disabled": True}},
    WITHOUT_HTTP: True,
}
_SERVICE: Final = {
    "name": True,
    "kind": True,
    **{section: dict.fromkeys(names, True) for section, names in IN_APP_SERVICE.items()},
}
_POD: Final = {
    **dict.fromkeys(IN_POD.values(), True),
    "containers": [{**_CONTAINER, "image": True}],
    "initContainers": [_CONTAINER],
}


class Source(NamedTuple):
    """A custom resource that declares functions or services.

    Attributes:
        what: what its objects are called where they could not be read.
        group: its API group.
        version: the version that is asked for.
        plural: its name in a path.
        kind: the kind of its objects.
        kept: what is kept of one.
    """

    what: str
    group: str
    version: str
    plural: str
    kind: str
    kept: Mapping[str, Kept]

    @property
    def path(self) -> tuple[str, str, str]:
        """Where its objects are listed."""
        return self.group, self.version, self.plural

    def read(self, raw: Raw) -> Declared:
        """One object."""
        document = {**kept(raw, self.kept), "apiVersion": f"{self.group}/{self.version}", "kind": self.kind}
        return Declared(document, str(raw["metadata"].get("namespace") or ""))


SOURCES: Final = (
    Source(
        "Nuclio's functions",
        *("nuclio.io", "v1beta1", "nucliofunctions", "NuclioFunction"),
        {**_OBJECT, "spec": _FUNCTION},
    ),
    Source(
        "Iguazio's application services",
        *("iguazio.com", "v1beta1", "iguaziotenantappservicesets", "IguazioTenantAppServiceSet"),
        {**_OBJECT, "spec": {"spec": {"tenants": [{"spec": {"services": {"*": _jupyter}}}]}}},
    ),
    Source(
        "Kubeflow's notebooks",
        *("kubeflow.org", "v1", "notebooks", "Notebook"),
        {**_OBJECT, "spec": {"template": {"metadata": {"annotations": _marks}, "spec": _POD}}},
    ),
)
"""Every such resource. Who has not installed it has none."""
