"""Which files are looked into, judged by git itself."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.walk import SUFFIXES, files_under

GIT = shutil.which("git") or ""
FILES = (
    "a.yaml", "b.json", "c.py", "d.ipynb", "e.yml", "readme.md", "build/out.yaml", "src/build/x.py", "src/keep.py",
    "src/gen/a.yaml", "src/gen/keep.yaml", "logs/1.json", "deep/er/f.yaml", "deep/er/g.log.yaml", "tmp.yaml",
    "node_modules/x.json", "env/lib/y.py", "ünï/h.yaml", "with space/i.yaml",
)  # fmt: skip
IGNORES = {
    ".gitignore": "/build/\n*.log.yaml\n# comment\nlogs/*\n!logs/keep\nnode_modules\nenv/\n",
    "src/.gitignore": "gen/*\n!gen/keep.yaml\n",
    "deep/.gitignore": "**/f.yaml\n",
    ".git/info/exclude": "tmp.yaml\n",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if not GIT:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("git is needed: it judges what is ignored")
    subprocess.run([GIT, "init", "-q", str(tmp_path)], check=True)
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    for name, text in IGNORES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def names(*paths: str) -> list[str]:
    return [file.name for file in files_under(paths)]


def of_git(folder: str = ".") -> list[str]:
    listed = subprocess.run(
        [GIT, "ls-files", "-z", "--cached", "--others", "--exclude-standard", folder], check=True, capture_output=True
    )
    return sorted(name for name in os.fsdecode(listed.stdout).split("\0") if name.endswith(SUFFIXES))


@pytest.mark.usefixtures("repository")
class TestFolders:
    def test_what_git_ignores_is_left_out(self) -> None:
        assert sorted(names(".")) == of_git()
        assert len(names(".")) == 10

    @pytest.mark.parametrize("folder", ["src", "deep/er", "./src/", "logs"])
    def test_a_folder_below_the_root_is_ruled_by_the_files_above_it(self, folder: str) -> None:
        assert sorted(names(folder)) == of_git(folder)

    def test_an_absolute_path_stays_absolute(self, repository: Path) -> None:
        assert names(str(repository / "src")) == [
            f"{repository.as_posix()}/src/{n}" for n in ("build/x.py", "gen/keep.yaml", "keep.py")
        ]

    def test_the_order_is_that_of_names_and_each_file_comes_once(self) -> None:
        found = names("src", "a.yaml", "src/keep.py", "a.yaml")

        assert found == ["src/build/x.py", "src/gen/keep.yaml", "src/keep.py", "a.yaml"]

    def test_what_the_configuration_excludes(self) -> None:
        found = [file.name for file in files_under(["."], lambda name: name.startswith("src"))]

        assert found
        assert not any(name.startswith("src") for name in found)

    def test_links_to_folders_are_not_followed(self, repository: Path) -> None:
        (repository / "loop").symlink_to(repository)

        assert not any(name.startswith("loop/") for name in names("."))


class TestNothingIsLeftOutInSilence:
    """What a repository's author can do to have a file passed over: it is read, or said."""

    def unread(self) -> dict[str, str]:
        said: dict[str, str] = {}
        list(files_under(["."], unread=said.__setitem__))
        return said

    @pytest.mark.usefixtures("repository")
    def test_what_git_tracks_although_it_is_ignored(self) -> None:
        subprocess.run([GIT, "add", "-f", "build/out.yaml", "logs/1.json", "tmp.yaml"], check=True)

        assert sorted(names(".")) == of_git()
        assert {"build/out.yaml", "logs/1.json", "tmp.yaml"} <= set(names("."))
        assert "src/gen/a.yaml" not in names(".")

    @pytest.mark.usefixtures("repository")
    def test_a_folder_that_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        scandir = os.scandir

        def refused(path: str) -> object:
            if path.endswith("deep"):
                raise PermissionError(13, "Permission denied")
            return scandir(path)

        monkeypatch.setattr(os, "scandir", refused)
        assert self.unread() == {"deep": "the folder cannot be read (Permission denied)"}

    @pytest.mark.parametrize("text", ["", "home = /usr/bin"])
    def test_a_virtual_environment(self, repository: Path, text: str) -> None:
        (repository / "src" / "pyvenv.cfg").write_text(text)

        assert self.unread() == {"src": "it is a virtual environment of Python (pyvenv.cfg)"}

    def test_folders_of_other_people(self, repository: Path) -> None:
        (repository / ".gitignore").write_text("")
        (repository / ".hg").mkdir()

        assert set(self.unread()) == {"env", "node_modules", ".hg"}

    def test_links_to_folders(self, repository: Path) -> None:
        outside = repository.parent / f"{repository.name}-outside"
        outside.mkdir()
        (repository / "elsewhere").symlink_to(outside)
        (repository / "here").symlink_to("src")

        assert self.unread() == {"elsewhere": "a link to a folder elsewhere is not followed; name that folder as well"}

    def test_endings_in_capitals(self, repository: Path) -> None:
        (repository / "F.YAML").write_text("x")

        assert "F.YAML" in names(".")

    @pytest.mark.parametrize("kind", ["pipe", "folder", "link to nothing"])
    def test_a_gitignore_that_is_no_file(self, repository: Path, kind: str) -> None:
        ignore = repository / "src" / ".gitignore"
        ignore.unlink()
        if kind == "pipe":
            os.mkfifo(ignore)
        elif kind == "folder":
            ignore.mkdir()
        else:
            ignore.symlink_to("gone")

        assert {"src/gen/a.yaml", "src/gen/keep.yaml"} <= set(names("."))

    def test_folders_that_are_very_deep(self, repository: Path) -> None:
        top = os.open(repository, os.O_RDONLY)
        for _ in range(1_200):
            os.mkdir("d", dir_fd=top)
            below = os.open("d", os.O_RDONLY, dir_fd=top)
            os.close(top)
            top = below
        os.close(top)

        try:
            assert len(names(".")) == 10
        finally:  # what clears up after pytest calls itself for each folder
            subprocess.run([shutil.which("rm") or "", "-rf", str(repository / "d")], check=True)


@pytest.mark.usefixtures("repository")
class TestFiles:
    def test_a_named_file_is_looked_into_whatever_it_is_called(self) -> None:
        assert [(file.name, file.named) for file in files_under(["readme.md", "build/out.yaml"])] == [
            ("readme.md", True),
            ("build/out.yaml", True),
        ]

    def test_files_that_a_program_has_looked_for_are_those_of_a_folder(self) -> None:
        found = files_under(["readme.md", "a.yaml", "src/keep.py"], lambda name: name.startswith("src"), as_found=True)

        assert [(file.name, file.named) for file in found] == [("a.yaml", False)]

    def test_a_path_that_does_not_exist(self) -> None:
        with pytest.raises(ConfigurationError, match=r"nothing\.yaml: there is no such file"):
            names("nothing.yaml")


def test_outside_of_a_repository_nothing_says_what_is_tracked_and_all_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    (tmp_path / ".gitignore").write_text("a.*\n")

    assert names(str(tmp_path)) == [f"{tmp_path.as_posix()}/a.yaml"]
