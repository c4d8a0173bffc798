"""Folders above and below: what is inside of what, and where the repository of a folder begins."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Final

TEMPORARY: Final = ".igz-runtime"
"""How the name of a file ends that is being written, before it gets its own; a write that was killed leaves one."""


def upwards(folder: str) -> Iterator[str]:
    """A folder, and those above it."""
    yield folder
    while (above := os.path.dirname(folder)) != folder:
        folder = above
        yield folder


def is_repository(folder: str) -> bool:
    """Whether a repository of git begins here."""
    return os.path.exists(os.path.join(folder, ".git"))


def is_inside(path: str, folder: str) -> bool:
    """Whether a path, wherever its links lead, is a folder or below it."""
    path, folder = os.path.realpath(path), os.path.realpath(folder)
    return path == folder or path.startswith(os.path.join(folder, ""))


def stays_within(path: str, folder: str) -> bool:
    """Whether a path, wherever its links lead, is inside of a folder or of the folder's repository.

    What a file names is chosen by who wrote the file, and not by who runs igz-runtime on it.
    """
    folder = os.path.realpath(folder)
    return is_inside(path, _repository_of(folder) or folder)


def leads_out(link: str) -> bool:
    """Whether a link leads out of the repository that it is in; who wrote that one chose where to."""
    repository = _repository_of(os.path.realpath(os.path.dirname(link)))
    return repository is not None and not is_inside(link, repository)


def _repository_of(folder: str) -> str | None:
    return next(filter(is_repository, upwards(folder)), None)
