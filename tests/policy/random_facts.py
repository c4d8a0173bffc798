"""Random facts of a cluster: what is known of it, which rules refuse, how grave each is, and who may waive what."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple

from igz_runtime.audit.policies.known import spec_of
from igz_runtime.audit.policies.policy import expressed
from igz_runtime.cluster.model import Cluster
from igz_runtime.rules.chosen import Chosen
from igz_runtime.rules.findings import Severity
from igz_runtime.rules.terms import ConfiguredWaiver, Declarable, Terms, Waivable
from igz_runtime.rules.waivers import FREE
from igz_runtime.waiver import Waiver
from tests.policy.random_pods import NAMES, PROFILES, a_cluster
from tests.policy.reference import called, said_of

Plain = dict[str, Any]

RULES: Final = tuple(each.id for each in expressed())
SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info")
PROJECTS: Final = ("fraud", "fr*", "churn", "f?aud", "*", "fr.ud")
FUNCTIONS: Final = (*NAMES, "*", "train*", "*-churn", "x?", "fit?", "fit.", "*t*")


class Said(NamedTuple):
    """What the rules say of something: the texts of what is refused, and of what is warned of, and of whom."""

    denied: tuple[str, ...]
    warned: tuple[str, ...]
    about: str


class Facts(NamedTuple):
    """What admission knows.

    Attributes:
        cluster: the cluster.
        actions: what is done about a rule's findings.
        severities: how grave rules are that are not as grave as they say.
        terms: which waivers count.
        requires: the namespace that requires profiles; empty: none does.
    """

    cluster: Cluster
    actions: dict[str, str]
    severities: dict[str, Severity]
    terms: Terms = FREE
    requires: str = ""

    def spec(self) -> Plain:
        """The same as the object that policies look at."""
        known = {**spec_of(self.cluster, PROFILES), **stated(self.terms)}
        required = {"requireProfile": ["another", self.requires]} if self.requires else {}
        return known | required | {"rules": self.actions, "severities": self.severities}

    def said_of(self, stored: Plain, *, changed: bool = False) -> Said:
        """What the rules say of something that is made, or changed: no waiver ends where it is changed."""
        chosen = Chosen(ignore=tuple(rule for rule, action in self.actions.items() if action == "Off"))
        chosen = chosen._replace(severities=self.severities)
        said = list(
            said_of(stored, self.cluster, PROFILES, self.terms, chosen, requires=self.requires, changed=changed)
        )
        refused = [self.actions.get(rule) == "Deny" and severity == "error" for rule, severity, _ in said]
        return Said(
            tuple(text for (_, _, text), no in zip(said, refused, strict=True) if no),
            tuple(text for (_, _, text), no in zip(said, refused, strict=True) if not no),
            called(stored),
        )


def some_facts(pick: random.Random) -> Facts:
    """Facts of any kind."""
    actions = {rule: pick.choice(("Deny", "Deny", "Warn", "Off")) for rule in RULES if pick.random() < 0.7}
    severities = {rule: pick.choice(SEVERITIES) for rule in RULES if pick.random() < 0.2}
    return Facts(a_cluster(pick), actions, severities, some_terms(pick))


def some_terms(pick: random.Random, rules: Sequence[str] = RULES) -> Terms:
    """What the platform and somebody's configuration beneath it say of waivers of these rules."""
    above = _terms(pick, rules) if pick.random() < 0.3 else None
    return _terms(pick, rules)._replace(above=above)


def _terms(pick: random.Random, rules: Sequence[str]) -> Terms:
    waivers = tuple(_waiver(pick, rules) for _ in range(pick.choice((0, 1, 2, 6))))
    waivable = tuple(_waivable(pick) for _ in range(pick.choice((0, 1, 2, 3)))) if pick.random() < 0.4 else None
    declarable = some_declarable(pick) if pick.random() < 0.4 else None
    return Terms(waivers, waivable, "", declarable)


def some_declarable(pick: random.Random) -> tuple[Declarable, ...]:
    """What may be declared of work."""
    return tuple(_declarable(pick) for _ in range(pick.choice((0, 1, 1, 2))))


def _waiver(pick: random.Random, rules: Sequence[str]) -> ConfiguredWaiver:
    until = a_day(pick) if pick.random() < 0.6 else None
    function, project = pick.choice(("", *FUNCTIONS)), pick.choice(("", *PROJECTS))
    files = "" if pick.random() < 0.9 else "*.py"
    return ConfiguredWaiver(pick.choice(rules), Waiver("accepted", until), function, project, files)


def _waivable(pick: random.Random) -> Waivable:
    rules = tuple(pick.sample((*RULES, "IGZ", "IGZ1", "IGZ2", "IGZ4", "GZ", "GZ4"), pick.choice((0, 1, 3))))
    projects = tuple(pick.sample(PROJECTS, pick.choice((0, 0, 1, 2))))
    days = pick.choice((None, None, 0, 1, 30, 400, 36500))
    return Waivable("agreed", rules, projects, () if pick.random() < 0.9 else ("*.py",), days)


def _declarable(pick: random.Random) -> Declarable:
    declarations = tuple(pick.sample(("stateless", "restartable"), pick.choice((0, 1, 2))))
    projects = tuple(pick.sample(PROJECTS, pick.choice((0, 1, 2))))
    return Declarable("agreed", declarations, projects, () if pick.random() < 0.9 else ("*.py",))


def a_day(pick: random.Random) -> date:
    """A day, as often as not near to that on which things end."""
    now = datetime.now(UTC).date()
    near = [now + timedelta(days) for days in (-400, -30, -2, -1, 0, 1, 2, 29, 30, 31, 399, 400, 401)]
    return pick.choice((*near, date(1000, 1, 1), date(2096, 2, 29), date(9999, 12, 31)))


def stated(terms: Terms) -> Plain:
    """What a configuration says of waivers, as facts: what is meant for files alone is meant for nothing there."""
    levels = list(_levels(terms))
    return {
        "waivers": [_stated_waiver(each) for each in terms.waivers if not each.files],
        "waivable": [{"entries": list(map(_limit, each.waivable))} for each in levels if each.waivable is not None],
        "declarable": [
            {"entries": list(map(_limit, each.declarable))} for each in levels if each.declarable is not None
        ],
    }


def _levels(terms: Terms | None) -> Iterator[Terms]:
    while terms is not None:
        yield terms
        terms = terms.above


def _stated_waiver(each: ConfiguredWaiver) -> Plain:
    until = "" if each.waiver.until is None else str(each.waiver.until)
    named = {"function": each.function, "project": each.project, "until": until}
    return {"rule": each.rule, "reason": "accepted", **_given(named)}


def _limit(each: Waivable | Declarable) -> Plain:
    plain = _given({"projects": list(each.projects), "nowhere": bool(each.files)})
    if isinstance(each, Declarable):
        return plain | _given({"declarations": list(each.declarations)})
    return plain | _given({"rules": list(each.rules)}) | ({} if each.days is None else {"days": each.days})


def _given(plain: Plain) -> Plain:
    return {name: value for name, value in plain.items() if value}
