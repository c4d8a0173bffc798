"""The baseline: findings that a repository has already, so that only new ones fail.

A file of JSON with one line for each finding, sorted, so that changes of it merge:

    {"format": 1, "findings": [
    {"file": "train.yaml", "rule": "IGZ101", "function": "trainer", "role": "main", "message": "…", "id": "…", …}
    ]}

What counts is `id`, a hash of file, rule, function, role, field and message; no line number is in it, so that a finding
stays known when lines move. An audit's has neither file nor message in it: both differ from one day to the next.
Everything else is for people. Files are named as seen from the baseline's folder.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from igz_runtime.errors import ConfigurationError
from igz_runtime.lint.results import Located, Report
from igz_runtime.messages import json_text, shown
from igz_runtime.text.bounded import content_of
from igz_runtime.text.limits import Unreadable
from igz_runtime.text.replace import replace_file
from igz_runtime.text.tree import Tree, decoded, read_json

_FORMAT: Final = 1
_AGAIN: Final = "write it again with --write-baseline"


class Baseline(NamedTuple):
    """Known findings.

    Attributes:
        known: how often each fingerprint is known.
        folder: the folder that its files are named from.
    """

    known: Mapping[str, int]
    folder: Path = Path()


def fingerprint(located: Located, folder: Path = Path()) -> str:
    """What stays the same of a finding when lines move.

    Args:
        located: the finding.
        folder: the folder that its file is named from.
    """
    finding = located.finding
    # An index moves when another entry is added before it.
    field = [part for part in finding.field if isinstance(part, str)]
    parts: list[Any] = list(located.identity)
    if not parts:
        file = _seen_from(folder, located.file)
        parts = [file, finding.rule, finding.function, finding.role, field, finding.message]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:20]


def apply_baseline(report: Report, baseline: Baseline) -> Report:
    """The report with the findings marked that the baseline knows, each as often as it counts it."""
    left = Counter(baseline.known)
    findings = []
    for located in report.findings:
        mark = fingerprint(located, baseline.folder)
        known = located.finding.waived is None and left[mark] > 0
        left[mark] -= known
        findings.append(located._replace(known=True) if known else located)
    return report._replace(findings=tuple(findings))


def write_baseline(path: Path, report: Report) -> int:
    """Write the findings that stand as the baseline, whole or not at all. Waived ones come back when a waiver ends.

    Returns:
        How many findings it holds.

    Raises:
        WriteFailed: the file cannot be written; what stood there stays.
    """
    standing = [located for located in report.findings if located.finding.waived is None]
    lines = ",\n".join(sorted(_lines(standing, path.parent)))
    held = f"\n{lines}\n" if lines else ""
    text = f'{{"format": {_FORMAT}, "findings": [{held}]}}\n'
    replace_file(path, text.encode())
    return len(standing)


def load_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        ConfigurationError: the file cannot be read; names the place.
    """
    try:
        tree = read_json(decoded(content_of(path)))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except Unreadable as error:
        raise ConfigurationError(f"{error.remark.in_file(path)}; {_AGAIN}") from None
    known: Counter[str] = Counter()
    for mark, count in _entries(path, tree):
        known[mark] += count
    return Baseline(known, path.parent)


def _lines(standing: list[Located], folder: Path) -> Iterator[str]:
    counts = Counter(fingerprint(located, folder) for located in standing)
    for mark, located in {fingerprint(located, folder): located for located in standing}.items():
        finding = located.finding
        entry = {
            "file": _seen_from(folder, located.file),
            "rule": finding.rule,
            "function": finding.function,
            "role": finding.role,
            "message": finding.message,
            "count": counts[mark],
            "id": mark,
        }
        yield json_text(entry, readable=True)


def _entries(path: Path, tree: Tree) -> Iterator[tuple[str, int]]:
    held = tree.value
    if not isinstance(held, Mapping) or not isinstance(held.get("findings"), list):
        raise ConfigurationError(f"{path}:1:1: is not a baseline; {_AGAIN}")
    if held.get("format") != _FORMAT:
        place, found = tree.at(("format",)), shown(held.get("format"))
        raise ConfigurationError(f"{path}:{place}: format {found}, and {_FORMAT} is required; {_AGAIN}")
    for number, entry in enumerate(held["findings"]):
        mark, count = _entry(entry)
        if mark is None:
            place = tree.at(("findings", number))
            raise ConfigurationError(f"{path}:{place}: an entry needs 'id', a text, and 'count', a number; {_AGAIN}")
        yield mark, count


def _entry(entry: Any) -> tuple[str | None, int]:
    """The fingerprint of an entry, None where it is none, and how often it is known."""
    if not isinstance(entry, Mapping):
        return None, 0
    mark, count = entry.get("id"), entry.get("count", 1)
    good = isinstance(mark, str) and isinstance(count, int) and not isinstance(count, bool) and count > 0
    return (mark, count) if good else (None, 0)


def _seen_from(folder: Path, file: str) -> str:
    return os.path.relpath(file, folder).replace(os.sep, "/")
