"""Where the code of a function stands, and what it does: embedded in the function, or in a file beside it.

Only what is asked for is read: the code of most functions decides nothing.
"""

from __future__ import annotations

import base64
import os
import stat
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from igz_runtime.config.nearest import SETTLED
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import LARGEST
from igz_runtime.text.within import is_inside

if TYPE_CHECKING:
    from igz_runtime.code.evidence import CodeEvidence


class Code(NamedTuple):
    """Where the code of a function stands.

    Attributes:
        embedded: the code in base64, as `spec.build.functionSourceCode` has it.
        files: paths of files that may hold it, the likeliest first; what is no path of Python or a notebook is no code.
        beside: files that hold it where the function stands in a file, and they in its folder.
        folder: the folder of the file that holds the function: paths are seen from it, else from the working directory,
            and nothing outside of both is read. None: it is an object, and any file is read.
    """

    embedded: str = ""
    files: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    folder: str | None = None


NO_CODE: Final = Code()
EMBEDDED: Final = "functionSourceCode"
"""The field of `build` that holds the code itself."""


def code_in(build: Any, command: Any, handler: str = "") -> Code:
    """Where the code of a function stands, by the `build`, the `command` and the handler of its spec."""
    if isinstance(build, Mapping):
        embedded, name, origin = build.get(EMBEDDED), build.get("origin_filename"), build.get("code_origin")
    else:
        embedded = getattr(build, EMBEDDED, None)
        name, origin = getattr(build, "origin_filename", None), getattr(build, "code_origin", None)
    module = handler.rpartition(".")[0].replace(".", "/") if "." in handler else ""
    if not embedded and not command and not name and not origin and not module:
        return NO_CODE
    paths = dict.fromkeys(each for each in (command, name, origin) if each and isinstance(each, str))
    return Code(embedded if isinstance(embedded, str) else "", tuple(paths), (f"{module}.py",) if module else ())


_OF_CODE: Final = (".py", ".ipynb")
_LONGEST_NAME: Final = 100


def evidence_of_code(code: Code, handlers: tuple[str, ...]) -> CodeEvidence | None:
    """What a function's code does; None where there is none that can be looked at.

    Args:
        code: where it stands.
        handlers: what of it is run.
    """
    if code.embedded:
        names = [os.path.basename(_path(each)) for each in code.files if _path(each)]
        return _of_embedded(code.embedded, handlers, names[0][:_LONGEST_NAME] if names else EMBEDDED)
    found = next(_readable(code), "")
    return _of_file(found, handlers) if found else None


def _of_embedded(embedded: str, handlers: tuple[str, ...], name: str) -> CodeEvidence:
    """What embedded code does, remembered."""
    key = _hash(embedded, handlers, name)
    held = _remembered.get(key)
    return held[1] if held else _kept(key, _decoded(embedded, handlers, name), {})


def _decoded(embedded: str, handlers: tuple[str, ...], name: str) -> CodeEvidence:
    from igz_runtime.code.evidence import CodeEvidence, evidence_in

    try:
        text = base64.b64decode("".join(embedded.split()), validate=True).decode()
    except ValueError:
        return CodeEvidence(unread=(f"{name} is not text in base64",))
    # What MLRun makes of a notebook and embeds is Python.
    return evidence_in(text, handlers, name.replace(".ipynb", ".py"))


def _path(text: str) -> str:
    """The path of a file of code, as a command or a file's name has it; empty where it is none, or is elsewhere."""
    path = text if text.endswith(_OF_CODE) else text.partition(" ")[0]
    return path if path.endswith(_OF_CODE) and "://" not in path and "\0" not in path else ""


def _readable(code: Code) -> Iterator[str]:
    """The paths of files of code that may be read, the likeliest first."""
    if code.folder is None:
        yield from (path for path in map(_path, code.files) if path and _stamp(path))
        return
    folders = (code.folder or ".", ".")
    for named in filter(None, map(_path, (*code.files, *code.beside))):
        for path in dict.fromkeys(os.path.join(folder, named) for folder in folders):
            if _stamp(path) and any(is_inside(path, folder) for folder in folders):
                yield path


Stamp = tuple[int, int, int]


def _stamp(path: str) -> Stamp | None:
    """What changes when a regular file does; None where there is no such file, or it is too large."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(found.st_mode) or found.st_size > LARGEST:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


_MOST_REMEMBERED: Final = 512
_remembered: dict[str, tuple[dict[str, Stamp | None], CodeEvidence]] = {}
"""By a hash of the code or its path, and of what is run: the code of some hundred functions is large."""


def _hash(*parts: object) -> str:
    from hashlib import sha256

    return sha256(repr(parts).encode()).hexdigest()


def _of_file(path: str, handlers: tuple[str, ...]) -> CodeEvidence:
    """What the code of a file does, remembered until it, or a file that it imports or might, changes."""
    path = os.path.abspath(path)
    key = _hash(path, handlers)
    held = _remembered.get(key)
    if held and all(_stamp(each) == stamp for each, stamp in held[0].items()):
        return held[1]
    now = time.time_ns()
    asked: dict[str, Stamp | None] = {path: _stamp(path)}
    found = _read(path, handlers, asked)
    # Twice changed within a tick of the clock would look like once.
    settled = all(stamp is None or stamp[0] + SETTLED < now for stamp in asked.values())
    return _kept(key, found, asked) if settled else found


def _kept(key: str, found: CodeEvidence, asked: dict[str, Stamp | None]) -> CodeEvidence:
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[key] = asked, found
    return found


def _read(path: str, handlers: tuple[str, ...], asked: dict[str, Stamp | None]) -> CodeEvidence:
    from igz_runtime.code.evidence import CodeEvidence, evidence_in

    folder, name = os.path.split(path)

    def beside(module: str) -> tuple[str, str] | None:
        below = os.path.join(folder, *module.strip(".").split("."))
        for each in (f"{below}.py", os.path.join(below, "__init__.py")):
            asked[each] = _stamp(each)
            text = _text(each) if asked[each] else None
            if text is not None:
                return os.path.relpath(each, folder), text
        return None

    text = _text(path)
    return (
        CodeEvidence(unread=(f"{name} cannot be read",)) if text is None else evidence_in(text, handlers, name, beside)
    )


def _text(path: str) -> str | None:
    try:
        return content_of(path).decode()
    except (OSError, ValueError):
        return None
