"""What every format says of an audit in the same words: what was judged, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterator

from igz_runtime.audit.results import Audit
from igz_runtime.messages import counted, shortened

_MOST_NAMED = 3


def scope(audit: Audit) -> str:
    """What was judged, as the end of a sentence."""
    view = audit.view
    if audit.nothing_read:
        return "on a cluster of which nothing could be read"
    nodes = counted(len(view.live.nodes) if view.live else 0, "node")
    said = f"in {counted(len(view.groups), 'node group')} ({nodes}"
    if view.running is None:
        return f"{said})"
    return f"{said}, {counted(sum(each.work.running + each.work.pending for each in view.work), 'pod')} of user work)"


def unchecked(audit: Audit) -> tuple[str, ...]:
    """What was not checked, by reason."""
    return (*_skipped(audit), *map(shortened, audit.unread))


def _skipped(audit: Audit) -> Iterator[str]:
    """The rules that could not decide: those together that lack the same fact on the same subjects."""
    subjects: dict[tuple[str, str], dict[str, None]] = {}
    for one in audit.skipped:
        subjects.setdefault((one.because, one.rule), {})[one.function] = None
    rules: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (because, rule), named in subjects.items():
        rules.setdefault((because, tuple(named)), []).append(rule)
    for (because, on), ids in rules.items():
        yield f"{', '.join(ids)} on {_named(on)}, because {because}"


def _named(on: tuple[str, ...]) -> str:
    shown = on[: _MOST_NAMED if len(on) > _MOST_NAMED + 1 else None]
    more = f" and {len(on) - len(shown)} more" if len(shown) < len(on) else ""
    return ", ".join(shortened(repr(each)) for each in shown) + more
