"""Which files are read for what a function does: regular ones, of code, near the function, and no others."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from igz_runtime.functions.code import Code, evidence_of_code

TRAINS = "from sklearn.svm import SVC\n\ndef main(x):\n    SVC().fit(x, x)\n"


def trains(code: Code) -> bool | None:
    """Whether it trains; None where nothing was read."""
    found = evidence_of_code(code, ("main",))
    return None if found is None else bool(found.trains)


def test_a_file_of_lint_leads_nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.py").write_text(TRAINS, encoding="utf-8")
    inner = tmp_path / "functions"
    inner.mkdir()
    (inner / "linked.py").symlink_to(tmp_path / "model.py")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    for path in ("../model.py", str(tmp_path / "model.py"), "linked.py"):
        monkeypatch.chdir(elsewhere)
        assert trains(Code(files=(path,), folder=str(inner))) is None
        monkeypatch.chdir(tmp_path)
        assert trains(Code(files=(path,), folder=str(inner))), "the working directory holds it"


def test_an_object_may_name_any_file(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(TRAINS, encoding="utf-8")

    assert trains(Code(files=(str(tmp_path / "model.py"),)))
    assert trains(Code(files=("https://a.org/model.py", str(tmp_path / "lost.py"), f"{tmp_path}/model.py --epochs 3")))


def test_what_is_no_regular_file_of_code_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "model").write_text(TRAINS, encoding="utf-8")
    (tmp_path / "large.py").write_text("#" * (17 * 2**20), encoding="utf-8")

    for name in ("pipe.py", "folder.py", "model", "large.py", "lost.py", "a\0.py", "é" * 3000 + ".py"):
        assert trains(Code(files=(name,), folder=str(tmp_path))) is None


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"\xff\xfe", "cannot be read"),
        (b"def main(:", "is not Python"),
        (b"x = 1\n" * 400_000, "is larger than 2 MiB"),
    ],
    ids=["not text", "broken", "large"],
)
def test_what_cannot_be_read_says_so(content: bytes, because: str, tmp_path: Path) -> None:
    (tmp_path / "model.py").write_bytes(content)

    found = evidence_of_code(Code(files=("model.py",), folder=str(tmp_path)), ("main",))

    assert found is not None
    assert not found.trains
    assert any(because in each for each in found.unread)


@pytest.mark.parametrize("embedded", ["!", "AAA", base64.b64encode(b"\xff").decode(), "é"])
def test_embedded_code_that_is_none_says_so(embedded: str) -> None:
    found = evidence_of_code(Code(embedded), ("main",))

    assert found is not None
    assert found.unread == ("functionSourceCode is not text in base64",)


def test_embedded_code_may_be_written_in_lines() -> None:
    text = base64.encodebytes(TRAINS.encode()).decode()

    assert trains(Code(text, ("https://a.org/model.py", "churn.ipynb")))
