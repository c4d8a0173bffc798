"""The programs that tests/page need beside Python: Chromium, and Prometheus with promtool. `make test-page` runs this.

What is not on the path is taken from Debian's packages, where there is apt-get. Chromium is installed, which only root
may do. Prometheus is unpacked into a cache folder: installing it would start a server on this machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

CACHE: Final = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "igz-runtime" / "prometheus"
UNPACKED: Final = CACHE / "usr" / "bin"
NAMES: Final = {
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "prometheus": ("prometheus",),
    "promtool": ("promtool",),
}
"""What each program may be called."""


def found(program: str) -> Path | None:
    """Where a program is; None where it is not on this machine.

    Args:
        program: `chromium`, `prometheus` or `promtool`.
    """
    on_path = (shutil.which(name) for name in NAMES[program])
    unpacked = UNPACKED / program
    return next((Path(each) for each in on_path if each), unpacked if unpacked.is_file() else None)


def missing(program: str) -> str:
    """What to do about a program that is not there."""
    return f"{program} is not here: `make test-page` gets it where there is apt-get (Chromium: as root)"


def obtain() -> None:
    """Get what is missing, as far as that is possible here."""
    if not all(map(found, NAMES)) and shutil.which("apt-get") is None:
        return
    if found("chromium") is None and os.geteuid() == 0:
        _apt_get("install", "--yes", "--no-install-recommends", "chromium", "fonts-dejavu-core")
    if found("prometheus") is None or found("promtool") is None:
        with tempfile.TemporaryDirectory() as folder:
            _apt_get("download", "prometheus", folder=folder)
            for package in Path(folder).glob("*.deb"):
                CACHE.mkdir(parents=True, exist_ok=True)
                subprocess.run(["dpkg-deb", "--extract", package, CACHE], check=True)  # noqa: S607


def _apt_get(*arguments: str, folder: str | None = None) -> None:
    """Run apt-get; where it does not know a package yet, after an update."""
    command = ["apt-get", "--quiet", "--quiet", *arguments]
    if subprocess.run(command, cwd=folder, check=False).returncode and os.geteuid() == 0:
        subprocess.run(["apt-get", "--quiet", "--quiet", "update"], check=False)  # noqa: S607
        subprocess.run(command, cwd=folder, check=False)


if __name__ == "__main__":
    obtain()
    for each in NAMES:
        if found(each) is None:
            sys.stderr.write(f"{missing(each)}\n")
