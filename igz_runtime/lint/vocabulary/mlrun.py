"""The names that code imports from MLRun, Kubernetes' client and us, and what calling them does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, Value
from igz_runtime.functions.kinds import by_written_name
from igz_runtime.functions.names import MODES
from igz_runtime.lint.vocabulary import profiles
from igz_runtime.lint.vocabulary.constructors import CONSTRUCTORS, OF_PROJECTS, PROJECTS, presumed
from igz_runtime.lint.vocabulary.fields import Field
from igz_runtime.lint.vocabulary.function import HARMLESS, Function, Modifier
from igz_runtime.lint.vocabulary.literals import mapped
from igz_runtime.lint.vocabulary.made import PLACEMENT, RESOURCES, Made
from igz_runtime.lint.vocabulary.reading import Reading
from igz_runtime.lint.vocabulary.setters import DISTINCT, SETTERS

_DISTINCT_FIELDS: Final = frozenset({*PLACEMENT, *RESOURCES}) - {"config", "replicas"}
_HARMLESS_NAMES: Final = frozenset({"print", "display", "pprint"})
_MODIFIERS: Final = frozenset({"auto_mount", "set_env_variables", "v3io_cred"})


@dataclass(frozen=True, eq=False, slots=True)
class Project(Value):
    """A project of MLRun's."""

    reading: Reading

    def method(self, _of: Evaluator, name: str, arguments: Arguments) -> Any:
        """What sets or gets one of its functions."""
        return OF_PROJECTS[name](self.reading, arguments) if name in OF_PROJECTS else UNKNOWN


class Vocabulary(Reading):
    """What code says to MLRun, and to us."""

    refusals = frozenset({"UnsafeCombination", "IgzRuntimeError"})
    words = frozenset(
        f".{name}" for name in (*SETTERS, *PLACEMENT, *RESOURCES, "apply", "plan", "run", "as_step", "set_retry")
    )
    """Attributes that code uses on a function."""

    @property
    def makers(self) -> frozenset[str]:
        """Names of which code uses one at least where it makes a function, or a profile."""
        return _MAKERS | {name.rpartition(".")[2] for name in self.profiles}

    @property
    def telling(self) -> frozenset[str]:
        """Names of which code uses one at least where it does that, or changes a function from elsewhere."""
        return self.makers | _CHANGES

    def new(self, place: Place, kind: str | None) -> Made:
        """A new function of a kind; None where the kind is not known."""
        return self.keep(Function(self, place, kind))

    def exports(self, module: str) -> Iterable[str]:
        """The names that `from module import *` gives."""
        return _STARRED.get(module, ())

    def member(self, value: Imported, name: str) -> Any:
        """A name of a module, or a member of one of MLRun's enumerations."""
        return _ENUMERATED.get((value.last, name), Imported(f"{value.name}.{name}"))

    def call(self, _of: Evaluator, callee: Imported, arguments: Arguments) -> Any:
        """A call of an imported name."""
        function = profiles.factory(self, callee)
        if function is not None:
            return profiles.call_factory(self, function, arguments)
        if callee.package == "mlrun" and callee.last in CONSTRUCTORS:
            return CONSTRUCTORS[callee.last](self, arguments)
        if callee.package == "mlrun" and callee.last in PROJECTS:
            return Project(self)
        if callee.package == "igz_runtime":
            return profiles.ours(self, callee, arguments)
        if callee.package == "kubernetes" and callee.last.startswith("V1"):
            return mapped(arguments)
        if callee.name in ("copy.deepcopy", "copy.copy") and arguments.positional:
            return _copied(arguments)
        if callee.package in ("mlrun", "kfp") and (callee.last.startswith("mount_") or callee.last in _MODIFIERS):
            return _modifier(callee.last, arguments)
        if callee.package not in HARMLESS:
            self.hand_over(arguments)
        return UNKNOWN

    def call_unknown(self, of: Evaluator, receiver: Given, name: str, arguments: Arguments) -> Any:
        """A method of something that is not known: its name may tell that it is a function, or a project."""
        profile = name == "apply" and any(isinstance(given.value, profiles.SomeProfile) for given in arguments)
        if receiver.value is UNKNOWN and (name in DISTINCT or profile):
            return presumed(self, receiver).method(of, name, arguments)
        if receiver.value is UNKNOWN and name in OF_PROJECTS:
            return OF_PROJECTS[name](self, arguments)
        self.hand_over(arguments)
        return UNKNOWN

    def presumed(self, _of: Evaluator, owner: Given, path: tuple[str, ...]) -> Any:
        """A function, where the field of its `spec` is one that only MLRun's functions have."""
        return presumed(self, owner) if path and path[0] in _DISTINCT_FIELDS else UNKNOWN

    def hand_over(self, arguments: Arguments) -> None:
        """Know no longer what a function's settings are once code has it that is not followed."""
        if arguments.callee.rpartition(".")[2] in _HARMLESS_NAMES:
            return
        for given in arguments:
            held = given.value if isinstance(given.value, (list, tuple)) else [given.value]
            for each in held:
                made = each.made if isinstance(each, (Field, profiles.Planned)) else each
                if isinstance(made, Made):
                    made.lose_settings(given.place)
                    made.note(given.place, f"handed to {arguments.callee}(), which is not followed")


def _copied(arguments: Arguments) -> Any:
    value = arguments.positional[0].value
    if isinstance(value, Made):
        return value.copied(arguments.place)
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


def _modifier(name: str, arguments: Arguments) -> Modifier:
    if name != "mount_pvc":
        return Modifier()
    given = arguments.bound("pvc_name", "volume_name", "volume_mount_path")
    claim, volume = given.value("pvc_name"), given.value("volume_name")
    claim, volume = claim if isinstance(claim, str) else "", volume if isinstance(volume, str) else "pipeline"
    return Modifier(({"name": volume, "persistentVolumeClaim": {"claimName": claim}},))


_FACTORIES: Final = frozenset({*profiles.FACTORIES, "named", "applied_to"})
_MAKERS: Final = _FACTORIES | {*CONSTRUCTORS, *(f".{name}" for name in OF_PROJECTS)}
_CHANGES: Final = frozenset(f".{name}" for name in _DISTINCT_FIELDS | DISTINCT)
_STARRED: Final[dict[str, Iterable[str]]] = {
    "mlrun": CONSTRUCTORS,
    "igz_runtime.profiles": _FACTORIES,
    "igz_runtime": ("profiles", "Waiver", "Workload", "Cluster", "check"),
    "kubernetes.client": ("V1Toleration", "V1Affinity"),
}
_ENUMERATED: Final[dict[tuple[str, str], str]] = {
    **{("PreemptionModes", mode): mode for mode in MODES},
    **{("RuntimeKinds", kind.replace("-", "")): kind for kind in by_written_name()},
}
