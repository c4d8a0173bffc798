"""What is kept beside an object goes with it, and is never another's."""

from __future__ import annotations

import gc

import pytest

from igz_runtime.identity import Beside


class Equal:
    """Equal to every other, and without a hash."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_it_is_kept_by_identity_and_for_as_long_as_the_object() -> None:
    kept, one, other = Beside[str](), Equal(), Equal()

    assert kept.keep(one, "one's") == "one's"
    assert (kept.get(one), kept.get(other), len(kept)) == ("one's", None, 1)

    del one
    gc.collect()
    assert len(kept) == 0


def test_an_object_that_is_kept_anew_does_not_lose_it_by_its_earlier_value() -> None:
    kept, one = Beside[str](), Equal()
    kept.keep(one, "first")
    kept.keep(one, "second")
    gc.collect()

    assert kept.get(one) == "second"


def test_thousands_of_objects_that_take_each_others_place_leave_nothing() -> None:
    kept = Beside[int]()
    for number in range(5_000):
        one = Equal()
        assert kept.get(one) is None
        kept.keep(one, number)
    del one
    gc.collect()

    assert len(kept) == 0


def test_what_cannot_tell_of_its_end_is_refused() -> None:
    with pytest.raises(TypeError):
        Beside[int]().keep({}, 1)
