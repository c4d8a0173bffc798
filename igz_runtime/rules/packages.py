"""What is installed in a Jupyter service, and whether it outlives a restart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igz_runtime.cluster.jupyter_image import HOME, HOOK, PREBAKED, environments_below
from igz_runtime.rules.authoring import Found, Skip, rule
from igz_runtime.rules.cel import elsewhere
from igz_runtime.rules.in_jupyter import PACKAGES, JupyterCommand


@rule(
    "IGZ502",
    "lost-system-package",
    "system packages that a notebook installs, and that are lost when the Jupyter service is restarted",
    severity="warning",
    waivable=True,
    source="However, those packages are not persistently stored on the V3IO and exist only within the container, "
    "meaning that they are deleted upon restart of the Jupyter service.",
    origin=PACKAGES,
    fix=f"install them in the startup hook: igz-runtime jupyter hook --apt PACKAGE --output {HOOK}",
    reads=("apt_packages", "in_hook", "platform"),
    on=JupyterCommand,
    cel=elsewhere.OF_FILES,
)
def lost_system_package(command: JupyterCommand) -> Iterator[Found | Skip]:
    if command.in_hook or command.platform == "ce" or not command.apt_packages:
        return
    listed = ", ".join(map(repr, command.apt_packages))
    asked = " ".join(f"--apt {package}" for package in command.apt_packages)
    yield Found(
        f"{command.program.name} installs {listed} into the container alone, and a restart of the service loses that",
        f"install them in the startup hook: igz-runtime jupyter hook {asked} --output {HOOK}",
    )


@rule(
    "IGZ503",
    "lost-conda-environment",
    "a change of a conda environment that does not outlive a restart of the Jupyter service",
    severity="warning",
    waivable=True,
    source="The prebaked environments are consistent for pip, but are not persistent for Conda.",
    origin=PACKAGES,
    fix="install with pip; or make an environment of your own, which outlives a restart: "
    "igz_runtime.jupyter.conda_environment('NAME', conda=['PACKAGE'])",
    reads=("conda_change", "active_environment", "platform"),
    on=JupyterCommand,
    cel=elsewhere.OF_FILES,
)
def lost_conda_environment(command: JupyterCommand) -> Iterator[Found | Skip]:
    change = command.conda_change
    if change is None or command.platform == "ce":
        return
    environment = change.environment or (None if "create" in change.verb else command.active_environment)
    if environment is None:
        return
    if not environment:
        message = "names no environment: a prebaked one, such as that of Jupyter, loses its changes at a restart"
    elif environment in PREBAKED or _below(environment, PREBAKED["base"]):
        message = f"changes the prebaked environment {environment!r}, which loses its changes at a restart"
    elif environment.startswith("/") and not any(_below(environment, each) for each in _PERSISTENT):
        message = f"is for {environment!r}, which a restart loses; environments below {environments_below()} stay"
    else:
        return
    yield Found(f"conda {change.verb} {message}")


_PERSISTENT: Final = (HOME, "/v3io")
"""Mounts of the platform's storage."""


def _below(folder: str, above: str) -> bool:
    return folder == above or folder.startswith(f"{above}/")
