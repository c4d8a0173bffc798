"""Function files: YAML or JSON that holds one function."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from igz_runtime.errors import BrokenFunction, InvalidValue, UnsupportedFunction
from igz_runtime.functions.mlrun_document import MlrunDocument, document_adapter
from igz_runtime.functions.model import Function
from igz_runtime.functions.nuclio import NuclioDocument
from igz_runtime.functions.recognition import is_function, unknown_kind
from igz_runtime.k8s.pod import PodSettings
from igz_runtime.text.bounded import content_of
from igz_runtime.text.replace import replace_file
from igz_runtime.text.round_trip import Source


class FunctionFile:
    """A YAML or JSON file that holds one function. Written whole or not at all; what does not change stays as it is.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._load()

    def _load(self) -> None:
        self._source = Source(self._content(), str(self._path))
        self._adapter = _only_function(self._source.documents, self._path)

    def _content(self) -> bytes:
        try:
            return content_of(self._path)
        except OSError as error:
            raise BrokenFunction(f"{self._path}: cannot be read: {error.strerror}") from None
        except ValueError:
            raise BrokenFunction(f"{str(self._path)!r}: cannot be read: no name of a file") from None

    def read(self) -> Function:
        """The function's settings, as they stand in the file now."""
        if self._content() != self._source.content:
            self._load()
        try:
            return self._adapter.read().seen_from(str(self._path.parent))
        except BrokenFunction as error:
            raise error.inside(f"{self._path}: ") from None

    def roles(self) -> tuple[PodSettings, ...]:
        """What each role asks for."""
        return self.read().roles

    def snapshot(self) -> Any:
        """What `restore` needs."""
        return self._source.content

    def restore(self, snapshot: Any) -> None:
        """Put the file back as it was at the snapshot."""
        if self._content() != snapshot:
            replace_file(self._path, snapshot)
        self._load()

    def write(self, before: Function, after: Function) -> None:
        """Write what differs, through a temporary file beside this one.

        Raises:
            InvalidValue: someone else changed the file since it was read.
            WriteFailed: the file cannot be written.
        """
        rendered = self._source.render()
        self._adapter.write(before, after)
        content = self._source.rewritten(rendered)
        if self._content() != self._source.content:
            raise InvalidValue(f"{self._path}: was changed since it was planned; plan again")
        replace_file(self._path, content)


def _only_function(documents: list[Any], path: Path) -> MlrunDocument | NuclioDocument:
    found = [d for d in documents if isinstance(d, MutableMapping) and is_function(d)]
    if not found:
        unknown = [d for d in documents if isinstance(d, MutableMapping) and unknown_kind(d)]
        found = unknown[:1]  # which its adapter refuses by the kind's name
    if len(found) != 1:
        what = "no function" if not found else f"{len(found)} functions"
        raise UnsupportedFunction(f"{path}: holds {what}; one is required")
    return document_adapter(found[0])
