"""Files are replaced whole or not at all, whoever writes them."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from igz_runtime import Cluster
from igz_runtime.cli import main
from igz_runtime.errors import WriteFailed
from igz_runtime.lint.baseline import write_baseline
from igz_runtime.lint.fix.fixes import write
from igz_runtime.lint.results import Report
from igz_runtime.text.replace import _owned_as, create_file, replace_file

JOB = "kind: job\nmetadata: {name: etl}\nspec: {image: x}\n"


def _report(path: Path) -> None:
    function = path.with_name("function.yaml")
    function.write_text(JOB)
    try:
        if main(["lint", str(function), "--no-config", "--output", f"json={path}"]) == 2:
            raise WriteFailed
    finally:
        function.unlink()


WRITERS: dict[str, Callable[[Path], Any]] = {
    "a file": lambda path: replace_file(path, b"new"),
    "a cluster": lambda path: Cluster().save(path),
    "a baseline": lambda path: write_baseline(path, Report()),
    "a fix": lambda path: write(path, path.read_bytes(), b"new"),
    "a report": _report,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "file.json"
    file.write_text("old")
    return file


@pytest.mark.parametrize("writer", WRITERS)
def test_permissions_stay_and_a_link_stays_one(writer: str, path: Path) -> None:
    path.chmod(0o640)
    link = path.with_name("link.json")
    link.symlink_to(path.name)

    WRITERS[writer](link)

    assert link.is_symlink()
    assert path.read_text() != "old"
    assert path.stat().st_mode & 0o777 == 0o640
    assert {each.name for each in path.parent.iterdir()} == {"file.json", "link.json"}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_link_that_leads_elsewhere_is_not_followed(writer: str, path: Path) -> None:
    folder = path.with_name("repository")
    folder.mkdir()
    link = folder / "link.json"
    link.symlink_to(path)

    with pytest.raises(WriteFailed):
        WRITERS[writer](link)
    assert path.read_text() == "old"


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("file", ["reports/file.json", "reports/below/file.json"])
def test_a_folder_of_a_repository_that_is_a_link_out_of_it_is_not_followed(
    file: str, writer: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository, elsewhere = path.with_name("repository"), path.with_name("elsewhere")
    for folder in (repository / ".git", elsewhere / "below"):
        folder.mkdir(parents=True)
    (repository / "reports").symlink_to(elsewhere)
    target = elsewhere / Path(file).relative_to("reports")
    target.write_text("old")
    monkeypatch.chdir(repository)

    with pytest.raises(WriteFailed):
        WRITERS[writer](Path(file))
    assert target.read_text() == "old"
    assert [each.name for each in target.parent.iterdir() if each.is_file()] == ["file.json"]


def test_a_link_to_a_folder_is_followed_inside_of_its_repository_and_where_there_is_none(path: Path) -> None:
    for folder in (".git", "real", "elsewhere"):
        (path.parent / "repository" / folder).mkdir(parents=True)
    (path.parent / "repository" / "link").symlink_to("real")
    (path.parent / "home").symlink_to("repository")

    replace_file(path.parent / "home" / "link" / "new", b"content")

    assert (path.parent / "repository/real/new").read_bytes() == b"content"


def test_a_link_inside_of_a_repository_is_followed(path: Path) -> None:
    (path.parent / ".git").mkdir()
    folder = path.with_name("functions")
    folder.mkdir()
    (folder / "link.json").symlink_to("../file.json")

    replace_file(folder / "link.json", b"new")

    assert path.read_text() == "new"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
@pytest.mark.parametrize("writer", WRITERS)
def test_the_owner_stays(writer: str, path: Path) -> None:
    os.chown(path, 12345, 54321)

    WRITERS[writer](path)

    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 54321)


def test_who_may_not_keep_the_owner_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    status = path.stat()

    class Other:
        st_uid, st_gid, st_mode = status.st_uid + 1, status.st_gid, status.st_mode

    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refused)
    with pytest.raises(PermissionError, match="belongs to another user or group"):
        _owned_as(Other, path)  # type: ignore[arg-type]  # an owner that this process is not
    assert path.read_text() == "old"


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize(
    "step", [(os, "access"), (os, "open"), (os, "fsync"), (Path, "chmod"), (Path, "replace")], ids=str
)
def test_whatever_fails_leaves_what_stood_there(
    writer: str, step: tuple[Any, str], path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(*step, full)
        with pytest.raises(WriteFailed):
            WRITERS[writer](path)
    assert path.read_text() == "old"
    assert [each.name for each in path.parent.iterdir()] == ["file.json"]


def test_a_file_system_that_knows_nothing_of_fsync_will_do(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(_: int) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", unknown)
    replace_file(path, b"new")

    assert path.read_bytes() == b"new"


def test_content_is_on_the_disk_before_it_gets_its_name(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a power cut, a file that was renamed and not written out would be empty."""
    steps: list[tuple[str, str]] = []
    fsync, replace = os.fsync, Path.replace

    def watched_fsync(descriptor: int) -> None:
        steps.append(("fsync", next(path.parent.glob(f".{path.name}.*")).read_text()))
        fsync(descriptor)

    def watched_replace(temporary: Path, target: Path) -> Any:
        steps.append(("replace", temporary.read_text()))
        return replace(temporary, target)

    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(Path, "replace", watched_replace)
    replace_file(path, b"new")

    assert steps == [("fsync", "new"), ("replace", "new")]


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("\N{GRINNING FACE}" * 62 + ".yaml")
    replace_file(path, b"new")

    assert path.read_bytes() == b"new"


