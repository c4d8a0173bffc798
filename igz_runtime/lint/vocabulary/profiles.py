"""Our own profiles in the code: made by their real factories, and planned for real on the function as it is so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, Final

from igz_runtime import profiles
from igz_runtime.code.python.constants import is_small
from igz_runtime.code.python.evaluator import Evaluator
from igz_runtime.code.python.values import UNKNOWN, Arguments, Given, Imported, Value
from igz_runtime.config.file import WITHOUT
from igz_runtime.errors import BrokenFunction, ConfigurationError, IgzRuntimeError, MissingResources
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.vocabulary.constructors import presumed
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.messages import did_you_mean
from igz_runtime.planning.arguments import Size
from igz_runtime.plugins import Plugin, plugins
from igz_runtime.profiles.builtin import BUILT_IN
from igz_runtime.profiles.catalog import factory as factory_of
from igz_runtime.profiles.profile import Profile
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from igz_runtime.lint.vocabulary.mlrun import Vocabulary

FACTORIES: Final = {each.__name__: each for each in BUILT_IN}
_CLASSES: Final = {"Waiver": Waiver, "Workload": Workload, "Size": Size, "Profile": Profile}
_METHODS: Final = ("apply", "apply_unread", "plan", "replace")
_PLAN_EFFORT: Final = 300
_WITHOUT_PROFILES: Final = frozenset({"mlrun", "nuclio", "kfp", "kubernetes"})


@dataclass(frozen=True, eq=False, slots=True)
class Ours(Value):
    """A profile, or a value for one: a waiver, a workload, a size; or a plan for a function, to be applied later.

    `real` is what its real class or factory makes, and None where its arguments are not known. What `raises` when it is
    made is never applied.
    """

    name: str
    real: Any = None
    raises: bool = False
    made: Made | None = None

    def call(self, of: Evaluator, arguments: Arguments) -> Any:
        """Apply it."""
        return self.method(of, "apply", arguments)

    def method(self, of: Evaluator, name: str, arguments: Arguments) -> Any:
        """Apply it, plan it, or refine it. What it is applied to is a function, wherever it comes from."""
        reading: Vocabulary = of.host  # type: ignore[assignment]
        if name == "run_options" and isinstance(self.real, Profile) and self.made is not None:
            return _run_options(self.real, self.made, arguments)
        if name not in _METHODS or not isinstance(self.real, (Profile, type(None))):
            return UNKNOWN
        if name == "replace":
            return call_factory(reading, self.real.replace, arguments, self.name) if self.real else self
        made = self.made or arguments.bound("fn")["fn"].value
        if self.made is None and arguments.positional and made is UNKNOWN:
            made = presumed(reading, arguments.positional[0])
        if not isinstance(made, Made):
            return UNKNOWN
        if name == "plan":
            return replace(self, made=made)
        apply(self, made, Arguments(arguments.place, arguments.callee))
        return made


def _run_options(profile: Profile, made: Made, arguments: Arguments) -> Any:
    """`plan.run_options(…)`, as far as it says whether the run is started again."""
    retries = arguments.bound().value("retries")
    if retries is UNKNOWN:
        return {"retry": UNKNOWN}
    try:
        plan = profile.plan(made.document(), made.reading.cluster, config=WITHOUT)
        return plan.run_options(retries=retries)
    except IgzRuntimeError as error:
        made.reading.fault(arguments.place, str(error))
        return UNKNOWN


class _NotKnown(Exception):
    """An argument whose value is not known."""


class _Raises(_NotKnown):
    """One that raises when it is made."""


def factory(reading: Vocabulary, callee: Imported) -> Any:
    """What an imported name calls: a profile's factory, a class of ours; None where it is something else."""
    name, ours = callee.last, callee.package == "igz_runtime"
    if callee.name in reading.profiles or (not ours and name in reading.profiles):
        return reading.profiles.get(callee.name) or reading.profiles[name]
    if not ours:
        return _of_distributions().get((callee.package, name)) if callee.package not in _WITHOUT_PROFILES else None
    return _CLASSES.get(name) or (FACTORIES[name] if is_factory(callee) else None)


def is_factory(callee: Imported) -> bool:
    """Whether an imported name is a factory of ours."""
    return callee.last in FACTORIES and callee.name == f"igz_runtime.profiles.{callee.last}"


@cache
def _of_distributions() -> Mapping[tuple[str, str], Any]:
    """The factories of other distributions, by their outermost package and their name: packages re-export them."""
    try:
        found = [each for each in plugins("igz_runtime.profiles") if callable(each.value)]
        names = [each.answer(partial(_name, each.value)) for each in found]
    except ConfigurationError:
        return {}  # said where a profile is asked for by its name
    return {name: _bounded(each, name[1]) for each, name in zip(found, names, strict=True)}


def _name(factory: Any) -> tuple[str, str]:
    return str(factory.__module__).partition(".")[0], str(getattr(factory, "__name__", ""))


def _bounded(plugin: Plugin, name: str) -> Callable[..., Any]:
    """A factory that is called as others are, and whose faults name its distribution."""

    def make(*arguments: Any, **named: Any) -> Any:
        return plugin.answer(partial(plugin.value, *arguments, **named))

    make.__name__ = name
    return make


