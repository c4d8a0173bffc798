"""Files hold what they held or what they shall hold, whenever a process that writes them is killed."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from igz_runtime.report.audit_formats import FORMATS as OF_AUDIT
from igz_runtime.report.lint import FORMATS
from igz_runtime.text.within import TEMPORARY
from tests.attacks.budget import FULL, attempts, generator
from tests.clusters import audited

DRIVER: Final = Path(__file__).with_name("killed.py")
ROOT: Final = DRIVER.parents[3]
JOB: Final = "kind: job\nmetadata: {name: etl-%d}\nspec: {image: x, preemption_mode: Prevent}\n"
FILES: Final = 160
"""So many that several processes judge them."""

LINT: Final = ("lint", "functions", "--no-config", "--jobs", "2")
POLICY: Final = ("policy", "--cluster", "cluster.json", "--no-config", "--namespace", "mlrun")
AUDIT: Final = ("audit", "--cluster", "cluster.json", "--no-config")


def _outputs(formats: Iterable[str]) -> tuple[str, ...]:
    return tuple(part for form in formats for part in ("--output", f"{form}=report.{form}"))


COMMANDS: Final = {
    "lint --fix": (*LINT, "--fix"),
    "lint --write-baseline": (*LINT, "--write-baseline", "baseline.json"),
    "lint --output": (*LINT, *_outputs(FORMATS)),
    "audit --output": (*AUDIT, *_outputs(OF_AUDIT)),
    "audit --write-baseline": (*AUDIT, "--write-baseline", "baseline.json"),
    "policy --kustomize": (*POLICY, "--kustomize", "policies"),
    "policy --helm": (*POLICY, "--helm", "chart"),
    "Cluster.save": ("save",),
    "apply": ("apply",),
    "init": ("init",),
}
CHOSEN: Final = tuple(COMMANDS) if FULL else ("lint --fix",)
NEVER: Final = "step:1000000"
Contents = dict[str, bytes]


class Ran(NamedTuple):
    """What became of a folder.

    Attributes:
        code: the exit code; negative: the signal that killed the process.
        after: what the files hold, but for those that the killed write had made.
        left: those.
        said: standard error.
    """

    code: int
    after: Contents
    left: list[str]
    said: str


def _laid_out(folder: Path) -> Path:
    (folder / "functions").mkdir(parents=True)
    for number in range(FILES):
        (folder / "functions" / f"etl-{number}.yaml").write_text(JOB % number)
    (folder / "function.yaml").write_text(JOB % 0)
    audited(2000 if FULL else 40).view.cluster.save(folder / "cluster.json")
    for name in ("baseline.json", "saved.json", *(f"report.{form}" for form in OF_AUDIT)):
        (folder / name).write_text("what stood there\n")
    return folder


@cache
def _template() -> Contents:
    with tempfile.TemporaryDirectory() as folder:
        return _contents(_laid_out(Path(folder) / "laid-out"))


def _contents(folder: Path) -> Contents:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _made(folder: Path) -> Path:
    for name, content in _template().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _program(folder: Path, command: str, at: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DRIVER), at, *COMMANDS[command]],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _ran(folder: Path, command: str, at: str, seconds: float | None = None) -> Ran:
    process = _program(folder, command, at)
    try:
        _, said = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    contents = _contents(folder)
    left = [name for name in contents if name.endswith(TEMPORARY)]
    return Ran(process.returncode, {n: c for n, c in contents.items() if n not in left}, left, said)


@cache
def _unharmed(command: str) -> tuple[Ran, float]:
    """What comes of a command that nobody kills, and how long it takes."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        ran, seconds = _ran(_made(Path(folder)), command, NEVER), time.monotonic() - began
    assert "Traceback" not in ran.said
    assert ran.after != _template(), f"{command} writes nothing: {ran.said}"
    return ran, seconds


def _holds(folder: Path, command: str, ran: Ran) -> None:
    """Each file is as it was or as it shall be, and the next run does the rest."""
    before, after = _template(), _unharmed(command)[0].after
    assert ran.after.keys() >= before.keys()
    wrong = [name for name, content in ran.after.items() if content not in (before.get(name), after.get(name))]
    assert not wrong, f"{command}: {ran.code}: {wrong}"
    assert len(ran.left) <= 1
    for name in ran.left:
        folder.joinpath(name).unlink()
    again = _ran(folder, command, NEVER)
    assert "Traceback" not in again.said
    if command != "init":
        assert (again.after, again.left) == (after, [])


