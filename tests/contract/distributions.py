"""Small distributions as pip leaves them, and programs that meet them: each runs in an interpreter of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = (str(Path(sys.executable).with_name("igz-runtime")),)
MODULE = (sys.executable, "-m", "igz_runtime")


FUNCTION = "kind: job\nmetadata: {name: etl}\nspec: {priority_class_name: system-node-critical}\n"
"""A function against whose priority class a rule of our own stands."""


def checkout_in(folder: Path) -> Path:
    """A folder with that function."""
    checkout = folder / "checkout"
    checkout.mkdir()
    (checkout / "function.yaml").write_text(FUNCTION)
    return checkout


def made(folder: Path, code: str, entries: Mapping[str, str], *, name: str = "broken") -> Path:
    """A distribution of version 2.0: a module, and its entry points by group."""
    (folder / f"{name}_igz.py").write_text(code)
    info = folder / f"{name}-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("".join(f"[igz_runtime.{g}]\nx = {entry}\n" for g, entry in entries.items()))
    return folder


def called(
    command: Sequence[str], *, cwd: Path, site: Path | None = None, path: str = ""
) -> subprocess.CompletedProcess[str]:
    """What becomes of a program, with `site`, the package under test, and `path` on its path."""
    parts = [part for part in (site and str(site), str(ROOT), os.getenv("PYTHONPATH")) if part]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(parts) + path}
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def run(code: str, *, site: Path | None = None, cwd: Path, path: str = "") -> str:
    """What a fresh interpreter prints."""
    told = called([sys.executable, "-c", code], cwd=cwd, site=site, path=path)
    assert told.returncode == 0, told.stderr
    return told.stdout
