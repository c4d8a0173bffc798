"""The options of `igz-runtime audit` that are about more than one audit: a comparison, and metrics again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import resources
from typing import Any, Final, NamedTuple

import click

from igz_runtime.errors import InvalidValue
from igz_runtime.functions.durations import require_duration, seconds_of

_LONGEST: Final = "30d"
_LAST_PORT: Final = 65535
_REPORTS: Final = {
    "--format": "formats",
    "--output": "outputs",
    "--compare": "compare",
    "--save": "save",
    "--baseline": "baseline",
    "--write-baseline": "write_baseline",
    "--fail-on": "fail_on",
}
"""Options of a report, of which metrics that are served know nothing."""

_FILES: Final[Mapping[str, tuple[str, str]]] = {
    "access": ("igz_runtime.cluster", "access.yaml"),
    "alerts": ("igz_runtime.audit.monitoring", "alerts.yaml"),
    "cronjob": ("igz_runtime.audit.monitoring", "cronjob.yaml"),
    "dashboard": ("igz_runtime.audit.monitoring", "dashboard.json"),
    "deployment": ("igz_runtime.audit.monitoring", "deployment.yaml"),
}


class Address(NamedTuple):
    """Where metrics are served: a host, all of them where it is empty, and a port, a free one where it is 0."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class Repeated(NamedTuple):
    """An audit again and again.

    Attributes:
        every: seconds from the beginning of one reading to that of the next.
        address: where the metrics are served.
    """

    every: float
    address: Address


def over_time(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def repeated(options: Mapping[str, Any]) -> Repeated | None:
    """What `--every` and `--metrics` ask for; None: neither is given.

    Raises:
        UsageError: one without the other, beside an option of a report, or with an address that is none.
        InvalidValue: a duration that is none.
    """
    every, metrics = options["every"], options["metrics"]
    if every is None and metrics is None:
        return None
    if every is None or metrics is None:
        given, missing = ("--every", "--metrics 127.0.0.1:9108") if metrics is None else ("--metrics", "--every 1h")
        raise click.UsageError(f"{given} needs {missing} beside it")
    for option, name in _REPORTS.items():
        if options[name]:
            raise click.UsageError(f"--every serves metrics and writes no report: leave out {option}")
    return Repeated(_seconds(every), _address(metrics))


def _seconds(every: str) -> float:
    stated = seconds_of(require_duration(every, what="--every", example="'1h'")) or 0.0
    if stated > (seconds_of(_LONGEST) or 0.0):
        raise InvalidValue(f"--every: {every} is longer than {_LONGEST}, the most")
    return stated


def _address(metrics: str) -> Address:
    host, colon, port = metrics.rpartition(":")
    whole = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    bare = ":" in host and whole == host
    if bare or not colon or not (port.isascii() and port.isdecimal()) or int(port) > _LAST_PORT:
        raise click.UsageError(f"--metrics {metrics}: write HOST:PORT, such as 127.0.0.1:9108 or [::1]:9108")
    return Address(whole, int(port))


def _print(ctx: click.Context, _: click.Parameter, name: str | None) -> None:
    if name is None or ctx.resilient_parsing:
        return
    package, file = _FILES[name]
    click.echo((resources.files(package) / file).read_text(encoding="utf-8"), nl=False)
    ctx.exit()


_OPTIONS: Final = (
    click.option(
        "--compare",
        metavar="FILE",
        help="An earlier report in JSON: says what is new, gone and changed. What fails stays: see --baseline.",
    ),
    click.option("--every", metavar="DURATION", help="Audit again and again, such as 1h, and serve --metrics."),
    click.option(
        "--metrics",
        metavar="HOST:PORT",
        help="Where --every serves /metrics for Prometheus, and /-/healthy; such as 127.0.0.1:9108.",
    ),
    click.option(
        "--print",
        type=click.Choice(list(_FILES)),
        is_eager=True,
        expose_value=False,
        callback=_print,
        help="Print a file that is shipped, and end: access rights, manifests, a dashboard of Grafana, alerts.",
    ),
)