def test_a_new_file_is_readable_as_any_and_a_link_to_nothing_makes_its_target(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.write_text("x")
    (tmp_path / "link").symlink_to("target")

    for name in ("new", "link"):
        replace_file(tmp_path / name, b"content")

    assert (tmp_path / "new").stat().st_mode == (tmp_path / "target").stat().st_mode == usual.stat().st_mode
    assert (tmp_path / "link").is_symlink()


def test_a_private_file_is_private_while_it_is_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.chmod(0o600)
    seen: list[int] = []
    chmod = Path.chmod

    def watched(temporary: Path, mode: int) -> None:
        seen.append(temporary.stat().st_mode & 0o777)
        chmod(temporary, mode)

    monkeypatch.setattr(Path, "chmod", watched)
    replace_file(path, b"new")

    assert seen == [0o600]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    replace_file(pipe, b"content")
    reader.join()

    assert received == [b"content"]
    assert pipe.is_fifo()


def test_a_link_of_a_repository_to_a_device_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "link").symlink_to(os.devnull)

    with pytest.raises(WriteFailed, match=f"link is a link to {os.devnull}, which is elsewhere"):
        replace_file(tmp_path / "link", b"content")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
def test_a_device_that_takes_nothing_more_is_said() -> None:
    with pytest.raises(WriteFailed, match="/dev/full: cannot be written: No space left on device"):
        replace_file(Path("/dev/full"), b"content")


def test_a_folder_and_a_place_that_is_none_are_named(tmp_path: Path) -> None:
    for path, why in ((tmp_path, "Is a directory"), (tmp_path / "no" / "folder", "No such file or directory")):
        with pytest.raises(WriteFailed, match=f"^{path}: cannot be written: {why}$"):
            replace_file(path, b"")


class TestAFileThatIsNew:
    def test_it_is_made_and_nothing_is_left_beside_it(self, tmp_path: Path) -> None:
        create_file(tmp_path / "new", b"content")

        assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"new": b"content"}

    @pytest.mark.parametrize("linking", [os.link, None])
    def test_one_that_is_there_stays(self, linking: Any, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _without_links(monkeypatch, linking)

        with pytest.raises(WriteFailed, match="File exists"):
            create_file(path, b"new")

        assert {each.name: each.read_text() for each in path.parent.iterdir()} == {"file.json": "old"}

    def test_a_folder_of_a_repository_that_is_a_link_out_of_it_is_not_followed(self, tmp_path: Path) -> None:
        (tmp_path / "repository" / ".git").mkdir(parents=True)
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "repository" / "link").symlink_to("../elsewhere")

        with pytest.raises(WriteFailed, match=f"link is a link to {tmp_path}/elsewhere, which is elsewhere"):
            create_file(tmp_path / "repository" / "link" / "new", b"content")

        assert list((tmp_path / "elsewhere").iterdir()) == []

    def test_a_broken_link_counts_as_there(self, tmp_path: Path) -> None:
        (tmp_path / "link").symlink_to("gone")

        with pytest.raises(WriteFailed, match="File exists"):
            create_file(tmp_path / "link", b"new")

        assert not (tmp_path / "gone").exists()

    def test_a_file_system_without_links_will_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        _without_links(monkeypatch, None)

        create_file(tmp_path / "new", b"content")

        assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == {"new": b"content"}


def _without_links(monkeypatch: pytest.MonkeyPatch, linking: Any) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", linking or refused)