def call_ours(reading: Vocabulary, callee: Imported, arguments: Arguments) -> Any:
    """A call of ours that makes no profile by its factory; a profile that does not exist is a fault."""
    if callee.name == "igz_runtime.profiles.named":
        return _named(reading, arguments)
    if callee.name == "igz_runtime.profiles.applied_to":
        return _applied_to(arguments)
    if callee.name == "igz_runtime.profiles.remove":
        return _remove(arguments)
    if callee.name != f"igz_runtime.profiles.{callee.last}" or hasattr(profiles, callee.last):
        return UNKNOWN
    near = did_you_mean(callee.last, FACTORIES)
    reading.fault(arguments.place, f"igz_runtime.profiles has no profile {callee.last!r}{near}")
    return Ours(callee.last, raises=True)


def _named(reading: Vocabulary, arguments: Arguments) -> Any:
    """`profiles.named(…)`: the profile of that name, with arguments."""
    by_name = dict(arguments.named)
    by_name.pop("config", None)  # lint goes by its own
    first, *others = arguments.positional or (by_name.pop("name", Given(UNKNOWN, arguments.place)),)
    name = first.value
    if not isinstance(name, str):
        return Ours("named")
    try:
        function = factory_of(name, reading.profiles)
    except IgzRuntimeError as error:
        reading.fault(arguments.place, str(error))
        return Ours(name, raises=True)
    return call_factory(reading, function, replace(arguments, positional=tuple(others), named=by_name), name)


def _applied_to(arguments: Arguments) -> Any:
    """`profiles.applied_to(fn)`: None for a function without a profile; of one that is not known, not known."""
    made = arguments.bound("fn")["fn"].value
    if not isinstance(made, Made) or made.get(("metadata", "annotations")) is UNKNOWN:
        return UNKNOWN
    try:
        profile = profiles.applied_to(made.document())
        return profile and Ours("applied", profile)
    except IgzRuntimeError:
        return UNKNOWN


def _remove(arguments: Arguments) -> Any:
    """`profiles.remove(fn)`: the function without the profile that was applied, done for real."""
    made = arguments.bound("fn")["fn"].value
    if not isinstance(made, Made):
        return UNKNOWN
    if made.get(("metadata", "annotations")) is UNKNOWN:
        made.note(arguments.place, "profiles.remove(): what was applied before is not known, nor what stays")
        made.lose_settings(arguments.place)
        return made
    with suppress(BrokenFunction):  # a record, or a field, that is wrong is found when the function itself is read
        made.written_anew(profiles.remove(made.document()), arguments.place)
    return made


def apply_factory(name: str, made: Made, arguments: Arguments) -> None:
    """`fn.apply(profiles.production_job)`: a factory in place of what it makes, which raises."""
    make: Any = FACTORIES[name]
    try:
        make(made.document())
    except IgzRuntimeError as error:
        made.reading.fault(arguments.place, str(error))


def call_factory(reading: Vocabulary, function: Any, arguments: Arguments, name: str = "") -> Any:
    """A profile, or a value for one, made by what really makes it."""
    name = name or getattr(function, "__name__", "") or getattr(function, "name", "profile")
    unknown = UNKNOWN if name in _CLASSES and name != "Profile" else Ours(name)
    if arguments.more or not is_small([given.value for given in arguments]):
        return unknown
    try:
        positional = [_real(given.value) for given in arguments.positional]
        # Lint judges on a cluster of its own, and goes by a configuration of its own.
        given = {key: each for key, each in arguments.named.items() if key not in ("cluster", "config")}
        by_name = {key: _real(each.value) for key, each in given.items()}
    except _Raises:
        return Ours(name, raises=True)
    except _NotKnown:
        return unknown
    reading.of.state.spend(_PLAN_EFFORT)
    try:
        return Ours(name, function(*positional, **by_name))
    except (IgzRuntimeError, TypeError) as error:
        reading.fault(arguments.place, _said(name, error))
    except Exception:  # noqa: BLE001  (an organisation's own factory may raise anything)
        reading.fault(arguments.place, f"{name}: raises when it is called with these arguments")
    return Ours(name, raises=True)


def apply(profile: Ours, made: Made, arguments: Arguments) -> None:
    """Do to a function what applying a profile does: all of it, or nothing where rules refuse."""
    if profile.raises:
        return
    reading, said = made.reading, f"{profile.name}(…)"
    made.touched = True
    reading.of.state.spend(_PLAN_EFFORT)
    place = next((given.place for given in arguments), arguments.place)
    if profile.real is None:
        made.note(place, f"{said}: its arguments are not known without running the code, nor is what it sets")
        made.lose_settings(place)
        return
    made.presume("remote" if profile.real.services_only else made.kind)
    document = made.document()
    try:
        plan = profile.real.plan(document, reading.cluster, config=WITHOUT)
        if not plan.refused:
            plan.apply()
            made.written_anew(document, place)
        elif reading.of.expected:
            made.note(arguments.place, f"{said} is refused here, as the code expects")
        else:
            made.refused[arguments.place, tuple(map(str, plan.findings))] = plan.findings
    except BrokenFunction:
        return  # a field of the wrong type is found when the function itself is read
    except IgzRuntimeError as error:
        if isinstance(error, MissingResources) and any("resources" in str(path) for path in made.unknown()):
            made.note(arguments.place, f"{said}: takes its sizes from the function, where they are not known")
            made.lose_settings(arguments.place)
        else:
            reading.fault(arguments.place, _said(profile.name, error))


def _said(name: str, error: Exception) -> str:
    said = str(error)
    return said if said.startswith(name) else f"{name}: {said}"


def _real(value: Any) -> Any:
    """A value as the real factory takes it."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(map(_real, value))
    if isinstance(value, dict):
        return {_real(key): _real(each) for key, each in value.items()}
    if isinstance(value, Ours) and value.real is not None:
        return value.real
    raise _Raises if isinstance(value, Ours) and value.raises else _NotKnown
