"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, get_args

import click

from igz_runtime.cluster.model import Cluster, Environment
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


def live_cluster(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a live cluster, and what it is for."""
    for option in reversed(_OF_LIVE_CLUSTER):
        command = option(command)
    return command


_PATIENCE: Final = 60.0
"""Seconds that reading a cluster may take, where nobody says."""
OF_LIVE: Final = ("context", "kubeconfig", "timeout")
"""Of these options, the ones that mean nothing for a cluster in a file."""
_OF_LIVE_CLUSTER: Final = (
    click.option("--context", metavar="NAME", help="A context of the kubeconfig; else its current one."),
    click.option(
        "--kubeconfig", metavar="FILE", help="The kubeconfig; else $KUBECONFIG, ~/.kube/config, or this pod's."
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(0, min_open=True),
        help=f"How long reading may take in all.  [default: {_PATIENCE:g}]",
    ),
    click.option(
        "--environment",
        type=click.Choice(get_args(Environment)),
        help="What the cluster is for; else $IGZ_RUNTIME_ENVIRONMENT, or what igz-runtime.yaml says of the cluster.",
    ),
)


@dataclass(frozen=True)
class LiveOptions:
    """These options of one call."""

    context: str | None
    kubeconfig: str | None
    timeout: float | None
    environment: str | None

    def read_live(self, **how: Any) -> Cluster:
        """The live cluster that they choose.

        Args:
            how: what else `Cluster.from_kubernetes` takes.

        Raises:
            ConfigurationError: none is configured; says what can be named instead.
            ClusterUnreachable: it cannot be read.
        """
        timeout = self.timeout or _PATIENCE
        try:
            return Cluster.from_kubernetes(self.context, kubeconfig=self.kubeconfig, timeout=timeout, **how)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error}; --cluster takes a file instead") from None

    def require_no_live(self, what: str, *others: str) -> None:
        """Require that nothing is said of a live cluster where `--cluster` names a file.

        Args:
            what: what the file is.
            others: other options that are for a live cluster.
        """
        for name in (*OF_LIVE, *others):
            if getattr(self, name) is not None:
                raise click.UsageError(f"--{name} is for a live cluster, and --cluster names {what}")


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
