"""Function files: YAML or JSON that holds one function."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from igz_runtime.errors import BrokenFunction, UnsupportedFunction
from igz_runtime.function import Function
from igz_runtime.functions.document import MlrunDocument, document_adapter, is_function
from igz_runtime.functions.nuclio import NuclioDocument
from igz_runtime.pod import PodSettings


class FunctionFile:
    """A YAML or JSON file that holds one function. Written whole or not at all; comments and order stay.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._yaml = _round_trip()
        self._documents = self._load()
        self._adapter = self._only_function()

    def read(self) -> Function:
        """The function's settings."""
        try:
            return self._adapter.read()
        except BrokenFunction as error:
            raise BrokenFunction(f"{self._path}: {error}") from None

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        return self._adapter.snapshot(), self._path.read_bytes()

    def restore(self, snapshot: Any) -> None:
        """Put the file back as it was at the snapshot."""
        document, content = snapshot
        self._adapter.restore(document)
        _replace(self._path, content)

    def write(self, before: Function, after: Function) -> None:
        """Write what differs, through a temporary file beside this one."""
        self._adapter.write(before, after)
        _replace(self._path, self._dump().encode())

    def _load(self) -> list[Any]:
        from ruamel.yaml.error import YAMLError

        try:
            content = self._path.read_text(encoding="utf-8")
            if self._path.suffix == ".json":
                return [json.loads(content)]
            return list(self._yaml.load_all(content))
        except OSError as error:
            raise BrokenFunction(f"{self._path}: cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise BrokenFunction(f"{self._path}: is no UTF-8 text") from None
        except json.JSONDecodeError as error:
            raise BrokenFunction(f"{self._path}:{error.lineno}:{error.colno}: is no JSON: {error.msg}") from None
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            raise BrokenFunction(
                f"{self._path}{place}: is no YAML: {getattr(error, 'problem', None) or error}"
            ) from None

    def _only_function(self) -> MlrunDocument | NuclioDocument:
        found = [d for d in self._documents if isinstance(d, MutableMapping) and is_function(d)]
        if len(found) != 1:
            what = "no function" if not found else f"{len(found)} functions"
            raise UnsupportedFunction(f"{self._path}: holds {what}; one is required")
        return document_adapter(found[0])

    def _dump(self) -> str:
        if self._path.suffix == ".json":
            return json.dumps(self._documents[0], indent=2) + "\n"
        import io

        stream = io.StringIO()
        if len(self._documents) == 1:
            self._yaml.dump(self._documents[0], stream)
        else:
            self._yaml.dump_all(self._documents, stream)
        return stream.getvalue()


def _round_trip() -> Any:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    return yaml


def _replace(path: Path, content: bytes) -> None:
    """Replace a file in one step, keeping its permissions."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(temporary).chmod(path.stat().st_mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
