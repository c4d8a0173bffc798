"""What a server that cannot be trusted answers is read as it should be, or it is not known, and nobody is misled."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from igz_runtime import Cluster
from tests.attacks.answers.answering import GROUPS, PATIENCE, TOKEN, WHAT, Answer, Plain, Server, encoded, right_answers

pytestmark = pytest.mark.every_environment

CASES: list[Plain] = YAML(typ="safe").load(Path(__file__).with_name("answers.yaml"))
DEEP = "[" * 100_000
LAUGHING = "a: &a [x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
)
WORDS = {"[[[[[[*": DEEP, "lol*": LAUGHING}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("answers")).serving() as server:
        yield server


def read(server: Server) -> Cluster:
    return Cluster.from_kubernetes(kubeconfig=str(server.kubeconfig), running=True, timeout=PATIENCE)


def facts(cluster: Cluster) -> Plain:
    """All that is known of a cluster, but when, and what is not."""
    known = cluster.to_dict()
    return {**known, "source": "", "live": {**known["live"], "read": "", "unknown": {}}}


RIGHT = right_answers()
ENCODED = {name: encoded(answer) for name, answer in RIGHT.items()}


@pytest.fixture(scope="module")
def right(server: Server) -> Plain:
    """What is known by the right answers, which is everything."""
    server.answers = ENCODED
    cluster = read(server)
    assert cluster.live is not None
    assert cluster.live.unknown == {}
    return facts(cluster)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"].replace(" ", "-"))
def test_of_each_answer_becomes_what_is_said(case: Plain, server: Server, right: Plain) -> None:
    names = GROUPS.get(case["of"], ()) if isinstance(case["of"], str) else case["of"]
    server.answers = {**ENCODED, **{key: each for name in names for key, each in spoiled(name, case)}}

    cluster = read(server)

    assert cluster.live is not None
    unknown = cluster.live.unknown
    expected = {WHAT[name] for name in names} if "unknown" in case else set()
    assert set(unknown) == expected
    assert [why for why in unknown.values() if case["unknown"] not in why] == []
    assert TOKEN not in str(unknown)
    if case.get("same"):
        assert facts(cluster) == right


def spoiled(name: str, case: Plain) -> Iterator[tuple[str, Answer]]:
    """The answers of a case in the place of a right one: to the first request, and to those for further pages."""
    of = {key: case[key] for key in ("status", "content_type") if key in case}
    kind = RIGHT[name]["kind"]
    if "body" in case:
        yield name, Answer(in_words(case["body"]).encode(), **of)
    elif "json" in case:
        answer = in_words(case["json"])
        yield name, encoded({"kind": kind, **answer} if case.get("kind") else answer, **of)
    else:
        answer = merged(RIGHT[name], in_words(case.get("change", {})))
        if "first" in case:
            answer["items"][0] = merged(answer["items"][0], case["first"])
        if "half" in case:
            *above, last = case["half"]
            holder = answer["items"][0]
            for key in above:
                holder = holder.setdefault(key, {})
            holder[last] = "\ud800"
        mark = "\ufeff" if case.get("bom") else ""
        yield name, Answer(f"{mark}{json.dumps(answer)}".encode(), **of)
    for token, page in case.get("pages", {}).items():
        if isinstance(page, str):
            yield f"{name}?{token}", Answer(page.encode())
        else:
            yield f"{name}?{token}", encoded({"kind": kind, **page}, status=page.get("status", 200))


def merged(held: Any, change: Any) -> Any:
    """A value with another one laid over it."""
    if not isinstance(held, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    return {**copy.deepcopy(held), **{key: merged(held.get(key), each) for key, each in change.items()}}


def in_words(value: Any) -> Any:
    """A value with what is too long for a table."""
    if isinstance(value, dict):
        return {key: in_words(each) for key, each in value.items()}
    return WORDS.get(value, value) if isinstance(value, str) else value
