"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import click

from igz_runtime.config.file import VARIABLE, WITHOUT, ConfigFile, config_file, nearest_file
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


def load(
    config: str | None,
    *,
    no_config: bool,
    beside: str = "",
    environment: str | None = None,
    required: bool = False,
) -> Settings:
    """The settings of a named file, else of what `IGZ_RUNTIME_CONFIG` names or the nearest igz-runtime.yaml, or none.

    Args:
        config: the file that an option names.
        no_config: whether an option says that none is read.
        beside: a file whose folder, or one above it, has the nearest one; empty: the working directory.
        environment: the environment that an option names.
        required: whether functions need a profile.

    Raises:
        ConfigurationError: the file cannot be read; names line, column and key.
        InvalidValue: there is no such environment.
    """
    return settings_of(file_of(config, no_config=no_config, beside=beside), environment, required=required)


def file_of(config: str | None, *, no_config: bool, beside: str = "") -> ConfigFile:
    """The configuration of a named file, else of what `IGZ_RUNTIME_CONFIG` names or the nearest one, or none.

    Args:
        config: the file that an option names.
        no_config: whether an option says that none is read.
        beside: a file whose folder, or one above it, has the nearest one; empty: the working directory.

    Raises:
        ConfigurationError: the file cannot be read; names line, column and key.
    """
    if config and config != WITHOUT and not os.path.isfile(config):
        raise ConfigurationError(f"{config}: there is no such file")
    chosen: str | ConfigFile | None = WITHOUT if no_config else config
    if beside and chosen is None and not os.environ.get(VARIABLE):
        from pathlib import Path

        chosen = nearest_file(Path(beside).parent)
    return config_file(chosen)
