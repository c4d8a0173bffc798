"""Random programs: what is wrong, in which words it is set, on what, and where the statement stands."""

from __future__ import annotations

import random
import re
import textwrap
from pathlib import Path

import yaml

from tests.attacks.code.running import IMPORTS

_PIECES = yaml.safe_load(Path(__file__).with_name("pieces.yaml").read_text())
_NAMES = re.compile(r"\b(act|Acts|Below|inner|around|decorate|nothing|unused|thread|turn|times|again)\b")


def composed(values: random.Random) -> str:
    """A program; most are wrong, unless what they do takes it back."""

    def piece(kind: str) -> str:
        return str(values.choice(_PIECES[kind])).rstrip()

    on = values.choice(_PIECES["reached"])
    act = piece("wrong").replace("{f}", on["expression"])
    # Each once: an event loop that runs can run no other.
    for depth, where in enumerate(values.sample(_PIECES["where"], values.choice((0, 1, 1, 2)))):
        act = _put(_NAMES.sub(rf"\g<0>{depth}", where.rstrip()), act)
    named = {"{name}": ("trainer", "work"), "{handler}": ("train", "train_model")}
    made = piece("made")
    for field, choices in named.items():
        made = made.replace(field, values.choice(choices))
    return "\n".join((IMPORTS, made, piece("beside"), on.get("before", ""), act, piece("beside"), ""))


def _put(where: str, act: str) -> str:
    """Statements in the place of `{}`, as deep as that is."""
    lines = list[str]()
    for line in where.split("\n"):
        lines.append(textwrap.indent(act, line[: -len("{}")]) if line.strip() == "{}" else line)
    return "\n".join(lines)
