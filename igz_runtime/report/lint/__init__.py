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
        module: its module, whose function `rendered` makes the text.
        ending: of a file that `--output` names, where this tells its format.
        options: those of `render` that its module takes.
    """

    module: str
    ending: str = ""
    options: tuple[str, ...] = ()

    def rendered(self, of: Any, given: Mapping[str, Any]) -> str:
        """The text.

        Args:
            of: what is reported.
            given: every option of `render`.
        """
        module = importlib.import_module(self.module)
        rendered: str = module.rendered(of, **{name: given[name] for name in self.options})
        return rendered


FORMATS: Final[Mapping[str, Format]] = {
    "text": Format(f"{__name__}.text", ".txt", ("color", "width", "verbose")),
    "json": Format(f"{__name__}.json", ".json"),
    "sarif": Format(f"{__name__}.sarif", ".sarif"),
    "github": Format(f"{__name__}.github"),
    "junit": Format(f"{__name__}.junit", ".xml", ("fail_on",)),
    "html": Format(f"{__name__}.html", ".html"),
}


def require_format(name: str, known: Mapping[str, Format]) -> Format:
    """The format of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in known:
        raise ValueError(f"there is no format {name!r}; there are {', '.join(known)}")
    return known[name]


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
    given = {"color": color, "width": width, "verbose": verbose, "fail_on": fail_on}
    return require_format(format, FORMATS).rendered(report, given)
