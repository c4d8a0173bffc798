"""The figures that a run of the attacks prints are those that its tests took."""

from __future__ import annotations

import pytest

from tests.attacks.budget import FULL, attempts, generator

pytest_plugins = ["pytester"]
ATTACK = """
    import pytest

    @pytest.mark.parametrize("part", [1, 2])
    def test_attacked(part, record_property):
        record_property("specs", 500 * part)
        record_property("seconds", "not a count")
"""


def test_figures_are_added_up_over_the_parts_of_an_attack(pytester: pytest.Pytester) -> None:
    pytester.mkdir("tests").joinpath("attacks").mkdir()
    attacks = pytester.path / "tests/attacks"
    pytester.makeconftest("from tests.attacks.figures import pytest_terminal_summary")
    pytester.makepyfile(ATTACK).rename(attacks / "test_attack.py")

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "--rootdir", str(pytester.path))

    result.stdout.fnmatch_lines(["*attacks, *, seed *", "     1,500  specs"])


def test_a_seed_makes_the_same_attacks_again() -> None:
    assert generator("one").random() == generator("one").random() != generator("other").random()
    assert attempts(100_000) == (100_000 if FULL else 1_000)
