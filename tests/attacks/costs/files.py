"""The files of `costs.yaml`: what stands in a folder, and one file of it that would cost too much."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FINE = "kind: job\nmetadata: {name: etl}\nspec: {image: mlrun/mlrun}\n"
BESIDE = "kind: job\nmetadata: {name: etl}\nspec: {command: train.py, image: mlrun/mlrun, default_handler: handler}\n"
SAVED = {"live": {"read": "2026-01-01T00:00:00Z", "namespace": "default"}}


def prepared(folder: Path) -> None:
    """Files that cost nothing, beside the one that does."""
    folder.joinpath(".git").mkdir()
    folder.joinpath("fine.yaml").write_text(FINE)
    folder.joinpath("beside.yaml").write_text(BESIDE)
    folder.joinpath("saved.json").write_text(json.dumps(SAVED))
    folder.joinpath("a" * 200 + ".yaml").write_text(FINE)
    folder.joinpath("below").mkdir()
    folder.joinpath("below", "fine.yaml").write_text(FINE)


def planted(content: Mapping[str, Any], reader: Mapping[str, Any], folder: Path) -> None:
    """The content as the file of a reader."""
    file = folder / reader["name"]
    if "sparse" in content:
        with file.open("wb") as stream:
            stream.truncate(content["sparse"] * 2**20)
    elif "link" in content:
        file.symlink_to(content["link"])
    elif "pipe" in content:
        os.mkfifo(file)
    elif "folder" in content:
        file.mkdir()
    else:
        text = "".join(_repeated(*part) for part in content["parts"])
        cells = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": reader.get("begins", "") + text}]
        notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
        file.write_text(json.dumps(notebook) if reader.get("cell") else text)


def _repeated(text: str, times: int) -> str:
    """A text so many times; `{n}` is its number, from 1 on, and `{m}` that of the one before."""
    if "{n}" not in text:
        return text * times
    return "".join(text.replace("{n}", str(n)).replace("{m}", str(n - 1)) for n in range(1, times + 1))
