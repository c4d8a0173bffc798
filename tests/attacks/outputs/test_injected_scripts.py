"""What is written for a shell is taken by Bash as exactly what was asked for, and runs nothing of it by itself."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from igz_runtime.errors import InvalidValue
from igz_runtime.jupyter import conda_environment, startup_hook
from tests.attacks.outputs.hostile import PAYLOADS
from tests.attacks.outputs.laws import Output, steers_nothing

BASH: Final = ("/bin/bash", "--norc", "--noprofile")
ARRAYS: Final = {"apt": "apt_packages", "pip": "pip_packages", "extensions": "extensions", "commands": "commands"}
# As somebody would hide it in what pip takes.
REQUIREMENTS: Final = [
    *PAYLOADS.values(),
    *(f"x @ https://example.com/{payload}" for payload in PAYLOADS.values()),
    *(f"https://example.com/{payload}" for payload in PAYLOADS.values()),
    *(f"x>={payload}" for payload in PAYLOADS.values()),
    "x ; python_version < '3' or $(touch OWNED)",
    "-rOWNED",
    "--index-url=https://evil.example",
    "x\n--index-url=https://evil.example",
]
ASKED: Final = [(argument, value) for argument in ARRAYS for value in REQUIREMENTS]
Measured = Callable[[str, int], None]


def _settings(script: str) -> str:
    """The part of a hook that names what was asked for."""
    return script.partition("# The rest is the same in every hook.")[0]


def _array(script: str, name: str, folder: Path) -> list[str]:
    """An array of the script, as Bash reads it."""
    text = f"{_settings(script)}\nprintf '%s\\0' \"${{{name}[@]}}\"\n"
    ran = subprocess.run([*BASH, "-s"], input=text.encode(), capture_output=True, cwd=folder, check=True)
    assert ran.stderr == b""
    return ran.stdout.decode().split("\0")[:-1]


def test_a_hook_holds_what_was_asked_for_and_nothing_else(tmp_path: Path, measured: Measured) -> None:
    taken = 0
    for argument, value in ASKED:
        try:
            hook = startup_hook(**{argument: [value]})  # type: ignore[arg-type]
        except InvalidValue as error:
            steers_nothing(Output(str(error), value))
            continue
        taken += 1
        checked = subprocess.run([*BASH, "-n"], input=hook.script.encode(), capture_output=True, check=False)
        assert (checked.returncode, checked.stderr) == (0, b""), value
        assert _array(hook.script, ARRAYS[argument], tmp_path) == [value]
        steering = {c for c in hook.script if not c.isprintable()} - {"\n", "\t"}
        assert not steering, f"{argument}: {sorted(map(ascii, steering))}"
        steers_nothing(Output(hook.script.replace("\t", " "), ""))
        assert argument == "commands" or not (value.startswith("-") or "\n" in value), "an option"
    assert list(tmp_path.iterdir()) == [], "something of it was run"
    measured("startup hooks that Bash read back, with something injected", taken)


@pytest.mark.parametrize("argument", ["pip", "conda", "name", "clone", "python", "home"])
def test_an_environment_holds_what_was_asked_for(argument: str, tmp_path: Path, measured: Measured) -> None:
    taken = 0
    for value in [*REQUIREMENTS, *(f"/{payload}" for payload in PAYLOADS.values())]:
        given: dict[str, Any] = {"name": "geo", "pip": ["x"]}
        given[argument] = [value] if argument in {"pip", "conda"} else value
        try:
            made = conda_environment(**given)
        except InvalidValue as error:
            steers_nothing(Output(str(error), value))
            continue
        taken += 1
        steers_nothing(Output(str(made), value))
        if argument in {"pip", "conda"}:
            assert value in json.dumps(yaml.safe_load(made.file), ensure_ascii=False) or value in _texts(made.file)
        for command in made.commands:
            assert shlex.split(command)[0] in {"unset", "conda", "python", "source", f"{made.folder}/bin/python"}
            text = f"unset() {{ :; }}; conda() {{ :; }}; python() {{ :; }}\n{command}\n"
            subprocess.run([*BASH, "-n"], input=text.encode(), check=True, cwd=tmp_path)
    measured("environments of conda with something injected", taken)


def _texts(file: str) -> list[str]:
    held = yaml.safe_load(file)["dependencies"]
    return [each for part in held for each in (part["pip"] if isinstance(part, dict) else [part])]
