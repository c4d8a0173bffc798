"""What a file may cost. A hostile one costs no more than a long one, and more than this is not a function."""

from __future__ import annotations

from typing import Final

from igz_runtime.text.place import Position, Remark

LARGEST: Final = 16 * 2**20
"""Bytes of a file."""

LARGEST_CODE: Final = 2 * 2**20
"""Characters of code that is parsed, in all cells of a file: a syntax tree takes 200 bytes for each of them."""

LARGEST_FACTS: Final = 64 * 2**20
"""Bytes of a saved cluster, and of the report of an audit: 5,000 nodes take 8 MiB."""

LARGEST_PROOF: Final = 2**20
"""Bytes of a certificate, a key or a token, and of what a plug-in of a kubeconfig answers."""

MOST_LINES: Final = 100_000
"""Lines of a YAML text."""

MOST_VALUES: Final = 100_000
"""Values of a YAML text, with every alias written out."""

MOST_JSON_VALUES: Final = 2_000_000
"""Values of a JSON text, and of a saved cluster: notebooks hold what they have shown."""

DEEPEST: Final = 100
"""Values inside of each other."""

TOO_DEEP: Final = f"is nested deeper than {DEEPEST} values"

MOST_FUNCTIONS: Final = 1_000
"""Functions of one file."""

TOO_MANY_FUNCTIONS: Final = f"holds more than {MOST_FUNCTIONS:,} functions; those from here on are not judged"

MOST_COMMENTS: Final = 1_000
"""Comments of one file that are meant for igz-runtime."""

LONGEST_WAIT: Final = 10.0
"""Seconds that a pipe has, where one is named in place of a file."""

LARGEST_ANSWER: Final = 32 * 2**20
"""Bytes of an answer of an API server; a page that is larger is asked for again with fewer objects."""

LARGEST_LIST: Final = 2**30
"""Bytes of all pages of a list."""

MOST_OBJECTS: Final = 500_000
"""Objects of all pages of a list."""

LONGEST_MESSAGE: Final = 4_000
"""Characters of what an API server says in a refusal, and in one warning."""

MOST_WARNINGS: Final = 20
"""Warnings of one answer. Kubernetes sends 4,096 characters of them in all."""

LONGEST_WARNING: Final = 2**14
"""Characters of one header with warnings, each byte of their text one character."""

MOST_POOLS: Final = 2_000
"""Node groups of an autoscaler."""

MOST_PAIRS: Final = 50_000_000
"""Pools of autoscalers times nodes among which their own are looked for, and classes times devices: 5,000 nodes and
1,000 pools are 5 million."""

LARGEST_CONFIG_MAP: Final = 2**20
"""Characters of a ConfigMap's text that is parsed: Kubernetes stores no larger one."""


class Unreadable(Exception):
    """A text that is not YAML or JSON, or that costs more than a function may.

    Attributes:
        remark: what is wrong, and where.
        syntax: whether it is not YAML or JSON, rather than too much of it.
    """

    def __init__(self, text: str, line: int = 1, column: int = 1, *, syntax: bool = False) -> None:
        super().__init__(text)
        self.remark = Remark(Position(line, column), text)
        self.syntax = syntax
