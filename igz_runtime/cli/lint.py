"""`igz-runtime lint`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from igz_runtime.cli.options import configuration, load
from igz_runtime.cli.outputs import targets
from igz_runtime.lint.results import Report
from igz_runtime.lint.run import Run, fix_text
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import files_under
from igz_runtime.report.lint import FORMATS, render
from igz_runtime.rules.registry import selection_fault

if TYPE_CHECKING:
    from igz_runtime.report.lint.content import FailOn

_STANDARD_INPUT: Final = "-"
_FINDINGS: Final = 1
_NOTHING_READ: Final = 3


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE|FOLDER|-]…", type=click.Path())
@click.option(
    "--format", "formats", multiple=True, type=click.Choice(list(FORMATS)), help="How to report to standard output."
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT=]FILE",
    help="A file to report to as well, in FORMAT or as its ending says; may be repeated.",
)
@configuration
@click.option("--cluster", metavar="FILE", help="The cluster to judge on: a description, or what Cluster.save wrote.")
@click.option(
    "--select", multiple=True, metavar="RULES", help="Only these rules, or beginnings of their ids: IGZ1,IGZ205."
)
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    help="The least severity that makes the exit code 1.  [default: error]",
)
@click.option("--baseline", metavar="FILE", help="Findings that are known: only others fail.")
@click.option("--write-baseline", metavar="FILE", help="Write what is found as the baseline, and exit with 0.")
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
@click.option(
    "--color/--no-color", default=None, help="Colours; else where the output is a terminal, and NO_COLOR is not set."
)
@click.option("-v", "--verbose", is_flag=True, help="List waived findings and everything that was not checked.")
def lint(paths: tuple[str, ...], **options: Any) -> int:
    """Check function files, projects, pipelines, Python and notebooks, without running anything.

    Folders are walked, and what git ignores is left out; `-` reads standard input; without a path, this folder.

    \b
    Exit codes: 0 clean, 1 findings at or above --fail-on, 2 usage or configuration, 3 nothing could be read.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    asked = _Asked(**options)
    settings = asked.settings()
    written = targets(asked.formats, asked.outputs)
    paths = paths or (".",)
    run = Run(settings, asked.jobs)
    files = _judge(run, paths, asked, settings)
    if asked.diff:
        differences = _differences(run, settings)
        click.echo("".join(differences), nl=False)
        return _FINDINGS if differences else 0
    if asked.fix and _fix(run, settings):
        run = Run(settings, asked.jobs)
        _judge(run, paths, asked, settings)
    report = run.report()
    if asked.write_baseline:
        return _write_baseline(asked.write_baseline, report)
    if asked.baseline:
        from pathlib import Path

        from igz_runtime.lint.baseline import apply_baseline, load_baseline

        report = apply_baseline(report, load_baseline(Path(asked.baseline)))
    fail_on = asked.fail_on or settings.fail_on
    _write(report, written, asked, fail_on)
    return _exit_code(report, files or int(asked.found), fail_on)


class _Asked(NamedTuple):
    """The options of one call."""

    formats: tuple[str, ...]
    outputs: tuple[str, ...]
    config: str | None
    no_config: bool
    cluster: str | None
    select: tuple[str, ...]
    ignore: tuple[str, ...]
    fail_on: FailOn | None
    baseline: str | None
    write_baseline: str | None
    fix: bool
    diff: bool
    stdin_filename: str
    found: bool
    jobs: int | None
    color: bool | None
    verbose: bool

    def settings(self) -> Settings:
        """The configuration, with what the options say instead."""
        settings = load(self.config, no_config=self.no_config)
        selected, ignored = _rules("select", self.select), _rules("ignore", self.ignore)
        told = settings.chosen
        chosen = told._replace(select=selected or told.select, ignore=ignored or told.ignore)
        settings = settings._replace(chosen=chosen)
        if self.cluster:
            from igz_runtime.cluster import Cluster

            return settings._replace(cluster=Cluster.load(self.cluster))
        return settings


def _rules(option: str, given: Sequence[str]) -> tuple[str, ...]:
    """The rules that an option names, each time that it is given."""
    named = [part for each in given for part in each.replace(",", " ").split()]
    for each in named:
        if fault := selection_fault(each):
            raise click.UsageError(f"--{option}: {fault}")
    return tuple(named)


def _judge(run: Run, paths: Sequence[str], asked: _Asked, settings: Settings) -> int:
    """Judge every path; returns how many files there were."""
    named = (path for path in paths if path != _STANDARD_INPUT)
    files = list(files_under(named, settings.excludes, as_found=asked.found))
    if _STANDARD_INPUT in paths:
        if asked.fix or asked.diff:
            raise click.UsageError("--fix and --diff need files, and standard input is none")
        run.content(asked.stdin_filename, sys.stdin.buffer.read())
    run.files(files)
    run.waivers_without_effect()
    return len(files) + (_STANDARD_INPUT in paths)


def _fixed(run: Run, settings: Settings) -> Iterator[tuple[str, bytes, bytes]]:
    """The files that fixing changes: name, content, and content afterwards."""
    for name in sorted(run.fixable):
        with open(name, "rb") as file:
            before = file.read()
        after = fix_text(name, before, settings)
        if after != before:
            yield name, before, after


def _differences(run: Run, settings: Settings) -> list[str]:
    """What fixing changes, file by file."""
    from igz_runtime.lint.fix.fixes import diff

    return [diff(before, after, name) for name, before, after in _fixed(run, settings)]


def _fix(run: Run, settings: Settings) -> int:
    """Write what fixing changes; returns how many files that were."""
    from pathlib import Path

    from igz_runtime.lint.fix.fixes import write

    count = 0
    for name, before, after in _fixed(run, settings):
        write(Path(name), before, after)
        count += 1
    return count


def _write_baseline(file: str, report: Report) -> int:
    from pathlib import Path

    from igz_runtime.lint.baseline import write_baseline
    from igz_runtime.messages import counted

    path = Path(file)
    click.echo(f"{counted(write_baseline(path, report), 'finding')} known from now on: {path}", err=True)
    return 0


def _write(report: Report, written: dict[str | None, str], asked: _Asked, fail_on: FailOn) -> None:
    for file, form in written.items():
        if file is None:
            terminal = sys.stdout.isatty()
            color = terminal and not os.environ.get("NO_COLOR") if asked.color is None else asked.color
            width = _width() if terminal else None
            text = render(report, form, color=color, width=width, verbose=asked.verbose, fail_on=fail_on)
            click.echo(text, nl=False, color=color)
            continue
        from pathlib import Path

        from igz_runtime.text.replace import replace_file

        replace_file(Path(file), render(report, form, verbose=asked.verbose, fail_on=fail_on).encode())


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _exit_code(report: Report, files: int, fail_on: FailOn) -> int:
    if files == 0:
        click.echo("igz-runtime: nothing to read: no YAML, JSON, Python or notebook file there", err=True)
        return _NOTHING_READ
    if report.files and report.unreadable == report.files:
        return _NOTHING_READ
    if fail_on == "never":
        return 0
    return _FINDINGS if report.at_least(fail_on) else 0
