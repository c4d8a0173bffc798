"""The startup hook as the platform runs it, `bash HOOK`, in a scratch home: without a network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from igz_runtime.jupyter import startup_hook

SERVICE = "jup-a"


class Ran(NamedTuple):
    """What the pod's log has of a run, its exit code, and how long it took."""

    said: str
    code: int
    seconds: float


def run(home: Path, **arguments: Any) -> Ran:
    """Run a hook in a home; keywords in capitals are environment variables."""
    variables = {name: str(arguments.pop(name)) for name in list(arguments) if name.isupper()}
    path = startup_hook(**arguments).write(home / "hook" / "startup-hook.sh")
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "JUPYTER_FULLNAME": SERVICE, **variables}
    began = time.monotonic()
    ran = subprocess.run(["/bin/bash", str(path)], capture_output=True, text=True, check=False, env=environment)
    assert ran.stderr == ""
    return Ran(ran.stdout, ran.returncode, time.monotonic() - began)


def status(home: Path, service: str = SERVICE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / ".igz" / f"startup-hook.{service}.json").read_text())
    return found


def log(home: Path, service: str = SERVICE) -> str:
    return (home / ".igz" / f"startup-hook.{service}.log").read_text()


def test_each_failing_step_fails_alone_and_is_repeated_where_somebody_sees_it(tmp_path: Path) -> None:
    commands = ["echo one", "echo why it failed; exit 3", "if", "kill -9 $$", "echo it\\'s 'the \"last\"'"]

    ran = run(tmp_path, commands=commands)

    assert ran.code == 1
    assert "startup-hook: command 2: failed with exit code 3\n    why it failed\n" in ran.said
    assert "command 3: failed with exit code 2\n    startup-hook: -c: line 2: syntax error" in ran.said
    assert "command 4: failed with exit code 137" in ran.said
    assert ran.said.endswith(
        f"startup-hook: 3 of 5 steps failed; everything they said is in {tmp_path}/.igz/startup-hook.{SERVICE}.log\n"
    )
    assert "\none\n" in log(tmp_path)
    assert '\nit\'s the "last"\n' in log(tmp_path)
    notice = (tmp_path / f"startup-hook-failed.{SERVICE}.txt").read_text()
    assert "why it failed" in notice
    assert "command 1" not in notice
    found = status(tmp_path)
    assert (found["service"], found["failed"]) == (SERVICE, 3)
    assert found["began"] <= found["ended"]
    assert [(each["step"], each["status"]) for each in found["steps"]] == [
        ("command 1", 0),
        ("command 2", 3),
        ("command 3", 2),
        ("command 4", 137),
        ("command 5", 0),
    ]


def test_the_next_start_without_a_failure_takes_the_notice_away(tmp_path: Path) -> None:
    assert run(tmp_path, commands=["test -e ready"], PWD=tmp_path).code == 1
    notice = tmp_path / f"startup-hook-failed.{SERVICE}.txt"
    assert notice.exists()

    ran = run(tmp_path, commands=["true"])

    assert (ran.code, ran.said) == (0, "startup-hook: command 1: done (0 s)\n")
    assert not notice.exists()


def test_a_step_that_hangs_is_stopped_and_nothing_that_it_leaves_behind_keeps_jupyter_waiting(tmp_path: Path) -> None:
    commands = ["sleep 60 & echo in the background", "cat; echo nobody answers", "trap '' TERM; sleep 60", "echo on"]

    ran = run(tmp_path, commands=commands, step_seconds=2)

    assert ran.seconds < 25  # two seconds, and ten more before it is killed
    assert "command 3: stopped after 2 s" in ran.said
    assert [each["status"] for each in status(tmp_path)["steps"]] == [0, 0, 137, 0]
    assert "nobody answers" in log(tmp_path)


def test_steps_for_which_no_time_is_left_are_not_begun_and_count_as_failed(tmp_path: Path) -> None:
    ran = run(tmp_path, commands=["sleep 60", "touch begun"], step_seconds=50, total_seconds=1)

    assert "command 1: stopped after 1 s" in ran.said
    assert "command 2: not begun: the hook's 1 s are over" in ran.said
    assert (ran.code, status(tmp_path)["failed"]) == (1, 2)
    assert not (tmp_path / "begun").exists()


def test_services_of_one_home_do_not_write_over_each_other(tmp_path: Path) -> None:
    run(tmp_path, commands=["echo a"], JUPYTER_FULLNAME="jup-a")
    run(tmp_path, commands=["echo b; exit 1"], JUPYTER_FULLNAME='../jup b"')

    assert status(tmp_path)["failed"] == 0
    assert status(tmp_path, ".._jup_b_") == {**status(tmp_path, ".._jup_b_"), "failed": 1, "service": ".._jup_b_"}
    assert "\nb\n" not in log(tmp_path)
    assert "\nb\n" in log(tmp_path, ".._jup_b_")


