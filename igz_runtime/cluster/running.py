"""What runs on a cluster now, as values: pods that are alike, what the pods of a node request, and what is declared.

No value of an environment variable, and no configuration that holds one, ever becomes part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from igz_runtime.k8s.pod import Container, PodSettings, QoS

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_POD: Final = PodSettings()


class Identity(NamedTuple):
    """Whose pod it is.

    Attributes:
        kind: the kind of its function, as `functions/kinds` calls it; `build` of the pod that builds an image; empty
            of a pod that is no user work.
        project: the project; empty where the pod does not say.
        function: the function or the service.
        role: its role, such as `executor`.
        profile: the profile whose label it carries.
        workload: `stateful` or `stateless`, where its label declares it.
        core: whether it belongs to the platform's core services.
    """

    kind: str = ""
    project: str = ""
    function: str = ""
    role: str = "main"
    profile: str = ""
    workload: str = ""
    core: bool = False

    @property
    def is_user_work(self) -> bool:
        """Whether somebody's function or service runs in it."""
        return bool(self.kind)


class Work(NamedTuple):
    """Pods of user work that are alike: of one function and role, which ask for the same.

    Attributes:
        identity: whose pods they are.
        namespace: their namespace.
        qos: their QoS class, as the API server says.
        pod: what each of them asks for, as the scheduler sees it.
        labels: those of its labels that rules look at as evidence.
        waivers: by rule id, the text of each waiver in its annotations.
        nodes: how many of them each node runs.
        pending: how many of them no node runs.
        since: when the oldest pending one was made (`2026-11-28T07:15:00Z`); empty where none is pending.
        said: what the scheduler said of a pending one.
        names: names of a few of them.
        oldest: when the oldest running one was made; empty where none runs.
    """

    identity: Identity
    namespace: str = ""
    qos: QoS = "BestEffort"
    pod: PodSettings = _POD
    labels: Mapping[str, str] = _NOTHING
    waivers: Mapping[str, str] = _NOTHING
    nodes: Mapping[str, int] = _NOTHING
    pending: int = 0
    since: str = ""
    said: str = ""
    names: tuple[str, ...] = ()
    oldest: str = ""

    @property
    def running(self) -> int:
        """How many of them run."""
        return sum(self.nodes.values())

    @property
    def containers(self) -> tuple[Container, ...]:
        """The containers of each of them."""
        return self.pod.containers


class Load(NamedTuple):
    """What the pods of one node ask for, whoever's they are.

    Attributes:
        memory: bytes requested, by QoS class.
        priorities: how many pods there are, by priority class; of those that name none under the empty name.
        gpus: how many accelerators are requested.
        user: how many of the pods are user work.
    """

    memory: Mapping[str, int] = _NOTHING
    priorities: Mapping[str, int] = _NOTHING
    gpus: int = 0
    user: int = 0


class Declared(NamedTuple):
    """A function or Jupyter services as an object of the cluster declares them, without what nobody judges.

    Attributes:
        document: the object, as far as it is judged: never its environment.
        namespace: its namespace.
    """

    document: Mapping[str, Any]
    namespace: str = ""


class Running(NamedTuple):
    """What runs on a cluster.

    Attributes:
        work: user work.
        loads: by node, what its pods ask for.
        declared: Nuclio's functions, Iguazio's application services, and Kubeflow's notebooks.
        core: by node, how many pods of the platform's core services run there.
    """

    work: tuple[Work, ...] = ()
    loads: Mapping[str, Load] = _NOTHING
    declared: tuple[Declared, ...] = ()
    core: Mapping[str, int] = _NOTHING