def _written(command: str) -> list[str]:
    before = _template()
    return [name for name, content in _unharmed(command)[0].after.items() if content != before.get(name)]


def _steps(command: str) -> int:
    """How often a command does something to a file: about, of what is in the folder, and some more."""
    return 4 * len(_written(command)) + 2


@pytest.mark.parametrize("command", CHOSEN)
def test_killed_before_any_step(command: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    kills = 0
    steps = range(1, _steps(command) + 1)
    for step in generator(command).sample(steps, min(len(steps), attempts(24))):
        folder = _made(tmp_path / str(step))
        ran = _ran(folder, command, f"step:{step}")
        kills += ran.code == -signal.SIGKILL
        _holds(folder, command, ran)
        shutil.rmtree(folder)
    record_property("kills before a step of writing", kills)


@pytest.mark.parametrize("command", CHOSEN)
def test_killed_in_the_middle_of_a_file(
    command: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    size = max(len(_unharmed(command)[0].after[name]) for name in _written(command))
    ran = _ran(_made(tmp_path), command, f"byte:{size // 2}")

    assert ran.code == -signal.SIGXFSZ
    assert ran.left
    _holds(tmp_path, command, ran)
    record_property("kills in the middle of a file", 1)


@pytest.mark.parametrize("command", CHOSEN)
def test_a_disk_that_is_full(command: str, tmp_path: Path) -> None:
    size = max(len(_unharmed(command)[0].after[name]) for name in _written(command))
    ran = _ran(_made(tmp_path), command, f"full:{size // 2}")

    assert "cannot be written: File too large" in ran.said
    assert ran.code == (1 if command in {"Cluster.save", "apply"} else 2)
    assert ran.left == []
    _holds(tmp_path, command, ran)


@pytest.mark.skipif(not FULL, reason="at which step a time falls is chance: make attack")
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_any_time(command: str, tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    chance, seconds, kills = generator(f"{command} at any time"), _unharmed(command)[1], 0
    for number in range(100):
        if kills == 200 // len(COMMANDS):
            break
        folder = _made(tmp_path / str(number))
        ran = _ran(folder, command, NEVER, chance.uniform(0.1, 1) * seconds)
        kills += ran.code == -signal.SIGKILL
        _holds(folder, command, ran)
        shutil.rmtree(folder)
    record_property("kills at any time", kills)


HANGING: Final = """
import time
from functools import partial
from igz_runtime.lint.run import _in_processes
list(_in_processes(partial(time.sleep), [10_000] * 200, 2))
"""


def _of_group(group: int) -> list[int]:
    """The processes of a group that run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            state, _, of_group = status.read_text().rpartition(")")[2].split()[:3]
            found += [int(status.parent.name)] if int(of_group) == group and state != "Z" else []
    return found


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_no_process_outlives_the_one_that_was_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HANGING], env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True
    )
    try:
        while len(_of_group(process.pid)) < 3:
            assert process.poll() is None
        process.kill()
        process.wait()
        until = time.monotonic() + 60
        while _of_group(process.pid):
            assert time.monotonic() < until, "they wait for work without end"
    finally:
        for one in _of_group(process.pid):
            os.kill(one, signal.SIGKILL)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become somebody else")
def test_a_folder_that_cannot_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        ran = _ran(_made(Path(folder)), "lint --fix", "user:65534")

    assert ran.code == 2
    assert ran.said.count("cannot be written: Permission denied") == FILES
    assert (ran.after, ran.left) == (_template(), [])


def test_what_a_kill_leaves_is_passed_over_and_told(tmp_path: Path) -> None:
    path = tmp_path / "function.yaml"
    path.write_text(JOB % 0)
    ran = _ran(tmp_path, "apply", f"byte:{len(JOB)}")

    (left,) = ran.left
    said = subprocess.run(
        [sys.executable, "-m", "igz_runtime", "lint", "--no-config", "--verbose", "."],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        capture_output=True,
        check=False,
    ).stdout
    assert f"{left}  left by a write of igz-runtime that was killed; delete it" in said
    assert "1 file" in said
