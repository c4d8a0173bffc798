"""The text of a function file: parsed as YAML or JSON, and written so that only the lines that change differ."""

from __future__ import annotations

import io
import json
import re
from difflib import SequenceMatcher
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import TaggedScalar
from ruamel.yaml.error import YAMLError
from ruamel.yaml.representer import RoundTripRepresenter

from igz_runtime.errors import BrokenFunction
from igz_runtime.quiet import without
from igz_runtime.text.limits import DEEPEST, Unreadable
from igz_runtime.text.tree import plain_json, read_yaml

_BOM = "\ufeff"


class Source:
    """A file's documents, and the text that they came from.

    Args:
        content: the file's bytes.
        name: the file's name, for errors; JSON where it ends in `.json`.

    Raises:
        BrokenFunction: neither YAML nor JSON; names file, line and column, and no value.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.content = content
        try:
            text = content.decode()
        except UnicodeDecodeError:
            raise BrokenFunction(f"{name}: is not UTF-8 text") from None
        try:
            _require_limits(text, of_json=name.endswith(".json"))
        except Unreadable as error:
            raise BrokenFunction(error.remark.in_file(name)) from None
        self._bom = _BOM if text.startswith(_BOM) else ""
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        self._text = text.removeprefix(_BOM).replace("\r\n", "\n")
        self._form = _Json(self._text) if name.endswith(".json") else _Yaml(self._text)
        try:
            self.documents = self._form.parse(self._text)
        except BrokenFunction as error:
            raise BrokenFunction(f"{name}{error}") from None

    def render(self) -> str:
        """The documents as they are now, written anew."""
        return self._form.dump(self.documents)

    def rewritten(self, before: str) -> bytes:
        """The text with what has changed since the documents were rendered as `before`.

        A parser forgets how a value was spelled (`null` or `~`, where a long line was folded), so the documents are not
        written out as they are: the lines that differ from `before` are carried over to the original ones.
        """
        now = self.render()
        careful = (_carried_over(self._text, before, now, split=split) for split in (True, False))
        text = next((text for text in careful if self._says_the_same(text, now)), now)
        return (self._bom + text.replace("\n", self._line_end)).encode()

    def _says_the_same(self, text: str, other: str) -> bool:
        try:
            return _same(self._form.parse(text), self._form.parse(other))
        except (BrokenFunction, RecursionError):
            return False


def _require_limits(text: str, *, of_json: bool) -> None:
    """Refuse what ruamel would read forever: it follows aliases uncounted, and reads a tag once for each character.

    Raises:
        Unreadable: the text costs more than a function may.
    """
    if of_json:
        return
    if any(found.end() - found.start() > _LONGEST_TAG for found in re.finditer(r"!\S*", text)):
        raise Unreadable(f"holds a tag of more than {_LONGEST_TAG:,} characters")
    try:
        for _ in read_yaml(text):
            pass
    except Unreadable as error:
        if not error.syntax:  # of which ruamel says more
            raise


_LONGEST_TAG = 1000


class _Json:
    """JSON, indented as a text is."""

    def __init__(self, text: str) -> None:
        indented = re.match(r"\s*[\[{]\n([ \t]+)", text)
        self._indent = indented[1] if indented else None
        self._separators = (", " if indented is None and '", "' in text else ",", ": " if '": ' in text else ":")
        # Half of a surrogate pair can be escaped, and not encoded.
        self._ascii = text.isascii() or "\\ud" in text.lower()
        self._end = "\n" if text.endswith("\n") else ""

    def parse(self, text: str) -> list[Any]:
        try:
            return [plain_json(text)]
        except Unreadable as error:
            raise BrokenFunction(error.remark.in_file("")) from None

    def dump(self, documents: list[Any]) -> str:
        text = json.dumps(documents[0], indent=self._indent, separators=self._separators, ensure_ascii=self._ascii)
        return text + self._end


class _Yaml:
    """YAML, indented as a text is."""

    def __init__(self, text: str) -> None:
        self._yaml = YAML(typ="rt")
        self._yaml.preserve_quotes = True
        self._yaml.width = 4096
        self._yaml.max_depth = DEEPEST
        mapping = re.search(r"^( *)[^\s#-].*:[ \t]*\n\1( +)[^\s#-]", text, re.MULTILINE)
        sequence = re.search(r"^( *)[^\s#-].*:[ \t]*\n\1( *)- ", text, re.MULTILINE)
        dash = len(sequence[2]) if sequence else 0
        self._yaml.indent(mapping=len(mapping[2]) if mapping else 2, sequence=dash + 2, offset=dash)
        if re.search(r": null$", text, re.MULTILINE):
            self._yaml.Representer = _NullSpelled
        self._end = "" if text.endswith("\n") else "\n"

    def parse(self, text: str) -> list[Any]:
        try:
            with without(Warning):
                # An anchor that is used again is allowed; the warning would show the lines around it.
                return list(self._yaml.load_all(text))
        except YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
            raise BrokenFunction(f"{place}: is not YAML: {_problem(error)}") from None
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  (the types that it calls raise what they like)
            what = "a value that its type cannot hold, or nesting without end"
            raise BrokenFunction(f": is not YAML that can be read: {what}") from None

    def dump(self, documents: list[Any]) -> str:
        stream = io.StringIO()
        if len(documents) == 1:
            self._yaml.dump(documents[0], stream)
        else:
            self._yaml.dump_all(documents, stream)
        return stream.getvalue().removesuffix(self._end)


class _NullSpelled(RoundTripRepresenter):
    """Writes `null` where ruamel writes nothing."""

    def represent_none(self, _data: None) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_NullSpelled.add_representer(type(None), _NullSpelled.represent_none)


def _problem(error: Exception) -> str:
    """What is wrong, without the text that it is wrong with: that may be a secret."""
    said = str(getattr(error, "problem", None) or "")
    return _PROBLEMS.get(type(error).__name__) or re.sub(r"tag handle '.*'", "tag handle", said)


_PROBLEMS = {
    "DuplicateKeyError": "the same key stands twice in one mapping",
    "ComposerError": "an alias without its anchor",
    "ConstructorError": "a value that is not what its tag says",
    "MaxDepthExceededError": f"nested deeper than {DEEPEST} values",
    "ReaderError": "a character that YAML does not allow",
}


def _same(one: Any, other: Any) -> bool:
    """Whether two documents hold the same. ruamel's values with a tag of their own are equal only to themselves."""
    if isinstance(one, TaggedScalar) and isinstance(other, TaggedScalar):
        return (str(one.tag), one.value) == (str(other.tag), other.value)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _carried_over(text: str, before: str, after: str, *, split: bool) -> str:
    """A text with the lines that differ between two renderings of it.

    Comments stay where the lines beside them go: ruamel keeps them with the value before, and drops both. With `split`,
    what was only added to lines that the text spells otherwise is added to them as it spells them.
    """
    # A three-way merge without conflicts, because the sides are not rivals: the file differs from the rendering before
    # in spelling and comments alone, the one after in what was changed. Where nothing was changed the file's lines
    # stay, where something was only added they stay beside it, and else the new lines go in with the comments that they
    # lost. Lines that all three share part the text into blocks: a bad alignment costs one, and the result is judged.
    ours, base, theirs = (each.split("\n") for each in (text, before, after))
    in_ours, in_theirs = _aligned(base, ours), _aligned(base, theirs)
    lines: list[str] = []
    b = o = t = 0
    for same in [*sorted(in_ours.keys() & in_theirs.keys()), len(base)]:
        o_next, t_next = in_ours.get(same, len(ours)), in_theirs.get(same, len(theirs))
        kept, old, new = ours[o:o_next], base[b:same], theirs[t:t_next]
        if new == old or (split and new[: len(old)] == old):
            lines += kept + new[len(old) :]
        elif split and new[-len(old) :] == old:
            lines += new[: -len(old)] + kept
        else:
            lines += new + [line for line in kept if line.lstrip().startswith("#") and line not in new]
        lines += base[same : same + 1]
        b, o, t = same + 1, o_next + 1, t_next + 1
    return "\n".join(lines)


def _aligned(base: list[str], other: list[str]) -> dict[int, int]:
    """The position in `other` of each line of `base` that stands there too."""
    blocks = SequenceMatcher(None, base, other, autojunk=False).get_matching_blocks()
    return {i + k: j + k for i, j, length in blocks for k in range(length)}
