"""The startup hook of a Jupyter service: what is lost with its container is installed again before Jupyter starts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Final

from igz_runtime.cluster.jupyter_image import HOOK
from igz_runtime.errors import InvalidValue
from igz_runtime.jupyter.packages import apt_packages, environment_name, pip_requirements, texts
from igz_runtime.jupyter.quoting import quoted
from igz_runtime.messages import shown
from igz_runtime.text.bounded import glimpse_of
from igz_runtime.text.replace import make_folder, replace_file

_OURS: Final = "# Written by igz-runtime"
_HEAD: Final = f"""\
#!/bin/bash
# The startup hook of a Jupyter service: the platform runs {HOOK} before it launches Jupyter.
{_OURS} jupyter hook. It may run again: what is there is left alone.
"""
_LONGEST_COMMAND: Final = 2**17 - 1
"""Bytes that Linux passes to a program as one argument: MAX_ARG_STRLEN, 32 pages, without the NUL at its end."""


@dataclass(frozen=True, slots=True)
class StartupHook:
    """A startup hook, and what it does. Printed, it is the script.

    Attributes:
        apt: Debian packages.
        pip: requirements for pip.
        extensions: extensions of JupyterLab, as requirements for pip.
        commands: commands for Bash.
        environment: the conda environment that pip installs into.
        step_seconds: how long one step may take.
        total_seconds: how long all of them may.
    """

    apt: tuple[str, ...]
    pip: tuple[str, ...]
    extensions: tuple[str, ...]
    commands: tuple[str, ...]
    environment: str
    step_seconds: int
    total_seconds: int

    @property
    def script(self) -> str:
        """The text of the script, for Bash."""
        settings = (
            f"step_seconds={self.step_seconds}",
            f"total_seconds={self.total_seconds}",
            f"environment={quoted(self.environment)}",
            _array("apt_packages", self.apt),
            _array("pip_packages", self.pip),
            _array("extensions", self.extensions),
            "# shellcheck disable=all  # these are text for another shell",
            _array("commands", self.commands),
        )
        return "\n".join((_HEAD, *settings, _machinery()))

    def write(self, path: str | PathLike[str] = HOOK) -> Path:
        """Write the script, in one step; its folder is made.

        Args:
            path: where; the default is where the platform looks.

        Returns:
            The path.

        Raises:
            InvalidValue: a hook that somebody wrote by hand stands there.
            WriteFailed: it cannot be written; what stands there is unchanged.
        """
        target = Path(path)
        if target.is_file() and _OURS not in glimpse_of(target):
            raise InvalidValue(
                f"{target} was not written by igz-runtime; take over what it does with commands=[…], and remove it"
            )
        make_folder(target.parent)
        replace_file(target, self.script.encode())
        return target

    def __str__(self) -> str:
        return self.script


def startup_hook(
    *,
    apt: Iterable[str] = (),
    pip: Iterable[str] = (),
    extensions: Iterable[str] = (),
    commands: Iterable[str] = (),
    environment: str = "jupyter",
    step_seconds: int = 600,
    total_seconds: int = 900,
) -> StartupHook:
    r"""The startup hook that installs what a Jupyter service loses when it is restarted.

    The steps run in the order of these arguments. One that fails keeps no other away, and Jupyter starts all the same.
    What a step says is in `~/.igz/startup-hook.SERVICE.log`, its state in `.json` beside it; a failure is also in
    the pod's log, and in `~/startup-hook-failed.SERVICE.txt` until a later start succeeds.

    Args:
        apt: Debian packages, such as `graphviz`, or `graphviz=2.42.2-7` for a version.
        pip: requirements for pip, such as `lightgbm>=4`.
        extensions: extensions of JupyterLab, as requirements for pip.
        commands: commands for Bash, each in a shell of its own. They run at every start.
        environment: the conda environment that pip installs into. Without conda, it is the Python of the PATH.
        step_seconds: how long one step may take, in seconds.
        total_seconds: how long Jupyter waits at most, in seconds, and ten more for a step that does not stop.

    Raises:
        InvalidValue: what is not a package, a command that no shell can be given, or nothing to do.

    Source:
        "If persistence for those packages is needed, the installation commands for those packages can be added to
        startup hook script, which runs before Jupyter is launched." Iguazio, Best Practices, Jupyter Image and
        Installing Packages.

    >>> "apt_packages=(\n    'graphviz'\n)" in startup_hook(apt=["graphviz"]).script
    True
    """
    hook = StartupHook(
        apt_packages(apt),
        pip_requirements(pip),
        pip_requirements(extensions, "extensions"),
        texts("commands", commands),
        environment_name(environment, "environment"),
        _seconds("step_seconds", step_seconds),
        _seconds("total_seconds", total_seconds),
    )
    if environment == "base":
        raise InvalidValue("environment is 'base', where pip's packages do not outlive a restart; use 'jupyter'")
    for each in hook.commands:
        _require_command(each)
    if not (hook.apt or hook.pip or hook.extensions or hook.commands):
        raise InvalidValue("the hook has nothing to do; give it apt=, pip=, extensions= or commands=")
    return hook


def written_by_us(script: str) -> bool:
    """Whether a script is a startup hook as this version writes it, but for what a person asked for."""
    return script.endswith(_machinery())


@cache
def _machinery() -> str:
    """The part of a script that is the same in every hook."""
    return (resources.files("igz_runtime.jupyter") / "hook.sh").read_text(encoding="utf-8")


def _require_command(command: str) -> None:
    if not command.strip():
        raise InvalidValue(f"commands holds {shown(command)}, which does nothing")
    if "\0" in command:
        raise InvalidValue(f"commands: {shown(command)} holds a NUL, which no shell can be given")
    try:
        length = len(command.encode())
    except UnicodeEncodeError:
        raise InvalidValue(f"commands: {shown(command)} is not text that UTF-8 can hold") from None
    if length > _LONGEST_COMMAND:
        raise InvalidValue(
            f"commands: {shown(command)} has {length:,} bytes, and Linux takes {_LONGEST_COMMAND:,}; call a script"
        )


def _seconds(argument: str, value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LONGEST:
        raise InvalidValue(f"{argument} is {shown(value)}; write seconds from 1 to {_LONGEST:,}")
    return value


_LONGEST: Final = 24 * 60 * 60


def _array(name: str, values: tuple[str, ...]) -> str:
    if not values:
        return f"{name}=()"
    return "\n".join((f"{name}=(", *(f"    {quoted(each)}" for each in values), ")"))
