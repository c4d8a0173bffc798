"""A run of lint in six formats, each of which is imported when it is asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final

from igz_runtime.lint.results import Report
from igz_runtime.report.lint.content import FailOn

FORMATS: Final[Mapping[str, str]] = {
    "text": "for people: a terminal, or the log of a CI job",
    "json": "for programs: documented and versioned",
    "sarif": "SARIF 2.1.0, for code scanning and editors",
    "github": "workflow commands of GitHub Actions, which become annotations",
    "junit": "JUnit's XML, for CI servers that show tests",
    "html": "one page that stands alone",
}
"""Every format, and what it is for."""


def render(
    report: Report,
    format: str,  # noqa: A002  (as the option is called)
    *,
    color: bool = False,
    width: int | None = None,
    verbose: bool = False,
    fail_on: FailOn = "error",
) -> str:
    """A report as text that can be written as it is: it ends with a line feed, or is empty.

    Args:
        report: what lint found.
        format: one of `FORMATS`.
        color: whether the format `text` has the colours of a terminal in it.
        width: the longest line of the format `text`, in columns; None: lines are not wrapped.
        verbose: whether the format `text` lists everything, waived findings too, and folds nothing.
        fail_on: which findings are failures in the format `junit`: those of this severity or graver; `never`: none.

    Raises:
        ValueError: there is no such format.
    """
    if format not in FORMATS:
        raise ValueError(f"there is no format {format!r}; there are {', '.join(FORMATS)}")
    options: Mapping[str, Mapping[str, Any]] = {
        "text": {"color": color, "width": width, "verbose": verbose},
        "junit": {"fail_on": fail_on},
    }
    module = importlib.import_module(f"igz_runtime.report.lint.{format}")
    rendered: str = module.rendered(report, **options.get(format, {}))
    return rendered
