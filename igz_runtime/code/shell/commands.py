"""The commands of a shell script, each with its words and its place. What decides between them is not followed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple

_OPERATOR: Final = re.compile(r"&&|\|\||;;&?|;&|\|&|[;|&()\n]")
_REDIRECTION: Final = re.compile(r"(?:\d*|&)(?:>>|>&|<&|>\||<>|>|<)(?!\()")
_HEREDOC: Final = re.compile(r"\d*<<(-?)(?!<)[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([\w.-]+))")
_HERESTRING: Final = re.compile(r"\d*<<<")
_BLANK: Final = re.compile(r"(?:[ \t\r]|\\\n)+")
_PLAIN: Final = re.compile(r"[^\s\\'\"`$;|&()<>]+")
_EXPANSION: Final = re.compile(r"\$(?:\{[^}\n]{0,500}\}|[\w@*#?!$-]+)")
_ESCAPES: Final = {
    '"': re.compile(r"\\(?P<one>[$`\"\\\n])"),
    "$'": re.compile(r"(?P<bytes>(?:\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3})+)|\\(?P<one>.)", re.DOTALL),
}
_BYTE: Final = re.compile(r"\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3}))")
_STANDS_FOR: Final = {"n": "\n", "t": "\t", "r": "\r", "\n": ""}
_PARENTHESES: Final = ("(", ")")
_MOST: Final = 20_000


class ShellCommand(NamedTuple):
    """A simple command.

    Attributes:
        words: its words, without their quotes; an expansion stands as it is written, and so do words of the language
            before it, of which `(` and `)` are two.
        line: counted from 1.
        column: counted from 1.
        ends: the operator that follows it, such as `&`, `|` or a new line; empty at the end of the text.
    """

    words: tuple[str, ...]
    line: int
    column: int
    ends: str = ""


def commands_in(text: str) -> list[ShellCommand]:
    """The simple commands of a script, in the order in which they stand, those in groups and functions included.

    Text that is no script gives some commands, or none: what is wrong with it, only a shell can say.

    Args:
        text: the script.
    """
    return list(islice(_Reader(text).commands(), _MOST))


class _Reader:
    """One pass over a text.

    Args:
        text: the script.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self._line = 0
        self._heredocs: list[tuple[str, bool]] = []

    def commands(self) -> Iterator[ShellCommand]:
        words: list[str] = []
        begins = 0
        while self._at < len(self._text):
            if self._skip():
                continue
            operator = _OPERATOR.match(self._text, self._at)
            if operator:
                if words:
                    yield self._command(words, begins, operator[0])
                words = [operator[0]] if operator[0] in _PARENTHESES else []
                begins = self._at
                self._at = operator.end()
                if operator[0] == "\n":
                    self._pass_heredocs()
                continue
            begins = begins if words and words[-1] not in _PARENTHESES else self._at
            words.append(self._word())
        if words:
            yield self._command(words, begins, "")

    def _command(self, words: list[str], begins: int, ends: str) -> ShellCommand:
        while self._line + 1 < len(self._lines) and self._lines[self._line + 1] <= begins:
            self._line += 1
        return ShellCommand(tuple(words), self._line + 1, begins - self._lines[self._line] + 1, ends)

    def _skip(self) -> bool:
        """Pass over blanks, a comment, or a redirection with its target; returns whether there was one."""
        text, at = self._text, self._at
        if found := _BLANK.match(text, at):
            self._at = found.end()
        elif text[at] == "#" and (at == 0 or text[at - 1] in " \t\r\n;&|()"):
            self._at = _end(text.find("\n", at), text)
        elif found := _HEREDOC.match(text, at):
            self._heredocs.append((found[2] or found[3] or found[4], bool(found[1])))
            self._at = found.end()
        elif found := _HERESTRING.match(text, at) or _REDIRECTION.match(text, at):
            self._at = found.end()
            blank = _BLANK.match(text, self._at)
            self._at = blank.end() if blank else self._at
            if self._at < len(text) and not _OPERATOR.match(text, self._at):
                self._word()
        else:
            return False
        return True

    def _pass_heredocs(self) -> None:
        for ends_with, indented in self._heredocs:
            while self._at < len(self._text):
                end = _end(self._text.find("\n", self._at), self._text)
                line = self._text[self._at : end].rstrip("\r")
                self._at = min(end + 1, len(self._text))
                if (line.lstrip("\t") if indented else line) == ends_with:
                    break
        self._heredocs = []

    def _word(self) -> str:
        """The word that begins here; always passes over at least one character."""
        text, began = self._text, self._at
        parts: list[str] = []
        while self._at < len(text):
            character = text[self._at]
            if found := _PLAIN.match(text, self._at):
                parts.append(found[0])
                self._at = found.end()
            elif character == "\\":
                parts.append((text[self._at + 1 : self._at + 2] or "\\").replace("\n", ""))
                self._at += 2
            elif character in "'\"`":
                parts.append(self._in_quotes(character))
            elif character == "$" or text.startswith(("<(", ">("), self._at):
                parts.append(self._expansion())
            elif self._at == began:
                parts.append(character)
                self._at += 1
            else:
                break
        return "".join(parts)

    def _in_quotes(self, quote: str) -> str:
        """What stands in the quotes that begin here: `'`, `"`, a backtick, or `$'`."""
        text, begins = self._text, self._at + len(quote)
        at = begins
        while at < len(text) and text[at] != quote[-1]:
            at += 2 if text[at] == "\\" and quote != "'" else 1
        self._at = min(at + 1, len(text))
        held = text[begins:at]
        if quote == "`":
            return f"`{held}`"
        return held if quote == "'" else _ESCAPES[quote].sub(_unescaped, held)

    def _expansion(self) -> str:
        """`$name`, `${…}`, `$'…'`, `$(…)` or `<(…)`, as it is written."""
        text, began = self._text, self._at
        if text.startswith("$'", began):
            return self._in_quotes("$'")
        if found := _EXPANSION.match(text, began):
            self._at = found.end()
            return found[0]
        if not text.startswith("(", began + 1):
            self._at += 1
            return "$"
        depth, at = 0, began + 1
        while at < len(text):
            if text[at] in "'\"":
                self._at = at
                self._in_quotes(text[at])
                at = self._at
                continue
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            at += 2 if text[at] == "\\" else 1
            if depth == 0:
                break
        self._at = min(at, len(text))
        return text[began : self._at]


def _unescaped(found: re.Match[str]) -> str:
    """What Bash reads in place of an escape: of bytes, the characters that they are in UTF-8."""
    if one := found["one"]:
        return _STANDS_FOR.get(one, one)
    numbers = (int(octal, 8) % 256 if octal else int(digits, 16) for digits, octal in _BYTE.findall(found["bytes"]))
    return bytes(numbers).decode(errors="replace")


def _end(found: int, text: str) -> int:
    return len(text) if found < 0 else found
