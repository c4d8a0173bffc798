"""No program that makes a function which `check` refuses passes lint in silence.

The fault is found, or it is said where lint could not follow the code.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.budget import attempts, generator
from tests.attacks.code.composing import composed
from tests.attacks.code.running import Program, answer, programs, refused

pytestmark = pytest.mark.every_environment

PROGRAMS = programs()


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_what_check_refuses_is_found_or_said(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    rules = refused(program)
    assert rules, "an attack that attacks nothing: check refuses none of its functions"

    given = answer(program, rules)

    record_property(f"programs that check refuses, whose fault lint has {given}", 1)
    assert given == program.answer


def test_of_programs_that_are_not_magic_most_are_found() -> None:
    found = [program for program in PROGRAMS.values() if program.answer == "found"]

    assert len(found) > len(PROGRAMS) * 4 // 5


def test_of_random_programs_none_passes_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_property: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    random_values, answers = generator("programs"), Counter[str]()
    for _ in range(attempts(2_000)):
        program = Program((composed(random_values),))
        rules = refused(program)
        given = answer(program, rules) if rules else "nothing to find"
        assert given != "silence", program.cells[0]
        answers[given] += 1

    for given, amount in answers.items():
        record_property(f"random programs, whose fault lint has {given}", amount)
    assert answers["found"] > answers["said"]
