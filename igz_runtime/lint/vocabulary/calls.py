"""Calls: what is called, and what that does to the functions that the code makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from igz_runtime.lint.code import constants
from igz_runtime.lint.code.values import (
    UNKNOWN,
    Arguments,
    Given,
    Imported,
    Instance,
    LocalClass,
    LocalFunction,
    Modifier,
    Planned,
    Project,
    Ref,
    SomeCluster,
    Step,
    Task,
    UnknownProfile,
)
from igz_runtime.lint.code.world import World
from igz_runtime.lint.vocabulary import fields, profiles
from igz_runtime.lint.vocabulary.constructors import CONSTRUCTORS, OF_PROJECTS, PROJECTS, as_job, imported
from igz_runtime.lint.vocabulary.kubernetes_objects import mapped
from igz_runtime.lint.vocabulary.made import Made
from igz_runtime.lint.vocabulary.runs import run, started_again
from igz_runtime.lint.vocabulary.setters import SETTERS, call_setter
from igz_runtime.profiles.profile import Profile

Enter = Callable[[LocalFunction, Arguments], Any]
"""Goes through the body of a function that the file defines."""

_EFFORT: Final = 10
_HARMLESS: Final = frozenset(
    {
        *("mlrun", "igz_runtime", "kfp", "nuclio", "pytest", "logging", "json", "pprint", "rich", "typing", "builtins"),
        *("IPython", "warnings", "sys", "os", "time", "yaml", "unittest"),
    }
)
"""Packages that change no function which they are handed."""
_HARMLESS_NAMES: Final = frozenset({"print", "display", "pprint"})
_RUNS: Final = frozenset({"run", "as_step"})
_DEPLOYMENTS: Final = frozenset({"deploy_step", "deploy"})


def call_method(world: World, receiver: Any, name: str, arguments: Arguments, enter: Enter) -> Any:
    """A call of a method."""
    if isinstance(receiver, Made):
        return _on_function(world, receiver, name, arguments, enter)
    if isinstance(receiver, Ref):
        return fields.call_on(world, receiver, name, arguments)
    if isinstance(receiver, (Profile, UnknownProfile)):
        return _on_profile(world, receiver, name, arguments)
    if isinstance(receiver, (Planned, Step)):
        return _on_result(world, receiver, name, arguments)
    if isinstance(receiver, Task):
        return receiver if name.startswith(("with_", "set_")) else UNKNOWN
    if isinstance(receiver, Imported):
        return call_imported(world, Imported(f"{receiver.name}.{name}"), arguments)
    if isinstance(receiver, (str, list, dict)):
        world.reading.spend(_EFFORT)
        return constants.method(receiver, name, arguments.positional, arguments.named)
    if name in OF_PROJECTS and (isinstance(receiver, Project) or receiver is UNKNOWN):
        return OF_PROJECTS[name](world, arguments)
    if not isinstance(receiver, (SomeCluster, Project)):
        hand_over(world, arguments)
    return UNKNOWN


def call(world: World, callee: Any, arguments: Arguments, enter: Enter) -> Any:
    """A call of anything but a method."""
    if isinstance(callee, LocalFunction):
        return enter(callee, arguments)
    if isinstance(callee, LocalClass):
        return instance_of(callee, arguments, enter)
    if isinstance(callee, Imported):
        return call_imported(world, callee, arguments)
    if isinstance(callee, (Profile, UnknownProfile)):
        return _on_profile(world, callee, "apply", arguments)
    hand_over(world, arguments)
    return UNKNOWN


def call_imported(world: World, callee: Imported, arguments: Arguments) -> Any:
    """A call of an imported name."""
    function = profiles.factory(world, callee)
    if function is not None:
        return profiles.call_factory(world, function, arguments)
    if callee.package == "mlrun" and callee.last in CONSTRUCTORS:
        return CONSTRUCTORS[callee.last](world, arguments)
    if callee.package == "mlrun" and callee.last in PROJECTS:
        return Project()
    if callee.package == "igz_runtime":
        return _of_ours(world, callee, arguments)
    if callee.package == "kubernetes" and callee.last.startswith("V1"):
        return mapped(arguments)
    if callee.name in ("copy.deepcopy", "copy.copy") and arguments.positional:
        return _copied(world, arguments)
    if callee.package in ("mlrun", "kfp") and (callee.last.startswith("mount_") or callee.last in _MODIFIERS):
        return _modifier(callee.last, arguments)
    if callee.package not in _HARMLESS:
        hand_over(world, arguments)
    return UNKNOWN


def _of_ours(world: World, callee: Imported, arguments: Arguments) -> Any:
    if callee.name == "igz_runtime.profiles.named":
        return profiles.named(world, arguments)
    if callee.name == "igz_runtime.profiles.applied_to":
        return profiles.applied_to(arguments)
    if profiles.missing_factory(world, callee, arguments):
        return UnknownProfile(callee.last, raises=True)
    return SomeCluster() if "Cluster" in callee.name.split(".") else UNKNOWN


def _on_result(world: World, receiver: Planned | Step, name: str, arguments: Arguments) -> Any:
    """A call on what `profile.plan(fn)` or `fn.run()` gave."""
    if isinstance(receiver, Step):
        if name == "set_retry" and (not arguments.positional or arguments.positional[0].value != 0):
            receiver.made.restartable = True
        return receiver
    if name not in ("apply", "apply_unread"):
        return UNKNOWN
    profiles.apply(world, receiver.profile, receiver.made, arguments)
    return receiver.made


def hand_over(world: World, arguments: Arguments) -> None:
    """Know no longer what a function's settings are once code has it that is not followed."""
    if arguments.callee.rpartition(".")[2] in _HARMLESS_NAMES:
        return
    for given in arguments:
        held = given.value if isinstance(given.value, (list, tuple)) else [given.value]
        held = list(held.values()) if isinstance(held, dict) else held
        for each in held:
            made = each.made if isinstance(each, (Ref, Planned)) else each
            if isinstance(made, Made):
                made.lose_settings(given.place)
                world.note(given.place, f"handed to {arguments.callee}(), which is not followed")


