"""What a profile makes of a Jupyter service: a mapping that the platform takes, with its proof."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any, Final, NamedTuple

from igz_runtime.cluster.model import Cluster
from igz_runtime.display import Displayed
from igz_runtime.effective import effective_pod
from igz_runtime.errors import InvalidValue, UnsafeCombination
from igz_runtime.functions.durations import require_duration, seconds_of
from igz_runtime.functions.kinds import JUPYTER
from igz_runtime.functions.model import Function
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.messages import shown
from igz_runtime.planning.grounds import Grounds, grounds_for
from igz_runtime.planning.placement import place, place_by_selector
from igz_runtime.planning.sizing import require_sizes, sized
from igz_runtime.planning.subjects import planned_subject
from igz_runtime.profiles.configuration import whole_file
from igz_runtime.profiles.profile import Profile
from igz_runtime.rules.engine import About, judge
from igz_runtime.rules.findings import Findings, each_refusal

NO_CPU_REQUEST: Final = (
    "no CPU is requested: where the site requests none either, Kubernetes makes the request the limit"
)
LEAST_IDLE: Final = 60
"""Seconds below which no platform looks whether a service is used."""
_NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


class Proof(NamedTuple):
    """How it is known that a specification keeps a profile's promise.

    Attributes:
        profile: the profile.
        function: the service, as it is read from the specification.
        cluster: the cluster that it was proved on.
        findings: every rule's verdict; none of them refuses.
        not_promised: what the platform cannot keep of the promise, in sentences.
        idle: seconds that nobody uses it before it ends; None: nothing in the specification ends it.
    """

    profile: Profile
    function: Function
    cluster: Cluster
    findings: Findings
    not_promised: tuple[str, ...] = ()
    idle: int | None = None


class Specification(dict[str, Any], Displayed):
    """A mapping for the platform that runs Jupyter, made by a profile. A plain dictionary to everyone else.

    Args:
        specification: the mapping.
        proof: how it is known that it keeps the promise.
    """

    display_name = "jupyter"

    def __init__(self, specification: Mapping[str, Any], proof: Proof) -> None:
        super().__init__(specification)
        self.proof = proof

    @property
    def findings(self) -> Findings:
        """Every rule's verdict on the service; none of them refuses."""
        return self.proof.findings

    @property
    def not_promised(self) -> tuple[str, ...]:
        """What the platform cannot keep of the promise, in sentences."""
        return self.proof.not_promised

    def __reduce__(self) -> tuple[Any, ...]:
        # A configuration of JupyterHub copies what it is given, and a copy proves nothing.
        return dict, (self.to_dict(),)

    def to_dict(self) -> dict[str, Any]:
        """The same as a plain dictionary, for writers of YAML."""
        return copy.deepcopy(dict(self))


def grounds_of(profile: object, cluster: Cluster | None, config: str | PathLike[str] | None) -> tuple[Profile, Grounds]:
    """The profile, once it is known to be one for Jupyter, and what the service is judged by.

    Raises:
        InvalidValue: not a profile, or one that promises what a Jupyter service cannot have.
        ConfigurationError: the configuration cannot be read.
    """
    if not isinstance(profile, Profile):
        raise InvalidValue(
            f"{shown(profile)} is not a profile; give one, such as profiles.gpu_notebook(cpu=8, memory='64Gi')"
        )
    for fault in _unsuitable(profile):
        raise InvalidValue(f"{profile.name} is not for a Jupyter service: {fault}")
    return profile, grounds_for(None, cluster or profile.cluster, whole_file(config))


def _unsuitable(profile: Profile) -> Iterator[str]:
    if profile.lifecycle != "on-demand":
        yield "its kernels hold what nobody has saved yet, and the profile does not keep it off spot nodes"
    if profile.services_only or profile.replicas:
        yield "it promises replicas, and a Jupyter service is one pod"
    for name in ("running_limit", "waiting_limit"):
        if getattr(profile, name):
            yield f"{name}: MLRun limits runs, and a Jupyter service is none; idle='1h' says when it ends"


def planned(profile: Profile, function: Function, cluster: Cluster, *, by_selector: bool = False) -> PodSettings:
    """What the pod of a service asks for under a profile.

    Args:
        profile: the profile.
        function: the service as it is without the profile.
        cluster: what is known of the cluster.
        by_selector: whether the platform takes a node selector and nothing else of a placement.

    Raises:
        MissingResources: nobody said how much CPU or memory.
        InvalidValue: a node group that the cluster does not have.
    """
    require_sizes(profile, function)
    (role,) = function.roles
    asked = sized(profile, function, role, cluster)
    if by_selector:
        return place_by_selector(function, asked.but(tolerations=None), cluster)[0]
    return place(function.but(roles=(asked,)), asked, cluster, profile.lifecycle)[0]


def proven(profile: Profile, function: Function, grounds: Grounds) -> Proof:
    """The proof of a service as a profile made it, with every rule's verdict.

    Raises:
        UnsafeCombination: rules refuse it; carries every finding.
    """
    function = grounds.on_terms(function)
    (role,) = function.roles
    subject = planned_subject(profile, function, role, effective_pod(function, role, grounds.cluster), grounds.cluster)
    about = About.of(function)
    findings = judge([subject], profile.waive, grounds.terms, grounds.site(function), about=about)
    refusing = findings.refusing
    if refusing:
        count = f"{len(refusing)} finding{'s' if len(refusing) > 1 else ''}"
        lines = "\n".join(each_refusal(findings))
        raise UnsafeCombination(f"{profile.name} refused on {JUPYTER} {function.name!r}: {count}\n{lines}", findings)
    return Proof(profile, function, grounds.cluster, findings)


def require_name(name: object, what: str = "name") -> str:
    """A name that Kubernetes takes for the objects of a service.

    Raises:
        InvalidValue: it does not.
    """
    if isinstance(name, str) and _NAME.fullmatch(name):
        return name
    raise InvalidValue(
        f"{what}: {shown(name)} is not a name that Kubernetes takes: lower case letters, digits and dashes, beginning "
        "with a letter, 63 characters at most"
    )


def require_line(text: object, what: str) -> str:
    """One line of text, as people see it.

    Raises:
        InvalidValue: not text, empty, or with what nobody can see.
    """
    if isinstance(text, str) and text.strip() and text.isprintable():
        return text
    raise InvalidValue(f"{what}: {shown(text)} is not a line of text that can be shown")


def idle_seconds(idle: object) -> int:
    """The seconds that a service may be idle.

    Raises:
        InvalidValue: not one number with one unit, or less than a minute.
    """
    written = require_duration(idle, what="idle", example="'1h' or '90m'")
    seconds = int(seconds_of(written) or 0)
    if seconds < LEAST_IDLE:
        raise InvalidValue(f"idle: {written!r} is less than a minute, and nobody looks more often")
    return seconds


def stated(**given: tuple[object, Callable[[object, str], str]]) -> dict[str, str]:
    """Those of some texts that were given, once each is what it must be."""
    return {name: check(value, name) for name, (value, check) in given.items() if value is not None}
