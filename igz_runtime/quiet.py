"""Warnings of other libraries, left out for a moment: by one thread at a time, as they are a setting of the process."""

from __future__ import annotations

import warnings
from _thread import RLock
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Two threads that save and restore the filters in turn would leave them as one of them had set them.
_lock: Final = RLock()


@contextmanager
def without(category: type[Warning]) -> Iterator[None]:
    """Leave out warnings of a category."""
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", category)
        yield
