"""The guard of a whole process: installed where Python or a notebook starts, before anything is submitted."""

from __future__ import annotations

import atexit
import os
import sys
from os import PathLike
from threading import Lock

from igz_runtime.errors import InvalidValue
from igz_runtime.projects.guarding.guards import Guard
from igz_runtime.projects.guarding.refusals import UNSEEN

_lock = Lock()
_installed: InstalledGuard | None = None


def install_guard(
    *, strict: bool = False, warn: bool = False, config: str | PathLike[str] | None = None
) -> InstalledGuard:
    """Judge whatever this process sends to MLRun's server from now on: `guard` without a block.

    For a team's sitecustomize, or the start of a notebook's image: MLRun is not imported for it. A refusal that MLRun
    swallows is raised at the next request of that thread. What nobody has seen when the process ends is printed, and
    the process ends with 1.

    Args:
        strict: see `guard`.
        warn: see `guard`.
        config: a configuration for every project, or `none`; see `guard`.

    Returns:
        The guard: `.seen`, `.refused` and `.blind`, and `.remove()` takes it off. Installed again it is the same one.

    Raises:
        InvalidValue: one is installed already, with other arguments.
    """
    global _installed  # noqa: PLW0603  (a process has one)
    with _lock:
        if _installed is None:
            _installed = InstalledGuard(None, strict=strict, warn=warn, config=config)
            _installed.begin()
            atexit.register(_installed.at_exit)
        elif not _installed.has(strict=strict, warn=warn, config=config):
            raise InvalidValue(
                f"{_installed!r} is installed already: take it off with .remove(), or use guard() beside it"
            )
        return _installed


class InstalledGuard(Guard):
    """The guard of a process. See `install_guard`."""

    def has(self, *, strict: bool, warn: bool, config: str | PathLike[str] | None) -> bool:
        """Whether it was installed with these arguments."""
        return (self._strict, self._warn, self._config) == (strict, warn, config)

    def __repr__(self) -> str:
        return super().__repr__().replace("<guard", "<guard of this process", 1)

    def remove(self) -> None:
        """Take it off. A second time it does nothing.

        Raises:
            UnsafeCombination: MLRun swallowed a refusal that nobody has seen.
        """
        if self._take_off():
            self._refusals.end(None)

    def at_exit(self) -> None:
        """The process ends: print what nobody has seen, and let the process fail for it."""
        unseen = self._refusals.due()
        if self._take_off() and unseen:
            for each in unseen:
                sys.stderr.write(f"igz_runtime: {UNSEEN}\n{each}\n")
            # Python ignores what is raised at its exit, and has by now run what was registered after this.
            if "logging" in sys.modules:
                sys.modules["logging"].shutdown()
            for stream in filter(None, (sys.stdout, sys.stderr)):
                stream.flush()
            os._exit(1)

    def _take_off(self) -> bool:
        global _installed  # noqa: PLW0603  (as above)
        with _lock:
            if _installed is not self:
                return False
            _installed = None
        atexit.unregister(self.at_exit)
        return self.end()
