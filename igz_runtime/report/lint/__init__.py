"""A run of lint in each format, which is imported when it is asked for: its module has a function `rendered`."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from igz_runtime.lint.results import Report
from igz_runtime.report.lint.content import FailOn


class Format(NamedTuple):
    """What a format needs to be found and rendered.

    Attributes:
        ending: of a file that `--output` names, where this tells its format.
        options: those of `render` that its module takes.
    """

    ending: str = ""
    options: tuple[str, ...] = ()


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format(".txt", ("color", "width", "verbose")),
    "json": Format(".json"),
    "sarif": Format(".sarif"),
    "github": Format(),
    "junit": Format(".xml", ("fail_on",)),
    "html": Format(".html"),
}


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
    given: Mapping[str, Any] = {"color": color, "width": width, "verbose": verbose, "fail_on": fail_on}
    options = {name: given[name] for name in FORMATS[format].options}
    module = importlib.import_module(f"igz_runtime.report.lint.{format}")
    rendered: str = module.rendered(report, **options)
    return rendered
