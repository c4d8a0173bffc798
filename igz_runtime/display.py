"""How a value prints itself, in a terminal and in a notebook: the one door through which a value reaches `report/`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from rich.console import RenderableType


class Displayed:
    """A value that `report.text` and `report.html` know how to show.

    `report/` lies above all values, so it is named by a string, and imported when something is printed.

    Attributes:
        display_name: what stands before `_text`, `_rich` and `_html` in the names of the functions that show it.
    """

    __slots__ = ()
    display_name: ClassVar[str]

    def __str__(self) -> str:
        text: str = self._shown("text", "text")
        return text

    def __rich__(self) -> RenderableType:
        shown: RenderableType = self._shown("text", "rich")
        return shown

    def _repr_html_(self) -> str:
        html: str = self._shown("html", "html")
        return html

    def _shown(self, module: str, form: str) -> Any:
        report = importlib.import_module(f"igz_runtime.report.{module}")
        return getattr(report, f"{self.display_name}_{form}")(self)
