"""`igz-runtime schema`: the JSON Schemas, for editors and for programs."""

from __future__ import annotations

from importlib import resources
from typing import Final

import click

_SCHEMAS: Final = {
    "configuration": ("igz_runtime.config", "igz-runtime.schema.json"),
    "report": ("igz_runtime.report.lint", "report.schema.json"),
    "audit": ("igz_runtime.report.audit", "audit.schema.json"),
}


@click.command()
@click.argument("of", type=click.Choice(list(_SCHEMAS)), default="configuration")
def schema(of: str) -> None:
    """Print the JSON Schema of igz-runtime.yaml (configuration), of a report in JSON, or of an audit in JSON."""
    package, name = _SCHEMAS[of]
    click.echo((resources.files(package) / name).read_text(encoding="utf-8"), nl=False)
