"""Folders above and below: what is inside of what, and where the repository of a folder begins."""

from __future__ import annotations

import os
from collections.abc import Iterator


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
    return is_inside(path, next(filter(is_repository, upwards(folder)), folder))
