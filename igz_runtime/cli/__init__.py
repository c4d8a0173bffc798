"""The command line: it parses arguments, calls the library, and turns errors into sentences and exit codes.

Each command is imported when it is called, so that the program starts in the time that click takes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import click

from igz_runtime import __version__
from igz_runtime.errors import ClusterUnreachable, IgzRuntimeError
from igz_runtime.messages import printable, shortened, where_raised

USAGE: Final = 2
"""The exit code for wrong usage or configuration, as click has it too."""

NOTHING_READ: Final = 3
_INTERRUPTED: Final = 130
_COMMANDS: Final = {
    "lint": ("igz_runtime.cli.lint", "Check function files, projects, pipelines, Python and notebooks."),
    "check": ("igz_runtime.cli.check", "Check a project with the profiles that igz-runtime.yaml assigns."),
    "audit": ("igz_runtime.cli.audit", "Check a cluster: its node groups, what runs there, and what is declared."),
    "policy": ("igz_runtime.cli.policy", "Print rules as a cluster's own admission policies."),
    "advise": ("igz_runtime.cli.advise", "Say which profile functions should have, by four questions."),
    "init": ("igz_runtime.cli.init", "Write a first igz-runtime.yaml and project_setup.py for a project."),
    "explain": ("igz_runtime.cli.explain", "Say what a rule finds, why, and how to fix it."),
    "rules": ("igz_runtime.cli.explain", "List the rules."),
    "jupyter": ("igz_runtime.cli.jupyter", "Write and check startup hooks of Jupyter services."),
    "schema": ("igz_runtime.cli.schema", "Print the JSON Schema of igz-runtime.yaml, or of a report."),
    "completion": ("igz_runtime.cli.completion", "Print the script that completes commands in a shell."),
}


class _Commands(click.Group):
    """The commands by name, each imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(_COMMANDS[cmd_name][0]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            from igz_runtime.messages import did_you_mean

            raise click.UsageError(f"there is no command {args[0]!r}{did_you_mean(args[0], _COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in _COMMANDS.items()])


@click.group("igz-runtime", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="igz-runtime %(version)s")
def program() -> None:
    """Check where the pods of MLRun and Nuclio functions will run, before they do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: what follows the program's name; None: those of the process.

    Returns:
        The exit code: 0 clean, 1 findings, 2 wrong usage or configuration, 3 nothing could be read.
    """
    try:
        code = program.main(arguments, prog_name="igz-runtime", standalone_mode=False)
    except click.ClickException as error:
        return _shown(error)
    except (click.Abort, KeyboardInterrupt):
        return _INTERRUPTED
    except ClusterUnreachable as error:
        return _say(str(error), NOTHING_READ)
    except IgzRuntimeError as error:
        return _say(str(error), USAGE)
    except BrokenPipeError:
        # Whoever read our output has read enough. Python would complain once more when it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001  (no traceback reaches a user of the command line)
        return _say(said, USAGE) if (said := _around(error)) else _defect(error)
    return code if isinstance(code, int) else 0


def say(line: str, *, err: bool = True) -> None:
    """Print a line, in which whatever is named steers nothing; as a rule to standard error."""
    click.echo(printable(line), err=err)


def _say(sentence: str, code: int) -> int:
    for line in f"igz-runtime: {sentence}".split("\n"):
        say(line)
    return code


def _shown(error: click.ClickException) -> int:
    """Show what click has to say, which names the arguments of the call."""
    from io import StringIO

    vars(error)["message"] = printable(error.message)  # a new line in an argument begins none
    said = StringIO()
    error.show(said)
    for line in said.getvalue().splitlines():
        say(line)
    return error.exit_code


def _around(error: Exception) -> str:
    """What is wrong around the program, and not in it; empty where nothing is known to be."""
    if isinstance(error, OSError) and error.filename is None and error.errno in _CANNOT_WRITE:
        return f"the output cannot be written: {error.strerror}"
    if isinstance(error, OSError) and isinstance(error.filename, str) and error.strerror:
        return f"{shortened(error.filename)}: {error.strerror}"
    try:
        os.getcwd()  # noqa: PTH109  (pathlib is not loaded at the start)
    except OSError:
        return "the working directory does not exist any more"
    return ""


_CANNOT_WRITE: Final = frozenset({errno.EBADF, errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})


def _defect(error: Exception) -> int:
    """Name a defect of our own without a traceback, and without values that an exception's text may hold."""
    if os.environ.get("IGZ_RUNTIME_TRACEBACK"):
        raise error
    return _say(
        f"this is a defect of igz-runtime, please report it: {where_raised(error)}\n"
        "  IGZ_RUNTIME_TRACEBACK=1 shows the traceback",
        USAGE,
    )
