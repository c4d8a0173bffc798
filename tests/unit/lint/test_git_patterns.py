"""Patterns of a .gitignore whose stars settle match what `pathspec` has them match."""

from __future__ import annotations

import random

from pathspec import GitIgnoreSpec

from igz_runtime.lint.git import _STAR, _settling

PARTS = ("a", "b", "*", "*", "/", "**/", "/**", "?", "[ab]")
"""`[!a]` is a slash too for `pathspec`, and not for git: there the two differ."""


def test_settling_stars_match_the_same() -> None:
    chance, compared = random.Random(1), 0
    while compared < 20_000:
        pattern = "".join(chance.choices(PARTS, k=chance.randint(1, 8)))
        for found in GitIgnoreSpec.from_lines([pattern]).patterns:
            if found.regex is None or found.regex.pattern.count(_STAR) < 2:
                continue
            settled = _settling(found.regex.pattern)
            for path in (_path(chance) for _ in range(20)):
                compared += 1
                assert bool(settled.match(path)) == bool(found.regex.match(path)), (pattern, path)


def _path(chance: random.Random) -> str:
    names = ("".join(chance.choices("ab", k=chance.randint(1, 5))) for _ in range(chance.randint(1, 4)))
    return "/".join(names) + chance.choice(("", "/"))
