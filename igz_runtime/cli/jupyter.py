"""`igz-runtime jupyter`: what belongs to Jupyter services."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import click

from igz_runtime.cli import say
from igz_runtime.cli.options import configuration, load
from igz_runtime.cluster.jupyter_image import HOOK
from igz_runtime.text.limits import LARGEST

if TYPE_CHECKING:
    from igz_runtime.lint.shell import Fault

_FINDINGS: Final = 1
_STANDARD_INPUT: Final = "-"
_SECONDS: Final = 10


@click.group()
def jupyter() -> None:
    """Make and check what belongs to Jupyter services."""


@jupyter.command()
@click.option("--apt", multiple=True, metavar="PACKAGE", help="A Debian package; may be repeated, as the next three.")
@click.option("--pip", multiple=True, metavar="REQUIREMENT", help="A requirement for pip.")
@click.option("--extension", "extensions", multiple=True, metavar="REQUIREMENT", help="An extension of JupyterLab.")
@click.option("--command", "commands", multiple=True, metavar="COMMAND", help="A command for Bash.")
@click.option("--environment", metavar="NAME", help="The conda environment for pip.  [default: jupyter]")
@click.option("--step-seconds", type=int, help="How long one step may take.  [default: 600]")
@click.option("--total-seconds", type=int, help="How long all of them may.  [default: 900]")
@click.option("-o", "--output", metavar="FILE", help=f"Write to a file, such as {HOOK}, in one step.")
@click.option("--check", metavar="FILE", help="Check a hook that is there already; `-` is standard input.")
@configuration
def hook(check: str | None, output: str | None, config: str | None, *, no_config: bool, **asked: Any) -> int:
    """Print a startup hook: a script that installs what a restart of a Jupyter service loses.

    The platform runs /User/.igz/startup-hook.sh before it launches Jupyter.

    \b
    Exit codes: 0 written, or nothing found; 1 --check found something; 2 usage.
    """  # noqa: D301  (click's mark for lines that stay as they are)
    given = {name: value for name, value in asked.items() if value not in ((), None)}
    if check:
        if given or output:
            raise click.UsageError("--check reads a hook, and takes nothing that makes one")
        return _check(check, config, no_config=no_config)
    from igz_runtime.jupyter.startup import startup_hook

    made = startup_hook(**given)
    if output:
        say(f"written: {made.write(output)}")
    else:
        click.echo(made.script, nl=False)
    return 0


def _check(file: str, config: str | None, *, no_config: bool) -> int:
    from igz_runtime.lint.judging import judge_content
    from igz_runtime.lint.results import Content
    from igz_runtime.lint.shell import read_hook
    from igz_runtime.report.lint import render
    from igz_runtime.text.limits import Unreadable
    from igz_runtime.text.tree import decoded

    settings = load(config, no_config=no_config)
    content, path = _read(file)
    try:
        read = read_hook(decoded(content), path, settings.cluster.platform, _fault_in(content))
    except Unreadable as error:
        read = Content(broken=[error.remark])
    report = judge_content("<stdin>" if file == _STANDARD_INPUT else file, read, settings)
    click.echo(render(report, "text", color=False, fail_on="warning"), nl=False)
    return _FINDINGS if report.at_least("warning") else 0


def _read(file: str) -> tuple[bytes, str]:
    """What a file holds, and its whole path; of standard input there is none."""
    if file == _STANDARD_INPUT:
        return sys.stdin.buffer.read(LARGEST + 1), ""
    from pathlib import Path

    from igz_runtime.errors import ConfigurationError
    from igz_runtime.text.bounded import content_of

    try:
        return content_of(file), str(Path(file).absolute())
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from None


def _fault_in(script: bytes) -> Fault | None:
    """The line on which Bash refuses a script, and what it says. It only reads it, and runs nothing."""
    import re
    import shutil
    import subprocess

    bash = shutil.which("bash")
    if bash is None:
        return None
    try:
        # Without BASH_ENV, which would be run.
        ran = subprocess.run(  # noqa: S603  (the script goes to standard input)
            [bash, "--norc", "--noprofile", "-n"],
            input=script,
            capture_output=True,
            env={},
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    said = re.search(r"line (\d+): (.+)", ran.stderr.decode(errors="replace"))
    return (int(said[1]), said[2]) if said and ran.returncode else None
