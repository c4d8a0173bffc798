"""Conda environments of one's own: the file, the commands, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from igz_runtime.cluster.jupyter_image import PREBAKED
from igz_runtime.errors import InvalidValue, WriteFailed
from igz_runtime.jupyter import conda_environment
from tests.examples import examples

THIS_PYTHON = f"python={sys.version_info.major}.{sys.version_info.minor}"


def written(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def test_packages_go_under_pip_unless_conda_is_asked_for() -> None:
    made = conda_environment("geo", pip=["lightgbm>=4", "tomli; python_version<'3.11'"], conda=["gdal=3.8"])

    assert written(made.file) == {
        "name": "geo",
        "dependencies": [
            THIS_PYTHON,
            "ipykernel",
            "gdal=3.8",
            "pip",
            {"pip": ["lightgbm>=4", "tomli; python_version<'3.11'"]},
        ],
    }
    assert made.commands == (
        "unset PIP_PREFIX PYTHONPATH",
        "conda env create --prefix /User/.conda/envs/geo --file environment.yml",
    )


def test_a_clone_has_its_own_python_and_a_file_for_what_is_added_alone() -> None:
    plain, added = conda_environment("geo", clone="mlrun-base"), conda_environment("geo", clone="a", pip=["six"])

    assert (plain.file, plain.commands[1:]) == (
        "",
        ("conda create --yes --prefix /User/.conda/envs/geo --clone mlrun-base",),
    )
    assert written(added.file)["dependencies"] == ["pip", {"pip": ["six"]}]
    assert added.commands[1:] == (
        "conda create --yes --prefix /User/.conda/envs/geo --clone a",
        "conda env update --prefix /User/.conda/envs/geo --file environment.yml",
    )


def test_mlrun_ce_needs_the_kernel_to_be_registered_and_iguazio_does_not() -> None:
    ce = conda_environment("geo", platform="ce", home="/home/jovyan", python="3.11")

    assert ce.folder == "/home/jovyan/.conda/envs/geo"
    assert ce.commands[-1] == (
        "conda run --prefix /home/jovyan/.conda/envs/geo python -m ipykernel install --user --name geo "
        "--display-name 'Python (geo)'"
    )
    assert not any("ipykernel" in command for command in conda_environment("geo").commands)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])).map("/home/{}".format))
@settings(max_examples=examples(100))
def test_a_shell_takes_every_word_of_the_commands_as_it_is_meant(home: str) -> None:
    try:
        made = conda_environment("geo", clone="mlrun-base", home=home)
    except InvalidValue:
        return  # what a shell could be given, and a folder cannot be called
    script = "conda() { printf '%s\\0' \"$@\"; }\n" + made.commands[1]

    said = subprocess.run(["/bin/bash"], input=script.encode(), capture_output=True, check=True).stdout.decode()
    assert said.split("\0")[:-1] == ["create", "--yes", "--prefix", made.folder, "--clone", "mlrun-base"]


@pytest.mark.parametrize("name", list(PREBAKED))
def test_a_prebaked_environment_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match=rf"'{name}' is prebaked: .* \(IGZ503\); choose another name, and begin"):
        conda_environment(name, conda=["gdal"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"name": "-n"}, "name is '-n', which is not the name of a conda environment; write letters"),
        ({"name": "a b"}, "name is 'a b'"),
        ({"name": "a\nb"}, r"name is 'a\\nb'"),
        ({"name": "../jupyter"}, "is not the name of a conda environment"),
        ({"name": "$(id)"}, "is not the name of a conda environment"),
        ({"name": ""}, "name is ''"),
        ({"name": None}, "name is None"),
        ({"name": "a", "clone": "--help"}, "clone is '--help'"),
        ({"name": "a", "clone": "b", "python": "3.9"}, "a clone has the Python of 'b'; leave it out"),
        ({"name": "a", "python": 3.9}, "python is 3.9; write its version as text, such as '3.9'"),
        ({"name": "a", "python": "3.9; id"}, "python is '3.9; id'"),
        ({"name": "a", "conda": "gdal"}, r"conda is 'gdal'; write a list"),
        ({"name": "a", "conda": ["-c"]}, "conda: '-c' is not a package of conda, such as 'gdal=3.8'; options are not"),
        ({"name": "a", "conda": ["gdal\npip"]}, "is not a package of conda"),
        ({"name": "a", "conda": ["gdal $(id)"]}, "is not a package of conda"),
        ({"name": "a", "pip": ["-e ."]}, "pip: '-e .' is not a requirement of pip"),
        ({"name": "a", "platform": "iguazio"}, "platform is 'iguazio'; write one of iguazio-3, iguazio-4, ce"),
        ({"name": "a", "home": "User"}, "home is 'User'; write a folder that begins with '/'"),
        ({"name": "a", "home": "/a\nb"}, "home is"),
    ],
)
def test_what_cannot_be_made_is_refused(arguments: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        conda_environment(**arguments)


@pytest.mark.parametrize("package", ["gdal", "gdal=3.8", "gdal=3.8=py39_0", "conda-forge::gdal>=3,<4"])
def test_every_form_of_a_package_of_conda_is_taken(package: str) -> None:
    assert package in written(conda_environment("a", conda=[package]).file)["dependencies"]


def test_an_environment_that_exists_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".conda" / "envs" / "geo").mkdir(parents=True)

    with pytest.raises(
        InvalidValue, match=r"'geo' exists: .*/\.conda/envs/geo; choose another name, or remove it with"
    ):
        conda_environment("geo", home=str(tmp_path))


def test_the_file_is_written_once_and_over_nothing_else(tmp_path: Path) -> None:
    made = conda_environment("geo", pip=["six"])

    assert made.write(tmp_path) == made.write(tmp_path)
    assert (tmp_path / "environment.yml").read_text() == made.file

    with pytest.raises(InvalidValue, match=r"environment\.yml is there already, and says something else"):
        conda_environment("geo", pip=["numpy"]).write(tmp_path)
    assert (tmp_path / "environment.yml").read_text() == made.file
    with pytest.raises(InvalidValue, match=r"needs no environment\.yml"):
        conda_environment("geo", clone="a").write(tmp_path)
    with pytest.raises(WriteFailed, match="cannot be written"):
        made.write(tmp_path / "no-such-folder")


def test_printed_it_says_what_to_write_and_what_to_run() -> None:
    assert str(conda_environment("geo", pip=["six"], python="3.9")) == (
        '# environment.yml\nname: "geo"\ndependencies:\n  - "python=3.9"\n  - "ipykernel"\n  - pip\n  - pip:\n'
        '    - "six"\n\n# in a terminal\nunset PIP_PREFIX PYTHONPATH\n'
        "conda env create --prefix /User/.conda/envs/geo --file environment.yml"
    )
