"""A call that does not end is interrupted: by a timer in the main thread, else in a thread of its own."""

from __future__ import annotations

import contextvars
import itertools
import signal
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from igz_runtime import bounded
from igz_runtime.bounded import TooLong, within

SOON = 0.05
Runs = Callable[[Callable[[], Any]], Any]


def in_main(call: Callable[[], Any]) -> Any:
    return call()


def in_another(call: Callable[[], Any]) -> Any:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(call())
        except BaseException as error:  # noqa: BLE001  (it is raised below)
            outcome.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def beside_an_alarm(call: Callable[[], Any]) -> Any:
    """Where somebody else uses the timer."""
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 3600)
    try:
        result = call()
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 3000
        return result
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(params=[in_main, in_another, beside_an_alarm])
def anywhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setattr(bounded, "_AGAIN", SOON)
    yield request.param
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL


def for_ever() -> None:
    for _ in itertools.count():
        pass


def raise_(error: BaseException) -> None:
    raise error


def twice() -> None:
    try:
        for_ever()
    finally:
        for_ever()


@pytest.mark.parametrize("call", [for_ever, twice, lambda: time.sleep(3600)])
def test_what_does_not_end_is_interrupted(call: Callable[[], Any], anywhere: Runs) -> None:
    with pytest.raises(TooLong):
        anywhere(lambda: within(SOON, "", call))
    assert anywhere(lambda: within(60, "", lambda: "the next one")) == "the next one"


def test_what_ends_says_what_it_says(anywhere: Runs) -> None:
    known = contextvars.ContextVar("known", default="not at all")
    known.set("here")
    here = anywhere in (in_main, beside_an_alarm)

    assert anywhere(lambda: within(60, "", known.get)) == ("here" if here else "not at all")
    for error in (ValueError("no"), SystemExit(3), KeyboardInterrupt()):
        with pytest.raises(type(error)) as raised:
            anywhere(partial(within, 60, "", partial(raise_, error)))
        assert raised.value is error


def test_one_call_within_another_has_its_own_bound(anywhere: Runs) -> None:
    def inner() -> str:
        with pytest.raises(TooLong):
            within(SOON, "", for_ever)
        return "after"

    assert anywhere(lambda: within(60, "", inner)) == "after"
