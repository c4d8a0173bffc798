"""The functions of files, without a verdict: what each is, and where it stands."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

from igz_runtime.errors import BrokenFunction, ConfigurationError, UnsupportedFunction
from igz_runtime.functions import adapter_for
from igz_runtime.functions.model import UNNAMED, Function, normal_name
from igz_runtime.functions.workload import Workload
from igz_runtime.lint.projects import FILE, SETUP
from igz_runtime.lint.reading import join, read_file
from igz_runtime.lint.results import Content, Member, Written
from igz_runtime.lint.settings import Settings
from igz_runtime.lint.walk import files_under
from igz_runtime.text.bounded import content_of


class Found(NamedTuple):
    """A function of a file.

    Attributes:
        function: the function.
        place: the file, with line and column.
        declared: what the file declares about its work; None: nothing.
    """

    function: Function
    place: str
    declared: Workload | None = None


class Missed(NamedTuple):
    """What of a file could not be looked into, and why."""

    place: str
    why: str


_OF_TESTS: Final = re.compile(r"(^|/)(tests?/|test_[^/]*\.py$|[^/]*_test\.py$|conftest\.py$)")


def functions_under(path: str) -> tuple[dict[str, Found], list[Missed]]:
    """The functions of a file or folder by their names, and what was not looked into; nothing is run.

    Of a folder whose project.yaml has functions: those, and what its project_setup.py makes, which replaces them. Of
    any other: those of all its files but its tests.

    Args:
        path: the file or folder.

    Raises:
        ConfigurationError: there is no such path; a file that was named cannot be read, or a function of it.
    """
    folder = Path(path)
    if not folder.is_dir():
        return _by_name(functions_in([file.name for file in files_under([path])]))
    project, setup = folder / FILE, folder / SETUP
    if project.is_file():
        found = _by_name(functions_in([each.as_posix() for each in (setup, project) if each.is_file()]))
        if found[0]:
            return found
    files = [Path(file.name) for file in files_under([path])]
    kept = [each.as_posix() for each in files if not _OF_TESTS.search(each.relative_to(folder).as_posix())]
    # What MLRun runs when it loads a project replaces what stands elsewhere.
    return _by_name(functions_in(sorted(kept, key=lambda name: name != setup.as_posix()), named=False))


def _by_name(every: Iterable[Found | Missed]) -> tuple[dict[str, Found], list[Missed]]:
    """The first function of each name."""
    found: dict[str, Found] = {}
    missed = []
    for each in every:
        if isinstance(each, Missed):
            missed.append(each)
        else:
            found.setdefault(normal_name(each.function.name), each)
    return found, missed


def functions_in(names: Iterable[str], *, named: bool = True) -> Iterator[Found | Missed]:
    """The functions of files, and of those that they name; nothing is run.

    Args:
        names: the files.
        named: whether a person named them: then what cannot be read is an error.

    Raises:
        ConfigurationError: a file cannot be read, or a function of it.
    """
    waiting: list[tuple[str, Member | None]] = [(name, None) for name in names]
    seen = {name for name, _ in waiting}
    for name, member in waiting:
        content = _content(name, named=named)
        for remark in content.broken:
            if named and not content.functions:
                raise ConfigurationError(remark.in_file(name))
        if member:
            join(content, member)
        for written in content.functions:
            yield from _found(name, written, named=named)
        yield from (Missed(f"{name}:{remark.position}", remark.text) for remark in content.notes)
        for follow in content.files:
            target = Path(os.path.normpath(Path(name).parent / follow.file)).as_posix()
            if not Path(target).is_file():
                yield Missed(f"{name}:{follow.position}", f"{follow.file}: there is no such file")
            elif target not in seen:
                seen.add(target)
                waiting.append((target, follow.member))


def _content(name: str, *, named: bool) -> Content:
    try:
        return read_file(name, content_of(name), Settings(), named=named)
    except OSError as error:
        raise ConfigurationError(f"{name}: cannot be read: {error.strerror}") from None


def _found(name: str, written: Written, *, named: bool) -> Iterator[Found | Missed]:
    if written.function is not None or ("kind",) in written.unknown:
        return  # the step of a pipeline, and a function that stands elsewhere
    place = f"{name}:{written.at(())}"
    try:
        function = adapter_for(written.document).read()
    except UnsupportedFunction:
        return
    except BrokenFunction as error:
        if named:
            raise ConfigurationError(f"{place}: {error}") from None
        yield Missed(place, str(error))
        return
    if function.name == UNNAMED:
        yield Missed(place, "a function whose name is not known")
        return
    evidence = function.evidence._replace(runs=written.runs)
    function = function.but(evidence=evidence).seen_from(name.rpartition("/")[0])
    yield Found(function, place, written.workload)
