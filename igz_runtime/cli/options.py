"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.settings import Settings


def configuration(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose the configuration file."""
    named = click.option(
        "--config",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="The configuration; else igz-runtime.yaml of this folder or one above it.",
    )
    without = click.option("--no-config", is_flag=True, help="Read no configuration.")
    return named(without(command))


def load(config: str | None, *, no_config: bool) -> Settings:
    """The settings of a named file, of the nearest igz-runtime.yaml, or none.

    Raises:
        ConfigurationError: the file cannot be read; names line, column and key.
    """
    from igz_runtime.lint.settings import find_settings

    if no_config:
        return Settings()
    path = Path(config) if config else find_settings(Path.cwd())
    if path is None:
        return Settings()
    if not path.is_file():
        raise ConfigurationError(f"{path}: there is no such file")
    from igz_runtime.lint.settings import load_settings

    return load_settings(path)
