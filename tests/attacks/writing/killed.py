"""A program that is killed while it writes: `killed.py AT STEP COMMAND`.

`AT` says where: `step:4` before the fourth thing that it does to a file of the working directory, `byte:900` before a
file has more bytes than that. Two do not kill it: `full:900` lets no file have more, and `user:65534` is somebody else.
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

CHANGES = ("os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "os.chown")


def save() -> int:
    """Save a cluster again, over what was saved."""
    from igz_runtime import Cluster

    Cluster.load("cluster.json").save("saved.json")
    return 0


def apply() -> int:
    """Apply a profile to a file."""
    from igz_runtime import profiles

    profiles.production_job(cpu=2, memory="4Gi").apply("function.yaml")
    return 0


def _kill_at_step(at: int) -> None:
    steps = 0

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal steps
        writes = event in CHANGES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR))
        path = arguments[0] if writes else None
        if isinstance(path, str | os.PathLike) and not os.path.relpath(path).startswith(".."):
            steps += 1
            if steps == at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(hook)


def _once_in_a_copy(command: Callable[[], int]) -> None:
    """Import what the command needs: somebody else may not be able to read it."""
    folder = Path.cwd()
    with tempfile.TemporaryDirectory() as above:
        os.chdir(shutil.copytree(folder, Path(above) / "copy"))
        command()
        os.chdir(folder)


def main() -> int:
    """Run a command until it is killed."""
    where, count = sys.argv[1].split(":")
    command = {"save": save, "apply": apply}.get(sys.argv[2])
    if command is None:
        from igz_runtime.cli import main as command_line

        command = lambda: command_line(sys.argv[2:])  # noqa: E731
    if where == "step":
        _kill_at_step(int(count))
    elif where == "user":
        _once_in_a_copy(command)
        os.seteuid(int(count))
    else:
        # Python ignores the signal, and then the system call fails as it does where a disk is full.
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if where == "byte" else signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(count), int(count)))
    return command()


if __name__ == "__main__":
    sys.exit(main())
