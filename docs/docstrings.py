"""Reads docstrings as their authors meant them, for the reference pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^>>> .*(?:\n.+)*", re.MULTILINE)
_ARGUMENTS = re.compile(r"^- ((?:`\w+`(?:, )?)+): (.+(?:\n  .+)*)", re.MULTILINE)
_PASSED_ON = re.compile(r"^    \*\*\w+: .*\n?", re.MULTILINE)


class Examples(griffe.Extension):
    """Shows examples as code: outside an `Examples:` section they would be read as quotations."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        if obj.docstring:
            obj.docstring.value = _EXAMPLE.sub(r"```pycon\n\g<0>\n```", obj.docstring.value)


class Arguments(griffe.Extension):
    """Names each keyword that a factory of profiles passes on, with the line that its package has for it."""

    def on_function(self, *, func: griffe.Function, **_: Any) -> None:
        passed_on = next((each for each in func.parameters if each.kind is griffe.ParameterKind.var_keyword), None)
        if passed_on is None or func.module.path != "igz_runtime.profiles.builtin" or not func.docstring:
            return
        keywords = func.modules_collection[passed_on.annotation.slice.canonical_path].all_members  # type: ignore[union-attr]
        del func.parameters[passed_on.name]
        lines = [f"    {name}: {text}" for name, text in _lines(func) if name in keywords]
        for name, _text in _lines(func):
            if name in keywords:
                kind = griffe.ParameterKind.keyword_only
                func.parameters[name] = griffe.Parameter(
                    name, annotation=keywords[name].annotation, kind=kind, default="…"
                )
        own = _PASSED_ON.sub("", func.docstring.value)
        if "Args:\n" not in own:
            own += "\n\nArgs:\n"
        func.docstring.value = own.replace("Args:\n", "\n".join(["Args:", *lines, ""]))


def _lines(func: griffe.Function) -> Iterator[tuple[str, str]]:
    """What the package's docstring says of each argument."""
    package = func.module.parent
    said = package.docstring.value if package is not None and package.docstring else ""
    for names, text in _ARGUMENTS.findall(said):
        for name in re.findall(r"\w+", names):
            yield name, " ".join(text.split())
