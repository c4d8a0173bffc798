"""A folder of files that we make: whole or not at all, and never over what is not ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from igz_runtime.errors import WriteFailed
from igz_runtime.text.folder import made_by, write_folder

OURS = f"# {made_by('1.0')}\n"
FILES = {"a.yaml": f"{OURS}a: 1\n", "below/b.yaml": f"{OURS}b: 1\n", "entry.yaml": f"{OURS}- a\n"}
KEPT = ["*.yaml", "below/*"]


def read(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_it_makes_the_folder_and_says_whose_the_files_are(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "one"
    assert write_folder(folder, FILES, KEPT) == ()
    held = read(folder)
    assert list(held) == unordered(FILES, held)
    assert all(text.startswith("# Made by igz-runtime 1.0, ") and "-----" not in text for text in held.values())
    assert all(text.partition("\n")[2] == FILES[name].partition("\n")[2] for name, text in held.items())


def unordered(names: dict[str, str], held: dict[str, str]) -> list[str]:
    """The names, in the order in which they were found."""
    return sorted(names, key=list(held).index)


def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, KEPT)
    before = {path: path.stat().st_ino for path in tmp_path.rglob("*")}
    assert write_folder(tmp_path, FILES, KEPT) == ()
    assert {path: path.stat().st_ino for path in tmp_path.rglob("*")} == before


def test_ours_are_replaced_also_those_of_another_version_and_those_not_needed_go(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, KEPT)
    (tmp_path / "mine.yaml").write_text("c: 1\n")
    newer = {"a.yaml": f"# {made_by('2.0')}\na: 2\n"}
    assert write_folder(tmp_path, newer, KEPT) == ("below/b.yaml", "entry.yaml")
    held = read(tmp_path)
    assert set(held) == {"a.yaml", "mine.yaml"}
    assert "a: 2" in held["a.yaml"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\n", "igz-runtime did not write it"),
        ("", "igz-runtime did not write it"),
        (f"{OURS}a: 1\n", "igz-runtime did not write it"),
        ("# Made by igz-runtime 1.0, 0123456789abcdef: changed\na: 1\n", "was changed since igz-runtime wrote it"),
    ],
)
def test_what_is_not_ours_stays_and_nothing_is_written(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "entry.yaml").write_text(text)
    with pytest.raises(WriteFailed, match=rf"entry\.yaml: .*{says}"):
        write_folder(tmp_path, FILES, KEPT)
    assert read(tmp_path) == {"entry.yaml": text}


def test_what_was_changed_by_hand_stays_also_where_it_is_not_needed(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, KEPT)
    changed = tmp_path / "below" / "b.yaml"
    changed.write_text(changed.read_text() + "c: 1\n")
    before = read(tmp_path)
    with pytest.raises(WriteFailed, match=r"b\.yaml: was changed since"):
        write_folder(tmp_path, {"a.yaml": f"{OURS}a: 2\n"}, KEPT)
    assert read(tmp_path) == before


def test_line_ends_of_another_system_are_no_change(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES, KEPT)
    (tmp_path / "a.yaml").write_bytes((tmp_path / "a.yaml").read_bytes().replace(b"\n", b"\r\n"))
    write_folder(tmp_path, FILES, KEPT)
    assert b"\r" not in (tmp_path / "a.yaml").read_bytes()


def test_a_link_is_not_ours(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "folder", tmp_path / "elsewhere"
    write_folder(elsewhere, FILES, KEPT)
    folder.mkdir()
    (folder / "a.yaml").symlink_to(elsewhere / "a.yaml")
    with pytest.raises(WriteFailed, match=r"a\.yaml: is there"):
        write_folder(folder, FILES, KEPT)
    assert [path.name for path in folder.iterdir()] == ["a.yaml"]


@pytest.mark.parametrize("earlier", [[], ["a.yaml", "entry.yaml"]])
def test_nothing_is_half_written(earlier: list[str], tmp_path: Path) -> None:
    write_folder(tmp_path, {name: FILES[name] for name in earlier}, KEPT)
    (tmp_path / "below").write_text("a file, where a folder is needed")
    held = read(tmp_path)
    with pytest.raises(WriteFailed, match=r"below: cannot be made: File exists"):
        write_folder(tmp_path, {name: f"{text}more: 1\n" for name, text in FILES.items()}, KEPT)
    assert read(tmp_path) == held


def test_a_folder_that_was_not_there_is_not_there_where_it_cannot_be_filled(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with pytest.raises(WriteFailed, match=r"a\.yaml: cannot be made: File exists"):
        write_folder(folder, {"a.yaml": f"{OURS}a: 1\n", "a.yaml/b.yaml": f"{OURS}b: 1\n"}, KEPT)
    assert not folder.exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteFailed, match="file"):
        write_folder(tmp_path / "file" / "folder", FILES, KEPT)
    with pytest.raises(WriteFailed, match="file"):
        write_folder(tmp_path / "file", FILES, KEPT)
