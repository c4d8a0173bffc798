"""What an MLRun server answers to a guard: a stored function, or the hash of one; and what it is taken for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from igz_runtime.functions.pipeline import FunctionUri
from igz_runtime.projects.guarding.door import Call
from igz_runtime.projects.guarding.remembered import Remembered
from igz_runtime.projects.guarding.request import Unreadable

FUNCTION = {"kind": "job", "metadata": {"name": "train", "project": "churn"}, "spec": {}}
URI = FunctionUri.of("churn/train@abc")
STORING = ("POST", "projects/churn/functions/train", {"versioned": "true"})


class Response:
    """A response as `requests` gives it: what it holds may not be JSON."""

    def __init__(self, text: str) -> None:
        self._text = text

    def json(self) -> Any:
        return json.loads(self._text)


def asking(answer: Any) -> Call:
    """A request that names a function, of which the server answers this."""
    return Call("POST", "submit_job", {}, {}, lambda _path, _params: answer)


def test_a_function_that_the_server_gives_is_read() -> None:
    assert Remembered().stored(URI, asking({"func": FUNCTION})).function == FUNCTION


@pytest.mark.parametrize(
    "answer",
    [
        *(None, 5, "text", [], {}, [FUNCTION], {"func": None}, {"func": []}, {"func": "[" * 100_000}, {"func": {}}),
        {"func": json.dumps(FUNCTION)},
        {"func": {**FUNCTION, "metadata": {"name": "another"}}},
        {"func": {**FUNCTION, "metadata": []}},
        {"func": {**FUNCTION, "metadata": {"name": ["train"]}}},
        {"func": {**FUNCTION, "kind": ""}},
        {"func": {**FUNCTION, "kind": None}},
        {"func": {**FUNCTION, "kind": ["job"]}},
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_an_answer_that_is_not_the_function_is_not_judged_in_its_place(answer: Any) -> None:
    with pytest.raises(Unreadable, match="function 'train' of it cannot be read from the server"):
        Remembered().stored(URI, asking(answer))


NO_HASH = ("", "<html>", "[]", "5", "null", "{}", '{"hash_key": 5}', '{"hash_key": {}}', "[" * 9999)


@pytest.mark.parametrize("text", NO_HASH, ids=lambda text: text[:20])
def test_a_hash_that_is_none_is_remembered_of_nothing(text: str) -> None:
    remembered, call = Remembered(), Call(*STORING, FUNCTION, lambda _path, _params: None)
    remembered.answered(call, {"project": "churn", "name": "train"}, None, Response(text))
    for key in ("None", "5", "{}", ""):
        with pytest.raises(Unreadable):
            remembered.stored(FunctionUri.of(f"churn/train@{key}"), asking(None))


def test_a_function_that_was_stored_is_that_of_its_hash() -> None:
    remembered, call = Remembered(), Call(*STORING, FUNCTION, lambda _path, _params: None)
    remembered.answered(call, {"project": "churn", "name": "train"}, None, Response('{"hash_key": "abc"}'))
    assert remembered.stored(URI, asking(None)).function == FUNCTION