def _on_function(world: World, made: Made, name: str, arguments: Arguments, enter: Enter) -> Any:
    if name in SETTERS:
        call_setter(world, made, name, arguments)
        return made
    if name == "apply":
        return _apply(world, made, arguments, enter)
    if name in _RUNS:
        return run(world, made, arguments)
    if name in _DEPLOYMENTS:
        started_again(made, arguments)
        return Step(made)
    if name == "copy":
        return world.make(made.copied(arguments.place))
    if name == "to_job":
        return as_job(world, made, arguments)
    if name == "to_dict":
        return made.get(()) if not made.unknown else UNKNOWN
    if name == "add_child_function":
        world.note(
            arguments.place, "add_child_function(): the child function is judged where it is made a function itself"
        )
        return imported(world, arguments, Given(UNKNOWN, arguments.place))
    return UNKNOWN


def _apply(world: World, made: Made, arguments: Arguments, enter: Enter) -> Made:
    """`fn.apply(modifier)`."""
    modifier = next(iter(arguments), Given(UNKNOWN, arguments.place))
    value = modifier.value
    if isinstance(value, (Profile, UnknownProfile)):
        profiles.apply(world, value, made, arguments)
    elif isinstance(value, Modifier):
        for volume in value.volumes:
            volumes = made.get(("spec", "volumes")) or []
            made.put(
                ("spec", "volumes"), Given([*volumes, volume] if volumes is not UNKNOWN else UNKNOWN, modifier.place)
            )
    elif isinstance(value, LocalFunction):
        enter(value, Arguments(arguments.place, value.node.name, (Given(made, modifier.place),)))
    elif isinstance(value, Imported) and value.package in _HARMLESS:
        pass
    else:
        made.lose_settings(modifier.place)
        world.note(modifier.place, "apply(…): what it does to the function is not followed")
    return made


def _on_profile(world: World, profile: Profile | UnknownProfile, name: str, arguments: Arguments) -> Any:
    if name == "replace":
        return profiles.replaced(world, profile, arguments)
    if name not in ("apply", "plan"):
        return UNKNOWN
    made = arguments.bound("fn").get("fn", Given(UNKNOWN, arguments.place)).value
    if not isinstance(made, Made):
        return UNKNOWN
    if name == "plan":
        return Planned(profile, made)
    profiles.apply(world, profile, made, Arguments(arguments.place, arguments.callee))
    return made


def instance_of(of: LocalClass, arguments: Arguments, enter: Enter) -> Instance:
    """A new object of a class that the file defines."""
    instance = Instance(of)
    begin = of.attributes.get("__init__")
    if isinstance(begin, LocalFunction):
        enter(LocalFunction(begin.node, begin.frame, instance), arguments)
    else:
        instance.attributes.update({name: given.value for name, given in arguments.named.items()})
    return instance


def _copied(world: World, arguments: Arguments) -> Any:
    value = arguments.positional[0].value
    if isinstance(value, Made):
        return world.make(value.copied(arguments.place))
    if isinstance(value, dict):
        return dict(value)
    return list(value) if isinstance(value, list) else value


_MODIFIERS: Final = frozenset({"auto_mount", "set_env_variables", "v3io_cred"})


def _modifier(name: str, arguments: Arguments) -> Modifier:
    if name != "mount_pvc":
        return Modifier()
    given = arguments.bound("pvc_name", "volume_name", "volume_mount_path")
    claim = given["pvc_name"].value if "pvc_name" in given else UNKNOWN
    volume = given["volume_name"].value if "volume_name" in given else "pipeline"
    claim, volume = claim if isinstance(claim, str) else "", volume if isinstance(volume, str) else "pipeline"
    return Modifier(({"name": volume, "persistentVolumeClaim": {"claimName": claim}},))
