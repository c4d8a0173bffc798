"""Right answers, spoiled at random: each value that is read by another one, and each answer as a whole.

A spoiler says whether what it makes can be a right answer to somebody's eyes: where it is not, it has to be noticed.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from tests.attacks.answers.answering import GROUPS, Answer, Plain, encoded

At = tuple[str | int, ...]
Right = Mapping[str, Plain]

_OTHERS: Final[tuple[Any, ...]] = (
    True,
    False,
    0,
    5,
    -1,
    3.5,
    "",
    "text",
    "5",
    [],
    ["x"],
    [[]],
    {},
    {"x": 1},
    {"a": {}},
)
HALF: Final = "\ud800"
_BOTH: Final = frozenset({"limits", "requests", "resources"})
"""Where a custom resource may hold a number as well as text."""
_CUSTOM: Final = ("nodepools", "nucliofunctions", "notebooks", "iguaziotenantappservicesets")
_INNER: Final = {"nuclio-platform-config": "platform.yaml", "cluster-autoscaler-status": "status"}
"""What holds a text of YAML, and under which key."""
NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "nodes": ("metadata", "metadata.name", "status", "status.allocatable", "spec.taints.key", "spec.taints.effect"),
    "pods": (
        *("metadata", "metadata.name", "metadata.namespace", "spec", "spec.containers", "spec.containers.name"),
        *("status", "status.qosClass", "status.conditions.type", "status.conditions.status"),
    ),
    "priorityclasses": ("metadata", "metadata.name", "value"),
    "limitranges": ("metadata", "metadata.name", "spec.limits.type"),
    "resourcequotas": ("metadata", "metadata.name", "spec.scopeSelector.matchExpressions.operator"),
    "deployments": ("metadata", "metadata.name", "metadata.namespace", "spec", "spec.template", "spec.template.spec"),
    "nodepools": ("metadata", "metadata.name", "spec", "spec.template.spec.requirements.key"),
    "deviceclasses": ("metadata", "metadata.name", "spec.selectors.cel", "spec.selectors.cel.expression"),
    "resourceslices": ("spec", "spec.driver", "spec.pool", "spec.pool.name", "spec.pool.generation"),
    "nucliofunctions": ("metadata",),
    "notebooks": ("metadata",),
    "iguaziotenantappservicesets": ("metadata",),
}
"""By list, what every object of it has."""


class Spoiled(NamedTuple):
    """A spoiled answer.

    Attributes:
        name: which one.
        answer: what is answered.
        noticed: whether it has to be noticed: it is read as before, or not known.
        how: what was done, in words.
    """

    name: str
    answer: Answer
    noticed: bool
    how: str


def spoiled(right: Right, name: str, chance: random.Random) -> Spoiled:
    """The right answer of a name, spoiled in one way or the other."""
    spoil = chance.choice(SPOILERS if isinstance(right[name].get("items"), list) else SPOILERS[:-2])
    made = spoil(right, name, chance)
    if isinstance(made, Answer):
        return Spoiled(name, made, noticed=spoil not in FREE, how=spoil.__name__)
    answer, how = made
    return Spoiled(name, encoded(answer), spoil not in FREE, f"{spoil.__name__}: {how}")


def _of_another_type(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """A value of another type than Kubernetes gives it."""
    key = _INNER.get(name)
    if key is not None and chance.random() < 0.7:
        inner = json.loads(right[name]["data"][key])
        at, new = _broken(inner, name, chance)
        written = json.dumps(_with(inner, at, new))
        return _with(right[name], ("data", key), written), f"{key}: {at}: {new!r}"
    at, new = _broken(right[name], name, chance)
    return _with(right[name], at, new), f"{at}: {new!r}"


def _broken(answer: Any, name: str, chance: random.Random) -> tuple[At, Any]:
    at = chance.choice(list(places(answer)))
    return at, _other(_at(answer, at), name, at, chance)


def _other(old: Any, name: str, at: At, chance: random.Random) -> Any:
    """A value of another type; of a text also half of a character."""
    alike = {sort_of(old), *(("int", "float") if name in _CUSTOM and not _BOTH.isdisjoint(at) else ())}
    others = [each for each in _OTHERS if sort_of(each) not in alike]
    return chance.choice([*others, HALF] if isinstance(old, str) else others)


def _without_what_it_needs(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """An object without what every one has: null, absent, or under another name."""
    needed = [at for at in places(right[name]) if _spelled(at) in NEEDED.get(name, ())] or [(next(iter(right[name])),)]
    at = chance.choice(needed)
    return _less(right[name], at, chance)


def _without_something(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """A value that is null, absent, under another name, empty, or another one of its type."""
    at = chance.choice([each for each in places(right[name]) if each])
    if chance.random() < 0.7:
        return _less(right[name], at, chance)
    old = _at(right[name], at)
    new = {"str": "", "int": -1, "list": [], "dict": {}}.get(sort_of(old), not old)
    return _with(right[name], at, new), f"{at}: {new!r}"


def _with_a_number_beyond(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """A number that nothing can count."""
    numbers = [at for at in places(right[name]) if sort_of(_at(right[name], at)) == "int"]
    if not numbers:
        return _of_another_type(right, name, chance)
    at = chance.choice(numbers)
    return _with(right[name], at, 10**400), f"{at}: 10**400"


def _with_a_status(right: Right, name: str, chance: random.Random) -> Answer:
    """Another status, with the right answer or another body."""
    may_be_absent = name in (*GROUPS["optional"], *GROUPS["config maps"])
    status = chance.choice([each for each in (*range(200, 600), 410, 500) if each != 404 or not may_be_absent])
    body = chance.choice([json.dumps(right[name]).encode(), b"", b"<html>", b"[]", b'{"metadata": 5}', b"\xff"])
    return Answer(body, status)


def _of_another_content_type(right: Right, name: str, chance: random.Random) -> Answer:
    """The right answer, as something else."""
    return encoded(right[name], content_type=chance.choice(["text/html", "", "image/png", "application/x-protobuf"]))


def _cut(right: Right, name: str, chance: random.Random) -> Answer:
    """The beginning of an answer."""
    whole = json.dumps(right[name]).encode()
    return Answer(whole[: chance.randrange(len(whole))])


def _with_bad_bytes(right: Right, name: str, chance: random.Random) -> Answer:
    """Bytes that are no text."""
    whole, bad = json.dumps(right[name]).encode(), chance.choice([b"\xff", b"\xc3", b"\x00", b"\x1b"])
    place = chance.randrange(1, len(whole))
    return Answer(whole[:place] + bad + whole[place:])


def _with_a_key_twice(right: Right, name: str, chance: random.Random) -> Answer:
    """A key that stands twice: a right value and one of another type."""
    mappings = [at for at in places(right[name]) if at and isinstance(at[-1], str)]
    at = chance.choice(mappings)
    old = _at(right[name], at)
    text = json.dumps(_with(right[name], at, "both"))
    first, last = chance.sample([json.dumps(old), json.dumps(_other(old, name, at, chance))], 2)
    return Answer(text.replace('"both"', f"{first}, {json.dumps(at[-1])}: {last}").encode())


def _of_another_kind(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """An answer to another question, or none."""
    others = [answer for other, answer in right.items() if answer.get("kind") != right[name].get("kind")]
    return chance.choice([*others, {}, [], 5, "text", True, {"kind": "Status", "message": "no"}]), ""


def _nested(right: Right, name: str, chance: random.Random) -> Answer:
    """A value that is nested deeper than anything."""
    at = chance.choice(list(places(right[name])))
    deep = chance.choice(["[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000])
    return Answer(json.dumps(_with(right[name], at, "deep")).replace('"deep"', deep).encode())


def _with_an_object_twice(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """A list in which one object stands twice."""
    items = right[name]["items"]
    return {**right[name], "items": [*items, chance.choice(items)]} if items else {}, ""


def _not_whole(right: Right, name: str, chance: random.Random) -> tuple[Any, str]:
    """A list that says itself that it is not whole, or is of no version."""
    metadata: Plain = chance.choice(
        [{"remainingItemCount": 3}, {"continue": "again"}, {"resourceVersion": ""}, {"continue": 5}, {"continue": []}]
    )
    return {**right[name], "metadata": {**right[name]["metadata"], **metadata}}, str(metadata)


SPOILERS: Final[tuple[Callable[[Right, str, random.Random], tuple[Any, str] | Answer], ...]] = (
    *(_of_another_type,) * 6,
    *(_without_something,) * 3,
    *(_without_what_it_needs,) * 2,
    _with_a_number_beyond,
    _with_a_status,
    _of_another_content_type,
    _cut,
    _with_bad_bytes,
    _with_a_key_twice,
    _of_another_kind,
    _nested,
    _with_an_object_twice,
    _not_whole,
)
"""Every way to spoil an answer, as often as it is tried; the last two are for lists."""

FREE: Final = (_without_something,)
"""Those whose answers may be right: who would know?"""


def edited_at_random(value: Any, chance: random.Random) -> tuple[Any, bool]:
    """A value with a part of it changed, and whether that has to be noticed: no value may be of another type."""
    if chance.random() < 0.3:
        return _without_something({"": value}, "", chance)[0], False
    at = chance.choice(list(places(value)))
    return _with(value, at, _other(_at(value, at), "", at, chance)), True


def places(value: Any, at: At = ()) -> Iterator[At]:
    """Where every part of a value stands."""
    yield at
    if isinstance(value, dict):
        for key, each in value.items():
            yield from places(each, (*at, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from places(each, (*at, number))


def sort_of(value: Any) -> str:
    """What JSON calls the type of a value."""
    return type(value).__name__


def _at(value: Any, at: At) -> Any:
    for part in at:
        value = value[part]
    return value


def _with(value: Any, at: At, new: Any) -> Any:
    if not at:
        return new
    value = copy.deepcopy(value)
    _at(value, at[:-1])[at[-1]] = new
    return value


def _less(value: Any, at: At, chance: random.Random) -> tuple[Any, str]:
    """A value without what stands somewhere."""
    how = chance.choice(["null", "absent", "misspelled"])
    if how == "null" or isinstance(at[-1], int):
        return _with(value, at, None), f"{at}: null"
    value = copy.deepcopy(value)
    holder = _at(value, at[:-1])
    held = holder.pop(at[-1])
    if how == "misspelled":
        holder[f"{at[-1]}s"] = held
    return value, f"{at}: {how}"


def _spelled(at: At) -> str:
    """A place in an object of a list, without numbers."""
    return ".".join(str(part) for part in at[1:] if isinstance(part, str)) if at[:1] == ("items",) else ""
