"""`igz-runtime completion`: click's own completion, as a script to be sourced."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and rules in a SHELL.

    \b
    bash:  eval "$(igz-runtime completion bash)"     in ~/.bashrc
    zsh:   eval "$(igz-runtime completion zsh)"      in ~/.zshrc
    fish:  igz-runtime completion fish | source      in ~/.config/fish/config.fish
    """  # noqa: D301  (click's mark for lines that stay as they are)
    from click.shell_completion import get_completion_class

    from igz_runtime.cli import program

    of_shell = get_completion_class(shell)
    if of_shell is None:  # pragma: no cover  (click knows the three)
        raise click.UsageError(f"click knows no completion for {shell}")
    click.echo(of_shell(program, {}, "igz-runtime", "_IGZ_RUNTIME_COMPLETE").source())
