"""`igz-runtime lint --fix`: what it changes, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.cli import lint, main

pytestmark = pytest.mark.usefixtures("nearest_configuration")

BROKEN = """\
kind: job
metadata: {name: trainer}
spec:
  resources:
    requests: {cpu: 1, memory: 1gi}
    limits: {cpu: 1, memory: 1Gi}
"""
FIXED = BROKEN.replace("1gi", "1Gi")
PROJECT = """\
kind: project
metadata: {name: churn}
spec:
  functions:
  - {name: trainer, url: ../outside.yaml}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder below another one, in which igz-runtime runs."""
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_what_a_project_names_elsewhere_is_left_alone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outside = folder.parent / "outside.yaml"
    outside.write_text(BROKEN)
    (folder / "project.yaml").write_text(PROJECT)

    main(["lint", "--fix"])

    assert outside.read_text() == BROKEN
    assert "outside.yaml: not fixed: it is outside of what was named; name it as well" in capsys.readouterr().err
    main(["lint", "--fix", ".", "../outside.yaml"])
    assert outside.read_text() == FIXED


@pytest.mark.parametrize("arguments", [[], ["link.yaml"]])
def test_a_link_out_of_the_folder_is_not_followed(
    folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    outside = folder.parent / "outside.yaml"
    outside.write_text(BROKEN)
    (folder / "link.yaml").symlink_to(outside)

    code = main(["lint", "--fix", *arguments])

    said = capsys.readouterr().err
    assert outside.read_text() == BROKEN
    assert "link.yaml: not fixed" in said if not arguments else (code, "which is elsewhere" in said) == (2, True)


def test_a_file_that_cannot_be_written_keeps_no_other_from_being_fixed(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.yaml", "b.yaml", "c.yaml"):
        (folder / name).write_text(BROKEN)
    (folder / "b-too.yaml").hardlink_to(folder / "b.yaml")

    code = main(["lint", "--fix"])

    assert code == 2
    assert (folder / "a.yaml").read_text() == (folder / "c.yaml").read_text() == FIXED
    assert (folder / "b.yaml").read_text() == BROKEN
    said = capsys.readouterr()
    assert [name for name in ("a.yaml", "b.yaml", "b-too.yaml", "c.yaml") if f"{name}: is one of" in said.err] == [
        "b.yaml",
        "b-too.yaml",
    ]
    assert "IGZ205" in said.out  # the report of what is left comes all the same
    assert (folder / "b.yaml").stat().st_nlink == 2


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_a_file_that_is_gone_keeps_no_other_from_being_fixed(
    option: str, folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.yaml", "a2.yaml", "b.yaml"):
        (folder / name).write_text(BROKEN)

    def named(fixable: set[str], paths: tuple[str, ...]) -> set[str]:
        (folder / "a.yaml").unlink()
        (folder / "a2.yaml").unlink()
        return named_of_lint(fixable, paths)

    named_of_lint = lint._named
    monkeypatch.setattr(lint, "_named", named)

    code = main(["lint", option])

    said = capsys.readouterr()
    assert code == 2
    assert "a.yaml: cannot be read again: No such file or directory" in said.err
    assert "\na2.yaml: cannot be read again: No such file or directory" in said.err
    assert (folder / "b.yaml").read_text() == (FIXED if option == "--fix" else BROKEN)
    assert ("+    requests: {cpu: 1, memory: 1Gi}" in said.out) == (option == "--diff")
