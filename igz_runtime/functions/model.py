"""A function as rules and profiles see it: values only, read off MLRun and Nuclio objects by `functions/`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.functions.code import NO_CODE, Code
from igz_runtime.functions.idle import Idle
from igz_runtime.functions.kinds import traits
from igz_runtime.functions.triggers import Trigger
from igz_runtime.k8s.pod import PodSettings


class Evidence(NamedTuple):
    """What a function says about the work that it does.

    Attributes:
        handler: the handler's name, such as `train`.
        labels: the function's labels.
        categories: hub categories, such as `model-training`.
        image: the container image.
        volumes: names of read-write persistent volumes that the pod mounts.
        requirements: packages that the image is built with, and commands that build it.
        runs: handlers that code which was read runs it with.
        code: where its code stands.
        reasons: the reasons of waivers that do not stand on it: in a comment, in the configuration.
        undeclarable: what it cannot declare of its work, because the platform does not let it.
        command: what it runs, with its arguments.
        base_image: the image that its own is built from.
    """

    handler: str = ""
    labels: Mapping[str, str] = MappingProxyType({})
    categories: tuple[str, ...] = ()
    image: str = ""
    volumes: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
    code: Code = NO_CODE
    reasons: tuple[str, ...] = ()
    undeclarable: tuple[str, ...] = ()
    command: str = ""
    base_image: str = ""


NO_EVIDENCE = Evidence()

UNNAMED: Final = "(unnamed)"
"""The name of a function that has none."""

CHILD: Final = "child "
"""What stands before the name of a child function in the name of its role."""


class Function(NamedTuple):
    """One function: its identity and what each of its roles asks of Kubernetes.

    Attributes:
        name: the function's name; `(unnamed)` where it has none.
        kind: MLRun's kind (`job`, `spark`, `serving`, …) or `nuclio` for a function of Nuclio's own.
        roles: one entry for each kind of pod that the function runs.
        record: the text of the profile annotation, where a profile has been applied.
        profile: the name of that profile, as the label has it.
        unreachable: parts of the function that could not be read, each with the reason.
        waivers: by rule id, the text of each waiver that stands in its annotations.
        workload: what its label declares of the work: `stateful` or `stateless`; None where it has none.
        helpers: pods that MLRun makes beside its own: `build` of its image, `monitoring` of its models.
        tag: its tag, by which MLRun tells versions apart; empty for the latest.
        triggers: what calls a Nuclio function, as Nuclio has it once it is deployed; empty of every other function.
        idle: what becomes of a Jupyter service that nobody uses; None of every other function.
    """

    name: str
    kind: str
    roles: tuple[PodSettings, ...]
    project: str = ""
    evidence: Evidence = NO_EVIDENCE
    record: str | None = None
    profile: str | None = None
    unreachable: tuple[str, ...] = ()
    waivers: Mapping[str, str] = MappingProxyType({})
    workload: str | None = None
    tag: str = ""
    helpers: tuple[str, ...] = ()
    triggers: tuple[Trigger, ...] = ()
    idle: Idle | None = None

    def but(self, **changes: Any) -> Function:
        """The same function with some fields changed."""
        return self._replace(**changes)

    def seen_from(self, folder: str) -> Function:
        """The same function with its code looked for in the folder of the file that holds it."""
        code = self.evidence.code
        return self if code is NO_CODE else self.but(evidence=self.evidence._replace(code=code._replace(folder=folder)))

    def with_inherited(self, role: PodSettings) -> PodSettings:
        """A role's settings with what it takes from the function where it states nothing itself.

        MLRun's server gives Spark's driver and executor the generic node selector where they have none.
        """
        source = traits(self.kind).inherits
        if not source or role.role == source or role.node_selector:
            return role
        generic = next((each.node_selector for each in self.roles if each.role == source), None)
        return role.but(node_selector=generic) if generic else role

    def goes_to_gpus(self, role: PodSettings) -> bool:
        """Whether a role belongs on nodes with GPUs: it asks for them, or shares its placement with one that does."""
        return bool(role.gpu_types) or (traits(self.kind).one_placement and any(r.gpu_types for r in self.roles))

    def role(self, name: str) -> PodSettings:
        """The settings of the role of that name."""
        return next(r for r in self.roles if r.role == name)


def normal_name(name: str) -> str:
    """A function's name as MLRun writes it."""
    return re.sub(r"\s+", "-", name).replace("_", "-").lower()


def matches(pattern: str, name: str) -> bool:
    """Whether a function of that name is meant by a pattern (`*`, `?`), or by its very name."""
    return fnmatchcase(normal_name(name), normal_name(pattern))
