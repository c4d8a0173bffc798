"""What the commands that report findings share: their options, and how a report is written and ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import click

from igz_runtime.cli import NOTHING_READ, say
from igz_runtime.cli.options import configuration
from igz_runtime.lint.results import Report
from igz_runtime.lint.settings import Settings
from igz_runtime.report.lint import FORMATS, render
from igz_runtime.rules.registry import selection_fault

if TYPE_CHECKING:
    from igz_runtime.report.lint.content import FailOn
    from igz_runtime.rules.chosen import Chosen

FINDINGS: Final = 1


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

ON: Final = "The cluster to judge on: a description, or what Cluster.save wrote."


def reporting(formats: Collection[str] = tuple(FORMATS), cluster: str = ON) -> Decorator:
    """The options of a command that judges and reports what it found.

    Args:
        formats: the names of the formats that it has.
        cluster: what `--cluster` names.
    """
    form = click.option(
        "--format", "formats", multiple=True, type=click.Choice(list(formats)), help="How to report to standard output."
    )
    judged = click.option("--cluster", metavar="FILE", help=cluster)

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((form, _OUTPUT, configuration, judged, *_OPTIONS)):
            command = option(command)
        return command

    return decorated


_OUTPUT: Final = click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="[FORMAT=]FILE",
    help="A file to report to as well, in FORMAT or as its ending says; may be repeated.",
)
_OPTIONS: Final = (
    click.option(
        "--select", multiple=True, metavar="RULES", help="Only these rules, or beginnings of their ids: IGZ1,IGZ205."
    ),
    click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules."),
    click.option(
        "--fail-on",
        type=click.Choice(["error", "warning", "info", "never"]),
        help="The least severity that makes the exit code 1.  [default: error]",
    ),
    click.option("--baseline", metavar="FILE", help="Findings that are known: only others fail."),
    click.option("--write-baseline", metavar="FILE", help="Write what is found as the baseline, and exit with 0."),
    click.option(
        "--color/--no-color",
        default=None,
        help="Colours; else where the output is a terminal, and NO_COLOR is not set.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="List waived findings and everything that was not checked."),
)


class Render(Protocol):
    """Makes the text of a report; see `igz_runtime.report.lint.render`."""

    def __call__(  # noqa: D102  (the class says it)
        self,
        report: Report,
        format: str,  # noqa: A002  (as the option is called)
        *,
        color: bool = ...,
        width: int | None = ...,
        verbose: bool = ...,
        fail_on: FailOn = ...,
    ) -> str: ...


@dataclass(frozen=True)
class Asked:
    """Those options in one call."""

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
    color: bool | None
    verbose: bool

    def told(self, settings: Settings) -> Settings:
        """The configuration, with what the options say instead."""
        settings = settings._replace(chosen=self.rules(settings.chosen))
        if self.cluster:
            from igz_runtime.cluster import Cluster

            return settings._replace(cluster=Cluster.load(self.cluster))
        return settings

    def rules(self, chosen: Chosen) -> Chosen:
        """The rules that are judged: those of the configuration, with what the options say instead."""
        selected, ignored = _rules("select", self.select), _rules("ignore", self.ignore)
        return chosen._replace(select=selected or chosen.select, ignore=ignored or chosen.ignore)

    def finish(
        self, report: Report, settings: Settings, written: dict[str | None, str], rendered: Render = render
    ) -> int:
        """Write the report, or the baseline.

        Args:
            report: what was found.
            settings: the configuration.
            written: where the report goes, each in its format.
            rendered: makes the text of it.

        Returns:
            The exit code.
        """
        if self.write_baseline:
            return _write_baseline(self.write_baseline, report)
        if self.baseline:
            from pathlib import Path

            from igz_runtime.lint.baseline import apply_baseline, load_baseline

            report = apply_baseline(report, load_baseline(Path(self.baseline)))
        fail_on = self.fail_on or settings.fail_on
        self._write(report, written, fail_on, rendered)
        if report.files and report.unreadable == report.files:
            return NOTHING_READ
        return FINDINGS if fail_on != "never" and report.at_least(fail_on) else 0

    def _write(self, report: Report, written: dict[str | None, str], fail_on: FailOn, rendered: Render) -> None:
        for file, form in written.items():
            if file is None:
                terminal = sys.stdout.isatty()
                color = terminal and not os.environ.get("NO_COLOR") if self.color is None else self.color
                width = _width() if terminal else None
                text = rendered(report, form, color=color, width=width, verbose=self.verbose, fail_on=fail_on)
                click.echo(_encodable(text), nl=False, color=color)
                continue
            from pathlib import Path

            from igz_runtime.text.replace import replace_file

            replace_file(Path(file), rendered(report, form, verbose=self.verbose, fail_on=fail_on).encode())


def _rules(option: str, given: Sequence[str]) -> tuple[str, ...]:
    """The rules that an option names, each time that it is given."""
    named = [part for each in given for part in each.replace(",", " ").split()]
    for each in named:
        if fault := selection_fault(each):
            raise click.UsageError(f"--{option}: {fault}")
    return tuple(named)


def _write_baseline(file: str, report: Report) -> int:
    from pathlib import Path

    from igz_runtime.lint.baseline import write_baseline
    from igz_runtime.messages import counted

    path = Path(file)
    say(f"{counted(write_baseline(path, report), 'finding')} known from now on: {path}")
    return 0


def _encodable(text: str) -> str:
    """The text as standard output can take it."""
    if text.isascii():
        return text
    from igz_runtime.report.terminal import encodable

    return encodable(text, sys.stdout.encoding)


def _width() -> int:
    import shutil

    return shutil.get_terminal_size().columns
