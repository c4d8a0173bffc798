"""The startup hook with the real apt-get and the real pip, in a scratch home."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from igz_runtime.jupyter import startup_hook

IN_CI = bool(os.environ.get("CI"))
PACKAGE = "hello"
"""A package of Debian that holds one program, and that nothing else needs."""


def reached(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=120).returncode == 0


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that pip may install into; whether an index is reached is tried with the package itself."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    download = (str(folder / "bin" / "python3"), "-m", "pip", "download", "--no-deps", "--dest", str(folder), "six")
    if not IN_CI and not reached(*download):
        pytest.skip("pip reaches no index")
    return folder


@pytest.fixture
def apt() -> Iterator[None]:
    """The package is not installed, before and after."""
    if not IN_CI and not (shutil.which("apt-get") and os.geteuid() == 0):
        pytest.skip("needs root, and Debian's apt-get")
    if not IN_CI and not reached("apt-get", "update", "--error-on=any"):
        pytest.skip("apt-get reaches no archive")
    remove()
    yield
    remove()


def remove() -> None:
    subprocess.run(
        ["/usr/bin/apt-get", "-y", "-o", "DPkg::Lock::Timeout=60", "remove", PACKAGE], check=True, capture_output=True
    )


@pytest.mark.usefixtures("apt")
def test_what_is_missing_is_installed_and_the_second_start_leaves_it_alone(tmp_path: Path, python: Path) -> None:
    hook = startup_hook(
        apt=[PACKAGE], pip=["six"], extensions=["jupyterlab-pygments"], commands=[f"{PACKAGE} > greeting"]
    ).write(tmp_path / ".igz" / "startup-hook.sh")
    environment = {"PATH": f"{python}/bin:{os.environ['PATH']}", "HOME": str(tmp_path), "JUPYTER_FULLNAME": "jup"}
    logs = []

    for _ in range(2):
        ran = subprocess.run(
            ["/bin/bash", str(hook)], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        log = tmp_path / ".igz" / "startup-hook.jup.log"
        logs.append(log.read_text())
        log.unlink()
        assert (ran.returncode, ran.stderr, ran.stdout.count(": done (")) == (0, "", 4), logs[-1]
        status = json.loads((tmp_path / ".igz" / "startup-hook.jup.json").read_text())
        assert [each["step"] for each in status["steps"]] == ["apt packages", "pip packages", "extensions", "command 1"]

    assert (tmp_path / "greeting").read_text() == "Hello, world!\n"
    assert subprocess.run([str(python / "bin/python3"), "-c", "import six"], check=True).returncode == 0
    assert (python / "share/jupyter/labextensions/jupyterlab_pygments").is_dir()
    first, second = logs
    assert f"Setting up {PACKAGE} " in first
    assert "Successfully installed six" in first
    assert f"already installed: {PACKAGE}" in second
    assert "Requirement already satisfied: six" in second
    assert "Setting up" not in second
    assert "Successfully installed" not in second


@pytest.mark.usefixtures("apt")
def test_a_package_that_does_not_exist_keeps_the_others_not_away_and_matches_nothing(
    tmp_path: Path, python: Path
) -> None:
    """For apt-get `hel.o` is a pattern."""
    hook = startup_hook(apt=["hel.o", PACKAGE], pip=["no-such-package-of-igz-runtime", "six"]).write(
        tmp_path / "hook.sh"
    )
    environment = {"PATH": f"{python}/bin:{os.environ['PATH']}", "HOME": str(tmp_path)}

    ran = subprocess.run(["/bin/bash", str(hook)], env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 1
    assert "startup-hook: apt packages: failed with exit code 1" in ran.stdout
    assert "startup-hook: pip packages: failed with exit code 1" in ran.stdout
    log = (tmp_path / ".igz" / "startup-hook.jupyter.log").read_text()
    assert "Unable to locate package hel.o" in log
    assert f"The following NEW packages will be installed:\n  {PACKAGE}\n" in log
    assert "Requirement already satisfied: six" in log or "Successfully installed six" in log


FOUND = """
from jupyter_core.paths import jupyter_path
from jupyterlab_server.config import get_federated_extensions
print(*sorted(get_federated_extensions(jupyter_path("labextensions"))))
"""


def test_jupyterlab_finds_an_extension_that_pip_put_below_a_prefix(tmp_path: Path, python: Path) -> None:
    """Iguazio's environments have a prefix below /User; what stands in for conda sets it."""
    prefix, activate = tmp_path / ".pythonlibs" / "jup", tmp_path / "conda" / "bin" / "activate"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    activate.parent.mkdir(parents=True)
    activate.write_text(f"export PIP_PREFIX={prefix} PYTHONPATH={prefix}/lib/python{version}/site-packages\n")
    hook = startup_hook(pip=["jupyterlab-server"], extensions=["jupyterlab-widgets"]).write(tmp_path / "hook.sh")
    environment = {
        "PATH": f"{python}/bin:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "CONDA_HOME": str(tmp_path / "conda"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    looks = [str(python / "bin" / "python3"), "-c", FOUND]
    in_service = {**environment, "PYTHONPATH": f"{prefix}/lib/python{version}/site-packages"}

    ran = subprocess.run(["/bin/bash", str(hook)], env=environment, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, (tmp_path / ".igz" / "startup-hook.jupyter.log").read_text()
    found = {
        data: subprocess.run(
            looks, env={**in_service, "JUPYTER_DATA_DIR": data}, stdout=subprocess.PIPE, text=True, check=True
        ).stdout
        for data in (environment["JUPYTER_DATA_DIR"], str(tmp_path / "unlinked"))
    }
    assert ["@jupyter-widgets/jupyterlab-manager" in each.split() for each in found.values()] == [True, False]
