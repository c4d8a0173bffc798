"""`--fix` and `--diff`: changes written into the text, of which nothing else is touched.

A text is edited where an entry stands, and read again: a change that would alter another value too (through an anchor
that others refer to), or that comes out as anything else than was meant, is left out.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import yaml

from igz_runtime.errors import InvalidValue, WriteFailed
from igz_runtime.messages import printable
from igz_runtime.text.bounded import content_of
from igz_runtime.text.edits import Change, Edit, as_written, edits_for, value_at
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.place import Path
from igz_runtime.text.spans import JsonSpans, Span, Spans, YamlSpans
from igz_runtime.text.tree import read_json, read_yaml

Rooted = tuple[Path, Change]
_BOM: Final = b"\xef\xbb\xbf"
_SECRET: Final = re.compile(
    r"env|extraenv|environment|args|class_args|param\w*|attributes|options|\w*conf"
    r"|.*(secret|passw|token|credential|auth|access_?key|api_?key|private).*",
    re.IGNORECASE | re.DOTALL,
)
"""What fields are called whose values may be secret: of MLRun, Nuclio, Kubernetes and JupyterHub."""


def fixed(content: bytes, file: str, changes: Sequence[Rooted]) -> bytes:
    """A file's content with the changes made that can be, each where it stands.

    Args:
        content: the file's bytes.
        file: its name; JSON where it ends in `.json`.
        changes: each with the root of its function's document, as `Written.root` has it.
    """
    bom = _BOM if content.startswith(_BOM) else b""
    try:
        text = content.removeprefix(_BOM).decode()
        return bom + _changed(text, changes, of_json=file.endswith(".json")).encode()
    except (UnicodeError, Unreadable, RecursionError, yaml.YAMLError):
        return content


def diff(before: bytes, after: bytes, file: str) -> str:
    """The difference of two contents of a file, as `patch` and `git apply --unidiff-zero` take it; else empty.

    It has the lines that change and no others, which may hold anything. Of those, one that also holds what may be
    secret, or that would not be shown as it is, is left out, and it is said before the difference.
    """
    import difflib

    name = printable(file)
    old, new = (_LINE_OF_PATCH.findall(content.decode(errors="replace")) for content in (before, after))
    secret = _lines_of_secrets(before.removeprefix(_BOM).decode(errors="replace"), of_json=file.endswith(".json"))
    shown, said = [], []
    for tag, start, end, begins, ends in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        hidden = "holds what may be secret" if not secret.isdisjoint(range(start, end)) else ""
        if any(map(_is_odd, (*old[start:end], *new[begins:ends]))):
            hidden = hidden or "would not be shown as it is"
        if hidden:
            said.append(f"{name}:{start + 1}: changes too, and is not shown: the line {hidden}\n")
            continue
        # Before a line that is only added stands the one after which it comes.
        at, added = start + (end > start), begins + (ends > begins)
        shown.append(f"@@ -{at},{end - start} +{added},{ends - begins} @@\n")
        shown += [_line("-", each) for each in old[start:end]] + [_line("+", each) for each in new[begins:ends]]
    return "".join((*said, *((f"--- a/{name}\n", f"+++ b/{name}\n") if shown else ()), *shown))


def _line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


_LINE_OF_PATCH: Final = re.compile(r"[^\n]*\n|[^\n]+")
"""As patch has it: Python knows further ends of lines."""


def _is_odd(line: str) -> bool:
    """Whether a line holds what steers a terminal or a build server, or an address with credentials."""
    text = line.rstrip("\r\n").replace("\t", " ")
    return printable(text) != text


def _lines_of_secrets(text: str, *, of_json: bool) -> set[int]:
    """The lines, counted from 0, on which values stand that may be secret."""
    held = _Text(text, of_json=of_json)
    places = (held.spans.find(path) for path in held.secrets())
    lines: set[int] = set()
    for place in filter(None, places):
        first = text.count("\n", 0, place.key.start)
        # In block style the end is where the next entry begins.
        lines.update(range(first, first + text[place.key.start : place.value.end].rstrip().count("\n") + 1))
    return lines


def write(path: pathlib.Path, before: bytes, content: bytes) -> None:
    """Replace a file in one step; permissions and owner stay, and a link stays one.

    Args:
        path: the file.
        before: its content when it was read.
        content: its new content.

    Raises:
        InvalidValue: someone else changed the file since it was read.
        WriteFailed: the file cannot be read or written, or has another name, under which it would stay as it was.
    """
    from igz_runtime.text.replace import replace_file

    try:
        found, names = content_of(path), path.stat().st_nlink
    except OSError as error:
        raise WriteFailed(f"{path}: cannot be read again: {error.strerror}") from None
    if names > 1 and content != before:
        raise WriteFailed(f"{path}: is one of {names} hard links, and the others would stay as they are; fix a copy")
    if found != before:
        raise InvalidValue(f"{path}: was changed since it was checked; check it again")
    if content != before:
        replace_file(path, content)


def _changed(text: str, changes: Sequence[Rooted], *, of_json: bool) -> str:
    """The text with the changes; those that are the same edits, of what an alias shares, are made together."""
    spans = _Text(text, of_json=of_json).spans
    at_place: dict[tuple[Edit, ...], dict[Path, Rooted]] = {}
    # A key keeps its old name until everything below it is changed.
    for root, change in sorted(changes, key=lambda each: (each[1].key is not None, -len(each[1].path))):
        edits = edits_for(text, spans, root, change) if root else ()
        if edits:
            at_place.setdefault(edits, {}).setdefault((*root, *change.path), (root, change))
    waiting = [_Together({edit.at for edit in edits}, list(group.values())) for edits, group in at_place.items()]
    tries = iter(range(_MOST_TRIES))
    while waiting:
        now, waiting = _without_overlap(waiting)
        text = _settled(text, now, tries, of_json=of_json)
    return text


_MOST_TRIES: Final = 200
"""So often a text is put together and read again; changes that are left then wait for the next run."""


class _Together(NamedTuple):
    """Changes that are the same edits, and the places of those."""

    places: set[Span]
    changes: list[Rooted]


def _without_overlap(groups: Sequence[_Together]) -> tuple[list[_Together], list[_Together]]:
    """Groups that meet at no place, and those that wait: two new entries behind the same one."""
    now: list[_Together] = []
    later: list[_Together] = []
    taken: set[Span] = set()
    for group in groups:
        (later if group.places & taken else now).append(group)
        taken |= group.places
    return now, later


def _settled(text: str, groups: Sequence[_Together], tries: Iterator[int], *, of_json: bool) -> str:
    """The text with all changes, or where it then says anything else, with one half of them and then the other."""
    if next(tries, None) is None:
        return text
    together = _Text(text, of_json=of_json).with_changes([each for group in groups for each in group.changes])
    if together is not None or len(groups) <= 1:
        return together or text
    half = len(groups) // 2
    return _settled(_settled(text, groups[:half], tries, of_json=of_json), groups[half:], tries, of_json=of_json)


class _Text:
    """A text with what it says, and where."""

    def __init__(self, text: str, *, of_json: bool) -> None:
        self._text = text
        self._of_json = of_json
        self._documents = _documents(text, of_json=of_json)
        self.spans: Spans = JsonSpans(text) if of_json else YamlSpans(text)

    def secrets(self) -> Iterator[Path]:
        """Where fields stand whose values may be secret, whatever holds them."""
        waiting: list[tuple[Path, Any]] = [((index,), document) for index, document in enumerate(self._documents)]
        seen: set[int] = set()  # what an alias shares stands in one place
        while waiting:
            path, value = waiting.pop()
            secret = isinstance(path[-1], str) and _SECRET.fullmatch(path[-1])
            if secret:
                yield path
            if secret or id(value) in seen:
                continue
            seen.add(id(value))
            if isinstance(value, dict):
                waiting += (((*path, key), item) for key, item in value.items())
            elif isinstance(value, list):
                waiting += (((*path, index), item) for index, item in enumerate(value))

    def with_changes(self, changes: Sequence[Rooted]) -> str | None:
        """The text with all of these changes; None where it would not say what they mean, and that alone."""
        expected: Any = self._documents
        edits: set[Edit] = set()
        for root, change in changes:
            path = (*root, *change.path)
            own = edits_for(self._text, self.spans, root, change)
            stands = value_at(expected, path)
            if not own or not (change.only_renames or _same(stands, change.found, set())):
                return None
            edits.update(own)
            expected = _replaced(expected, path, change.key, stands if change.only_renames else self._new(root, change))
        text = self._text
        for at, new in sorted(edits, reverse=True):
            text = text[: at.start] + new + text[at.end :]
        try:
            return text if _same(_documents(text, of_json=self._of_json), expected, set()) else None
        except Unreadable:
            return None

    def _new(self, root: Path, change: Change) -> Any:
        if change.like:
            return value_at(self._documents, (*root, *change.like))
        if change.quoted:
            place = self.spans.find((*root, *change.path))
            return as_written(self._text, place.value) if place else None
        return change.found if change.value is None else change.value


def _documents(text: str, *, of_json: bool) -> list[Any]:
    return [read_json(text).value] if of_json else [tree.value for tree in read_yaml(text)]


def _replaced(document: Any, path: Path, key: str | None, value: Any) -> Any:
    """A document with another value, and perhaps another key, at a path; nothing that it shares is changed."""
    part, *rest = path
    new = _replaced(value_at(document, (part,)), tuple(rest), key, value) if rest else value
    if isinstance(document, list):
        return [new if index == part else item for index, item in enumerate(document)]
    name = part if rest or key is None else key
    return {**{other: item for other, item in (document or {}).items() if other != part}, name: new}


def _same(one: Any, other: Any, known: set[tuple[int, int]]) -> bool:
    """Whether two documents hold the same values of the same types; what aliases share is compared once."""
    if type(one) is not type(other):
        return False
    if (id(one), id(other)) in known:
        return True
    known.add((id(one), id(other)))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key], known) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(_same(*pair, known) for pair in zip(one, other, strict=True))
    return bool(one == other or (one != one and other != other))  # noqa: PLR0124  (no number is itself where it is NaN)
