"""An audit for people: node groups with bars, findings by place, and what was not checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from igz_runtime.audit.results import Audit
from igz_runtime.audit.sentences import Answer
from igz_runtime.cluster.capacity import GroupCapacity
from igz_runtime.messages import counted, shortened
from igz_runtime.report.audit.bars import Bar, Part
from igz_runtime.report.audit.capacity import ELSE, USER, capacity_bar, unknown_lines
from igz_runtime.report.audit.content import CLASSES, AuditContent, GroupContent, audit_content
from igz_runtime.report.audit.folding import Folded, Said
from igz_runtime.report.audit.since import Since
from igz_runtime.report.severity import Row
from igz_runtime.report.terminal import BLOCKS, STYLES, Hanging, assembled, plain, styled

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

_UNWRAPPED: Final = 1_000_000
_WIDE: Final = 100
_BAR, _SHORTEST_BAR = 20, 8
_PARTS, _FREE = BLOCKS[:-1], BLOCKS[-1]
_VERDICTS: Final = {
    "found": ("has findings", "have findings"),
    "fine": ("is fine", "are fine"),
    "not checked": ("is not checked", "are not checked"),
}
"""What is said of a sentence, and of several, of each verdict. Those that demand nothing are left out."""

_LEGEND: Final = ", ".join(f"{block} {name}" for block, name in zip(BLOCKS, (*CLASSES, "free"), strict=True))


def rendered(audit: Audit, *, color: bool = False, width: int | None = None, verbose: bool = False) -> str:
    """The audit as text. See `igz_runtime.report.audit_formats.render`."""
    return plain(audit_rich(audit, verbose=verbose), width or _UNWRAPPED, color=color) + "\n"


def audit_rich(audit: Audit, *, verbose: bool = False) -> RenderableType:
    """An audit as rich shows it, in colour where there is colour.

    Args:
        audit: the audit.
        verbose: whether every finding is shown, waived ones too, however many are alike.
    """
    from rich.console import Group

    return Group(*_audit(audit, audit_content(audit, whole=verbose), verbose=verbose))


def _audit(audit: Audit, content: AuditContent, *, verbose: bool) -> Iterator[RenderableType]:
    yield assembled(("audit", "bold"), (f" of {content.source}", ""))
    yield from map(_fact, content.facts)
    if content.groups:
        yield styled("")
        yield _Groups(content.groups, verbose=verbose)
    yield from _placed("cluster", content.findings, verbose=verbose)
    for group in content.groups:
        yield from _placed(group.name, group.findings, verbose=verbose)
    if audit.capacity:
        yield styled("")
        yield assembled(("capacity", "bold"), (f": {_PARTS[0]} {USER}; {_PARTS[1]} {ELSE}", ""))
        yield _Capacity(audit.capacity)
    yield from _noted("declared", content.declared)
    yield from _noted("not checked", content.unchecked)
    yield from _practices(audit.answers, verbose=verbose)
    if content.since:
        yield from _since(content.since)
    yield styled("")
    yield styled(content.summary, f"bold {STYLES[content.tone]}")


def _noted(what: str, lines: Iterable[str]) -> Iterator[RenderableType]:
    if lines:
        yield styled("")
        yield styled(what, "bold")
        yield from (Hanging(styled(line)) for line in lines)


def _since(since: Since) -> Iterator[RenderableType]:
    yield styled("")
    yield assembled((f"since {since.when}", "bold"), (f": {since.summary}", ""))
    yield from (Hanging(styled(remark, STYLES["warning"])) for remark in since.remarks)
    for part in since.parts:
        for line, tone in part.lines:
            yield Hanging(assembled((f"{part.state}  ", STYLES[tone] or "bold"), (line, "")), others="      ")
        if part.more:
            yield styled(f"  and {part.more} {part.state} more; --verbose shows all")


def _fact(row: Row) -> RenderableType:
    return Hanging(assembled((f"{row.name}: ", "dim"), (", ".join(row.lines), "")), others="    ")


class _Groups:
    """Node groups: a table where the terminal is wide enough and nobody asks for more, else one after the other."""

    def __init__(self, groups: Sequence[GroupContent], *, verbose: bool) -> None:
        self._groups = groups
        self._verbose = verbose

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        names = tuple(dict.fromkeys(bar.name for group in self._groups for bar in group.bars))
        if names and not self._verbose and options.max_width >= _WIDE:
            yield _table(self._groups, names)
            yield styled(f"memory: {_LEGEND}; pods: by the priority of their class, the highest first", "dim")
            return
        for number, group in enumerate(self._groups):
            yield from ([styled("")] if number else [])
            yield from _group(group, options.max_width)


def _table(groups: Iterable[GroupContent], names: Sequence[str]) -> RenderableType:
    """Two lines for each group: bars, and below them what they add up to."""
    from rich.table import Table

    table = Table.grid(padding=(0, 3, 0, 0))
    for name in ("node group", "nodes", *names):
        table.add_column(styled(name, "dim"), overflow="fold", no_wrap=name in names)
    table.show_header = True
    for group in groups:
        bars = {bar.name: bar for bar in group.bars}
        drawn = (_below(drawn_bar(bars[name], _BAR), bars[name].text) if name in bars else "" for name in names)
        table.add_row(_below(group.name, _kind(group), style="bold"), _below(group.size, group.bounds), *drawn)
    return table


def _below(first: str, second: str, style: str = "") -> Text:
    from rich.text import Text

    return Text("\n").join((styled(first, style), styled(second)))


def _kind(group: GroupContent) -> str:
    return ", ".join(
        filter(None, ("core services" if group.core else "", group.lifecycle, "GPUs" if group.gpu else ""))
    )


def _group(group: GroupContent, width: int) -> Iterator[RenderableType]:
    yield Hanging(assembled((group.name, "bold"), (f"  {_kind(group)}", "")), first="")
    rows = [("nodes", f"{group.size}; {group.bounded}"), *((bar.name, _said(bar, width)) for bar in group.bars)]
    longest = max(len(name) for name, _ in rows)
    for name, text in rows:
        lead = f"  {name.ljust(longest)}  "
        yield Hanging(styled(text), lead, " " * len(lead))


def _said(bar: Bar, width: int) -> str:
    """A bar, as long as there is room for it, and each of its parts in words."""
    drawn = drawn_bar(bar, _length(width))
    parts = (f"{block} {part.name} {part.text}" for block, part in _blocks(bar))
    said = f": {', '.join(parts)}" if len(bar.parts) > 1 else ""
    return f"{drawn}  {bar.text}{said}"


def _length(width: int) -> int:
    """How long a bar is in a terminal of this width."""
    return max(_SHORTEST_BAR, min(_BAR, width // 4))


def drawn_bar(bar: Bar, length: int) -> str:
    """A bar in block characters. What is there at all is seen: a part has a character, however small it is.

    Args:
        bar: the bar.
        length: how many characters it has.
    """
    drawn, end = "", 0
    for block, part in _blocks(bar):
        end += part.amount
        reached = round(length * end / bar.whole) if bar.whole else 0
        drawn += block * max(reached - len(drawn), 1) if part.amount else ""
    return drawn[:length].ljust(length, _FREE)


def _blocks(bar: Bar) -> Iterator[tuple[str, Part]]:
    """Each part with its character: that of its QoS class, else one after the other."""
    for number, part in enumerate(bar.parts):
        of_class = next((block for block, name in zip(_PARTS, CLASSES, strict=True) if name == part.name), "")
        yield of_class or _PARTS[number % len(_PARTS)], part


class _Capacity:
    """What user work takes of each node group, as bars: its own part, then what else is reserved."""

    def __init__(self, capacity: Sequence[GroupCapacity]) -> None:
        self._capacity = capacity

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for row in self._capacity:
            bars = [bar for name in row.resources if (bar := capacity_bar(row, name))]
            longest = max((len(bar.name) for bar in bars), default=0)
            yield from ([styled(f"  {shortened(row.name)}")] if bars else [])
            for bar in bars:
                lead = f"    {bar.name.ljust(longest)}  "
                text = f"{drawn_bar(bar, _length(options.max_width))}  {bar.text}"
                yield Hanging(styled(text), lead, " " * len(lead))
        yield from (Hanging(styled(f"not known of {line}")) for line in unknown_lines(self._capacity))


def _practices(answers: Iterable[Answer], *, verbose: bool) -> Iterator[RenderableType]:
    """What the audit says to the sentences of the best practices: how many, or each of them."""
    by_verdict: dict[str, list[Answer]] = {verdict: [] for verdict in _VERDICTS}
    for answer in answers:
        by_verdict.get(answer.verdict, []).append(answer)
    numbers = ((len(by_verdict[verdict]), words) for verdict, words in _VERDICTS.items())
    counts = ", ".join(f"{number} {one if number == 1 else many}" for number, (one, many) in numbers)
    yield styled("")
    yield Hanging(assembled(("best practices", "bold"), (f": of their sentences, {counts}", "")), first="")
    for verdict in _VERDICTS if verbose else ():
        for answer in by_verdict[verdict]:
            because = f" ({'; '.join(answer.because)})" if verdict == "not checked" else ""
            yield Hanging(assembled((verdict, "dim"), (f"  {answer.sentence.text}{because}", "")))


def _placed(place: str, findings: Iterable[Folded], *, verbose: bool) -> Iterator[RenderableType]:
    shown = [one for one in findings if verbose or not one.accepted]
    if not shown:
        return
    yield styled("")
    yield styled(place, "bold")
    for one in shown:
        yield from _finding(one)


def _finding(one: Folded) -> Iterator[RenderableType]:
    headline = (f"{one.rule} {one.severity}", STYLES[one.tone] or "bold")
    if one.number == 1:
        yield Hanging(assembled(headline, (f"  {_sentence(one.said[0])}", "")))
    else:
        yield Hanging(assembled(headline, (f"  {one.times}", "")))
        yield from (Hanging(styled(_sentence(said)), first="    ", others="      ") for said in one.said)
        if one.more:
            yield styled(f"    and {counted(one.more, 'finding')} more; --verbose shows all")
    told = ("fix  ", one.fix) if one.fix else ("", one.accepted)
    yield Hanging(assembled((told[0], "dim"), (told[1], "")), first="    ", others="         ")


def _sentence(said: Said) -> str:
    """What was found, and on whom."""
    if not said.about:
        return said.message
    more = f" and {said.more} more" if said.more else ""
    return f"{', '.join(said.about)}{more}: {said.message}"
