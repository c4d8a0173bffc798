"""`igz-runtime jupyter hook`: written, printed, checked, and refused."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from igz_runtime.cli import main
from igz_runtime.jupyter import startup_hook

pytestmark = pytest.mark.usefixtures("nearest_configuration")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `igz-runtime jupyter hook`."""
    code = main(["jupyter", "hook", *arguments])
    return (code, *capsys.readouterr())


def test_it_prints_what_the_library_makes(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--apt", "graphviz", "--apt", "g++", "--pip", "six>=1", "--extension", "x", "--command", "echo it's")
    limits = ("--environment", "mlrun-base", "--step-seconds", "5", "--total-seconds", "9")

    made = startup_hook(
        apt=["graphviz", "g++"],
        pip=["six>=1"],
        extensions=["x"],
        commands=["echo it's"],
        environment="mlrun-base",
        step_seconds=5,
        total_seconds=9,
    )
    assert said(capsys, *asked, *limits) == (0, made.script, "")


def test_it_writes_a_file_in_one_step(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    file = folder / ".igz" / "startup-hook.sh"

    assert said(capsys, "--apt", "graphviz", "--output", str(file)) == (0, "", f"written: {file}\n")
    assert file.read_text() == startup_hook(apt=["graphviz"]).script
    assert said(capsys, "--check", str(file)) == (0, "no findings in 1 file (0 functions)\n", "")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the hook has nothing to do"),
        (["--apt", "-y"], "apt: '-y' is not a Debian package"),
        (["--pip", "a\nb"], "is not a requirement of pip"),
        (["--command", " "], "which does nothing"),
        (["--apt", "a$(id)"], "is not a Debian package"),
        (["--command", "true", "--environment", "base"], "environment is 'base'"),
        (["--command", "true", "--step-seconds", "0"], "step_seconds is 0"),
        (["--check", "no-such-file"], "no-such-file: cannot be read: No such file or directory"),
        (["--check", "."], ".: cannot be read: Is a directory"),
        (["--check", "x", "--apt", "y"], "--check reads a hook, and takes nothing that makes one"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(
    capsys: pytest.CaptureFixture[str], folder: Path, arguments: list[str], sentence: str
) -> None:
    output = [] if "--check" in arguments else ["--output", "hook.sh"]

    code, printed, wrong = said(capsys, *arguments, *output)

    assert (code, printed) == (2, "")
    assert sentence in wrong
    assert "Traceback" not in wrong
    assert [each.name for each in folder.iterdir()] == [".git"]


def test_a_hook_of_somebody_else_stays(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "hook.sh").write_text("echo mine\n")

    code, _, wrong = said(capsys, "--apt", "graphviz", "--output", "hook.sh")

    assert (code, "was not written by igz-runtime" in wrong) == (2, True)
    assert (folder / "hook.sh").read_text() == "echo mine\n"


def test_a_check_says_what_keeps_jupyter_waiting_what_is_lost_and_which_path_is_wrong(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    (folder / "startup_hook.sh").write_text("conda install -y gdal\njupyter lab\n")

    code, printed, _ = said(capsys, "--check", "startup_hook.sh")

    assert code == 1
    assert f"1:1  IGZ504 warning  its path is '{folder}/startup_hook.sh', and the platform runs /User/.igz/" in printed
    assert "1:1  IGZ503 warning  conda install changes the prebaked environment 'base'" in printed
    assert "2:1  IGZ504 warning  `jupyter lab` does not end" in printed


def test_advice_alone_does_not_fail_a_check(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "startup-hook.sh").write_text("pip install six\n")

    code, printed, _ = said(capsys, "--check", "startup-hook.sh")

    assert (code, "IGZ504 info" in printed) == (0, True)


def test_bash_is_asked_about_its_grammar_and_runs_nothing(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "profile").write_text("touch outside\n")
    monkeypatch.setenv("BASH_ENV", str(folder / "profile"))
    (folder / "startup-hook.sh").write_text("touch inside\nif true; then\n")

    code, printed, _ = said(capsys, "--check", "startup-hook.sh")

    assert code == 1
    assert "IGZ504 warning  is not a script for Bash: syntax error: unexpected end of file" in printed
    assert not [*folder.glob("*side")]
    monkeypatch.setenv("PATH", "")
    assert said(capsys, "--check", "startup-hook.sh")[0] == 0


def test_standard_input_is_checked_and_has_no_path(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"set -e\n")))

    code, printed, _ = said(capsys, "--check", "-")

    assert (code, printed.startswith("<stdin>\n  1:1  IGZ504 warning  `set -e`")) == (1, True)


def test_what_is_not_text_is_a_finding(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "startup-hook.sh").write_bytes(b"\xff\xff")

    code, printed, _ = said(capsys, "--check", "startup-hook.sh")

    assert (code, "IGZ901 error" in printed) == (1, True)


def test_the_configuration_counts(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    (folder / "startup-hook.sh").write_text("set -e\n")
    (folder / "igz-runtime.yaml").write_text("rules: {ignore: [IGZ504]}\n")

    assert said(capsys, "--check", "startup-hook.sh")[0] == 0
    assert said(capsys, "--check", "startup-hook.sh", "--no-config")[0] == 1


def test_a_script_that_was_printed_runs(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    _, script, _ = said(capsys, "--command", 'echo "$HOME" > out')
    (folder / "hook.sh").write_text(script)

    ran = subprocess.run(["/bin/bash", "hook.sh"], env={"HOME": str(folder), "PATH": "/usr/bin:/bin"}, check=True)

    assert ran.returncode == 0
    assert (folder / "out").read_text() == f"{folder}\n"
