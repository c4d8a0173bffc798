"""kube-score, for the benchmark of lint: from `KUBE_SCORE`, from `PATH`, or built once into the cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

VERSION = "v1.20.0"
MODULE = "github.com/zegl/kube-score/cmd/kube-score"


def kube_score() -> str | None:
    """The program; None, after a line that says why, where there is none and none can be built."""
    given = os.environ.get("KUBE_SCORE")
    found = shutil.which(given or "kube-score")
    if given and found is None:
        print(f"kube-score is left out: KUBE_SCORE names {given}, which is no program.")
    if given or found:
        return found
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = root / "igz-runtime" / f"kube-score-{VERSION}"
    program = folder / "kube-score"
    return str(program) if program.is_file() or _built(folder) else None


def _built(folder: Path) -> bool:
    go = shutil.which("go")
    if go is None:
        print("kube-score is left out: it is in neither KUBE_SCORE nor PATH, and there is no Go that could build it.")
        return False
    print(f"Building kube-score {VERSION}: up to 4 minutes, once", flush=True)
    settings = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "-trimpath"}
    done = subprocess.run([go, "install", f"{MODULE}@{VERSION}"], env=settings, check=False, capture_output=True)
    if done.returncode:
        print(f"kube-score is left out: go install failed.\n{done.stderr.decode()}")
    return done.returncode == 0
