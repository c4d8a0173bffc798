"""The names that code imports from MLRun, Kubernetes' client and us, and what calling them does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.code.cells.source import Place
from igz_runtime.code.python.endings import Exhausted
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Host, Imported
from igz_runtime.code.python.ways import values as ways_of
from igz_runtime.functions.kinds import by_written_name
from igz_runtime.functions.names import MODES
from igz_runtime.functions.triggers import KINDS_BY_CLASS
from igz_runtime.lint.vocabulary import constructors, profiles
from igz_runtime.lint.vocabulary.classes import CLASSES, FunctionClass, function_class
from igz_runtime.lint.vocabulary.function import HARMLESS, Function, Modifier
from igz_runtime.lint.vocabulary.handed import functions_in
from igz_runtime.lint.vocabulary.held import mapped
from igz_runtime.lint.vocabulary.made import NAME, PLACEMENT, RESOURCES, Made
from igz_runtime.lint.vocabulary.retries import retry
from igz_runtime.lint.vocabulary.runs import new_task, run_function
from igz_runtime.lint.vocabulary.setters import DISTINCT, SETTERS
from igz_runtime.lint.vocabulary.shared import Shared
from igz_runtime.text.limits import MOST_FUNCTIONS

if TYPE_CHECKING:
    from igz_runtime.cluster.model import Cluster
    from igz_runtime.profiles.profile import Profile

_MOST_NOTES: Final = 200
_DISTINCT_FIELDS: Final = frozenset({*PLACEMENT, *RESOURCES}) - {"config", "replicas"}
_HARMLESS_NAMES: Final = frozenset({"print", "display", "pprint", "str", "repr", "len", "id", "bool", "dir"})
_MODIFIERS: Final = frozenset({"auto_mount", "set_env_variables", "v3io_cred"})


class Vocabulary(Host):
    """What code says to MLRun, and to us; and what is read of one file: the functions that it makes, and what is said.

    Args:
        cluster: the cluster that profiles are proved on.
        profiles: the profiles of an organisation's own, by the names that code calls them by.
        notebook: the name of the notebook that is read; empty where it is none.

    Attributes:
        numbered: the functions that were made, in their order, each on the ways on which it is made.
        notes: what could not be followed, by place, and whether lint itself failed there.
        faults: profiles' calls that raise, by place.
        runs: the handlers that functions are run with, by the functions' names, where only those are known.
        too_many: where the first function is made that is beyond the most of one file.
    """

    refusals = frozenset({"UnsafeCombination", "IgzRuntimeError"})
    words = frozenset(
        f".{name}" for name in (*SETTERS, *PLACEMENT, *RESOURCES, "apply", "plan", "run", "as_step", "set_retry")
    )
    """Attributes that code uses on a function."""
    distinct = DISTINCT
    of: Evaluator

    def __init__(self, cluster: Cluster, profiles: Mapping[str, Callable[..., Profile]], notebook: str = "") -> None:
        self.cluster = cluster
        self.notebook = notebook
        self.profiles = profiles
        self.numbered: dict[int, Any] = {}
        self._count = 0
        self.notes: dict[tuple[Place, str, bool], None] = {}
        self.faults: dict[tuple[Place, str, bool], None] = {}
        self.runs: dict[str, dict[str, None]] = {}
        self.shared = Shared()
        self.too_many: Place | None = None

    def new(self, place: Place, kind: str | None) -> Made:
        """A new function of a kind; None where the kind is not known."""
        if len(self.numbered) >= MOST_FUNCTIONS:
            self.too_many = self.too_many or place
            raise Exhausted
        made = Function(self, place, kind)
        self._count += 1
        self.of.state.set(self.numbered, self._count, made)
        return made

    @property
    def made(self) -> list[Made]:
        """The functions that were made, in their order, on whichever way."""
        return [each for held in self.numbered.values() for each in ways_of(held) if isinstance(each, Made)]

    def find(self, number: int) -> Made | None:
        """A function by its number, where it is made on the way that is gone through."""
        made = self.of.state.resolve(self.numbered[number])
        return made if isinstance(made, Made) else None

    def named(self, name: str) -> Made | None:
        """The function of a name that was made last, on the way that is gone through."""
        return next((made for made in map(self.find, reversed(self.numbered)) if made and made.get(NAME) == name), None)

    def note(self, place: Place, text: str, *, defect: bool = False) -> None:
        """Say what could not be followed, or what failed of our own."""
        if defect or len(self.notes) < _MOST_NOTES:
            self.notes[place, text, defect] = None

    def fault(self, place: Place, text: str) -> None:
        """Say that a profile's call raises."""
        if len(self.faults) < _MOST_NOTES:
            self.faults[place, text, False] = None

    def lose(self, values: Iterable[Any], begins: Place, ends: Place) -> None:
        """Know no longer what some functions hold, nor those that were made in a part of the code."""
        for made in (*functions_in(values), *(made for made in self.made if begins <= made.place < ends)):
            made.lose_settings(begins)
            made.touched = True

    @property
    def makers(self) -> frozenset[str]:
        """Names of which code uses one at least where it makes a function, or a profile."""
        return _MAKERS | {name.rpartition(".")[2] for name in self.profiles}

    @property
    def telling(self) -> frozenset[str]:
        """Names of which code uses one at least where it does that, or changes a function from elsewhere."""
        return self.makers | _CHANGES

    @property
    def dynamic(self) -> tuple[frozenset[str], ...]:
        """Names of which code uses one of each where it can do all that without naming it."""
        return _BY_TEXT, _PLATFORM

    def exports(self, module: str) -> Iterable[str]:
        """The names that `from module import *` gives."""
        return _STARRED.get(module, ())

    def member(self, value: Imported, name: str) -> Any:
        """A name of a module, or a member of one of MLRun's enumerations."""
        return _ENUMERATED.get((value.last, name), Imported(f"{value.name}.{name}"))

    def call(self, of: Evaluator, callee: Imported, arguments: Arguments) -> Any:
        """A call of an imported name."""
        function = profiles.factory(self, callee)
        if function is not None:
            return profiles.call_factory(self, function, arguments)
        if callee.package == "igz_runtime":
            return profiles.call_ours(self, callee, arguments)
        if callee.package == "mlrun":
            return self._call_mlrun(of, callee, arguments)
        stated = _stated_by(callee, arguments)
        if stated is not None:
            return stated
        if callee.name in ("copy.deepcopy", "copy.copy") and arguments.positional:
            return _copied(arguments)
        if callee.package == "kfp" and _is_modifier(callee):
            return _modifier(callee.last, arguments)
        if callee.name == "nuclio.ConfigSpec":
            self.note(arguments.place, "nuclio.ConfigSpec(…): what it configures is not checked in code")
        if callee.package not in HARMLESS:
            if callee.last in DISTINCT:
                return constructors.presumed(self, Given(callee, arguments.place)).method(of, callee.last, arguments)
            self.hand_over(arguments)
        return UNKNOWN

    def _call_mlrun(self, of: Evaluator, callee: Imported, arguments: Arguments) -> Any:
        if callee.last in _CALLS:
            return _CALLS[callee.last](self, arguments)
        if callee.last in _PROJECTS:
            return _PROJECT
        if callee.last == "Retry":
            return retry(arguments)
        if _is_modifier(callee):
            return _modifier(callee.last, arguments)
        of_class = function_class(self, callee, arguments)
        if of_class is not None:
            return of_class.call(of, arguments) if callee.last in CLASSES else of_class
        of_class = function_class(self, Imported(callee.name.rpartition(".")[0]))
        return of_class.method(of, callee.last, arguments) if of_class else UNKNOWN

    def call_unknown(self, of: Evaluator, receiver: Given, name: str, arguments: Arguments) -> Any:
        """A method of something that is not known: its name may tell that it is a function, or a project."""
        profile = name == "apply" and any(isinstance(given.value, profiles.Ours) for given in arguments)
        if name in DISTINCT or (receiver.value is UNKNOWN and profile):
            return constructors.presumed(self, receiver).method(of, name, arguments)
        if receiver.value is UNKNOWN and name in _OF_PROJECTS:
            return _OF_PROJECTS[name](self, arguments)
        if receiver.value is UNKNOWN and name in _CONSTRUCTORS:
            return _CONSTRUCTORS[name](self, arguments)
        self.hand_over(arguments)
        return UNKNOWN

    def type_of(self, value: Any) -> Any:
        """The class of a function."""
        return function_class(self, value) or UNKNOWN

    def below(self, base: Any, place: Place) -> None:
        """An object of a class that the file defines below one of MLRun's functions."""
        if isinstance(base, FunctionClass) or function_class(self, base):
            self.note(place, "its class is below one of MLRun's functions, and what its objects do is not followed")

    def changed(self, container: list[Any] | dict[Any, Any], before: Any, place: Place) -> None:
        """Code has changed a list or a mapping, which functions may share."""
        self.shared.changed(container, before, place)

    def presumed(self, owner: Given, field: str) -> Any:
        """A function, where the field is one that only MLRun's functions have."""
        return constructors.presumed(self, owner) if field in _DISTINCT_FIELDS else UNKNOWN

    def hand_over(self, arguments: Arguments) -> None:
        """Know no longer what a function's settings are once code has it that is not followed."""
        if arguments.callee.rpartition(".")[2] in _HARMLESS_NAMES:
            return
        for given in arguments:
            for made in functions_in([given.value]):
                made.lose_settings(given.place)
                made.note(given.place, f"handed to {arguments.callee}(), which is not followed")
        self.of.call_handed(arguments)


