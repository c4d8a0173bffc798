"""What igz-runtime.yaml says of rules and of waivers, with what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from igz_runtime.config.file import ConfigFile, Wrong
from igz_runtime.errors import InvalidValue
from igz_runtime.functions.workload import ONE_SIDED
from igz_runtime.messages import did_you_mean, shown
from igz_runtime.rules.chosen import EVERY, Chosen
from igz_runtime.rules.registry import rules, selection_fault
from igz_runtime.rules.terms import ConfiguredWaiver, Declarable, Terms, Waivable
from igz_runtime.rules.waivers import waiver_fault
from igz_runtime.text.place import Path
from igz_runtime.waiver import Waiver

if TYPE_CHECKING:
    from igz_runtime.config.models import Configuration, Limit


def chosen_in(file: ConfigFile, wrong: Wrong) -> Chosen:
    """The rules as a configuration has them.

    Args:
        file: the configuration.
        wrong: is told of an entry that means no rule.
    """
    if platform := file.platforms_own("rules", wrong):
        return platform.meaning(chosen_in)
    if file.written is None:
        return EVERY
    written = file.written.rules
    for key, listed in (("select", written.select), ("ignore", written.ignore)):
        for number, each in enumerate(listed):
            _require_rules(each, ("rules", key, number), wrong)
    for each in written.severities:
        _require_rules(each, ("rules", "severities", each), wrong)
    return Chosen(tuple(written.select), tuple(written.ignore), dict(written.severities))


def _require_rules(beginning: str, path: tuple[str | int, ...], wrong: Wrong) -> None:
    fault = selection_fault(beginning)
    if fault:
        wrong(path, f"rules.{path[1]}: {fault}")


def terms_in(file: ConfigFile, wrong: Wrong) -> Terms:
    """The terms of a configuration.

    Args:
        file: the configuration.
        wrong: is told of an entry that cannot be.
    """
    above = None if file.platform is None else file.platform.meaning(terms_in)
    if file.written is None:
        return Terms(folder=str(file.folder) if above else "", above=above)
    granted = tuple(_waivers(file, file.written, wrong))
    limits = _waivable(file.written, wrong), str(file.folder), _declarable(file.written, wrong)
    return Terms(granted, *limits, above)


def _waivers(file: ConfigFile, written: Configuration, wrong: Wrong) -> Iterator[ConfiguredWaiver]:
    for number, one in enumerate(written.waivers):
        path = ("waivers", number)
        named = f"waivers[{number}]"
        try:
            waiver = Waiver(one.reason, one.until)
        except InvalidValue as error:
            wrong((*path, "until" if one.reason.strip() else "reason"), f"{named}: {error}")
            continue
        # One that is over, or goes beyond what the platform allows, is not a fault: lint reports it, and goes on.
        fault = waiver_fault(one.rule, Waiver(one.reason))
        if fault:
            wrong((*path, "rule"), f"{named}: {fault}")
        if one.files is not None:
            wrong_patterns([one.files], (*path, "files"), wrong)
        position = file.at(path)
        yield ConfiguredWaiver(
            one.rule, waiver, one.function or "", one.project or "", one.files or "", position=position
        )


def _waivable(written: Configuration, wrong: Wrong) -> tuple[Waivable, ...] | None:
    if written.waivable is None:
        return None
    listed = []
    for number, one in enumerate(written.waivable):
        path, named = ("waivable", number), f"waivable[{number}]"
        for place, rule in enumerate(one.rules):
            fault = _rule_fault(rule)
            if fault:
                wrong((*path, "rules", place), f"{named}.rules: {fault}")
        if one.days is not None and one.days < 0:
            wrong((*path, "days"), f"{named}.days: {one.days}; at least 0 is required")
        _limit_faults(one, path, wrong)
        listed.append(Waivable(one.reason, tuple(one.rules), tuple(one.projects), tuple(one.files), one.days))
    return tuple(listed)


def _declarable(written: Configuration, wrong: Wrong) -> tuple[Declarable, ...] | None:
    if written.declarable is None:
        return None
    listed = []
    for number, one in enumerate(written.declarable):
        path = ("declarable", number)
        for place, word in enumerate(one.declarations):
            if word not in ONE_SIDED:
                required = f"{' or '.join(map(repr, ONE_SIDED))} is required, found {shown(word)}"
                text = f"declarable[{number}].declarations: {required}{did_you_mean(word, ONE_SIDED)}"
                wrong((*path, "declarations", place), text)
        _limit_faults(one, path, wrong)
        listed.append(Declarable(one.reason, tuple(one.declarations), tuple(one.projects), tuple(one.files)))
    return tuple(listed)


def _limit_faults(one: Limit, path: Path, wrong: Wrong) -> None:
    from igz_runtime.config.models import dotted

    wrong_patterns(one.files, (*path, "files"), wrong, of_list=True)
    if not one.reason.strip():
        wrong((*path, "reason"), f"{dotted(path)}: a reason is required: it is shown to whoever goes beyond it")


def _rule_fault(beginning: str) -> str:
    fault = selection_fault(beginning)
    if fault or any(each.waivable for rule_id, each in rules().items() if rule_id.startswith(beginning)):
        return fault
    return f"rule {beginning} cannot be waived" if beginning in rules() else f"no rule of {beginning} can be waived"


def wrong_patterns(patterns: Iterable[str], path: Path, wrong: Wrong, *, of_list: bool = False) -> None:
    """Say which patterns of files are none.

    Args:
        patterns: the patterns.
        path: where they stand.
        wrong: is told.
        of_list: whether each has a place of its own below the path.
    """
    from igz_runtime.config.models import dotted

    for number, each in enumerate(patterns):
        from pathspec import GitIgnoreSpec

        try:
            GitIgnoreSpec.from_lines([each])
        except ValueError as error:
            place = (*path, number) if of_list else path
            wrong(place, f"{dotted(place)}: {shown(each)} is not a pattern of files ({error})")
