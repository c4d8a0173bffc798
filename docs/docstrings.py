"""Reads docstrings as their authors meant them, for the reference pages."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
_ARGUMENTS = re.compile(r"^- ((?:`\w+`(?:, )?)+): (.+(?:\n  .+)*)", re.MULTILINE)
_KEYWORDS = {"igz_runtime.profiles._Common", "igz_runtime.profiles.Placement"}


class Examples(griffe.Extension):
    """Shows examples as code: outside an `Examples:` section they would be read as quotations."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)


class Arguments(griffe.Extension):
    """Gives each keyword of the profile factories the line that their module's docstring has for it."""

    def on_class(self, *, cls: griffe.Class, **_: Any) -> None:
        if cls.path not in _KEYWORDS or not cls.module.docstring:
            return
        for names, text in _ARGUMENTS.findall(cls.module.docstring.value):
            for name in re.findall(r"\w+", names):
                if name in cls.attributes:
                    cls.attributes[name].docstring = griffe.Docstring(" ".join(text.split()))
