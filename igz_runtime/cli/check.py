"""`igz-runtime check`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import click

from igz_runtime.cli.options import load
from igz_runtime.cli.outputs import targets
from igz_runtime.cli.reporting import Asked, reporting
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.projects import FILE, required_project
from igz_runtime.lint.run import Run
from igz_runtime.lint.walk import File


@click.command()
@click.argument("path", default=".", metavar="[FOLDER|project.yaml]", type=click.Path())
@click.option(
    "--environment",
    metavar="NAME",
    help="Whose assignments count; else $IGZ_RUNTIME_ENVIRONMENT, or what the project's parameters or the cluster say.",
)
@reporting()
def check(path: str, **options: Any) -> int:
    """Check a project with the profiles that igz-runtime.yaml assigns, without running anything.

    Every function of project.yaml is judged as it is once igz_runtime.projects.setup has set the project up. Functions
    without a profile are reported, assignments that match none, and that nothing sets the project up.

    \b
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage, configuration or no project.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    asked = _Asked(**options)
    written = targets(asked.formats, asked.outputs)
    project = required_project(_project_file(path))
    told = load(
        asked.config, no_config=asked.no_config, beside=project.file, environment=asked.environment, required=True
    )
    settings = asked.told(told)
    run = Run(settings, jobs=1, whole=project)
    there = (each for each in (project.setup, *project.workflows) if os.path.isfile(each))
    run.files(File(name, named=True) for name in (project.file, *there))
    run.waivers_without_effect()
    run.projects()
    run.capacity(project)
    run.assignments(for_others=not _stands_in(settings.terms.folder, project.file))
    return asked.finish(run.report(), settings, written)


@dataclass(frozen=True)
class _Asked(Asked):
    """The options of one call."""

    environment: str | None


def _stands_in(folder: str, file: str) -> bool:
    """Whether a file is in a folder itself, and not in one below it."""
    return not folder or os.path.realpath(folder) == os.path.dirname(os.path.realpath(file))


def _project_file(path: str) -> str:
    """The project.yaml that is meant.

    Raises:
        ConfigurationError: there is none; says what was looked for.
    """
    if os.path.isfile(path):
        return path
    if not os.path.isdir(path):
        raise ConfigurationError(f"{path}: there is no such file or folder")
    file = os.path.normpath(os.path.join(path, FILE)).replace(os.sep, "/")
    if not os.path.isfile(file):
        for_files = f"`igz-runtime lint {path}` checks files that belong to no project"
        raise ConfigurationError(f"{path}: there is no {FILE} in this folder; {for_files}")
    return file
