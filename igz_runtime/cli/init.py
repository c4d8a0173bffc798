"""`igz-runtime init`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from igz_runtime.cli import say
from igz_runtime.config.nearest import NAMES, nearest
from igz_runtime.errors import ConfigurationError, WriteFailed
from igz_runtime.lint.found import functions_under
from igz_runtime.lint.projects import FILE, SETUP
from igz_runtime.messages import counted
from igz_runtime.projects.advising import Advice, advice_for
from igz_runtime.projects.entries import TO_REPLACE
from igz_runtime.projects.scaffold import CALL, PROJECT_SETUP, configuration_text
from igz_runtime.text.bounded import glimpse_of
from igz_runtime.text.replace import create_file

_CONFIGURATION: Final = NAMES[0]


@click.command()
@click.argument("path", metavar="[FOLDER]", default=".", type=click.Path())
def init(path: str) -> int:
    """Write a first igz-runtime.yaml and project_setup.py for the project in a FOLDER, from what it finds.

    Each function gets the profile that `igz-runtime advise` would give it, with the reasons as comments. Nothing is
    run, and no file that is there is changed.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise ConfigurationError(f"{path}: there is no such folder")
    _require_none(folder)
    found, missed = functions_under(path)
    if not found:
        raise ConfigurationError(
            f"{path}: no function is in it, and no code that makes one: nothing is written; list the functions in a "
            "project.yaml, or have code make them with mlrun.code_to_function or project.set_function"
        )
    advices = [
        advice_for(each.function, declared=each.declared, place=_below(each.place, folder)) for each in found.values()
    ]
    text = configuration_text(advices, [f"{_below(each.place, folder)}: {each.why}" for each in missed])
    _write(folder, text, advices)
    return 0


def _require_none(folder: Path) -> None:
    """Refuse where there is a configuration already, here or above: that one would no longer count."""
    present = next((folder / name for name in NAMES if _is_there(folder / name)), None)
    if present:
        raise ConfigurationError(
            f"{present}: is there already, and nothing is written; `igz-runtime advise {folder}` prints entries for it"
        )
    above = nearest(folder)
    if above:
        raise ConfigurationError(
            f"{above}: counts for this folder, and would no longer do so if there were another; nothing is written; "
            f"`igz-runtime advise {folder}` prints entries for it"
        )


def _is_there(path: Path) -> bool:
    """Whether there is something of that name, a broken link included."""
    return os.path.lexists(path)


def _below(place: str, folder: Path) -> str:
    """A place as seen from the project's folder."""
    return place.removeprefix(f"{folder.as_posix()}/")


def _write(folder: Path, text: str, advices: list[Advice]) -> None:
    """Write both files, or neither; a project_setup.py that is there stays as it is."""
    configuration, setup = folder / _CONFIGURATION, folder / SETUP
    create_file(configuration, text.encode())
    present = _is_there(setup)
    if not present:
        try:
            create_file(setup, PROJECT_SETUP.encode())
        except WriteFailed:
            configuration.unlink()
            raise
    say(f"{configuration}: written, for {counted(len(advices), 'function')}", err=False)
    say(f"{setup}: {_said_of(setup) if present else 'written'}", err=False)
    if any(each.missing for each in advices):
        say(f"look for {TO_REPLACE!r}: those functions do not state how much CPU or memory they need", err=False)
    if any(each.open for each in advices):
        say(f"look for 'nobody answered': `igz-runtime advise {folder}` asks", err=False)
    if (folder / FILE).is_file():
        say(f"then: igz-runtime check {folder}", err=False)


def _said_of(setup: Path) -> str:
    """What to do with a project_setup.py that is there."""
    held = glimpse_of(setup)
    if "igz_runtime.projects" in held or "igz_runtime import projects" in held:
        return "is there already, and names igz_runtime.projects"
    return f"is there already, and is left as it is; end its setup(project) with: return {CALL}"