def _copied(arguments: Arguments) -> Any:
    value = arguments.positional[0].value
    if isinstance(value, Made):
        return value.copied(arguments.place)
    return value.copy() if isinstance(value, (dict, list)) else value


def _stated_by(callee: Imported, arguments: Arguments) -> Any:
    """What an object of Kubernetes' or nuclio's client states, as far as it counts; None where it is none."""
    if callee.package == "kubernetes" and callee.last.startswith("V1"):
        return mapped(arguments)
    kind = KINDS_BY_CLASS.get(callee.last) if callee.package == "nuclio" else None
    return {"kind": kind} if kind else None


def _is_modifier(callee: Imported) -> bool:
    return callee.last.startswith("mount_") or callee.last in _MODIFIERS


def _modifier(name: str, arguments: Arguments) -> Modifier:
    if name != "mount_pvc":
        return Modifier()
    given = arguments.bound("pvc_name", "volume_name", "volume_mount_path")
    claim, volume = given.value("pvc_name"), given.value("volume_name")
    claim, volume = claim if isinstance(claim, str) else "", volume if isinstance(volume, str) else "pipeline"
    return Modifier(({"name": volume, "persistentVolumeClaim": {"claimName": claim}},))


_NEW: Final = (constructors.new_function, constructors.code_to_function, constructors.import_function)
_CONSTRUCTORS: Final = {each.__name__: each for each in (*_NEW, run_function, new_task)}
_PROJECTS: Final = frozenset({"get_or_create_project", "new_project", "load_project", "get_current_project"})
_OF_PROJECTS: Final = {
    **{each.__name__: each for each in (constructors.set_function, constructors.get_function, run_function)},
    "func": constructors.get_function,
}
_CALLS: Final = {**_CONSTRUCTORS, **_OF_PROJECTS}
_PROJECT: Final = Imported("mlrun.project")
"""Stands for any project: what is called on it, MLRun does."""
_FACTORIES: Final = frozenset({*profiles.FACTORIES, "named", "applied_to"})
_MAKERS: Final = _FACTORIES | {
    *_CONSTRUCTORS,
    *CLASSES,
    "get_runtime_class",
    "ConfigSpec",
    *(f".{name}" for name in _OF_PROJECTS),
}
_CHANGES: Final = frozenset(f".{name}" for name in _DISTINCT_FIELDS | DISTINCT)
_BY_TEXT: Final = frozenset({"getattr", "setattr", "vars", "exec", "eval", "globals", "import_module", "__import__"})
_PLATFORM: Final = frozenset({"mlrun", "exec", "eval"})
_STARRED: Final[dict[str, Iterable[str]]] = {
    "mlrun": _CONSTRUCTORS,
    "igz_runtime.profiles": _FACTORIES,
    "igz_runtime": ("profiles", "Waiver", "Workload", "Cluster", "check"),
    "kubernetes.client": ("V1Toleration", "V1Affinity"),
}
_ENUMERATED: Final[dict[tuple[str, str], str]] = {
    **{("PreemptionModes", mode): mode for mode in MODES},
    **{("RuntimeKinds", kind.replace("-", "")): kind for kind in by_written_name()},
}
