"""Conda environments that outlive a restart of a Jupyter service."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final

from igz_runtime.cluster.jupyter_image import HOME, PREBAKED, environments_below
from igz_runtime.cluster.platform import PLATFORMS, Platform
from igz_runtime.errors import InvalidValue
from igz_runtime.jupyter.packages import conda_packages, environment_name, pip_requirements
from igz_runtime.jupyter.quoting import quoted, word
from igz_runtime.messages import shown, yaml_text
from igz_runtime.text.bounded import glimpse_of
from igz_runtime.text.replace import replace_file

_FILE: Final = "environment.yml"


@dataclass(frozen=True, slots=True)
class CondaEnvironment:
    """A conda environment: how it is made, and the file that says what is in it. Printed, it is both.

    Attributes:
        name: its name, by which it is also a kernel.
        folder: where it is.
        file: the text of its environment.yml; empty where nothing is added to a clone.
        commands: the commands that make it, for a terminal in the folder that holds environment.yml.
    """

    name: str
    folder: str
    file: str
    commands: tuple[str, ...]

    def write(self, folder: str | PathLike[str] = ".") -> Path:
        """Write environment.yml, in one step.

        Args:
            folder: the folder that gets it.

        Returns:
            The file.

        Raises:
            InvalidValue: there is nothing to write, or such a file already.
            WriteFailed: it cannot be written.
        """
        target = Path(folder, _FILE)
        if not self.file:
            raise InvalidValue(f"environment {self.name!r} is a clone to which nothing is added, and needs no {_FILE}")
        if target.exists() and glimpse_of(target) != self.file:
            raise InvalidValue(f"{target} is there already, and says something else; remove it, or name another folder")
        replace_file(target, self.file.encode())
        return target

    def __str__(self) -> str:
        lines = "\n".join(self.commands)
        return f"# {_FILE}\n{self.file}\n# in a terminal\n{lines}" if self.file else f"# in a terminal\n{lines}"


def conda_environment(
    name: str,
    *,
    pip: Iterable[str] = (),
    conda: Iterable[str] = (),
    clone: str | None = None,
    python: str | None = None,
    platform: Platform = "iguazio-3",
    home: str = HOME,
) -> CondaEnvironment:
    """A conda environment of one's own, with what pip and conda put into it.

    It is made below the home, so a restart keeps it, and becomes a kernel of JupyterLab: on Iguazio because `ipykernel`
    is in it, on MLRun CE because it is registered. Prefer `pip`, which MLRun is installed with, and give `conda` what
    pip does not have.

    Args:
        name: the environment's name.
        pip: requirements for pip, such as `lightgbm>=4`.
        conda: packages of conda, such as `gdal=3.8`.
        clone: the environment to begin with, such as `mlrun-base`, instead of Python alone.
        python: the version of Python, such as `3.9`; None: that of this Python. Not with `clone`, which has one.
        platform: what MLRun runs on: `iguazio-3`, `iguazio-4` or `ce`.
        home: the home of the Jupyter service.

    Raises:
        InvalidValue: the name of a prebaked environment or of one that exists, or what is not a package.

    Source:
        "If you need to use Conda, create or clone an environment. When you create or clone an environment, it is saved
        to the V3IO fuse mount by default (/User/.conda/envs/<env name>) and is persistent for both pip and Conda. Since
        MLRun is pip-based, it's recommended to use pip whenever possible to avoid dependency-conflicts." Iguazio, Best
        Practices, Jupyter Image and Installing Packages.

    >>> conda_environment("forecast", pip=["lightgbm>=4"], python="3.9").folder
    '/User/.conda/envs/forecast'
    """
    if platform not in PLATFORMS:
        raise InvalidValue(f"platform is {shown(platform)}; write one of {', '.join(PLATFORMS)}")
    folder = f"{environments_below(_home(home))}/{_new_name(name)}"
    if os.path.exists(folder):  # noqa: PTH110  (a path that no file can have is none)
        raise InvalidValue(
            f"environment {name!r} exists: {folder}; choose another name, or remove it with `conda env "
            f"remove --name {name}`"
        )
    requirements, packages = pip_requirements(pip), conda_packages(conda)
    if clone is None:
        packages = (f"python={_version(python)}", "ipykernel", *packages)
    elif python is not None:
        raise InvalidValue(f"python is {shown(python)}, and a clone has the Python of {clone!r}; leave it out")
    else:
        environment_name(clone, "clone")
    file = _file(name, packages, requirements) if packages or requirements else ""
    return CondaEnvironment(name, folder, file, tuple(_commands(name, folder, clone, file, platform)))


def _new_name(name: str) -> str:
    if environment_name(name) in PREBAKED:
        raise InvalidValue(
            f"environment {name!r} is prebaked: what conda changes in it is lost at a restart (IGZ503); choose another "
            f"name, and begin with it by clone={name!r}"
        )
    return name


def _home(home: str) -> str:
    if not isinstance(home, str) or not home.startswith("/") or not home.isprintable():
        raise InvalidValue(f"home is {shown(home)}; write a folder that begins with '/', such as {HOME!r}")
    return home.rstrip("/")


def _version(python: str | None) -> str:
    if python is None:
        return f"{sys.version_info.major}.{sys.version_info.minor}"
    if not isinstance(python, str) or not all(part.isdecimal() for part in python.split(".")):
        raise InvalidValue(f"python is {shown(python)}; write its version as text, such as '3.9'")
    return python


def _file(name: str, packages: tuple[str, ...], requirements: tuple[str, ...]) -> str:
    """The text of environment.yml."""
    listed = [f"  - {yaml_text(each)}" for each in packages]
    if requirements:
        listed += ["  - pip", "  - pip:", *(f"    - {yaml_text(each)}" for each in requirements)]
    return "\n".join((f"name: {yaml_text(name)}", "dependencies:", *listed, ""))


def _commands(name: str, folder: str, clone: str | None, file: str, platform: Platform) -> list[str]:
    prefix = f"--prefix {word(folder)}"
    # Jupyter's own environment sets these, and pip would install beside the new one.
    commands = ["unset PIP_PREFIX PYTHONPATH"]
    if clone is not None:
        commands.append(f"conda create --yes {prefix} --clone {word(clone)}")
    if file:
        commands.append(f"conda env {'create' if clone is None else 'update'} {prefix} --file {_FILE}")
    if platform == "ce":
        display = quoted(f"Python ({name})")
        commands.append(
            f"conda run {prefix} python -m ipykernel install --user --name {word(name)} --display-name {display}"
        )
    return commands
