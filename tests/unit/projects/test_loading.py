"""Something is done to a module as soon as it is imported, and importing it is as before."""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from igz_runtime.projects.guarding.loading import Awaited

NAME = "awaited_package.awaited"
pytestmark = pytest.mark.usefixtures("package")


@pytest.fixture(params=["folder", "zip"])
def package(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package with the awaited module in it, as files or in an archive."""
    sources = {"awaited_package/__init__.py": "", "awaited_package/awaited.py": "VALUE = 1\n"}
    if request.param == "zip":
        with zipfile.ZipFile(tmp_path / "package.zip", "w") as archive:
            for name, text in sources.items():
                archive.writestr(name, text)
        monkeypatch.syspath_prepend(tmp_path / "package.zip")
    else:
        (tmp_path / "awaited_package").mkdir()
        for name, text in sources.items():
            (tmp_path / name).write_text(text)
        monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name in ("awaited_package", NAME):
        sys.modules.pop(name, None)


class Told:
    """Notes the modules that it is told of, and what was in them."""

    def __init__(self) -> None:
        self.values: list[int] = []

    def __call__(self, module: ModuleType) -> None:
        self.values.append(module.VALUE)


@pytest.fixture
def told() -> Iterator[tuple[Told, Awaited]]:
    told = Told()
    awaited = Awaited(NAME, told)
    yield told, awaited
    awaited.end()


def test_it_is_told_once_the_module_is_whole(told: tuple[Told, Awaited]) -> None:
    noted, awaited = told
    awaited.begin()
    assert noted.values == []
    importlib.import_module("awaited_package")
    assert noted.values == []
    module = importlib.import_module(NAME)
    assert noted.values == [1]
    assert awaited not in sys.meta_path
    assert type(module.__loader__).__name__ in {"SourceFileLoader", "zipimporter"}
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__
    assert inspect.getsource(module) == "VALUE = 1\n"


def test_a_module_that_is_there_already(told: tuple[Told, Awaited]) -> None:
    noted, awaited = told
    importlib.import_module(NAME)
    awaited.begin()
    assert noted.values == [1]
    assert awaited not in sys.meta_path


def test_who_waits_no_longer_is_not_told(told: tuple[Told, Awaited]) -> None:
    noted, awaited = told
    awaited.begin()
    awaited.end()
    importlib.import_module(NAME)
    assert noted.values == []


def test_an_import_that_fails_is_tried_again(tmp_path: Path, told: tuple[Told, Awaited]) -> None:
    source = tmp_path / "awaited_package" / "awaited.py"
    if not source.exists():
        pytest.skip("the archive cannot be changed")
    noted, awaited = told
    awaited.begin()
    source.write_text("raise ImportError('not yet')\n")
    with pytest.raises(ImportError, match="not yet"):
        importlib.import_module(NAME)
    source.write_text("VALUE = 2  # another length\n")
    importlib.invalidate_caches()
    importlib.import_module(NAME)
    assert noted.values == [2]


def test_a_module_that_does_not_exist_is_missed_as_before() -> None:
    awaited = Awaited("awaited_nowhere", lambda _: None)
    awaited.begin()
    try:
        with pytest.raises(ModuleNotFoundError, match="awaited_nowhere"):
            importlib.import_module("awaited_nowhere")
    finally:
        awaited.end()


def test_many_threads_import_it(told: tuple[Told, Awaited]) -> None:
    noted, awaited = told
    awaited.begin()
    threads = [threading.Thread(target=importlib.import_module, args=(NAME,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert noted.values == [1]
