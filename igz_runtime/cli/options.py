"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from igz_runtime.config.file import WITHOUT, config_file
from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.settings import Settings, settings_of


def configuration(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose the configuration file."""
    named = click.option(
        "--config",
        metavar="FILE",
        type=click.Path(dir_okay=False),
        help="The configuration; else $IGZ_RUNTIME_CONFIG, or igz-runtime.yaml of this folder or one above it.",
    )
    without = click.option("--no-config", is_flag=True, help="Read no configuration.")
    return named(without(command))


def load(config: str | None, *, no_config: bool) -> Settings:
    """The settings of a named file, else of what `IGZ_RUNTIME_CONFIG` names or the nearest igz-runtime.yaml, or none.

    Raises:
        ConfigurationError: the file cannot be read; names line, column and key.
    """
    if no_config:
        return Settings()
    if config and config != WITHOUT and not os.path.isfile(config):
        raise ConfigurationError(f"{config}: there is no such file")
    return settings_of(config_file(config))
