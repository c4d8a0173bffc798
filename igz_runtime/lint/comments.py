"""Waivers beside the code: `# igz-runtime: waive IGZ101[, IGZ103] [until 2027-01-31] reason`.

A comment in YAML belongs to the field that it stands beside or above, with all that is in it; above the first field of
a document, to the whole document.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from igz_runtime.errors import InvalidValue
from igz_runtime.lint.results import Written
from igz_runtime.rules.registry import rule_of
from igz_runtime.rules.terms import ANYWHERE, Site, Terms
from igz_runtime.rules.waivers import FREE, MITIGATIONS, waiver_fault
from igz_runtime.text.place import Comment, Path
from igz_runtime.waiver import Waiver

MARK: Final = "igz-runtime:"


def waivers_in(text: str, terms: Terms = FREE, sites: Sequence[Site] = (ANYWHERE,)) -> tuple[dict[str, Waiver], str]:
    """What a comment waives, and why a part of it is without effect.

    Args:
        text: the comment after `igz-runtime:`.
        terms: what the configuration says of waivers.
        sites: where the waiver would count; one where it does is enough.

    Returns:
        The waivers by rule id, expired ones too, as the engine says of a finding that its waiver expired; and what is
        wrong with the comment, in words, empty where nothing is.

    >>> waivers_in("waive IGZ101, IGZ103: resubmitted by cron")[0].keys()
    dict_keys(['IGZ101', 'IGZ103'])
    >>> waivers_in("waive IGZ101")[1]
    'a waiver needs a reason: what happens when the risk materialises?'
    """
    word, _, rest = text.strip().partition(" ")
    if word != "waive":
        return {}, f"{word!r} is not a directive of igz-runtime; write: # {MARK} waive IGZ101 reason"
    ids, rest = _ids(rest)
    if not ids:
        return {}, f"names no rule; write: # {MARK} waive IGZ101 reason"
    try:
        waiver = Waiver.of(rest)
    except InvalidValue as error:
        return {}, str(error)
    known = [rule_id for rule_id in ids if rule_of(rule_id)]
    faults = dict.fromkeys(fault for rule_id in ids if (fault := fault_at(sites, rule_id, waiver, terms)))
    return dict.fromkeys(known, waiver), "; ".join(faults)


def fault_at(sites: Sequence[Site], rule_id: str, waiver: Waiver, terms: Terms) -> str:
    """Why a waiver counts at none of these sites; empty where it counts at one."""
    faults = [waiver_fault(rule_id, waiver, terms, site) for site in sites]
    return "" if "" in faults else faults[0]


_FIRST_ID: Final = r"\s*([A-Za-z]+[0-9][A-Za-z0-9]*)(?=[\s,:]|$)"
_NEXT_ID: Final = r"\s*(?:,\s*([A-Za-z]+[0-9][A-Za-z0-9]*)|\s([A-Z]{2,10}[0-9]{3}))(?=[\s,:]|$)"


def _ids(text: str) -> tuple[list[str], str]:
    """The rules that a waiver names, and what follows: without a comma, only what has the form of an id is one."""
    ids: list[str] = []
    found = re.match(_FIRST_ID, text)
    while found:
        ids.append(next(filter(None, found.groups())))
        text = text[found.end() :]
        found = re.match(_NEXT_ID, text)
    return ids, text.removeprefix(",")


Beside = dict[str, list[tuple[Comment, Waiver]]]
"""The comments that waive something, by rule id, each with its waiver."""


def reasons_for(written: Written, comments: Beside) -> tuple[str, ...]:
    """How a function survives the loss of its node, as comments beside it say.

    Args:
        written: the function.
        comments: the comments of its file; those count that stand beside its fields.
    """
    found = [pair for rule_id, pairs in comments.items() if rule_id.startswith(MITIGATIONS) for pair in pairs]
    if not found:
        return ()
    spec = written.document.get("spec")
    fields: list[Path] = [(), *(("spec", name) for name in (spec if isinstance(spec, Mapping) else ()))]
    places = [written.at(path) for path in fields]
    return tuple(waiver.reason for comment, waiver in found if any(map(comment.covers, places)))
