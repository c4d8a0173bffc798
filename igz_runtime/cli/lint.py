"""`igz-runtime lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import click

from igz_runtime.cli import NOTHING_READ, say
from igz_runtime.cli.options import load
from igz_runtime.cli.outputs import targets
from igz_runtime.cli.reporting import FINDINGS, Asked, reporting
from igz_runtime.errors import IgzRuntimeError, WriteFailed
from igz_runtime.lint.run import Run, fix_text
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import files_under
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import LARGEST
from igz_runtime.text.within import is_inside

_STANDARD_INPUT: Final = "-"


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|-]…", type=click.Path())
@reporting()
@click.option("--fix", is_flag=True, help="Fix what has one right answer, in the files.")
@click.option(
    "--diff", is_flag=True, help="Show what --fix would change, and change nothing; exits with 1 if anything."
)
@click.option(
    "--stdin-filename", metavar="NAME", default="<stdin>", help="What standard input is called, with its ending."
)
@click.option(
    "--found", is_flag=True, help="Treat named files as those of a folder: `exclude` and what is not a function."
)
@click.option("-j", "--jobs", type=click.IntRange(1, 256), help="Processes at most; else one for each core.")
def lint(paths: tuple[str, ...], **options: Any) -> int:
    """Check function files, projects, pipelines, Python and notebooks, without running anything.

    Folders are walked, and what git ignores is left out; `-` reads standard input; without a path, this folder.

    \b
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 nothing could be read.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    asked = _Asked(**options)
    settings = asked.told(load(asked.config, no_config=asked.no_config))
    written = targets(asked.formats, asked.outputs)
    paths = paths or (".",)
    run = Run(settings, asked.jobs)
    files = _judge(run, paths, asked, settings)
    if asked.fix or asked.diff:
        run.fixable = _named(run.fixable, paths)
    failures: list[str] = []
    if asked.diff:
        differences = _differences(run, settings, failures)
        click.echo("".join(differences), nl=False)
        if failures:
            raise WriteFailed(failures)
        return FINDINGS if differences else 0
    if asked.fix and _fix(run, settings, failures):
        run = Run(settings, asked.jobs)
        _judge(run, paths, asked, settings)
    code = asked.finish(run.report(), settings, written)
    if failures:
        raise WriteFailed(failures)
    if not files and not asked.found and not asked.write_baseline:
        click.echo("igz-runtime: nothing to read: no YAML, JSON, Python or notebook file there", err=True)
        return NOTHING_READ
    return code


@dataclass(frozen=True)
class _Asked(Asked):
    """The options of one call."""

    fix: bool
    diff: bool
    stdin_filename: str
    found: bool
    jobs: int | None


def _judge(run: Run, paths: Sequence[str], asked: _Asked, settings: Settings) -> int:
    """Judge every path; returns how many files there were."""
    named = (path for path in paths if path != _STANDARD_INPUT)
    files = list(files_under(named, settings.excludes, as_found=asked.found, unread=run.unread))
    if _STANDARD_INPUT in paths:
        if asked.fix or asked.diff:
            raise click.UsageError("--fix and --diff need files, and standard input is none")
        run.content(asked.stdin_filename, sys.stdin.buffer.read(LARGEST + 1))
    run.files(files)
    run.waivers_without_effect()
    run.projects()
    if settings.patterns and not asked.found and _below(settings.terms.folder, paths):
        run.assignments()
    return len(files) + (_STANDARD_INPUT in paths)


def _below(folder: str, paths: Sequence[str]) -> bool:
    """Whether all of a folder is below one of these paths."""
    above = [os.path.join(os.path.abspath(path), "") for path in paths if os.path.isdir(path)]
    return any(os.path.join(folder, "").startswith(each) for each in above)


def _fixed(run: Run, settings: Settings, failures: list[str]) -> Iterator[tuple[str, bytes, bytes]]:
    """The files that fixing changes: name, content, and content afterwards. `failures` is told of the others."""
    for name in sorted(run.fixable):
        try:
            before = content_of(name)
        except OSError as error:
            failures.append(f"{name}: cannot be read again: {error.strerror}")
            continue
        after = fix_text(name, before, settings)
        if after != before:
            yield name, before, after


def _differences(run: Run, settings: Settings, failures: list[str]) -> list[str]:
    """What fixing changes, file by file."""
    from igz_runtime.lint.fix.fixes import diff

    return [diff(before, after, name) for name, before, after in _fixed(run, settings, failures)]


def _named(fixable: Iterable[str], paths: Sequence[str]) -> set[str]:
    """The files that are among, or below, what was named; of the others, which a project names, it is said.

    A project's `url` may lead anywhere, and who wrote it does not choose what is changed.
    """
    named = {name for name in fixable if name in paths or any(is_inside(name, each) for each in paths)}
    for name in sorted(set(fixable) - named):
        say(f"igz-runtime: {name}: not fixed: it is outside of what was named; name it as well")
    return named


def _fix(run: Run, settings: Settings, failures: list[str]) -> int:
    """Write what fixing changes, file by file.

    Args:
        run: what was judged.
        settings: the configuration.
        failures: is told of each file that cannot be written.

    Returns:
        How many files were changed.
    """
    from pathlib import Path

    from igz_runtime.lint.fix.fixes import write

    count = 0
    for name, before, after in _fixed(run, settings, failures):
        try:
            write(Path(name), before, after)
            count += 1
        except IgzRuntimeError as error:
            failures.append(str(error))
    return count