def test_a_log_of_more_than_a_mebibyte_is_rotated(tmp_path: Path) -> None:
    run(tmp_path, commands=["head -c 2000000 /dev/zero | tr '\\0' x"])
    run(tmp_path, commands=["echo second"])

    kept = tmp_path / ".igz" / f"startup-hook.{SERVICE}.log.1"
    assert kept.stat().st_size > 2_000_000
    assert log(tmp_path).endswith("second\n")
    assert len(log(tmp_path)) < 1_000


def test_a_home_that_takes_no_log_keeps_nothing_from_being_run(tmp_path: Path) -> None:
    (tmp_path / ".igz").write_text("a file\n")

    ran = run(tmp_path, commands=[f"touch {tmp_path}/done"])

    assert ran.code == 0
    assert f"{tmp_path}/.igz/startup-hook.{SERVICE}.log cannot be written; the log is in /tmp/" in ran.said
    assert (tmp_path / "done").exists()


def test_commands_see_nothing_of_the_hook_itself(tmp_path: Path) -> None:
    """The hook has functions called `install` and `step`."""
    ran = run(tmp_path, commands=["type -t step install", "declare -p commands"])

    assert [each["status"] for each in status(tmp_path)["steps"]] == [1, 1]
    assert ran.code == 1
    assert log(tmp_path).count("\nfile\n") == 1


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """An extension with a part in JupyterLab and one in its server, as pip takes it."""
    path = tmp_path / "made_up-1.0-py3-none-any.whl"
    data = "made_up-1.0.data/data"
    entries = {
        "made_up.py": "",
        f"{data}/share/jupyter/labextensions/made-up/package.json": "{}",
        f"{data}/share/jupyter/labextensions/@scope/made-up/package.json": "{}",
        f"{data}/etc/jupyter/jupyter_server_config.d/made_up.json": "{}",
        "made_up-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: made-up\nVersion: 1.0\n",
        "made_up-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in (*entries, "made_up-1.0.dist-info/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**entries, "made_up-1.0.dist-info/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that pip may install into."""
    folder = tmp_path_factory.mktemp("python")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    return folder


@pytest.fixture
def conda(tmp_path: Path, python: Path) -> Path:
    """What stands in for conda: it sets what an environment of Iguazio's image sets."""
    prefix = tmp_path / ".pythonlibs" / SERVICE
    (tmp_path / "conda" / "bin").mkdir(parents=True)
    (tmp_path / "conda" / "bin" / "activate").write_text(
        f'[ "$1" = mlrun-base ] || return 1\nexport PIP_PREFIX={prefix} PATH={python}/bin:$PATH'
        f" PYTHONPATH=$(echo {prefix}/lib/python3*/site-packages)\n"
    )
    return tmp_path / "conda"


def test_an_extension_is_linked_to_where_jupyterlab_looks(tmp_path: Path, wheel: Path, conda: Path) -> None:
    prefix, data = tmp_path / ".pythonlibs" / SERVICE, tmp_path / "data"
    hook = {"extensions": [str(wheel)], "CONDA_HOME": conda, "JUPYTER_DATA_DIR": data}
    (data / "labextensions" / "of-the-user").mkdir(parents=True)

    for _ in range(2):
        ran = run(tmp_path, environment="mlrun-base", **hook)
        assert (ran.code, ran.said.count("done")) == (0, 1), log(tmp_path)
        linked = {name: (data / "labextensions" / name).resolve() for name in ("made-up", "@scope/made-up")}
        assert linked == {name: prefix / "share/jupyter/labextensions" / name for name in linked}
        assert (tmp_path / ".jupyter/jupyter_server_config.d/made_up.json").read_text() == "{}"
        assert not (data / "labextensions" / "of-the-user").is_symlink()


def test_an_extension_that_cannot_be_linked_and_an_environment_that_is_not_there_are_failures(
    tmp_path: Path, wheel: Path, conda: Path
) -> None:
    (tmp_path / "data").write_text("a file\n")
    hook = {"extensions": [str(wheel)], "CONDA_HOME": conda}

    unlinked = run(tmp_path, environment="mlrun-base", JUPYTER_DATA_DIR=tmp_path / "data", **hook)
    unknown = run(tmp_path, environment="no-such", **hook)

    assert "startup-hook: extensions: failed with exit code 1" in unlinked.said
    assert "data" in unlinked.said
    assert "startup-hook: extensions: failed with exit code 1" in unknown.said
