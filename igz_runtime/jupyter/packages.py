"""Names of packages and environments: what apt-get, pip and conda are asked for is a name, and never an option."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from igz_runtime.errors import InvalidValue
from igz_runtime.messages import shown

_APT: Final = re.compile(r"[a-z0-9][a-z0-9+.-]*[a-z0-9+.](:[a-z0-9-]+)?(=[A-Za-z0-9.+:~-]+)?")
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_COMPARED: Final = r"(?:===?|[<>~!]=|[<>])\s*[\w.*+!-]+"
_REQUIREMENT: Final = re.compile(
    rf"{_NAME}(?:\s*\[{_NAME}(?:\s*,\s*{_NAME})*\])?"
    rf"(?:\s*{_COMPARED}(?:\s*,\s*{_COMPARED})*|\s*@\s*[\w+]+://[^\s'\"$`]+)?"
    r"(?:\s*;\s*[\w\s.'\"<>=!~(),-]+)?"
)
_PLACE: Final = re.compile(r"(?:[\w+]+://|/|\./)[^\s'\"$`]+")
_CONDA: Final = re.compile(rf"(?:[\w./-]+::)?{_NAME}(?:\s*(?:=|{_COMPARED})[\w.*|,<>=!+ -]*)?")
_ENVIRONMENT: Final = re.compile(r"[A-Za-z0-9_][\w.-]*", re.ASCII)


def apt_packages(listed: Iterable[str]) -> tuple[str, ...]:
    """Debian packages, such as `graphviz` or `libgl1=1.6.0-1`.

    Raises:
        InvalidValue: one is something else, such as an option, or a name that ends with apt-get's mark for removal.
    """
    return _each("apt", listed, (_APT,), "a Debian package, such as 'graphviz'")


def pip_requirements(listed: Iterable[str], argument: str = "pip") -> tuple[str, ...]:
    """What pip can install: a requirement such as `lightgbm>=4`, a URL, or a path that begins with `/` or `./`.

    Raises:
        InvalidValue: one is something else, such as an option of pip.
    """
    return _each(argument, listed, (_REQUIREMENT, _PLACE), "a requirement of pip, such as 'lightgbm>=4'")


def conda_packages(listed: Iterable[str]) -> tuple[str, ...]:
    """What conda can install, such as `gdal=3.8` or `conda-forge::gdal`.

    Raises:
        InvalidValue: one is something else.
    """
    return _each("conda", listed, (_CONDA,), "a package of conda, such as 'gdal=3.8'")


def environment_name(name: str, argument: str = "name") -> str:
    """The name of a conda environment.

    Raises:
        InvalidValue: it is something else.
    """
    if not isinstance(name, str) or not _ENVIRONMENT.fullmatch(name):
        raise InvalidValue(
            f"{argument} is {shown(name)}, which is not the name of a conda environment; write letters, digits, "
            "'.', '_' and '-', beginning with a letter or digit"
        )
    return name


def texts(argument: str, listed: Iterable[str]) -> tuple[str, ...]:
    """Several texts, in their order.

    Raises:
        InvalidValue: it is one text, or holds something else.
    """
    if isinstance(listed, str | bytes) or not isinstance(listed, Iterable):
        raise InvalidValue(f"{argument} is {shown(listed)}; write a list: {argument}=[{shown(listed)}]")
    found: tuple[Any, ...] = tuple(listed)
    for each in found:
        if not isinstance(each, str):
            raise InvalidValue(f"{argument} holds {shown(each)}, and text is required")
    return found


def _each(argument: str, listed: Iterable[str], patterns: tuple[re.Pattern[str], ...], what: str) -> tuple[str, ...]:
    found = texts(argument, listed)
    for each in found:
        if not (each.isprintable() and any(pattern.fullmatch(each) for pattern in patterns)):
            raise InvalidValue(f"{argument}: {shown(each)} is not {what}{_option(each)}")
    return tuple(dict.fromkeys(found))


def _option(text: str) -> str:
    return "; options are not taken" if text.startswith("-") else ""
