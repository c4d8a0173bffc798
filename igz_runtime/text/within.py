"""Whether a path stays where it was named: in its folder, or in the repository of that."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def stays_within(path: Path, folder: Path) -> bool:
    """Whether a path, wherever its links lead, is inside of a folder or of the folder's repository.

    What a file names is chosen by who wrote the file, and not by who runs igz-runtime on it.
    """
    folder = folder.resolve()
    repository = next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
    return path.resolve().is_relative_to(repository)
