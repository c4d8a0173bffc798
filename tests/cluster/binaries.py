"""The programs of a Kubernetes control plane: where they are, and how they are built. `make control-plane` runs this.

They are looked for in `KUBEBUILDER_ASSETS` (as controller-runtime's envtest does), then in a cache folder outside of
the checkout, named after the versions and the checksums of what they are built from.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent


class Suite(NamedTuple):
    """Programs that are built together from one Go module, which may hold one of our own.

    Attributes:
        name: the folder of the module, beside this file.
        module: the module whose version names the suite.
        programs: by the name of the program, the name that Go gives it.
        minutes: how long the first build takes on two cores, at most.
        manifests: files of the module that belong to the programs, as patterns; they are kept in `manifests/`.
    """

    name: str
    module: str
    programs: dict[str, str]
    minutes: int
    manifests: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        """The version that go.mod asks for."""
        found = re.search(rf"{re.escape(self.module)} (v[\d.]+)", (HERE / self.name / "go.mod").read_text())
        if found is None:
            raise SystemExit(f"{HERE / self.name / 'go.mod'} does not name {self.module}")
        return found[1]

    @property
    def cached(self) -> Path:
        """The cache folder of this version, built or not."""
        sources = [HERE / self.name / "go.sum", *sorted((HERE / self.name).glob("*.go"))]
        sums = hashlib.sha256(b"".join(each.read_bytes() for each in sources)).hexdigest()[:12]
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        return root / "igz-runtime" / f"{self.name}-{self.version}-{sums}"

    def folder(self) -> Path | None:
        """The folder that holds every program; None where there is none yet."""
        assets = os.environ.get("KUBEBUILDER_ASSETS")
        folders = [Path(assets), self.cached] if assets else [self.cached]
        return next((each for each in folders if all((each / name).is_file() for name in self.programs)), None)

    def build(self) -> Path:
        """Build the programs into the cache folder.

        Raises:
            SystemExit: there is no Go, or the build failed.
        """
        go = shutil.which("go")
        if go is None:
            raise SystemExit(
                f"Go is needed to build the {self.name} (https://go.dev/dl), or a folder with "
                f"{', '.join(self.programs)} in KUBEBUILDER_ASSETS"
            )
        self.cached.parent.mkdir(parents=True, exist_ok=True)
        print(f"Building {', '.join(self.programs)} {self.version}: up to {self.minutes} minutes, once", flush=True)
        with tempfile.TemporaryDirectory(dir=self.cached.parent) as made:
            self._compile(go, Path(made))
            for program, called in self.programs.items():
                (Path(made) / called).rename(Path(made) / program)
            self._keep_manifests(go, Path(made) / "manifests")
            shutil.rmtree(self.cached, ignore_errors=True)
            shutil.copytree(made, self.cached)
        return self.cached

    def _keep_manifests(self, go: str, into: Path) -> None:
        into.mkdir()
        asked = [go, "list", "-m", "-f", "{{.Dir}}", self.module]
        found = subprocess.run(asked, cwd=HERE / self.name, check=True, capture_output=True, text=True)
        for pattern in self.manifests:
            for file in Path(found.stdout.strip()).glob(pattern):
                shutil.copyfile(file, into / file.name)

    def _compile(self, go: str, into: Path) -> None:
        major, minor, _ = self.version.removeprefix("v").split(".")
        stamp = "k8s.io/component-base/version"
        flags = f"-s -w -X {stamp}.gitVersion={self.version} -X {stamp}.gitMajor={major} -X {stamp}.gitMinor={minor}"
        done = threading.Event()
        ticker = threading.Thread(target=_tick, args=(done,), daemon=True)
        ticker.start()
        built = subprocess.run(
            [go, "build", "-trimpath", "-ldflags", flags, "-o", f"{into}{os.sep}", "tool"],
            cwd=HERE / self.name,
            check=False,
        )
        done.set()
        ticker.join()
        if built.returncode:
            raise SystemExit(f"go build failed in {HERE / self.name}")


CONTROL_PLANE = Suite(
    "control-plane",
    "k8s.io/kubernetes",
    {
        "etcd": "server",
        **{each: each for each in ("kube-apiserver", "kube-scheduler", "kube-controller-manager", "kubectl")},
    },
    12,
)
AUTOSCALER = Suite(
    "autoscaler",
    "sigs.k8s.io/karpenter",
    {"kwok": "kwok"},
    3,
    ("pkg/apis/crds/*.yaml", "kwok/apis/crds/*.yaml"),
)
LANDING = Suite("landing", "k8s.io/component-helpers", {"landing": "landing"}, 1)
HELM = Suite("helm", "helm.sh/helm/v3", {"helm": "helm"}, 3)
SUITES = (CONTROL_PLANE, AUTOSCALER, LANDING, HELM)


GIVEN = "IGZ_TEST_KUBECONFIG"
"""Names the kubeconfig of a cluster that serves instead, for the tests that need no program of their own."""


def missing() -> str:
    """Why tests of a cluster cannot run here; empty where they can."""
    absent = [suite for suite in SUITES if suite.folder() is None]
    if not absent:
        return ""
    names = ", ".join(name for suite in absent for name in suite.programs)
    minutes = sum(suite.minutes for suite in absent)
    return f"not built yet: {names}. `make control-plane` builds them once (it needs Go, and up to {minutes} minutes)"


def _tick(done: threading.Event) -> None:
    began = time.monotonic()
    while not done.wait(30):
        print(f"  still building, {time.monotonic() - began:.0f} s", flush=True)


def main() -> None:
    """Build what is missing; with `--missing`, only say so."""
    if "--missing" in sys.argv:
        if missing():
            print(f"\nThe tests on a real Kubernetes control plane did not run: {missing()}.")
        return
    for suite in SUITES:
        folder = suite.folder()
        if folder is None:
            began = time.monotonic()
            folder = suite.build()
            print(f"Built in {time.monotonic() - began:.0f} s")
        print(f"{suite.name}: {folder}")


if __name__ == "__main__":
    main()
