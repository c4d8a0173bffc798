"""What an MLRun function says of the work that it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from igz_runtime.functions.code import code_in
from igz_runtime.functions.model import Evidence
from igz_runtime.k8s import codec

if TYPE_CHECKING:
    from igz_runtime.functions.mlrun_reader import Reader

_REQUIREMENTS: Final = ("spec", "build", "requirements")
_COMMANDS: Final = ("spec", "build", "commands")


def evidence_of(reader: Reader, labels: Any) -> Evidence:
    """What a function says of its work."""
    build, labels = reader.spec("build", None), codec.mapping(labels, "metadata.labels")
    categories, volumes = reader.meta("categories", None), reader.spec("volumes", None)
    handler = str(reader.spec("default_handler", None) or reader.spec("function_handler", None) or "")
    code = code_in(build, reader.spec("command", None), handler)
    if not code.embedded and reader.traits.passes_on:
        passed_on = code_in(reader.nuclio_config("build"), None)
        code = passed_on if passed_on.embedded else code
    return Evidence(
        handler=handler,
        labels={str(key): str(value) for key, value in labels.items()} if labels else labels,
        categories=tuple(map(str, codec.sequence(categories, "metadata.categories"))) if categories else (),
        image=str(reader.spec("image", None) or ""),
        volumes=tuple(persistent(volumes, reader.spec("volume_mounts", None))) if volumes else (),
        requirements=tuple(_built_with(build)) if build else (),
        code=code,
        command=command_of(reader.spec("command", None), reader.spec("args", None)),
        base_image=str((build and part(build, "base_image")) or ""),
    )


def _built_with(build: Any) -> Iterator[str]:
    """Packages that its image is built with, and commands that build it, which may be a text."""
    yield from map(str, codec.sequence(part(build, "requirements"), "build.requirements", _REQUIREMENTS))
    commands = part(build, "commands")
    yield from map(
        str, [commands] if isinstance(commands, str) else codec.sequence(commands, "build.commands", _COMMANDS)
    )


def command_of(command: Any, arguments: Any) -> str:
    """A command, with its arguments."""
    parts = [each if isinstance(each, (list, tuple)) else [each or ""] for each in (command, arguments)]
    return " ".join(str(word) for part in parts for word in part).strip()


def part(holder: Any, name: str) -> Any:
    """A part of an object, or of its document."""
    return holder.get(name) if isinstance(holder, Mapping) else getattr(holder, name, None)


def persistent(volumes: Any, mounts: Any = None) -> Iterator[str]:
    """Names of persistent volumes that are written. v3io's own mounts are the platform's file system, on every pod.

    Args:
        volumes: the volumes of a pod.
        mounts: where its containers mount them; a volume of which every mount is read-only is not written.
    """
    for volume in codec.sequence(volumes, "volumes", ("spec", "volumes")):
        claim = part(volume, "persistentVolumeClaim") or part(volume, "persistent_volume_claim")
        if claim and not _is_read_only(claim) and not _is_mounted_read_only(part(volume, "name"), mounts):
            yield str(part(volume, "name") or part(claim, "claimName") or "unnamed")


def _is_mounted_read_only(name: Any, mounts: Any) -> bool:
    held = [each for each in mounts if part(each, "name") == name] if isinstance(mounts, (list, tuple)) else []
    return bool(held) and all(map(_is_read_only, held))


def _is_read_only(of: Any) -> bool:
    return bool(part(of, "readOnly") or part(of, "read_only"))
